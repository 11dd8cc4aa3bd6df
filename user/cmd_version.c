// SPDX-License-Identifier: GPL-2.0-or-later
/* slabsight version */
#include <bpf/libbpf.h>
#include <elfutils/libdwfl.h>
#include <jansson.h>
#include <protobuf-c/protobuf-c.h>
#include <sqlite3.h>
#include <stdio.h>
#include <zlib.h>

#include "cli.h"
#include "say.h"

#ifndef SLABSIGHT_VERSION
#define SLABSIGHT_VERSION "unknown"
#endif

int cmd_version(int argc, char **argv)
{
	static const struct option options[] = {
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	int option;

	optind = 0;
	while ((option = cli_option(argc, argv, ":h", options)) != -1) {
		if (option == '?')
			return EXIT_USAGE;
		puts("usage: slabsight version");
		return EXIT_DONE;
	}
	if (cli_no_more(argc, argv))
		return EXIT_USAGE;
	printf("slabsight %s\nelfutils %s\nlibbpf %s\njansson %s\nprotobuf-c %s\nsqlite %s\nzlib "
	       "%s\n",
	       SLABSIGHT_VERSION, dwfl_version(NULL), libbpf_version_string() + 1, JANSSON_VERSION,
	       protobuf_c_version(), sqlite3_libversion(), zlibVersion());
	return EXIT_DONE;
}
