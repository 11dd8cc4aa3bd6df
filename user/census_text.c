// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The census for a person on an 80-column terminal: how much there is and how
 * much of the kernel's own total that explains, then the caches, or what the
 * objects of one hold.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "census_report.h"
#include "lines.h"
#include "output.h"

#define NAME_WIDTH 19
#define NAME_SHOWN 64 /* columns of a name: only one full of escapes has more */
#define LABEL	   11

#define NAME(s) text_escape((s), (char[NAME_SHOWN + 1]){0}, NAME_SHOWN + 1)

static const char *plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

static const char *kind(const struct census_report *r, const struct census_cache *c)
{
	return c->flags & r->reclaimable_bit ? "reclaimable" : "";
}

/* "+0.3 %" of how far `ours` is from `theirs`. */
static char *deviation(uint64_t ours, uint64_t theirs, char buf[24])
{
	double percent = lines_percent((double)ours - (double)theirs, (double)theirs);

	snprintf(buf, 24, "%+.2f %%", percent);
	return buf;
}
#define DEVIATION(ours, theirs) deviation((ours), (theirs), (char[24]){0})

static void print_head(FILE *out, const struct census_report *r)
{
	const struct census_cache *most = NULL;

	for (size_t i = 0; i < r->cache_cnt; i++)
		if (!most || r->caches[i].slab_bytes > most->slab_bytes)
			most = &r->caches[i];
	lines_print(out, 4, "%s  Linux %s %s  census of %s pages in %s", SAFE(r->host), r->release,
		    r->machine, COUNT(r->totals.pages), TIME(r->totals.took_s));
	lines_print(out, 4, "%s live object%s (%s) in %s of slabs, of %" PRIu64 " cache%s",
		    COUNT(r->objects), plural(r->objects), BYTES(r->live_bytes),
		    BYTES(r->slab_bytes), r->cache_all, plural(r->cache_all));
	if (most)
		lines_print(out, 4, "%s: %s, %s live object%s in %s, %.0f%% of all slab%s%s",
			    r->cache_cnt == r->cache_all ? "most" : "shown, most", NAME(most->name),
			    COUNT(most->live), plural(most->live), BYTES(most->slab_bytes),
			    lines_percent(most->slab_bytes, r->slab_bytes),
			    *kind(r, most) ? ", " : "", kind(r, most));
	if (most && most->live && !r->contents)
		lines_print(out, 4, "what they are: slabsight %s%s",
			    strcmp(most->name, "dentry") ? "census " : "dentries",
			    strcmp(most->name, "dentry") ? NAME(most->name) : "");
}

static void print_aliases(FILE *out, const struct census_report *r, const char *cache)
{
	const char *alias;
	char line[LINES_WIDTH + LINES_ESCAPED] = "";
	size_t used = 0, shown = 0, count = 0;

	while (slabs_alias(r->slabs, cache, count))
		count++;
	/* There must be room left for ", and 999 more". */
	for (; (alias = slabs_alias(r->slabs, cache, shown)); shown++) {
		const char *safe = SAFE(alias);

		if (used + strlen(safe) + 2 > LINES_WIDTH - 6 - 14)
			break;
		used += snprintf(line + used, sizeof(line) - used, "%s %s", shown ? "," : "", safe);
	}
	if (shown < count)
		snprintf(line + used, sizeof(line) - used, "%s %zu more", shown ? ", and" : "",
			 count - shown);
	if (count)
		fprintf(out, "  also%s\n", line);
}

static void print_cache(FILE *out, const struct census_report *r, const struct census_cache *c)
{
	char name[NAME_SHOWN + 1], unused[16], share[16];

	text_escape(c->name, name, sizeof(name));
	snprintf(unused, sizeof(unused), "%.0f%%",
		 lines_percent(census_report_unused(c), c->slab_bytes));
	snprintf(share, sizeof(share), "%.1f%%", lines_percent(c->slab_bytes, r->slab_bytes));
	if (strlen(name) > NAME_WIDTH)
		fprintf(out, "%s\n%-*s", name, NAME_WIDTH, "");
	else
		fprintf(out, "%-*s", NAME_WIDTH, name);
	fprintf(out, " %11s %8s %8s %6s %7s %6s%s\n", COUNT(c->live), BYTES(c->live * c->size),
		BYTES(c->slab_bytes), unused, COUNT(census_report_parked(c)), share,
		*kind(r, c) ? "  recl" : "");
	print_aliases(out, r, c->name);
}

static void print_table(FILE *out, const struct census_report *r)
{
	size_t shown = r->top && r->top < r->cache_cnt ? r->top : r->cache_cnt;

	fprintf(out, "\n%-*s %11s %8s %8s %6s %7s %6s  %s\n", NAME_WIDTH, "CACHE", "LIVE", "BYTES",
		"SLABS", "UNUSED", "PARKED", "SHARE", "KIND");
	for (size_t i = 0; i < shown; i++)
		print_cache(out, r, &r->caches[i]);
	if (shown < r->cache_cnt)
		fprintf(out, "  and %zu more cache%s: --top 0 shows all\n", r->cache_cnt - shown,
			plural(r->cache_cnt - shown));
}

