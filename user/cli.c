// SPDX-License-Identifier: GPL-2.0-or-later
/* What commands share in reading their command line. */
#include <dirent.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "say.h"
#include "text.h"

#define OPTIONS_MAX 64
#define SHOWN	    128
#define SHARE_MIN   0.001 /* below, a pause is longer than anybody waits, or than a time can be */

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

int cli_bad(const char *option, const char *value, const char *expected)
{
	char safe[SHOWN];

	say("option '--%s': '%s' is not %s", option, text_escape(value, safe, sizeof(safe)),
	    expected);
	return EXIT_USAGE;
}

int cli_count(const char *option, const char *value, uint64_t min, uint64_t max, uint64_t *ret)
{
	/* Not for bytes: there k would mean 1024 to most, and 1000 to some. */
	bool suffix = !strstr(option, "size");
	char expected[96];

	if (!text_number(value, min, max, suffix, ret))
		return -1;
	snprintf(expected, sizeof(expected), "a whole number from %" PRIu64 " to %" PRIu64, min,
		 max);
	return cli_bad(option, value, expected);
}

int cli_seconds(const char *option, const char *value, double max, double *ret)
{
	char expected[96], *end;

	*ret = strtod(value, &end);
	if (end != value && !*end && isfinite(*ret) && *ret > 0 && *ret <= max)
		return -1;
	snprintf(expected, sizeof(expected), "a number of seconds above 0 (%.0f days at most)",
		 max / 86400);
	return cli_bad(option, value, expected);
}

int cli_directory(const char *option, const char *value, const char **ret)
{
	DIR *dir = opendir(value);

	if (!dir)
		return cli_bad(option, value, "a directory that can be read");
	closedir(dir);
	*ret = value;
	return -1;
}

int cli_share(const char *option, const char *value, double *ret)
{
	char *end;

	*ret = strtod(value, &end);
	if (end != value && !strcmp(end, "%"))
		*ret /= 100;
	if (end != value && (!*end || !strcmp(end, "%")) && *ret >= SHARE_MIN && *ret <= 1)
		return -1;
	return cli_bad(option, value, "a share of one CPU from 0.1% to 100%, such as 0.2 or 20%");
}

int cli_word(const char *option, const char *value, const char *const *words, unsigned int *ret)
{
	char expected[96] = "one of";
	size_t used = strlen(expected);

	for (unsigned int i = 0; words[i]; i++) {
		if (!strcmp(value, words[i])) {
			*ret = i;
			return -1;
		}
		used += snprintf(expected + used, sizeof(expected) - used, " %s", words[i]);
	}
	return cli_bad(option, value, expected);
}
