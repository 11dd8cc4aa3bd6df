/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A cgroup (v2) for a command that is run, so that what it started is told from all
 * else: also what has left its process group, its session and its parents. Made
 * below the cgroup of this process, of the same controllers: none is switched on,
 * because a cgroup with processes in it may have none for its children.
 *
 * Where it cannot be made, the command runs without.
 */
#ifndef SS_RUN_CGROUP_H
#define SS_RUN_CGROUP_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "wire.h"

#define RUN_CGROUP_WHY	  160
#define RUN_CGROUP_LISTED 256

struct run_living {
	pid_t pid;
	char comm[SS_COMM]; /* raw; "": it cannot be read */
};

struct run_cgroup {
	int fd, parent;		       /* directories; -1: there is none, because: */
	char why[RUN_CGROUP_WHY];      /* safe to print */
	char name[40];		       /* in the parent */
	char path[PATH_MAX];	       /* of the directory, raw; "": there is none */
	struct run_living *living;     /* the first RUN_CGROUP_LISTED of: */
	uint64_t living_cnt;	       /* processes, when it was asked last */
	bool asked;		       /* they were; else nothing is known of them */
	bool left;		       /* the directory could not be removed, because: */
	char left_why[RUN_CGROUP_WHY]; /* safe to print */
};

/* There is none. */
void run_cgroup_init(struct run_cgroup *c);
/*
 * Make it below the directory of `parent`, a descriptor that becomes the cgroup's;
 * or -errno, if there is none. Without success, c->why tells it.
 */
void run_cgroup_create(int parent, struct run_cgroup *ret_cgroup);
/* Move a process into it: 0 or -errno. Not one that runs already: what it started stays out. */
int run_cgroup_enter(const struct run_cgroup *c, pid_t pid);
/*
 * Who is in it, or in a cgroup below. proc: where names are looked up, NULL for
 * "/proc"; whom that hides lives all the same, without a name. -errno: nothing is known.
 */
int run_cgroup_ask(struct run_cgroup *c, const char *proc);
/* How many of those that are listed have a name that cannot be read? */
uint64_t run_cgroup_unnamed(const struct run_cgroup *c);
/* Is a process that is listed called so? */
bool run_cgroup_has_comm(const struct run_cgroup *c, const char *comm);
/*
 * Remove it. Who lives on in it goes back where it would be without it, to the parent;
 * where the command has made cgroups in it, all is left as it is, because their limits
 * are meant for who is in them. c->left tells whether it is still there.
 */
void run_cgroup_remove(struct run_cgroup *c);
/* Removes it, if that was not done, and releases the rest. */
void run_cgroup_deinit(struct run_cgroup *c);

#endif
