/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which build of the kernel runs here. */
#ifndef SS_BUILD_ID_H
#define SS_BUILD_ID_H

#define BUILD_ID 65 /* up to 32 bytes, in hexadecimal */

/*
 * From a file of ELF notes (NULL: /sys/kernel/notes), into buf, which it returns; NULL: there is
 * no such file or no such note in it.
 */
char *build_id_read(const char *path, char buf[BUILD_ID]);

#endif
