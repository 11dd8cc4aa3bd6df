/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What libFuzzer calls, and what it lends. */
#ifndef SS_FUZZ_H
#define SS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Reads a file of these bytes; aborts when something is not as it has to be. Always 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* Changes data in place, which has room for max_size bytes, as seed says; the new size. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);
/* libFuzzer's own: changes of bytes, whatever they mean. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

#endif
