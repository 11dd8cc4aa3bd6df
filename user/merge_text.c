// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Many hosts as one report, for a person on an 80-column terminal: first what leaks on how
 * many of them, then what was merged, then the origins.
 */
#include <string.h>

#include "cleanup.h"
#include "lines.h"
#include "merge.h"
#include "output.h"
#include "recording.h"
#include "report_suppressions.h"

#define WORST	3  /* hosts of an origin with their numbers, */
#define NAMED	20 /* and so many more by name */
#define BROKEN	10
#define KERNELS 5
#define WORDS	1024

#define NAME_OF(row) origin_name_text(&(row)->name, false, (char[ORIGIN_NAME]){0})

static char *since(const struct merge *m, const struct merge_leak *l, char buf[RECORDING_TIME])
{
	return recording_time(l->since, m->hosts[l->host].file->utc_offset, buf);
}
#define SINCE(m, l) since((m), (l), (char[RECORDING_TIME]){0})

/* The only release on which an origin leaks; 0: there are more, or no others to compare with. */
static uint32_t only_kernel(const struct merge *m, const struct merge_row *row)
{
	uint32_t only = 0;

	for (uint32_t k = 1; k <= m->releases.count; k++) {
		if (merge_kernel(row, k).leaks && only)
			return 0;
		if (merge_kernel(row, k).leaks)
			only = k;
	}
	return m->releases.count > 1 ? only : 0;
}

static void print_suppressed(FILE *out, const struct merge *m)
{
	size_t passed = merge_suppressed(m);

	if (passed)
		lines_print(out, 4, "%s %s suppressed on some host: see below",
			    MANY(passed, "leak"), passed == 1 ? "is" : "are");
}

static void print_answer(FILE *out, const struct merge *m)
{
	const struct merge_row *row = m->rows;
	size_t leaks = merge_leaks(m), i = 0;
	char kernel[LINES_ESCAPED + 32] = "";
	const struct merge_leak *first;
	uint32_t only;

	if (!leaks) {
		lines_print(out, 4, "no origin leaks on any of %s", MANY(m->host_cnt, "host"));
		return;
	}
	/* Whatever they are sorted by: that which leaks on the most hosts. */
	for (i = 1; i < m->row_cnt; i++)
		if (m->rows[i].leak_cnt > row->leak_cnt)
			row = &m->rows[i];
	only = only_kernel(m, row);
	if (only)
		snprintf(kernel, sizeof(kernel), "; all of them run %s",
			 SAFE(merge_release(m, only)));
	first = &row->leaks[row->earliest];
	lines_print(out, 4, "%s leaks on %zu of %s, since %s%s, %s in all, +%s%s", NAME_OF(row),
		    row->leak_cnt, MANY(m->host_cnt, "host"), SINCE(m, first),
		    first->or_before ? " or before" : "", BYTES(row->leaking.bytes),
		    RATED_BYTES(row->leaking.bytes_per_s), kernel);
	lines_print(out, 4, "%s in all: %zu of %s %s one", MANY(leaks, "leak"),
		    merge_leaky_hosts(m), MANY(m->host_cnt, "host"),
		    merge_leaky_hosts(m) == 1 ? "has" : "have");
}

static void print_note(void *arg, const char *note)
{
	lines_print(arg, 4, "!  %s", note);
}

static void print_broken(FILE *out, const struct merge *m)
{
	size_t shown = 0, count = merge_files_in(m->files, MERGE_UNREADABLE);

	for (size_t i = 0; i < m->files->count && shown < BROKEN; i++)
		if (m->files->list[i].state == MERGE_UNREADABLE) {
			lines_print(out, 7, "     %s", m->files->list[i].why);
			shown++;
		}
	if (shown < count)
		fprintf(out, "     and %s: --json names all\n", MANY(count - shown, "more file"));
}

static void print_head(FILE *out, const struct merge *m)
{
	size_t grades[COVERAGE_POOR + 1] = {0}, objects = 0, bytes = 0;

	for (size_t i = 0; i < m->host_cnt; i++) {
		grades[m->hosts[i].grade]++;
		origin_sum_count(&objects, m->hosts[i].objects);
		origin_sum_count(&bytes, m->hosts[i].bytes);
	}
	fputc('\n', out);
	lines_print(out, 4, "%s, by %s; coverage full on %zu, partial on %zu, poor on %zu",
		    MANY(m->host_cnt, "host"), MANY(m->files->count, "file"), grades[COVERAGE_FULL],
		    grades[COVERAGE_PARTIAL], grades[COVERAGE_POOR]);
	lines_print(out, 4, "%s of %s; %s (%s) live", MANY(m->row_cnt, "origin"),
		    MANY(m->releases.count, "kernel release"), MANY(objects, "object"),
		    BYTES(bytes));
	merge_notes(m, print_note, out);
	print_broken(out, m);
}

