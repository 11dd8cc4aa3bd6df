/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What commands share in reading their command line. */
#ifndef SS_CLI_H
#define SS_CLI_H

#include <getopt.h>

struct command {
	const char *name;
	int (*run)(int argc, char **argv); /* argv[0] is the command; returns the exit code */
	const char *summary;
};

/*
 * getopt_long() that explains itself: on a bad option prints one line, with the
 * nearest option that exists, and returns '?'. Short options begin with ":".
 */
int cli_option(int argc, char **argv, const char *short_options, const struct option *options);
/* No arguments may be left: prints a line and returns -1 if there are. */
int cli_no_more(int argc, char **argv);

int cmd_trace(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_version(int argc, char **argv);

#endif
