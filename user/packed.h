/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of numbers in few bytes: seven bits a byte, low ones first, the top bit set
 * where more follow; a zero stands for a run of zeros and is followed by how many
 * more of them there are. Histograms are mostly zeros.
 */
#ifndef SS_PACKED_H
#define SS_PACKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PACKED_NUMBER 10 /* bytes that one number may take */

/* Filled by packed_add(); `failed` stays set once memory ran out. */
struct packed {
	uint8_t *bytes;
	size_t used, room;
	bool failed;
};

void packed_clear(struct packed *p);
void packed_deinit(struct packed *p);
void packed_add(struct packed *p, const uint64_t *numbers, size_t count);

/* What is still to be read; begins as the whole of it. */
struct unpacked {
	const uint8_t *bytes;
	size_t left;
};

/*
 * Exactly `count` numbers of at most `max` each, from the front of what is left. False,
 * and the numbers are not to be used, where that is not what is there.
 */
bool packed_read(struct unpacked *u, uint64_t *numbers, size_t count, uint64_t max);

#endif
