/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Debug info from servers that hand it out by build-id, if, and only if, the user named
 * some (DEBUGINFOD_URLS). elfutils' library for it is used where it is installed; it
 * keeps what it has got below ~/.cache/debuginfod_client.
 */
#ifndef SS_DEBUGINFOD_H
#define SS_DEBUGINFOD_H

#include <stdbool.h>

struct debuginfod;

/* Called again and again while it is fetched: bytes, of how many (0: not known). False: give up. */
typedef bool (*debuginfod_progress)(void *arg, long done, long whole);

/* Did the user name servers? */
bool debuginfod_wanted(void);
/* NULL where the user wants none. progress may be NULL. */
struct debuginfod *debuginfod_create(debuginfod_progress progress, void *arg);
void debuginfod_destroy(struct debuginfod *d);
/*
 * The path of the debug info of a build, to be freed, or NULL, with *ret_why: static, or as long as
 * *d. After a server that does not answer, or a user who gave up, none is asked again.
 */
char *debuginfod_fetch(struct debuginfod *d, const char *build_id, const char **ret_why);

#endif
