/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a report has in its books. */
#ifndef LIVE_BOOKED_H
#define LIVE_BOOKED_H

#include <jansson.h>

/* 0 where it is not there. */
long long number(const json_t *object, const char *key);
/* The eventfds: kmalloc objects of a function that has "eventfd" in its name; NULL: none. */
const json_t *eventfds(const json_t *report);

#endif
