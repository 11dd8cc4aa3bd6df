/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Paths of source files as a person knows them: from the top of the source tree. */
#ifndef SS_DEBUG_PATH_H
#define SS_DEBUG_PATH_H

/*
 * Of a path in debug info of a unit that was compiled in `directory` (NULL: not known), the part
 * below it; or, where the kernel was built beside its source, below the directory that both share.
 * "." and ".." are resolved. To be freed; NULL without memory.
 */
char *debug_path(const char *path, const char *directory);

#endif
