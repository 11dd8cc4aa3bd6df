/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cases' processes and the module: started, counted, ended. */
#ifndef ZOO_STAGE_H
#define ZOO_STAGE_H

#include "zoo.h"

#define STAGE_PATH_MAX 256
#define STAGE_CASES    128 /* at most */

struct stage_case {
	const struct zoo_case *zoo;
	int err;		       /* why it is not on stage, -errno */
	struct zoo_count begun, ended; /* at the beginning and at the end of the trace */
	struct zoo_count *now;	       /* of a process */
	int pid;
};

struct stage {
	struct stage_case cases[STAGE_CASES];
	unsigned int cnt;
};

/* A directory for files of the cases, and a new file in it. */
const char *stage_dir(void);
int stage_open(const char *name);

/* Add the cases of @list. */
void stage_add(struct stage *s, const struct zoo_case *list);

/* Start the processes; each prepares, and waits. 0 or -errno. */
int stage_prepare(struct stage *s);
/* Let the early ones go, or the others. */
void stage_begin(struct stage *s, bool early);
/* Load the module: its cases begin. 0 or -errno. */
int stage_load(const char *module);
/* Take the counts, at the beginning or the end of the trace. */
void stage_count(struct stage *s, bool end);
/* End the processes and remove the directory. What the module does cannot be ended. */
void stage_end(struct stage *s);

#endif
