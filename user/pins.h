/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which of the dentries that survived are held by somebody. The cache of dentries is
 * reclaimable, but a dentry with a reference is not: one whose reference is never
 * dropped is a leak among objects of which most are none.
 */
#ifndef SS_PINS_H
#define SS_PINS_H

#include "census.h"
#include "dentries.h"
#include "ledger.h"
#include "snapshot.h"

#define PINS_MAX 262144 /* survivors that are looked at: all, or an even sample */

/*
 * Sets the pins of origins in the dentry cache, and of their stacks. The ledger is the
 * one that the snapshot was made of, still mapped; of `flags`, the dentry's flag bits
 * are used. Not counted as pinned are the parents of other survivors, files of
 * filesystems in memory, and what a stacked filesystem made: it holds the dentries of
 * the one below. 0, and pins_looked is set; or -errno, and no pins are.
 */
int pins_read(struct snapshot *s, const struct ledger *l, struct census *census,
	      const struct dentries_config *flags);

#endif
