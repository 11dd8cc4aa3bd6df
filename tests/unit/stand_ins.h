/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stand-ins for functions of the C library, put in by the linker (--wrap) where
 * a module asks the machine itself. Each does what the real one does until a
 * test says otherwise.
 */
#ifndef SS_STAND_INS_H
#define SS_STAND_INS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Read instead of /proc/modules and /proc/kallsyms; NULL: these themselves. */
extern const char *stand_in_modules, *stand_in_kallsyms;
/* The inode of every directory in /sys/module; 0: there is none. */
extern uint64_t stand_in_load;
/* It is another each time that it is asked for. */
extern bool stand_in_loads;
/* Read instead of /proc/self/mountinfo; NULL: that itself. */
extern const char *stand_in_mountinfo;
/* Opens the file that a kernfs handle of this id stands for, or -errno; NULL: the kernel does. */
extern int (*stand_in_open_by_id)(uint64_t id, int flags);
/* The only directory that lies in a cgroup2 file system; NULL: ask the machine. */
extern const char *stand_in_cgroup;
/* Appended to the names of abstract sockets, so that tests do not meet a real slabsight. */
extern const char *stand_in_socket_suffix;
/* The owner of the other end of every socket; -1: the true one. */
extern long stand_in_socket_uid;

/* Has this program rights that its user has not (AT_SECURE)? */
extern bool stand_in_secure;

/* The allocation after `successes` more fails, once. */
void memory_fails_after(long successes);
/* Did it, since then? Nothing fails any more after the question. */
bool memory_failed(void);

#endif
