// SPDX-License-Identifier: GPL-2.0-or-later
/* What is one number or text of a report: facts, by name, each as written last. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "recording_private.h"

#define TICK_MIN_S	0.0001
#define TICK_MAX_S	1.0
#define SCALE_MAX	4294967296.0
#define REPETITIONS_MAX 100000

/* The words of a command, each with its NUL, as one packed row of bytes. */
static int read_words(struct columns *c, struct recorded *r)
{
	uint64_t count, bytes[RECORDING_WORDS_MAX];
	char text[RECORDING_WORDS_MAX];
	struct unpacked blob;
	size_t words = 0;

	if (!columns_blob(c, &blob) || !packed_read(&blob, &count, 1, RECORDING_WORDS_MAX) ||
	    !packed_read(&blob, bytes, count, 255) || blob.left || !count || bytes[count - 1])
		return -EBADMSG;
	for (size_t i = 0; i < count; i++) {
		text[i] = (char)bytes[i];
		words += !bytes[i];
	}
	free(r->argv);
	r->argv = calloc(words + 1, sizeof(*r->argv));
	if (!r->argv)
		return -ENOMEM;
	words = 0;
	for (size_t at = 0; at < count; at += strlen(text + at) + 1) {
		r->argv[words] = (char *)recorded_keep(r, text + at);
		if (!r->argv[words++])
			return -ENOMEM;
	}
	return 0;
}

static int read_living(struct columns *c, struct recorded *r)
{
	struct unpacked blob;
	uint64_t one[1 + SS_COMM];

	if (!columns_blob(c, &blob) || !packed_read(&blob, &r->listed, 1, RUN_CGROUP_LISTED))
		return -EBADMSG;
	free(r->living);
	r->living = calloc(r->listed + 1, sizeof(*r->living));
	if (!r->living)
		return -ENOMEM;
	for (uint64_t i = 0; i < r->listed; i++) {
		if (!packed_read(&blob, one, 1, INT32_MAX) ||
		    !packed_read(&blob, one + 1, SS_COMM, UINT8_MAX))
			return -EBADMSG;
		r->living[i].pid = (pid_t)one[0];
		for (int n = 0; n < SS_COMM - 1; n++)
			r->living[i].comm[n] = (char)one[1 + n];
	}
	return blob.left ? -EBADMSG : 0;
}

static int read_fact(struct columns *c, struct recording_facts *f, struct recorded *r, bool *seen)
{
	const char *name = columns_text(c, 64, false);

	if (!strcmp(name, "run.argv"))
		return read_words(c, r);
	if (!strcmp(name, "cgroup.living"))
		return read_living(c, r);
	for (size_t i = 0; i < recording_facts_cnt; i++) {
		if (strcmp(name, recording_facts[i].name))
			continue;
		seen[i] = true;
		return columns_field(c, &recording_facts[i], f, r);
	}
	return -EBADMSG;
}

/* Books are kept for whole ticks, or not at all. Who is shorter has rates without an end. */
static bool are_times_sound(const struct snapshot *s)
{
	return s->tick_s >= TICK_MIN_S && s->tick_s <= TICK_MAX_S &&
	       (s->booked_s <= 0 || s->booked_s >= s->tick_s);
}

static bool are_sound(const struct recording *rec, const struct recording_facts *f,
		      const struct recorded *r, const bool *seen)
{
	const struct report *report = &f->report;

	for (size_t i = 0; i < recording_facts_cnt; i++)
		if (!seen[i] && recording_facts[i].since <= rec->version)
			return false;
	return report->command && report->host && report->release && report->machine &&
	       f->grade <= COVERAGE_POOR && f->how <= RECLAIM_SLAB &&
	       are_times_sound(&f->snapshot) && f->snapshot.scale >= 1 &&
	       f->snapshot.scale <= SCALE_MAX && f->snapshot.repetition_cnt <= REPETITIONS_MAX &&
	       (!f->ran || r->argv) &&
	       r->listed == (f->cgroup.living_cnt < RUN_CGROUP_LISTED ? f->cgroup.living_cnt
								      : RUN_CGROUP_LISTED);
}

void recording_take_facts(const struct recording_facts *f, struct recorded *r, struct snapshot *s)
{
	*s = f->snapshot;
	r->settle = f->settle;
	r->reclaim = f->reclaim;
	r->reclaim.how = (enum reclaim_how)f->how;
	r->run = f->run;
	r->run.argv = r->argv;
	r->cgroup = f->cgroup;
	r->cgroup.living = r->living;
	r->run.cgroup = f->has_cgroup ? &r->cgroup : NULL;
	r->report = f->report;
	r->report.snapshot = s;
	r->report.hooks = r->hooks;
	r->report.grade = (enum coverage_grade)f->grade;
	r->report.run = f->ran ? &r->run : NULL;
	r->report.settle = f->settled ? &r->settle : NULL;
	r->report.reclaim = f->reclaimed ? &r->reclaim : NULL;
	/* A trace reclaims a cgroup only where it books nothing else. */
	s->reclaim_all = s->reclaim_tried &&
			 (!f->ran || r->reclaim.how == RECLAIM_SLAB || r->run.only_command);
}

int recording_read_facts(struct recording *rec, const struct range *range, struct recorded *r,
			 struct recording_facts *f)
{
	autofree bool *seen = calloc(recording_facts_cnt, sizeof(*seen));
	struct columns c;
	int left, err = range_prepare(rec,
				      "SELECT name, value FROM fact WHERE snapshot BETWEEN ?1 AND "
				      "?2 ORDER BY snapshot",
				      range, &c);

	if (!seen)
		err = -ENOMEM;
	while (!err && (left = columns_next(&c)) != 0)
		err = left < 0 ? left : read_fact(&c, f, r, seen);
	if (!err && (c.damaged || !are_sound(rec, f, r, seen)))
		err = -EBADMSG;
	sqlite3_finalize(c.s);
	return err;
}
