/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cases that need kernel code. Each has a kernel thread that calls its tick 20 times a second,
 * and allocates in a function of its own, whose name tells the case in a report. How a report is to
 * judge it stands in ../cases_module.c.
 */
#ifndef ZOO_MODULE_CASES_H
#define ZOO_MODULE_CASES_H

#include <linux/compiler.h>
#include <linux/types.h>

#define ZOO_TICK_MS 50

struct zoo_case {
	const char *name;   /* of the function that allocates, without zoo_ */
	unsigned int per_s; /* units */
	/* Make @unit_cnt units; the case is @ms old. NULL: it is no thread. */
	void (*tick)(struct zoo_case *c, unsigned int unit_cnt, u64 ms);
	void *(*alloc)(void); /* that function, where the tick is one of the common ones */
	unsigned long made;   /* objects allocated so far */
	unsigned long held;   /* and not freed yet */
};

/* The cases of each file, ended by one without a name. */
extern struct zoo_case zoo_leak_tempo[], zoo_leak_place[], zoo_leak_cache[], zoo_leak_reference[],
	zoo_life_long[], zoo_life_churn[], zoo_life_bounded[];

/* What some files need before their cases run. 0 or -errno. */
int zoo_leak_cache_init(void);
int zoo_leak_reference_init(void);
int zoo_life_churn_init(void);
/* Starts the cases that are no threads. */
void zoo_leak_place_start(void);

/* A tick that keeps every object. */
void zoo_tick_lose(struct zoo_case *c, unsigned int unit_cnt, u64 ms);

/* One object of the case more. NULL is no object. */
static inline void *zoo_book(struct zoo_case *c, void *object)
{
	c->made += !!object;
	c->held += !!object;
	return object;
}

/*
 * zoo_NAME(), the one call site of a case: neither inlined nor copied, and it does not end in a
 * jump to the allocator, which would make its caller the call site.
 */
#define ZOO_OWN noinline __attribute__((noipa))
#define ZOO_SITE(name, call)                                                                       \
	static ZOO_OWN void *zoo_##name(void)                                                      \
	{                                                                                          \
		void *object = (call);                                                             \
                                                                                                   \
		OPTIMIZER_HIDE_VAR(object);                                                        \
		return object;                                                                     \
	}

#endif
