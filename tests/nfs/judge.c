// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What slabsight says of an NFS client that has listed a directory of 400 names again and again.
 *
 *   judge stock|buggy LISTINGS REPORT
 *
 * REPORT is the JSON of a trace, or of a run whose every repetition was one listing. A line a
 * check: whether the buggy client is named, with the exact number of names that it lost, and the
 * stock client is not.
 */
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"

/*
 * A page of the client's directory cache holds 127 entries. The buggy client reads on into a page
 * that nobody will clear, and leaves it: of 400 names, `.` and `..` it loses 127, 127 and 21 a
 * listing. The names are all of one length; `.` and `..` are in another cache, and not among those
 * that are lost.
 */
#define NAMES 400
#define LOST  275
#define NAME  "file-name-"

static long long number(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

static const char *string(const json_t *object, const char *name)
{
	const char *s = json_string_value(json_object_get(object, name));

	return s ? s : "";
}

static bool begins(const char *s, const char *with)
{
	return !strncmp(s, with, strlen(with));
}

/* Names of a directory in the client's cache, or lost by it. */
static bool holds_names(const json_t *origin)
{
	const json_t *site = json_object_get(origin, "call_site");

	return begins(string(site, "symbol"), "nfs_readdir") &&
	       !strcmp(string(site, "module"), "nfs") &&
	       begins(string(origin, "cache"), "kmalloc-");
}

/* The place in words; the result is good until the next call. */
static const char *place(const json_t *origin)
{
	static char s[256];
	const json_t *site = json_object_get(origin, "call_site");

	snprintf(s, sizeof(s), "%s at %s+0x%llx [%s], %lld live", string(origin, "cache"),
		 string(site, "symbol"), number(site, "offset"), string(site, "module"),
		 number(origin, "live_objects"));
	return s;
}

/* Where names of this length come from: the one that allocated most. NULL if there is none. */
static const json_t *names_origin(const json_t *origins)
{
	const json_t *found = NULL;
	size_t i;
	json_t *origin;

	json_array_foreach (origins, i, origin)
		if (holds_names(origin) &&
		    (!found || number(origin, "allocs") > number(found, "allocs")))
			found = origin;
	return found;
}

/* ---- what is the same for both clients ---- */

static void check_trust(const json_t *report)
{
	const json_t *coverage = json_object_get(report, "coverage");
	char why[128];

	snprintf(why, sizeof(why), "grade %s, %lld ghosts, %lld origins do not balance",
		 string(coverage, "grade"), number(coverage, "ghosts"),
		 number(coverage, "unbalanced_origins"));
	check(!strcmp(string(coverage, "grade"), "full") && !number(coverage, "ghosts") &&
		      !number(coverage, "unbalanced_origins"),
	      why, "... full coverage, no ghosts, books balance");
}

/*
 * Each listing has to read everything, or the other numbers say nothing. There are some more than
 * that: for a name that finds its page full, a copy is made and freed first.
 */
static void check_listings(const json_t *origin, long long wanted)
{
	long long made = number(origin, "allocs");

	check(made >= wanted, place(origin),
	      "... the directory was read anew each time: %lld names", made);
}

/* "leak" where it is due, and nowhere else: neither of what is beside it nor of the other client.
 */
static void check_verdicts(const json_t *origins, const json_t *leaking)
{
	const json_t *other = NULL;
	size_t i;
	json_t *origin;

	json_array_foreach (origins, i, origin)
		if (!strcmp(string(origin, "verdict"), "leak") && !(leaking && holds_names(origin)))
			other = origin;
	if (leaking)
		check(!strcmp(string(leaking, "verdict"), "leak"), string(leaking, "reason"),
		      "... its verdict is leak");
	check(!other, other ? place(other) : "", "... no verdict of leak%s",
	      leaking ? " elsewhere" : "");
}

/* ---- the buggy client ---- */

/* Is there a string with a name in it anywhere in @value? */
static bool mentions_names(const json_t *value)
{
	size_t i;
	const char *key;
	json_t *element;

	if (json_is_string(value))
		return strstr(json_string_value(value), NAME);
	json_array_foreach (value, i, element)
		if (mentions_names(element))
			return true;
	json_object_foreach ((json_t *)value, key, element)
		if (mentions_names(element))
			return true;
	return false;
}

static void check_contents(const json_t *origin)
{
	check(mentions_names(json_object_get(origin, "contents")), "no \"" NAME,
	      "... hold \"" NAME "...\"");
}

/* All by ls, and by the client's own code down to the system call. */
static void check_stacks(const json_t *origin)
{
	const json_t *stacks = json_object_get(origin, "stacks");
	const json_t *first = json_array_get(stacks, 0);
	const json_t *task = json_array_get(json_object_get(first, "tasks"), 0);
	bool directory = false;
	size_t i;
	json_t *frame;

	json_array_foreach (json_object_get(first, "frames"), i, frame)
		directory |= !strcmp(string(frame, "symbol"), "iterate_dir");
	check(directory, place(origin), "... the stack leads to iterate_dir");
	check(!strcmp(string(task, "comm"), "ls"), string(task, "comm"), "... made by ls");
}

static void check_repetitions(const json_t *origin, long long listings)
{
	const json_t *counts = json_object_get(origin, "repetitions");
	char *text = json_dumps(counts, JSON_COMPACT | JSON_ENCODE_ANY);
	bool same = json_array_size(counts) == (size_t)listings;
	size_t i;
	json_t *count;

	json_array_foreach (counts, i, count)
		same &= json_integer_value(count) == LOST;
	check(same, text ? text : "no repetitions", "... %d more with each repetition", LOST);
	free(text);
}

static void judge_buggy(const json_t *origins, long long listings, bool run)
{
	const json_t *first = json_array_get(origins, 0);
	long long lost = number(first, "live_objects");
	/* What the last listing has left in the cache is live, too, unless it was dropped. */
	long long wanted = listings * LOST + (run ? 0 : NAMES);

	check(holds_names(first), place(first), "... comes first: %s", place(first));
	if (!holds_names(first))
		return;
	check_listings(first, listings * (NAMES + LOST));
	check(lost == wanted, place(first), "... %lld of its objects live, %d for each listing",
	      wanted, LOST);
	if (run)
		check_repetitions(first, listings);
	check_stacks(first);
	check_contents(first);
	check_verdicts(origins, first);
}

/* ---- the stock client ---- */

static void judge_stock(const json_t *origins, long long listings, bool run)
{
	const json_t *names = names_origin(origins);
	long long live = number(names, "live_objects"), at_most = run ? 0 : NAMES;

	/* An origin of which nothing lives may be left out. */
	if (names || !run) {
		check_listings(names, listings * NAMES);
		check(live <= at_most, place(names), "... at most %lld names live", at_most);
	}
	check_verdicts(origins, NULL);
}

int main(int argc, char *argv[])
{
	json_error_t error;
	json_t *report = argc == 4 ? json_load_file(argv[3], 0, &error) : NULL;
	bool run = !strcmp(string(report, "command"), "run");
	const json_t *origins = json_object_get(report, "origins");
	long long listings;

	if (argc != 4) {
		fprintf(stderr, "usage: judge stock|buggy LISTINGS REPORT\n");
		return 2;
	}
	listings = atoll(argv[2]);
	check(report, error.text, "%s client, %lld listings, %s: a whole report", argv[1], listings,
	      run ? "run" : "trace");
	if (!report)
		return 0;
	check_trust(report);
	if (!strcmp(argv[1], "buggy"))
		judge_buggy(origins, listings, run);
	else
		judge_stock(origins, listings, run);
	json_decref(report);
	return 0;
}
