/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the test leftover share. */
#ifndef LEFTOVER_H
#define LEFTOVER_H

#include <jansson.h>
#include <stdbool.h>

#define COMM	"ss-leaker"
#define HOSTILE "e\033[31m\nv\"\\\xff"

#define WORDS(...) ((const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL})

extern int leftover_noise;  /* eventfds that the keeper makes itself, with every message */
extern bool leftover_blind; /* slabsight is to see no cgroup v2 */

/*
 * slabsight run OPTIONS -- this program -l COUNT; the report, NULL with exit code
 * *ret_code. keep: the keeper does not close what it is handed until _release().
 */
json_t *leftover_run(int listener, const char *const options[], const char *count, bool keep,
		     int *ret_code);
void leftover_release(void);
/* The origin with the most dentries. */
const json_t *leftover_dentries(const json_t *report);

/* leftover_cgroups.c: unmount cgroup v2, for this process and what it starts. */
bool leftover_unmount_cgroups(void);
/* What the command's own cgroup is good for. may_reclaim: also what memory.reclaim of it frees. */
void leftover_in_cgroups(int listener, bool may_reclaim);

#endif
