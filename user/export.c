// SPDX-License-Identifier: GPL-2.0-or-later
/* The list of formats. */
#include "export.h"

#include <stddef.h>

#include "cleanup.h"
#include "export_html.h"

enum { PPROF, FOLDED, CSV, JSON, OPENMETRICS, HTML, FORMATS };

const char *const export_names[] = {
	[PPROF] = "pprof", [FOLDED] = "folded",		  [CSV] = "csv",
	[JSON] = "json",   [OPENMETRICS] = "openmetrics", [HTML] = "html",
	[FORMATS] = NULL,
};

static const struct export_format formats[FORMATS] = {
	[PPROF] = {.summary = "gzipped profile for 'go tool pprof' and its like",
		   .write = {export_pprof},
		   .binary = true},
	[FOLDED] = {.summary = "a line a stack, for flamegraph.pl or inferno",
		    .write = {export_folded, export_folded_objects},
		    .choice = EXPORT_VALUE},
	[CSV] = {.summary = "a row an origin, for a spreadsheet (RFC 4180)",
		 .write = {export_csv, export_csv_stacks},
		 .choice = EXPORT_ROWS},
	[JSON] = {.summary = "the JSON report of 'slabsight trace'", .write = {report_json}},
	[OPENMETRICS] = {.summary = "for Prometheus; FILE is replaced as a whole",
			 .write = {export_openmetrics},
			 .replaced = true},
	[HTML] = {.summary = "a page for a browser, with all it needs in one file",
		  .write = {export_html},
		  .binary = true,
		  .grows = true,
		  .built = export_html_built},
};

const struct export_format *export_format(unsigned int index)
{
	return &formats[index];
}

const char *export_chooser(enum export_choice choice)
{
	for (size_t i = 0; i < FORMATS; i++)
		if (formats[i].choice == choice)
			return export_names[i];
	return NULL;
}
