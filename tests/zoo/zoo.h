/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The zoo: what leaks, and what only looks like it, all at once under one trace.
 *
 * A case is a process of ours that makes system calls, or a thread of the kernel module. It says
 * where its objects are booked, so that it is found in the report, and whether it leaks.
 */
#ifndef ZOO_H
#define ZOO_H

#include <stdbool.h>
#include <stddef.h>

#define ZOO_MODULE "slabsight_zoo"
#define ZOO_COMM   "zoo-" /* and the case's name: what its process is called, 15 characters */

enum zoo_kind {
	ZOO_LEAK, /* must be called leak */
	ZOO_LIFE, /* must not */
};

enum zoo_books {
	ZOO_ALONE,     /* its origin is its own: the numbers must be as made */
	ZOO_SHARED,    /* others allocate there as well: it must be there with as many at least */
	ZOO_UNCOUNTED, /* it cannot know how many it made: it must be there */
};

#define ZOO_LABEL_MAX 40

struct pace;

struct zoo_case {
	const char *name;
	enum zoo_kind kind;
	const char *what;
	const char *cache; /* patterns of the cache's name, '|' between them; NULL: any */
	const char *site;  /* symbols of its call site, '|' between them */
	const char *frame; /* what a stack must have, if the call site does not tell; or NULL */
	enum zoo_books books;

	/* For a process; NULL: the module has it. */
	int (*prepare)(void); /* before the trace; 0, -errno: cannot be had here; or NULL */
	void (*run)(
		struct pace *p); /* until zoo_next() says 0; then undo what outlives a process */
	double per_s;		 /* units */
	bool early;		 /* begins long before the trace */
	const char *alias;	 /* the cache must be shown by this name, too; or NULL */
};

/* The cases, each list ended by one without a name. */
extern const struct zoo_case zoo_module_cases[], zoo_leak_cases[], zoo_life_cases[];

/* What it is called on a stack: zoo-NAME, the process, or zoo_NAME, the module's function. */
void zoo_label(const struct zoo_case *zoo, char ret_label[ZOO_LABEL_MAX]);

/* What a case has done, told by itself. */
struct zoo_count {
	unsigned long made; /* objects */
	unsigned long held; /* of them */
};

#endif
