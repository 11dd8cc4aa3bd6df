// SPDX-License-Identifier: GPL-2.0-or-later
/* gzip by zlib, in one go. */
#include "gzip.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

#include "cleanup.h"

#define GZIP_WINDOW (15 + 16) /* of zlib: the largest window, and a gzip header */
#define GZIP_MEMORY 8	      /* its default */

int gzip_pack(const void *bytes, size_t size, uint8_t **ret_zipped, size_t *ret_size)
{
	z_stream z = {.next_in = (void *)bytes, .avail_in = (uInt)size};
	autofree uint8_t *zipped = NULL;
	size_t room;
	int code;

	if (size > UINT_MAX / 2)
		return -ENOMEM;
	if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, GZIP_MEMORY,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		return -ENOMEM;
	room = deflateBound(&z, size);
	zipped = malloc(room);
	z.next_out = zipped;
	z.avail_out = (uInt)room;
	code = zipped ? deflate(&z, Z_FINISH) : Z_MEM_ERROR;
	deflateEnd(&z);
	if (code != Z_STREAM_END)
		return -ENOMEM;
	*ret_zipped = zipped;
	*ret_size = z.total_out;
	zipped = NULL;
	return 0;
}
