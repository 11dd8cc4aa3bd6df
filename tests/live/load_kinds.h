/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kinds of load that the program `load` goes through. */
#ifndef LOAD_KINDS_H
#define LOAD_KINDS_H

#define LOAD_KINDS 9

/* The program executes itself with this argument to have something that ends at once. */
#define LOAD_NOP_ARGUMENT "--nop"

struct load_worker {
	unsigned int nr; /* no two workers of a run have the same */
	const char *dir; /* for files; what is left in it is removed at the end of the run */
};

struct load_kind {
	const char *name;
	/* Do it once, for the @n-th time. 0 or a negative errno. */
	int (*run_once)(const struct load_worker *w, unsigned int n);
};

extern const struct load_kind load_kinds[LOAD_KINDS];

#endif
