// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What golden.sh compares is text; this makes it.
 *
 *   golden dump RECORDING | build SQL RECORDING | pprof PROFILE | json JSON | page HTML
 */
#include "golden.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[1] : "";

	if (argc == 3 && !strcmp(what, "dump"))
		return golden_dump(argv[2]);
	if (argc == 4 && !strcmp(what, "build"))
		return golden_build(argv[2], argv[3]);
	if (argc == 3 && !strcmp(what, "pprof"))
		return golden_pprof(argv[2]);
	if (argc == 3 && !strcmp(what, "json"))
		return golden_json(argv[2]);
	if (argc == 3 && !strcmp(what, "page"))
		return golden_page(argv[2]);
	fprintf(stderr, "usage: golden dump RECORDING | build SQL RECORDING | pprof PROFILE | "
			"json JSON | page HTML\n");
	return 2;
}
