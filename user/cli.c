// SPDX-License-Identifier: GPL-2.0-or-later
/* What commands share in reading their command line. */
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "say.h"
#include "text.h"

#define OPTIONS_MAX 64
#define SHOWN	    128

static void say_unknown(const char *command, const char *word, const struct option *options)
{
	char bare[SHOWN], safe[SHOWN];
	const char *names[OPTIONS_MAX + 1] = {}, *near, *name, *first = NULL, *second = NULL;
	size_t n = 0;

	snprintf(bare, sizeof(bare), "%.*s", (int)strcspn(word, "="), word);
	name = bare + strspn(bare, "-");
	while (options[n].name && n < OPTIONS_MAX) {
		names[n] = options[n].name;
		if (*name && !strncmp(name, names[n], strlen(name))) {
			second = first ? names[n] : NULL;
			first = first ? first : names[n];
		}
		n++;
	}
	near = text_nearest(name, names);
	text_escape(bare, safe, sizeof(safe));
	if (second && bare[1] == '-')
		say("option '%s' may be short for '--%s' or '--%s'. See: slabsight %s --help", safe,
		    first, second, command);
	else if (near)
		say("unknown option '%s'; did you mean '--%s'? See: slabsight %s --help", safe,
		    near, command);
	else
		say("unknown option '%s'. See: slabsight %s --help", safe, command);
}

int cli_option(int argc, char **argv, const char *short_options, const struct option *options)
{
	int at = optind ? optind : 1, c;
	const char *word;
	char safe[SHOWN];

	/* The word that getopt_long() is about to read: it passes over arguments. */
	while (at < argc && (argv[at][0] != '-' || !argv[at][1]))
		at++;
	word = at < argc ? argv[at] : "";
	opterr = 0;
	c = getopt_long(argc, argv, short_options, options, NULL);
	if (c != '?' && c != ':')
		return c;
	text_escape(word, safe, sizeof(safe));
	if (c == ':')
		say("option '%s' needs a value. See: slabsight %s --help", safe, argv[0]);
	else if (optopt && word[0] == '-' && word[1] == '-')
		say("option '%s' takes no value. See: slabsight %s --help", safe, argv[0]);
	else
		say_unknown(argv[0], word, options);
	return '?';
}

int cli_no_more(int argc, char **argv)
{
	char safe[SHOWN];

	if (optind >= argc)
		return 0;
	say("unexpected argument '%s'. See: slabsight %s --help",
	    text_escape(argv[optind], safe, sizeof(safe)), argv[0]);
	return -1;
}
