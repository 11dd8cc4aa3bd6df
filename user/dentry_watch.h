/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A watch over births and deaths of dentries: hooks for some seconds, and what they
 * saw added up as it comes.
 */
#ifndef SS_DENTRY_WATCH_H
#define SS_DENTRY_WATCH_H

#include <signal.h>

#include "cgroups.h"
#include "dentry_births.h"

struct dentry_watch_config {
	const struct kernel *kernel;
	uint64_t key; /* address of the cache of dentries */
	double seconds;
	bool refs;
	struct dentry_births_config births;
	struct cgroups *cgroups;	   /* asked while it still knows; may be NULL */
	const volatile sig_atomic_t *stop; /* not 0: end early */
	/* Before what died is asked for its place; 0 or -errno. May be NULL. */
	int (*refresh)(void *arg);
	/* 0 to 1, several times a second; may be NULL. */
	void (*show)(void *arg, double done);
	void *arg;
};

struct dentry_watch;

/* Hooks; 0 or -errno with a sentence in why. */
int dentry_watch_create(const struct dentry_watch_config *config, struct dentry_watch **ret_watch,
			char why[160]);
void dentry_watch_destroy(struct dentry_watch *w);
/* Watches until the time is up or *stop; 0 or -errno. What lives is known then. */
int dentry_watch_run(struct dentry_watch *w);
/* To be given the dentries of a census; valid as long as the watch. */
struct dentry_births *dentry_watch_births(const struct dentry_watch *w);

#endif
