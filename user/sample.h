/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bytes of one object, and what kind of thing is where in them, as far as bytes
 * alone can tell. They are anything at all: what the kernel left there.
 */
#ifndef SS_SAMPLE_H
#define SS_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SAMPLE_BYTES 256 /* of an object that are looked at */
#define SAMPLE_WORD  8

struct sample {
	uint64_t address; /* of the object; 0: not known */
	size_t full, len; /* as given, and what is looked at */
	union {
		uint64_t words[SAMPLE_BYTES / SAMPLE_WORD + 1];
		char bytes[SAMPLE_BYTES + SAMPLE_WORD]; /* behind the sample: zeros */
	};
};

enum sample_word_kind {
	SAMPLE_ZERO,
	SAMPLE_NUMBER,	/* below 4096 */
	SAMPLE_POINTER, /* a kernel address, of 48 or 57 bits */
	SAMPLE_SELF,	/* a pointer into the object itself */
	SAMPLE_TEXT,	/* 4 printable ASCII characters or more, then NULs; or more of that */
	SAMPLE_OTHER,
};

struct sample_word {
	enum sample_word_kind kind;
	uint64_t value; /* of SAMPLE_SELF the offset it points at */
};

void sample_load(struct sample *s, uint64_t address, const void *bytes, size_t len);
/* Is every byte zero, or of one poison of the kernel's (but for the end mark)? Not when empty. */
bool sample_fill(const struct sample *s, uint8_t *ret_fill);
/*
 * Bytes of the string at an offset: printable characters, tabs and line feeds, up to
 * a NUL or, unless it must end, to the end of the sample, which may cut a character
 * (it does not count then). 0: less than so many characters, or anything else.
 */
size_t sample_string(const struct sample *s, size_t at, size_t min_chars, bool must_end);
/* The i-th word; the last one may be a part, with zeros. */
struct sample_word sample_word(const struct sample *s, size_t i);
/* May this be an address of the kernel's? Not error codes and -1. */
bool sample_is_kernel_pointer(uint64_t value);
bool sample_points_into(const struct sample *s, uint64_t value);

#endif
