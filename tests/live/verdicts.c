// SPDX-License-Identifier: GPL-2.0-or-later
/* What a report calls its origins. */
#include "verdicts.h"

#include <string.h>

const char *verdicts_text(const json_t *object, const char *key)
{
	const char *s = json_string_value(json_object_get(object, key));

	return s ? s : "?";
}

const char *verdicts_site(const json_t *origin)
{
	return verdicts_text(json_object_get(origin, "call_site"), "symbol");
}

void verdicts_count(const json_t *report, void (*on_leak)(const json_t *origin, void *arg),
		    void *arg, struct verdicts *ret_verdicts)
{
	static const char *const names[] = {"leak", "cache", "burst", "steady", "unknown"};
	json_t *origin;
	size_t i;

	*ret_verdicts = (struct verdicts){};
	json_array_foreach (json_object_get(report, "origins"), i, origin) {
		const char *verdict = verdicts_text(origin, "verdict");

		ret_verdicts->origin_cnt++;
		for (size_t k = 0; k < VERDICTS; k++)
			ret_verdicts->cnt[k] += !strcmp(verdict, names[k]);
		if (!strcmp(verdict, names[LEAKS]))
			on_leak(origin, arg);
	}
}
