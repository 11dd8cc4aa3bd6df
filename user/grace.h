/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SS_GRACE_H
#define SS_GRACE_H

/* Returns after an RCU grace period: every BPF program that ran before it has ended. */
void grace_period(void);

#endif
