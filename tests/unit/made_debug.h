/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel and a module with debug info, made by the compiler that is at hand, and code that
 * somebody recorded of them: known by names of functions, offsets and build-ids only.
 */
#ifndef SS_MADE_DEBUG_H
#define SS_MADE_DEBUG_H

#include "debuginfo.h"

/* By which they are known. */
#define MADE_KERNEL_ID "50048adad8334e68f4b6edd81076c41b73d03ad8"
#define MADE_MODULE_ID "c71929815f65a321b3b962f245c389d5dd331c3f"
#define MADE_RELEASE   "6.12.117+deb12-cloud-amd64"

/* Lines of the sources below, which tests expect. */
enum {
	LINE_INNER = 5,	 /* the call in inner(), which is inlined into middle() ... */
	LINE_MIDDLE = 9, /* ... and that into outer() */
	LINE_OUTER = 13,
	LINE_TWIN = 2,
	LINE_PLAIN = 20,
};

/* Compile into the test's sandbox, as `name`, with a build-id. */
void made_kernel(void **state, const char *name, const char *build_id);
void made_module(void **state, const char *name, const char *build_id);
/* A symbol of such a file, from where the kernel or the module begins. */
uint64_t made_debug_symbol(void **state, const char *name, const char *symbol);
/* Run what printf() makes of it, in the sandbox; a failed test when it fails. */
void made_debug_run(void **state, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Code of a recording. Frames are added, then it is asked. */
struct made_code {
	struct code_images images;
	struct code_image list[2]; /* the kernel, and nfs */
	uint64_t starts[16];
	struct symbols_entry entries[16];
	struct symbols *symbols;
	struct debuginfo *debuginfo;
};

void made_code_init(struct made_code *code);
/* The made-up address of a function + offset; module NULL: the kernel. */
uint64_t made_code_add(struct made_code *code, const char *function, const char *module,
		       uint64_t start, uint64_t offset);
/* dir: as of --debug-dir, in the sandbox; NULL: none. Nothing of the machine's own is looked at. */
void made_code_open(void **state, struct made_code *code, const char *dir);
void made_code_deinit(struct made_code *code);

/* The function outer() of such a file as far as where its call returns. */
uint64_t made_code_add_outer(void **state, struct made_code *code, const char *file,
			     const char *module, uint64_t first);
/* Are these the lines of an address? Innermost first. */
struct made_line {
	const char *function, *file;
	uint32_t line;
};
void made_code_check(struct made_code *code, uint64_t address, const struct made_line *expected,
		     size_t count);
/* Are those of outer()? */
void made_code_check_outer(struct made_code *code, uint64_t address);
/* What is known of the n-th image that was asked for. */
struct debuginfo_image made_code_image(const struct made_code *code, size_t n);
/* What a report says of what is missing, to be freed. */
char *made_code_note(const struct made_code *code, const char *release);

#endif
