/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a report calls its origins. */
#ifndef VERDICTS_H
#define VERDICTS_H

#include <jansson.h>
#include <stddef.h>

enum { LEAKS, CACHES, BURSTS, STEADY, UNKNOWN, VERDICTS };

struct verdicts {
	size_t origin_cnt;
	size_t cnt[VERDICTS];
};

/* Count them; @on_leak is called for each that is called a leak. */
void verdicts_count(const json_t *report, void (*on_leak)(const json_t *origin, void *arg),
		    void *arg, struct verdicts *ret_verdicts);
/* "?" where there is none. */
const char *verdicts_text(const json_t *object, const char *key);
/* The symbol that the call site of @origin is in. */
const char *verdicts_site(const json_t *origin);

#endif
