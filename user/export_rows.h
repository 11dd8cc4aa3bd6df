/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What exporters share: a report row by row, and names as text that is safe. */
#ifndef SS_EXPORT_ROWS_H
#define SS_EXPORT_ROWS_H

#include "report.h"
#include "text.h"

/*
 * What threads of one name in one cgroup made through one stack. The rows of an origin add up to
 * its numbers: live objects and bytes are divided by the survivors whose stack is known, and
 * allocations, which are counted by origin only, in the same proportion.
 */
struct export_row {
	const struct snapshot_origin *origin;
	const struct snapshot_stack *stack; /* NULL: no survivor of the origin has one */
	const struct snapshot_task *task;   /* NULL with it */
	uint64_t objects, bytes;	    /* live */
	uint64_t allocs, alloc_bytes;
};

/* Origins as they are sorted, each row after the other; rows without any number are left out. */
void export_rows(const struct report *r, void (*each)(const struct export_row *row, void *arg),
		 void *arg);
/* Of all objects that an origin allocated; 0 where no size is known. */
uint64_t export_alloc_bytes(const struct report *r, const struct snapshot_origin *o);
/*
 * That of the origin, except where one stack of several gave a leak away: the others have
 * their own.
 */
const struct verdict *export_row_verdict(const struct export_row *row);
/* Pattern that passes the row over; NULL: none. */
const char *export_row_suppressed(const struct export_row *row);
/* "leak", or "unknown" of what was not judged. */
const char *export_verdict_name(const struct verdict *v);

/* Room for the longest name of a symbol, each byte of which may become four. */
#define EXPORT_NAME    2112
#define EXPORT_PLACE   (2 * EXPORT_NAME + 64)
#define EXPORT_SAFE(s) text_escape((s), (char[EXPORT_NAME]){0}, EXPORT_NAME)

/* Room for the longest path. */
#define EXPORT_PATH	 (4 * 4096)
#define EXPORT_CGROUP(s) text_escape((s), (char[EXPORT_PATH]){0}, EXPORT_PATH)

/*
 * An address as "symbol+0x12 [module]", of which `offset` false leaves out the offset,
 * and an address at its end where they may be shown.
 */
char *export_place(const struct report *r, uint64_t address, bool offset, char buf[EXPORT_PLACE]);
/* The call site of an origin, or what stands for many where the table was full. */
char *export_site(const struct report *r, const struct snapshot_origin *o, char buf[EXPORT_PLACE]);
/* Name of a thread, raw: also of one that is not known or empty. */
const char *export_comm(const struct snapshot_task *task);

#endif
