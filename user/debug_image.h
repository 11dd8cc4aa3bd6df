/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An open file with debug info. A place in it is told by the name of a function, as the kernel
 * has it, and how far it is from there: so it does not matter where the code was loaded.
 */
#ifndef SS_DEBUG_IMAGE_H
#define SS_DEBUG_IMAGE_H

#include <elfutils/libdwfl.h>
#include <stdbool.h>
#include <stdint.h>

struct debug_image;

/*
 * Takes over the descriptor, also when it fails. is_kernel: no module. 0, -ENOMEM, or -EBADMSG
 * for what is no file with debug info, or a damaged one.
 */
int debug_image_open(int fd, const char *path, bool is_kernel, struct debug_image **ret_image);
void debug_image_close(struct debug_image *image);
Dwfl_Module *debug_image_module(const struct debug_image *image);
/*
 * The address for debug_lines_find(). `place`: from the beginning of the kernel or module, or
 * CODE_NOWHERE; it tells functions of one name from each other. 0, -ENOENT: there is no such
 * function; -ENOTUNIQ: there are several, and no telling which.
 */
int debug_image_address(const struct debug_image *image, const char *function, uint64_t offset,
			uint64_t place, uint64_t *ret_address);

#endif
