// SPDX-License-Identifier: GPL-2.0-or-later
/* What a report has in its books. */
#include "booked.h"

#include <string.h>

long long number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

const json_t *eventfds(const json_t *report)
{
	const json_t *origin;
	size_t i;

	json_array_foreach (json_object_get(report, "origins"), i, origin) {
		const char *cache = json_string_value(json_object_get(origin, "cache"));
		const char *symbol = json_string_value(
			json_object_get(json_object_get(origin, "call_site"), "symbol"));

		if (cache && symbol && strstr(symbol, "eventfd") && !strncmp(cache, "kmalloc", 7))
			return origin;
	}
	return NULL;
}
