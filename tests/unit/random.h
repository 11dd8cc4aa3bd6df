/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random numbers that are the same everywhere. */
#ifndef SS_RANDOM_H
#define SS_RANDOM_H

#include <stdint.h>

/* splitmix64: the next of the numbers that follow from *state. */
uint64_t random_next(uint64_t *state);
/* A number from 0 to below - 1. */
uint32_t random_below(uint64_t *state, uint32_t below);

#endif
