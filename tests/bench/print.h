/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The results of the bench on stdout, for people or for programs; the same numbers. */
#ifndef PRINT_H
#define PRINT_H

#include "results.h"

void print_text(const struct results *r);
int print_json(const struct results *r);

#endif
