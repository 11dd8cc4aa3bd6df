/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Of the kernel and the modules that a report is of: which builds they are, and how far
 * from the beginning of each its functions lie. Both hold wherever the code was loaded,
 * and on every machine.
 */
#ifndef SS_CODE_IMAGES_H
#define SS_CODE_IMAGES_H

#include <stdint.h>

#include "build_id.h"
#include "symbols.h"

#define CODE_NOWHERE UINT64_MAX

/* What a recording says of them. */
struct code_images {
	struct code_image {
		char *module;		 /* NULL: the kernel */
		char build_id[BUILD_ID]; /* "": not known */
	} * list;
	uint32_t count;
	/* Made-up functions: function n has addresses from first + n * apart on. */
	uint64_t first, apart;
	uint64_t *starts; /* of each, from the beginning of its image; CODE_NOWHERE: not known */
	uint32_t start_cnt;
};

void code_images_deinit(struct code_images *images);

/* images NULL, in all of these: those that are loaded here and now. */

/* Of the kernel (module NULL) or a module. "" where it is not known, or one of several. */
void code_images_build_id(const struct code_images *images, const char *module,
			  char ret_id[BUILD_ID]);
/* Where the image lies, to be given to code_images_place(); 0: not known, or not needed. */
uint64_t code_images_base(const struct code_images *images, const char *module,
			  const struct symbols *symbols);
/* How far an address that symbols_find() has found is from the beginning of its image. */
uint64_t code_images_place(const struct code_images *images, uint64_t base, uint64_t address,
			   uint64_t offset);

#endif
