// SPDX-License-Identifier: GPL-2.0-or-later
/* A JSON document, written whole or not at all. */
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "json_output.h"
#include "output.h"
#include "text.h"

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

json_t *json_output_string(const char *s)
{
	json_t *as_is = s ? json_string(s) : json_null();
	size_t size;
	autofree char *safe = NULL;

	if (as_is)
		return as_is;
	size = 4 * strlen(s) + 1; /* \xHH of every byte */
	safe = malloc(size);
	out_of_memory |= !safe;
	return safe ? json_string(text_escape(s, safe, size)) : NULL;
}

json_t *json_output_count(uint64_t n)
{
	return json_integer((json_int_t)n);
}

json_t *json_output_seconds(double s)
{
	return json_real(round(s * 1000) / 1000);
}

json_t *json_output_head(const char *command, const char *host, const char *release,
			 const char *machine)
{
	json_t *object = json_object(), *kernel = json_object();

	json_object_set_new(kernel, "release", json_output_string(release));
	json_object_set_new(kernel, "machine", json_output_string(machine));
	json_object_set_new(object, "schema", json_integer(1));
	json_object_set_new(object, "tool", json_string("slabsight"));
	json_object_set_new(object, "command", json_string(command));
	json_object_set_new(object, "host", json_output_string(host));
	json_object_set_new(object, "kernel", kernel);
	return object;
}

/* What jansson takes for ASCII and leaves as it is: the control character DEL. A new string. */
static char *without_del(const char *s)
{
	size_t dels = 0, used = 0;
	char *safe;

	for (const char *p = s; (p = strchr(p, 0x7f)); p++)
		dels++;
	safe = malloc(strlen(s) + 5 * dels + 1);
	for (; safe && *s; s++)
		if (*s == 0x7f)
			used += sprintf(safe + used, "\\u007f");
		else
			safe[used++] = *s;
	if (safe)
		safe[used] = '\0';
	return safe;
}

char *json_output_text(json_t *document, size_t layout)
{
	/* ASCII: a name that a terminal takes for orders stays harmless when it is printed. */
	autofree char *dump =
		json_dumps(document, layout | JSON_REAL_PRECISION(12) | JSON_ENSURE_ASCII);
	autofree char *text = dump ? without_del(dump) : NULL;
	char *whole = out_of_memory ? NULL : text;

	json_decref(document);
	if (whole)
		text = NULL;
	return whole;
}

int json_output_end(json_t *document, FILE *out)
{
	autofree char *whole = json_output_text(document, JSON_INDENT(1));
	size_t size;

	if (!whole)
		return -ENOMEM;
	size = strlen(whole);
	whole[size] = '\n'; /* written by length */
	return output_write(whole, size + 1, out);
}
