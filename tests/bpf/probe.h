/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests tell the probe program: eight words, as the arguments of a raw tracepoint. */
#ifndef PROBE_H
#define PROBE_H

enum { PROBE_OP, PROBE_ADDR, PROBE_SITE, PROBE_KEY, PROBE_REQUESTED, PROBE_ALLOCATED, PROBE_WORDS };

enum {
	PROBE_ALLOC,
	PROBE_ALLOC_SECOND, /* as the second copy of a program, where the first left no note */
	PROBE_EVENT,	    /* an allocation as a hook takes it: booked only if it is wanted */
	PROBE_FREE,	    /* as both copies of a free program would; KEY: enum ss_freed */
	PROBE_FREE_FIRST,   /* as the first copy of kfree's program would */
	PROBE_FREE_SECOND,
	PROBE_FREE_THIRD,
	PROBE_DESTROY, /* the cache KEY */
	PROBE_SKIP,    /* returns a distance between stacks of class KEY */
	PROBE_KEEP,    /* keep the stack in the scratch buffer for origin KEY; returns its record */
};

#endif
