// SPDX-License-Identifier: GPL-2.0-or-later
/* How often to record. */
#include "record_pace.h"

#include <math.h>

void record_pace_init(struct record_pace *p, double every_s)
{
	*p = (struct record_pace){.every_s = every_s, .next_s = every_s};
}

bool record_pace_due(struct record_pace *p, double now_s)
{
	double missed;

	if (now_s < p->next_s)
		return false;
	missed = floor((now_s - p->next_s) / p->every_s);
	p->late += (uint64_t)missed;
	p->next_s += (missed + 1) * p->every_s;
	return true;
}

bool record_pace_deep(struct record_pace *p, double now_s)
{
	if (p->spent_s + p->deep_s <= RECORD_SHARE * now_s)
		return true;
	p->put_off++;
	return false;
}

void record_pace_taken(struct record_pace *p, bool deep, double cost_s)
{
	p->spent_s += cost_s;
	if (deep)
		p->deep_s = cost_s;
	p->late = p->put_off = 0;
}
