// SPDX-License-Identifier: GPL-2.0-or-later
/* Rows of numbers in few bytes. */
#include "packed.h"

#include <stdlib.h>

void packed_clear(struct packed *p)
{
	p->used = 0;
}

void packed_deinit(struct packed *p)
{
	free(p->bytes);
	*p = (struct packed){};
}

static void add_number(struct packed *p, uint64_t n)
{
	if (p->used + PACKED_NUMBER > p->room) {
		size_t room = p->room ? 2 * p->room : 256;
		uint8_t *moved = realloc(p->bytes, room);

		if (!moved) {
			p->failed = true;
			return;
		}
		p->bytes = moved;
		p->room = room;
	}
	for (; n >= 0x80; n >>= 7)
		p->bytes[p->used++] = (uint8_t)n | 0x80;
	p->bytes[p->used++] = (uint8_t)n;
}

void packed_add(struct packed *p, const uint64_t *numbers, size_t count)
{
	for (size_t i = 0; i < count && !p->failed; i++) {
		size_t more = 0;

		add_number(p, numbers[i]);
		if (numbers[i])
			continue;
		while (i + 1 < count && !numbers[i + 1]) {
			more++;
			i++;
		}
		add_number(p, more);
	}
}

static bool read_number(struct unpacked *u, uint64_t *ret)
{
	uint64_t n = 0;

	for (unsigned int shift = 0; u->left && shift < 64; shift += 7) {
		uint64_t bits = *u->bytes & 0x7f;
		bool more = *u->bytes & 0x80;

		if (bits << shift >> shift != bits)
			return false;
		n |= bits << shift;
		u->bytes++;
		u->left--;
		if (more)
			continue;
		*ret = n;
		return true;
	}
	return false;
}

bool packed_read(struct unpacked *u, uint64_t *numbers, size_t count, uint64_t max)
{
	for (size_t i = 0; i < count; i++) {
		uint64_t more;

		if (!read_number(u, &numbers[i]) || numbers[i] > max)
			return false;
		if (numbers[i])
			continue;
		if (!read_number(u, &more) || more > count - i - 1)
			return false;
		for (; more; more--)
			numbers[++i] = 0;
	}
	return true;
}
