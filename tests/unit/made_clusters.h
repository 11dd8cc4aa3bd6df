/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Clusters of made-up objects, and the names that their words have. */
#ifndef SS_MADE_CLUSTERS_H
#define SS_MADE_CLUSTERS_H

#include "clusters.h"

#define HERE UINT64_C(0xffff888012345600)
#define HEAP UINT64_C(0xffff888000000000)
#define FN   UINT64_C(0xffffffff81000000)
#define OPS  UINT64_C(0xffffffff82000000)

/* Functions fn_N, 16 bytes each; ops_N with offsets; one with a hostile name. */
bool made_clusters_name(void *arg, uint64_t value, char buf[MEMO_NAME]);
struct clusters *made_clusters(size_t max);
/* Objects at HERE. Behind a text is what an allocation had in it before. */
void made_clusters_add(struct clusters *c, const void *bytes, size_t len);
void made_clusters_add_text(struct clusters *c, const char *text);
/* The cluster of this rank, which must be there. */
const struct cluster *made_clusters_ranked(struct clusters *c, size_t i);
void assert_ranked(struct clusters *c, size_t i, uint64_t count, const char *description);
/* No cluster but these, and nothing lost. */
void assert_total(struct clusters *c, size_t count, uint64_t objects);

#endif
