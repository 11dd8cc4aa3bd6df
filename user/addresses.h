/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A set of kernel addresses: filled, sorted, then asked. */
#ifndef SS_ADDRESSES_H
#define SS_ADDRESSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ss_suspect;

struct addresses {
	uint64_t *at;
	size_t count, room;
};

/* 0 or -ENOMEM. */
int addresses_add(struct addresses *a, const uint64_t *at, size_t count);
/* Sorts, and drops what is there twice. */
void addresses_sort(struct addresses *a);
/* After addresses_sort(). */
bool addresses_has(const struct addresses *a, uint64_t address);
/* Without sorting; for a few. */
bool addresses_had(const struct addresses *a, uint64_t address);
void addresses_clear(struct addresses *a);
void addresses_deinit(struct addresses *a);

/* Sort suspects by address; linear in their number. 0 or -ENOMEM. */
int addresses_sort_suspects(struct ss_suspect *suspects, size_t count);

#endif
