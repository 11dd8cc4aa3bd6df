// SPDX-License-Identifier: GPL-2.0-or-later
/* export_csv.c, read back by the rules of RFC 4180, which are all in read_field(). */
#include "fixture.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "made_export.h"

#define COLUMNS_MAX 24

struct table {
	char *text; /* fields lie in it */
	char *(*row)[COLUMNS_MAX];
	size_t row_cnt, column_cnt; /* without the header, which is row 0 */
};

/* A field, in place; *ret_end: of its row. */
static char *read_field(char **at, bool *ret_end)
{
	char *from = *at, *to = from, *field = from;

	if (*from == '"') {
		for (from++; *from != '"' || from[1] == '"'; *to++ = *from++) {
			assert_true(*from);
			from += *from == '"';
		}
		from++;
	} else {
		for (; !strchr(",\r", *from); *to++ = *from++)
			assert_true(*from && *from != '"' && *from != '\n');
	}
	*ret_end = *from == '\r';
	if (*ret_end)
		assert_int_equal(*++from, '\n');
	else
		assert_int_equal(*from, ',');
	*at = from + 1;
	*to = '\0';
	return field;
}

static void read_table(struct table *t, export_writer write)
{
	size_t size, rows = 0, column;
	char *at;

	at = t->text = made_export(write, &size);
	for (const char *c = at; *c; c++)
		rows += *c == '\n';
	t->row = calloc(rows + 1, sizeof(*t->row));
	for (rows = 0; *at; rows++) {
		bool end = false;

		for (column = 0; !end; column++) {
			assert_true(column < COLUMNS_MAX);
			t->row[rows][column] = read_field(&at, &end);
		}
		if (!rows)
			t->column_cnt = column;
		assert_int_equal(column, t->column_cnt);
	}
	assert_true(rows);
	t->row_cnt = rows - 1;
}

static void free_table(struct table *t)
{
	free(t->text);
	free(t->row);
}

/* Of a row from 1 on. */
static const char *field(const struct table *t, size_t row, const char *name)
{
	assert_true(row <= t->row_cnt);
	for (size_t i = 0; i < t->column_cnt; i++)
		if (!strcmp(t->row[0][i], name))
			return t->row[row][i];
	fail_msg("no column %s", name);
	return NULL;
}

static uint64_t count(const struct table *t, size_t row, const char *name)
{
	const char *text = field(t, row, name);
	char *end;
	uint64_t n = strtoull(text, &end, 10);

	assert_true(*text && !*end);
	return n;
}

static void csv_has_the_snapshots_numbers(void **state)
{
	const struct snapshot *s;
	struct table t;

	(void)state;
	made_report_fill(&made);
	made_report_take(&made);
	s = made.report.snapshot;
	made_report_check_secrets(&made, (read_table(&t, export_csv), t.text));
	assert_int_equal(t.column_cnt, 19);
	assert_int_equal(t.row_cnt, s->origin_cnt);
	for (size_t i = 0; i < s->origin_cnt; i++) {
		const struct snapshot_origin *o = &s->origins[i];
		size_t row = i + 1;

		assert_string_equal(field(&t, row, "cache"), s->caches[o->cache].name);
		assert_int_equal(count(&t, row, "object_size"), s->caches[o->cache].object_size);
		assert_int_equal(count(&t, row, "allocs"), o->allocs);
		assert_int_equal(count(&t, row, "frees"), o->frees);
		assert_int_equal(count(&t, row, "ghosts"), o->ghosts);
		assert_int_equal(count(&t, row, "stale"), o->stale);
		assert_int_equal(count(&t, row, "refused"), o->refused);
		assert_int_equal(count(&t, row, "live_objects"), o->objects);
		assert_int_equal(count(&t, row, "live_bytes"), o->bytes);
		assert_int_equal(count(&t, row, "requested_bytes"), o->requested_bytes);
		assert_string_equal(field(&t, row, "verdict"), verdict_name(o->verdict->kind));
		assert_string_equal(field(&t, row, "reason"),
				    verdict_reason(o->verdict, (char[VERDICT_REASON]){0}));
		assert_string_equal(field(&t, row, "suppressed_by"), "");
		assert_string_equal(field(&t, row, "reclaimable"),
				    o->site == MADE_ALLOC ? "true" : "false");
		if (o->site != MADE_APPEND)
			continue;
		assert_string_equal(field(&t, row, "call_site"),
				    "nfs_readdir_folio_array_append+0x26 [nfs]");
		assert_string_equal(field(&t, row, "module"), "nfs");
		assert_string_equal(field(&t, row, "age_min_s"), "0.100");
		assert_string_equal(field(&t, row, "age_mean_s"), "6.310");
		assert_string_equal(field(&t, row, "age_max_s"), "10.000");
	}
	free_table(&t);
}

