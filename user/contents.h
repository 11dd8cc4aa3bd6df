/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What leaked objects hold: of each origin whose verdict is leak, a sample of the
 * survivors that the verdict is about is read and sorted into clusters.
 */
#ifndef SS_CONTENTS_H
#define SS_CONTENTS_H

#include "census.h"
#include "ledger.h"
#include "snapshot.h"

/*
 * Sets the contents of the origins of a judged snapshot. The ledger is the one that
 * the snapshot was made of, still mapped. 0 or -errno; without contents, a report is
 * a report all the same.
 */
int contents_read(struct snapshot *s, const struct ledger *l, struct census *census);

#endif