static void print_since(FILE *out, const struct merge *m, const struct merge_row *row)
{
	const struct merge_leak *first = &row->leaks[row->earliest];
	char older[128] = "";

	if (row->older && row->leak_cnt > 1)
		snprintf(older, sizeof(older),
			 "; on %zu of the %zu it may be older than the recording", row->older,
			 row->leak_cnt);
	lines_print(out, 4, "    since %s on %s%s%s", SINCE(m, first),
		    SAFE(m->hosts[first->host].name),
		    first->or_before ? ", whose recording had just begun, or before" : "", older);
}

static size_t append(char *words, size_t used, const char *between, const char *what)
{
	int size = used < WORDS
			   ? snprintf(words + used, WORDS - used, "%s%s", used ? between : "", what)
			   : 0;

	return used + size;
}

/* One side of the releases: those on which it leaks, or those on which it does not. */
static char *list_kernels(const struct merge *m, const struct merge_row *row, bool leaks,
			  char words[WORDS])
{
	size_t used = 0, count = 0;
	char one[LINES_ESCAPED + 96];

	words[0] = '\0';
	for (uint32_t k = 1; k <= m->releases.count; k++) {
		struct merge_kernel of = merge_kernel(row, k);

		if ((of.leaks > 0) != leaks || count++ >= KERNELS)
			continue;
		if (leaks)
			snprintf(one, sizeof(one), "%s (%u of %s)", SAFE(merge_release(m, k)),
				 of.leaks, MANY(m->of_kernel[k], "host"));
		else
			snprintf(one, sizeof(one), "%s (%s, %s)", SAFE(merge_release(m, k)),
				 MANY(m->of_kernel[k], "host"),
				 of.seen ? "seen there" : "never seen there");
		used = append(words, used, ", ", one);
	}
	if (count > KERNELS) {
		snprintf(one, sizeof(one), "%zu more", count - KERNELS);
		append(words, used, " and ", one);
	}
	return words;
}

static void print_kernels(FILE *out, const struct merge *m, const struct merge_row *row)
{
	char with[WORDS], without[WORDS];

	if (m->releases.count < 2)
		return;
	list_kernels(m, row, true, with);
	list_kernels(m, row, false, without);
	lines_print(out, 4, "    %s %s%s%s", *without ? "only on" : "on", with,
		    *without ? "; not on " : "", without);
}

static void print_hosts(FILE *out, const struct merge *m, const struct merge_row *row)
{
	char words[WORDS] = "";
	size_t used = 0, i = 0;

	for (; i < row->leak_cnt && i < WORST; i++) {
		const struct merge_leak *l = &row->leaks[i];

		lines_print(out, 8, "      %s: %s, %s, +%s, since %s%s",
			    SAFE(m->hosts[l->host].name), MANY(l->objects, "object"),
			    BYTES(l->bytes), RATED_BYTES(l->bytes_per_s), SINCE(m, l),
			    l->or_before ? " or before" : "");
	}
	for (; i < row->leak_cnt && i < WORST + NAMED; i++) {
		char name[40];

		text_escape(m->hosts[row->leaks[i].host].name, name, sizeof(name));
		used = append(words, used, ", ", name);
	}
	if (i < row->leak_cnt)
		lines_print(out, 8, "      and on %s, and %zu more: --json names all", words,
			    row->leak_cnt - i);
	else if (used)
		lines_print(out, 8, "      and on %s", words);
}

