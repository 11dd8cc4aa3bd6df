// SPDX-License-Identifier: GPL-2.0-or-later
/* What stands where census.c would. */
#include "fake_census.h"

int (*fake_census_check)(struct ss_suspect *suspects, size_t count);

int census_check(struct census *c, struct ss_suspect *suspects, size_t count)
{
	(void)c;
	return fake_census_check(suspects, count);
}
