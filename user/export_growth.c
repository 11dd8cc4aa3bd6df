// SPDX-License-Identifier: GPL-2.0-or-later
/* The counters of a recording, as the curves of a page. */
#include "export_growth.h"

#include <errno.h>
#include <stdlib.h>

#include "report_source.h"

/* A growth, and what it points to. */
struct curves {
	struct export_growth growth; /* first: what is handed out */
	struct recording_series read[EXPORT_HTML_SERIES];
	struct export_series series[EXPORT_HTML_SERIES];
	struct export_point *points[EXPORT_HTML_SERIES];
};

/* Leaks, then the others, as the page has them. */
static void choose(struct curves *c, const struct snapshot *s)
{
	size_t count = 0;

	for (int leaks = 1; leaks >= 0; leaks--)
		for (size_t i = 0; i < s->origin_cnt && count < EXPORT_HTML_SERIES; i++) {
			if (report_is_leak(&s->origins[i]) != leaks)
				continue;
			c->read[count].origin = &s->origins[i];
			c->series[count++].origin = i;
		}
	c->growth.series = c->series;
	c->growth.series_cnt = count;
	c->growth.left_out = s->origin_cnt - count;
}

/* What came after the report is none of its growth. */
static int take(struct curves *c, size_t nr, double until_s)
{
	const struct recording_series *read = &c->read[nr];
	struct export_series *series = &c->series[nr];
	struct export_point *points = calloc(read->point_cnt + 1, sizeof(*points));

	if (!points)
		return -ENOMEM;
	c->points[nr] = points;
	series->points = points;
	for (size_t i = 0; i < read->point_cnt && read->points[i].at_s <= until_s; i++)
		points[series->point_cnt++] =
			(struct export_point){.at_s = read->points[i].at_s,
					      .objects = read->points[i].objects,
					      .bytes = read->points[i].bytes};
	return 0;
}

int export_growth_create(struct recording *rec, struct recorded *r,
			 struct export_growth **ret_growth)
{
	const struct report *report = recorded_report(r);
	struct curves *c = calloc(1, sizeof(*c));
	int err = -ENOMEM;

	if (c) {
		c->growth.length_s = report->source->at_s;
		choose(c, report->snapshot);
		err = recording_growth_of(rec, r, c->read, c->growth.series_cnt);
	}
	for (size_t i = 0; !err && i < c->growth.series_cnt; i++)
		err = take(c, i, c->growth.length_s);
	for (size_t i = 0; c && i < c->growth.series_cnt; i++)
		free(c->read[i].points);
	if (!err)
		*ret_growth = &c->growth;
	else if (c)
		export_growth_destroy(&c->growth);
	return err;
}

void export_growth_destroy(struct export_growth *growth)
{
	struct curves *c = (struct curves *)growth;

	if (!c)
		return;
	for (size_t i = 0; i < c->growth.series_cnt; i++)
		free(c->points[i]);
	free(c);
}