/* Hosts that have it and do not accuse it. */
static void print_others(FILE *out, const struct merge *m, const struct merge_row *row)
{
	size_t used = 0, others = row->seen - row->leak_cnt;
	char words[WORDS] = "", one[64];

	if (!others)
		return;
	for (int kind = 0; kind < VERDICT_KINDS; kind++) {
		if (kind == VERDICT_LEAK || !row->verdicts[kind])
			continue;
		snprintf(one, sizeof(one), "%s %u", verdict_name(kind), row->verdicts[kind]);
		used = append(words, used, ", ", one);
	}
	if (row->passed) {
		snprintf(one, sizeof(one), "suppressed %u", row->passed);
		used = append(words, used, ", ", one);
	}
	if (row->ghosts) {
		snprintf(one, sizeof(one), "; frees missed on %u", row->ghosts);
		append(words, used, "", one);
	}
	lines_print(out, 4, "    %s on %zu of %s where it does not leak%s: %s",
		    BYTES(row->quiet.bytes), others, MANY(m->host_cnt, "host"),
		    row->passed ? ", or is suppressed" : "", words);
}

static void print_aliases(FILE *out, const struct merge_row *row)
{
	char words[WORDS] = "";
	size_t used = 0;

	for (size_t i = 0; i < row->also_cnt; i++)
		used = append(words, used, ", ", SAFE(row->also[i]));
	if (used)
		lines_print(out, 4, "    other kernels call the cache %s", words);
}

static void print_row(FILE *out, const struct merge *m, const struct merge_row *row, size_t rank)
{
	lines_print(out, 4, "%2zu. %s", rank, NAME_OF(row));
	print_aliases(out, row);
	if (!row->leak_cnt) {
		print_others(out, m, row);
		return;
	}
	lines_print(out, 4, "    leaks on %zu of %s: %s, %s, +%s", row->leak_cnt,
		    MANY(m->host_cnt, "host"), BYTES(row->leaking.bytes),
		    MANY(row->leaking.objects, "object"), RATED_BYTES(row->leaking.bytes_per_s));
	print_since(out, m, row);
	print_kernels(out, m, row);
	print_hosts(out, m, row);
	lines_print(out, 8, "    on %s: %s", SAFE(m->hosts[row->leaks[0].host].name), row->reason);
	print_others(out, m, row);
}

/* By hosts that leak, who leaks nowhere has no place. */
static bool is_listed(const struct merge *m, const struct merge_row *row)
{
	return row->leak_cnt || m->key != MERGE_BY_HOSTS;
}

/* Stacks, processes and contents are in the recording of the worst. */
static void print_next(FILE *out, const struct merge *m)
{
	for (size_t i = 0; i < m->row_cnt; i++)
		if (m->rows[i].leak_cnt) {
			const struct merge_leak *l = m->rows[i].leaks;

			lines_print(out, 4, "Next: slabsight report %s",
				    SAFE(m->hosts[l->host].file->path));
			return;
		}
}

static void print_rows(FILE *out, const struct merge *m)
{
	static const char *const keys[] = {
		[MERGE_BY_HOSTS] = "LEAKS, by hosts",
		[MERGE_BY_BYTES] = "ORIGINS, by bytes",
		[MERGE_BY_OBJECTS] = "ORIGINS, by objects",
		[MERGE_BY_GROWTH] = "ORIGINS, by growth",
	};
	size_t listed = 0, shown = 0, passed = 0;

	fprintf(out, "\n%s\n", keys[m->key]);
	for (size_t i = 0; i < m->row_cnt; i++) {
		if (!is_listed(m, &m->rows[i])) {
			passed += m->rows[i].passed > 0;
			continue;
		}
		listed++;
		if (m->top && shown >= m->top)
			continue;
		print_row(out, m, &m->rows[i], ++shown);
	}
	if (!listed)
		fprintf(out, "  none\n");
	else if (shown < listed)
		fprintf(out, "  and %s: --top 0 shows all\n", MANY(listed - shown, "more origin"));
	if (passed)
		lines_print(out, 2,
			    "  %s leak%s only where suppressed: see --sort bytes, or --json",
			    MANY(passed, "origin"), passed == 1 ? "s" : "");
	if (m->row_cnt > listed + passed)
		lines_print(out, 2, "  %s leak%s nowhere: see --sort bytes, or --json",
			    MANY(m->row_cnt - listed - passed, "origin"),
			    m->row_cnt - listed - passed == 1 ? "s" : "");
}

static void print(FILE *out, const void *arg)
{
	const struct merge *m = arg;

	print_answer(out, m);
	print_suppressed(out, m);
	print_head(out, m);
	print_rows(out, m);
	report_suppressions_text(out, m->suppressions);
	print_next(out, m);
}

int merge_text(const struct merge *m, FILE *out)
{
	return output_page(print, m, out);
}
