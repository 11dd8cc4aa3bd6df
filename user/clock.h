/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SS_CLOCK_H
#define SS_CLOCK_H

/* Seconds on a clock that never jumps; only differences mean anything. */
double clock_s(void);

#endif
