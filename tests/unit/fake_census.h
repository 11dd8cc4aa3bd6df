/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stands where census.c would: no kernel is asked. */
#ifndef SS_FAKE_CENSUS_H
#define SS_FAKE_CENSUS_H

#include "census.h"

/* What census_check() does; set by whoever calls for it. */
extern int (*fake_census_check)(struct ss_suspect *suspects, size_t count);

/* What census_peek() finds at every address: so many bytes of this. */
extern const void *fake_census_bytes;
/* What census_peek_dentries() makes of an address, and census_super() of a super block. */
extern bool (*fake_census_dentry)(uint64_t address, struct ss_dentry *ret_dentry);
extern bool (*fake_census_super)(uint64_t address, struct census_super *ret_super);

#endif
