// SPDX-License-Identifier: GPL-2.0-or-later
/* A JSON document, written whole or not at all. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "json_output.h"
#include "output.h"

static bool out_of_memory;

static void *allocate(size_t size)
{
	void *p = malloc(size);

	if (!p)
		out_of_memory = true;
	return p;
}

void json_output_begin(void)
{
	out_of_memory = false;
	json_set_alloc_funcs(allocate, free);
}

int json_output_end(json_t *document, FILE *out)
{
	/* ASCII: a name that a terminal takes for orders stays harmless when it is printed. */
	const size_t flags = JSON_INDENT(1) | JSON_REAL_PRECISION(12) | JSON_ENSURE_ASCII;
	autofree char *whole = json_dumps(document, flags);
	size_t size;

	json_decref(document);
	if (!whole || out_of_memory)
		return -ENOMEM;
	size = strlen(whole);
	whole[size] = '\n'; /* written by length */
	return output_write(whole, size + 1, out);
}
