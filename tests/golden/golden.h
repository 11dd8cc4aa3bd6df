/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recordings, and what is made of them, as text that can be compared. All print on stdout. */
#ifndef GOLDEN_H
#define GOLDEN_H

/* The SQL that makes a recording; and the recording that it makes, a new file. 0, or 1: said why.
 */
int golden_dump(const char *recording);
int golden_build(const char *sql, const char *recording);

/* What a gzipped profile says, in lines. 0, or 1: said why. */
int golden_pprof(const char *profile);

/* JSON, and the data that a page for a browser works from, in lines. 0, or 1: said why. */
int golden_json(const char *json);
int golden_page(const char *page);

#endif