static void print_contents(FILE *out, const struct census_report *r)
{
	const struct census_contents *t = r->contents;
	size_t shown = r->top && r->top < t->cluster_cnt ? r->top : t->cluster_cnt;

	fputc('\n', out);
	if (t->chosen)
		lines_print(out, 4,
			    "CONTENTS of %s, from %s of its %s live objects, of slabs evenly "
			    "chosen: numbers are estimates",
			    NAME(t->cache->name), COUNT(t->sampled), COUNT(t->cache->live));
	else if (t->sampled < t->cache->live)
		lines_print(out, 4,
			    "CONTENTS of %s, from %s of its %s live objects: the others were gone "
			    "or could not be read",
			    NAME(t->cache->name), COUNT(t->sampled), COUNT(t->cache->live));
	else
		lines_print(out, 4, "CONTENTS of all %s live object%s of %s", COUNT(t->sampled),
			    plural(t->sampled), NAME(t->cache->name));
	for (size_t i = 0; i < shown; i++) {
		const struct cluster *k = t->clusters[i];
		char line[1024], label[32];

		snprintf(label, sizeof(label), "%5.1f%% %9s  ", lines_percent(k->count, t->sampled),
			 COUNT((uint64_t)((double)k->count / t->sampled * t->cache->live + 0.5)));
		lines_wrap(out, (int)strlen(label), label, "%s",
			   clusters_describe(k, line, sizeof(line)));
	}
	if (shown < t->cluster_cnt)
		fprintf(out, "  and %zu more kind%s: --top 0 shows all\n", t->cluster_cnt - shown,
			plural(t->cluster_cnt - shown));
	if (t->sampled)
		return;
	if (!t->cache->live)
		fprintf(out, "  none: the cache has no live object\n");
	else if (t->chosen)
		fprintf(out, "  none was found in the slabs chosen: --sample 0 reads all\n");
}

static void print_large(FILE *out, const struct census_report *r)
{
	if (r->totals.marks_large)
		lines_wrap(out, LABEL, "  large", "%s of kmalloc above two pages, in %s object%s",
			   BYTES(r->totals.large_bytes), COUNT(r->totals.larges),
			   plural(r->totals.larges));
	else
		lines_wrap(out, LABEL, "  large",
			   "kmalloc above two pages counts as Slab, and this kernel does not mark "
			   "its pages: most of what is not explained");
}

/* What makes the numbers less than exact; silent about zeros. */
static void print_doubts(FILE *out, const struct census_report *r)
{
	const struct {
		uint64_t n;
		const char *text;
	} doubts[] = {
		{r->totals.odd, "slabs left out: what they name is no cache"},
		{r->totals.overflow, "slabs left out: more caches than the table has room for"},
		{r->totals.torn, "lists of free objects changed while they were read"},
		{r->totals.gone, "slabs were given back before they could be read"},
		{r->totals.parked_lost, "parked objects not kept: they count as live"},
	};

	for (size_t i = 0; i < sizeof(doubts) / sizeof(doubts[0]); i++)
		if (doubts[i].n)
			lines_wrap(out, LABEL, "  aside", "%s %s", COUNT(doubts[i].n),
				   doubts[i].text);
}

static void print_trust(FILE *out, const struct census_report *r)
{
	fputs("\nTRUST: a sample of what moves, taken without a lock\n", out);
	if (r->meminfo.slab)
		lines_wrap(out, LABEL, "  meminfo",
			   "Slab %s (SReclaimable %s, SUnreclaim %s): %.1f %% of it explained",
			   BYTES(r->meminfo.slab), BYTES(r->meminfo.reclaimable),
			   BYTES(r->meminfo.unreclaimable), census_report_explained(r));
	print_large(out, r);
	if (r->slabinfo_active)
		lines_wrap(out, LABEL, "  slabinfo",
			   "%s object%s active there, free ones of slabs that a CPU holds among "
			   "them; live and parked here: %s (%s)",
			   COUNT(r->slabinfo_active), plural(r->slabinfo_active),
			   COUNT(r->objects + r->parked),
			   DEVIATION(r->objects + r->parked, r->slabinfo_active));
	if (r->dentry_state.dentries)
		lines_wrap(out, LABEL, "  dentries", "%s by dentry-state; live here: %s (%s)",
			   COUNT(r->dentry_state.dentries), COUNT(r->dentries),
			   DEVIATION(r->dentries, r->dentry_state.dentries));
	if (r->parked)
		lines_wrap(out, LABEL, "  parked",
			   "%s object%s free, but kept by a CPU or a node for the next "
			   "allocation: active for slabinfo",
			   COUNT(r->parked), r->parked == 1 ? " is" : "s are");
	print_doubts(out, r);
}

static void print(FILE *out, const void *arg)
{
	const struct census_report *r = arg;

	print_head(out, r);
	print_table(out, r);
	if (r->contents)
		print_contents(out, r);
	print_trust(out, r);
}

int census_text(const struct census_report *r, FILE *out)
{
	return output_page(print, r, out);
}
