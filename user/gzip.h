/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes as a gzip file. */
#ifndef SS_GZIP_H
#define SS_GZIP_H

#include <stddef.h>
#include <stdint.h>

/* The same bytes give the same file. *ret_zipped is to be freed. 0 or -ENOMEM. */
int gzip_pack(const void *bytes, size_t size, uint8_t **ret_zipped, size_t *ret_size);

#endif
