/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What code was loaded where: the build-id of the kernel and of modules, by which
 * somebody else finds the same code, and where each begins, so that a place in it can
 * be told without telling where the kernel was put.
 */
#ifndef SS_RECORDING_IMAGES_H
#define SS_RECORDING_IMAGES_H

#include <stdint.h>

#include "build_id.h"
#include "symbols.h"

/* Of the kernel (module NULL) or a module. "" where it cannot be read. root: NULL for /. */
void images_build_id(const char *root, const char *module, char ret_id[BUILD_ID]);
/*
 * Where it lies: from the kernel's _text on, or where /proc/modules says. Both 0 where not
 * known, or not loaded.
 */
void images_range(const char *root, const char *module, const struct symbols *symbols,
		  uint64_t *ret_start, uint64_t *ret_end);
/* Where it begins; 0 as above. */
uint64_t images_base(const char *root, const char *module, const struct symbols *symbols);

#endif
