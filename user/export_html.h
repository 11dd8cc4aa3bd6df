/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A report as one page for a browser, with all that it needs in it: it loads nothing,
 * and runs no script but its own.
 */
#ifndef SS_EXPORT_HTML_H
#define SS_EXPORT_HTML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "report.h"

/* What an origin had at a moment, in seconds since the recording began; it holds until the next. */
struct export_point {
	double at_s;
	uint64_t objects, bytes; /* live */
};

struct export_series {
	size_t origin; /* index into the snapshot's origins */
	const struct export_point *points;
	size_t point_cnt;
};

/* How origins grew while they were recorded. */
struct export_growth {
	double length_s; /* of the recording, up to the snapshot that is reported */
	const struct export_series *series;
	size_t series_cnt;
	size_t left_out; /* origins that have no series here, although they grew */
};

/*
 * Most that is on a page. Leaks come first, then those of most bytes; what did not fit
 * is said on the page, and counted in its totals.
 */
#define EXPORT_HTML_ORIGINS_BYTES 600000u /* of JSON, for origins and their frames */
#define EXPORT_HTML_STACKS	  64	  /* of an origin: most objects first */
#define EXPORT_HTML_SERIES	  64	  /* of growth */
#define EXPORT_HTML_POINTS	  120	  /* in each of them */

/* Was slabsight built with the page? */
bool export_html_built(void);
/*
 * 0 or -errno; nothing is written before the whole page is made. -EOPNOTSUPP: slabsight
 * was built without it. `growth` NULL: not recorded.
 */
int export_html(const struct report *r, FILE *out);
int export_html_recorded(const struct report *r, const struct export_growth *growth, FILE *out);

#endif
