// SPDX-License-Identifier: GPL-2.0-or-later
/* slabsight: what is in the kernel's slab memory, and who put it there. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "cli.h"
#include "say.h"
#include "text.h"

static const struct command commands[] = {
	{"trace", cmd_trace, "trace, then report what is still live, by cache and call stack"},
	{"run", cmd_run, "trace while a command runs, then report what it left behind"},
	{"export", cmd_export, "trace, then write what other tools read: pprof, flame graphs, ..."},
	{"record", cmd_record, "trace into a file, to be looked at later and elsewhere"},
	{"report", cmd_report, "what a recording holds; needs no privilege"},
	{"diff", cmd_diff, "what is new, gone, grown or shrunk from one recording to another"},
	{"merge", cmd_merge, "recordings of many hosts as one report: what leaks on which"},
	{"census", cmd_census, "count the objects that exist now, also those made before"},
	{"dentries", cmd_dentries, "what dentries there are now, and whether they are a problem"},
	{"doctor", cmd_doctor, "what this kernel and these privileges allow, and what is missing"},
	{"version", cmd_version, "version, and the libraries it was built with"},
};

static int help(FILE *out)
{
	fprintf(out, "slabsight: who fills the kernel's slab memory, and will it ever be freed?\n\n"
		     "usage: slabsight COMMAND [options]\n\n");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(out, "  %-9s %s\n", commands[i].name, commands[i].summary);
	fprintf(out, "\nstart with:  sudo slabsight trace -d 30\n"
		     "options:     slabsight COMMAND --help, slabsight --version\n"
		     "exit codes:  0 done, 1 failed, 2 usage, 3 leak (--fail-on-leak, "
		     "--fail-on-growth),\n"
		     "             4 nothing can be traced here,\n"
		     "             130 ended by a second Ctrl-C, without a report\n");
	return out == stdout ? EXIT_DONE : EXIT_USAGE;
}

static int unknown(const char *word)
{
	const char *names[ARRAY_SIZE(commands) + 1] = {}, *near;
	char safe[128];

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		names[i] = commands[i].name;
	near = text_nearest(word, names);
	text_escape(word, safe, sizeof(safe));
	if (near)
		say("unknown command '%s'; did you mean '%s'? See: slabsight --help", safe, near);
	else
		say("unknown command '%s'. See: slabsight --help", safe);
	return EXIT_USAGE;
}

/* Were 0, 1 or 2 closed, the next file or map would become one: talk and reports would go there. */
static void reserve_standard_files(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY);
	while (fd >= 0 && fd < STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
}

static int run(int argc, char **argv)
{
	if (argc < 2)
		return help(stderr);
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help"))
		return help(stdout);
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V"))
		argv[1] = "version";
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].run(argc - 1, argv + 1);
	return unknown(argv[1]);
}

int main(int argc, char **argv)
{
	int code;

	/* A reader that goes away, or a file at its limit, is an error of a write, with a message.
	 */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	reserve_standard_files();
	code = run(argc, argv);
	if (code != EXIT_DONE || (!fflush(stdout) && !ferror(stdout)))
		return code;
	say("cannot write to the standard output: %s", strerror(errno));
	return EXIT_FAILED;
}
