// SPDX-License-Identifier: GPL-2.0-or-later
/* Call stacks of a recording, each read when it is met first. */
#include <errno.h>
#include <stdlib.h>

#include "recording_private.h"

/* The whole of a stack's blob: how many, then their numbers. */
static int read_frames(struct names *n, struct unpacked *blob, uint64_t *to, uint32_t room,
		       uint32_t *ret_count)
{
	uint64_t count;

	if (!packed_read(blob, &count, 1, RECORDING_DEPTH_MAX) || count > room ||
	    !packed_read(blob, to, count, n->frame_cnt) || blob->left)
		return -EBADMSG;
	for (uint64_t i = 0; i < count; i++)
		to[i] = n->frame_address[to[i]];
	*ret_count = (uint32_t)count;
	return 0;
}

static int read_stack(struct recording *rec, struct names *n, struct snapshot *s, uint32_t stack)
{
	struct name_stack *at = &n->stacks[stack];
	struct columns c = {};
	struct unpacked blob;
	int err = 0;

	/* There are thousands of them: to prepare it takes longer than to run it. */
	if (!n->stack_statement)
		err = recording_db_prepare(rec->db, "SELECT frames FROM stack WHERE id = ?",
					   &n->stack_statement);
	c.s = n->stack_statement;
	if (!err) {
		sqlite3_bind_int64(c.s, 1, stack);
		err = columns_next(&c);
		err = err > 0 ? 0 : err ? err : -EBADMSG;
	}
	if (!err && !columns_blob(&c, &blob))
		err = -EBADMSG;
	/* No report has frames beyond this: its writer would not end. */
	if (!err)
		err = read_frames(n, &blob, s->frame_store + n->frames_used,
				  SS_FRAMES - n->frames_used, &at->count);
	sqlite3_reset(c.s);
	if (err)
		return err;
	at->first = n->frames_used;
	at->read = true;
	n->frames_used += at->count;
	return 0;
}

int names_stack(struct recording *rec, struct names *n, struct snapshot *s, uint32_t stack,
		struct snapshot_stack *to)
{
	int err = 0;

	if (!n->stacks[stack].read)
		err = read_stack(rec, n, s, stack);
	to->frames = s->frame_store + n->stacks[stack].first;
	to->frame_cnt = n->stacks[stack].count;
	return err;
}
