// SPDX-License-Identifier: GPL-2.0-or-later
/* slabsight: what is in the kernel's slab memory, and who put it there. */
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "cli.h"
#include "say.h"
#include "text.h"

static const struct command commands[] = {
	{"trace", cmd_trace, "trace, then report what is still live, by cache and call stack"},
	{"doctor", cmd_doctor, "what this kernel and these privileges allow, and what is missing"},
	{"version", cmd_version, "version, and the libraries it was built with"},
};

static int help(FILE *out)
{
	fprintf(out, "slabsight: what is in the kernel's slab memory, and who put it there\n\n"
		     "usage: slabsight COMMAND [options]\n\n");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(out, "  %-9s %s\n", commands[i].name, commands[i].summary);
	fprintf(out, "\nstart with:  sudo slabsight trace -d 30\n"
		     "options:     slabsight COMMAND --help\n"
		     "exit codes:  0 done, 1 failed, 2 usage, 4 nothing can be traced here\n");
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

int main(int argc, char **argv)
{
	/* A reader that goes away is an error of a write, with a message; not a silent death. */
	signal(SIGPIPE, SIG_IGN);
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