static void csv_has_a_row_a_stack_and_thread(void **state)
{
	uint64_t objects = 0, bytes = 0;
	struct table t;
	bool found = false;

	(void)state;
	made_report_fill(&made);
	made_report_take(&made);
	read_table(&t, export_csv_stacks);
	assert_int_equal(t.column_cnt, 12);
	assert_int_equal(t.row_cnt, 3 + 2 + 3); /* nothing of kmalloc-192 is left */
	for (size_t row = 1; row <= t.row_cnt; row++) {
		objects += count(&t, row, "live_objects");
		bytes += count(&t, row, "live_bytes");
		if (strcmp(field(&t, row, "comm"), "find"))
			continue;
		found = true;
		assert_int_equal(count(&t, row, "live_objects"), 300);
		assert_string_equal(field(&t, row, "estimated"), "false");
		assert_string_equal(field(&t, row, "frames"),
				    "nfs_readdir_folio_array_append+0x26 [nfs]; "
				    "nfs_readdir+0x142 [nfs]; iterate_dir+0x5c; (no symbol)");
	}
	assert_true(found);
	assert_int_equal(objects, made.report.snapshot->objects);
	assert_int_equal(bytes, made.report.snapshot->bytes);
	free_table(&t);
}

/* What a spreadsheet would run; RFC 4180 alone does not make it harmless. */
static void assert_no_formula(const struct table *t)
{
	for (size_t row = 1; row <= t->row_cnt; row++)
		for (size_t i = 0; i < t->column_cnt; i++) {
			const char *f = t->row[row][i];

			assert_true(!*f || !strchr("=+-@\t\r", *f));
			for (; *f; f++)
				assert_true((unsigned char)*f >= 0x20 && *f != 0x7f);
		}
}

static void csv_holds_any_name(void **state)
{
	struct table t;
	const char *name;

	made_hostile_fill(&made, state);
	read_table(&t, export_csv);
	assert_int_equal(t.row_cnt, MADE_HOSTILE);
	assert_no_formula(&t);
	for (size_t row = 1; row <= t.row_cnt; row++) {
		uint64_t n = count(&t, row, "live_objects");

		name = field(&t, row, "cache");
		assert_int_equal(count(&t, row, "allocs"), 3 * n);
		if (strpbrk(made_hostile[n - 1], "\n\r\\\x1b\xff"))
			assert_non_null(strchr(name, '\\'));
		else if (strchr("=+-@", made_hostile[n - 1][0]))
			assert_true(name[0] == '\'' && !strcmp(name + 1, made_hostile[n - 1]));
		else
			assert_string_equal(name, made_hostile[n - 1]);
	}
	free_table(&t);
	read_table(&t, export_csv_stacks);
	assert_int_equal(t.row_cnt, MADE_HOSTILE);
	assert_no_formula(&t);
	for (size_t row = 1; row <= t.row_cnt; row++)
		assert_string_equal(field(&t, row, "comm"), field(&t, row, "cache"));
	free_table(&t);
	made_hostile_end(&made);
}

static void csv_is_whole_or_not_there(void **state)
{
	struct table t;

	(void)state;
	made_report_take(&made);
	read_table(&t, export_csv);
	assert_int_equal(t.row_cnt, 0);
	free_table(&t);
	made_report_fill(&made);
	made_report_take(&made);
	made_export_check_failures(export_csv);
	made_export_check_failures(export_csv_stacks);
	made_export_check_same(export_csv_stacks);
}

int test_export_csv(void)
{
	const struct CMUnitTest tests[] = {
		WITH_REPORT(csv_has_the_snapshots_numbers),
		WITH_REPORT(csv_has_a_row_a_stack_and_thread),
		WITH_REPORT(csv_holds_any_name),
		WITH_REPORT(csv_is_whole_or_not_there),
	};

	return cmocka_run_group_tests_name("export_csv", tests, NULL, NULL);
}
