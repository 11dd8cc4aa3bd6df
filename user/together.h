/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which leaks are one? A file that is forgotten leaves a filp, its security blob, a
 * dentry: several origins, one fault. Leaks are together when the same programs made
 * (nearly) all of both by the same ways into the kernel, and at the same moments.
 *
 * The way in is the outermost function of a stack that is not common to all: the system
 * call, the work item, the interrupt's handler. The moments are births by slice of the
 * trace. Two leaks of one system call that go on at random, each for itself, differ there
 * by about 0.56 / sqrt(births a slice) of their births (the mean difference of two Poisson
 * counts); those that are made together, hardly. Where that is not known, nothing is
 * together: names hidden, programs not known, stacks not taken, or only a sample in the
 * books, into which an object and its parts come apart.
 */
#ifndef SS_TOGETHER_H
#define SS_TOGETHER_H

#include "snapshot.h"
#include "symbols.h"

/* Both are origins with the verdict leak, of one snapshot. */
bool together_made(const struct snapshot_origin *a, const struct snapshot_origin *b,
		   const struct symbols *symbols);

/* Bytes that the verdict of a leak is about: of the origin, or of one stack or program of it. */
double together_bytes(const struct snapshot_origin *o);

#define TOGETHER_ALONE SIZE_MAX
/*
 * For each origin of the snapshot: the index of the leak with more bytes that it was made
 * together with, and that stands for all of them; TOGETHER_ALONE: there is none, or it
 * is none of those that `is_leak` lets through. To be freed; NULL: no memory.
 */
size_t *together_find(const struct snapshot *s, const struct symbols *symbols,
		      bool (*is_leak)(const struct snapshot_origin *o));

#endif
