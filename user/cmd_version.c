// SPDX-License-Identifier: GPL-2.0-or-later
/* slabsight version */
#include <bpf/libbpf.h>
#include <jansson.h>
#include <stdio.h>

#include "cli.h"
#include "say.h"

#ifndef SLABSIGHT_VERSION
#define SLABSIGHT_VERSION "unknown"
#endif

int cmd_version(int argc, char **argv)
{
	optind = 1;
	if (cli_no_more(argc, argv))
		return EXIT_USAGE;
	printf("slabsight %s\nlibbpf %s\njansson %s\n", SLABSIGHT_VERSION,
	       libbpf_version_string() + 1, JANSSON_VERSION);
	return fflush(stdout) ? EXIT_FAILED : EXIT_DONE;
}
