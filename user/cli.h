/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What commands share in reading their command line. */
#ifndef SS_CLI_H
#define SS_CLI_H

#include <getopt.h>
#include <stdint.h>

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

/*
 * Values of long options. They return -1 to go on, or the exit code after a
 * complaint: "option '--OPTION': 'VALUE' is not EXPECTED".
 */
int cli_bad(const char *option, const char *value, const char *expected);
int cli_count(const char *option, const char *value, uint64_t min, uint64_t max, uint64_t *ret);
/* Above 0, up to max. */
int cli_seconds(const char *option, const char *value, double max, double *ret);
/* One that is there and can be read. */
int cli_directory(const char *option, const char *value, const char **ret);
/* A share of one CPU: from 0.001 to 1; "20%" is 0.2. */
int cli_share(const char *option, const char *value, double *ret);
/* Index in a NULL-ended list of words. */
int cli_word(const char *option, const char *value, const char *const *words, unsigned int *ret);

int cmd_census(int argc, char **argv);
int cmd_trace(int argc, char **argv);
int cmd_export(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_record(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_diff(int argc, char **argv);
int cmd_merge(int argc, char **argv);
int cmd_dentries(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_version(int argc, char **argv);

#endif
