// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The ledger's functions as a program that user space runs at will, with
 * addresses of its own: never attached to anything.
 */
#include "frees.bpf.h"
#include "hooks.bpf.h"
#include "probe.h"

char ss_license[] SEC("license") __weak = "GPL";

int ss_cache_gone(u64 key);

SEC("raw_tp")
int ss_drive(u64 *ctx)
{
	struct ss_birth b = {
		.site = ctx[PROBE_SITE],
		.addr = ctx[PROBE_ADDR],
		.key = ctx[PROBE_KEY],
		.requested = ctx[PROBE_REQUESTED],
		.allocated = ctx[PROBE_ALLOCATED],
	};
	u32 due;

	switch (ctx[PROBE_OP]) {
	case PROBE_ALLOC:
		ss_alloc(ctx, &b, SS_FROM_KMALLOC);
		return 0;
	case PROBE_ALLOC_SECOND:
		ss_alloc(ctx, &b, SS_FROM_KMALLOC_2);
		return 0;
	case PROBE_EVENT:
		if (ss_wanted(b.addr))
			ss_alloc(ctx, &b, SS_FROM_KMALLOC);
		return 0;
	case PROBE_FREE:
		due = ss_unbook(b.addr, true);
		if (due)
			ss_free_site(due, b.key, b.site);
		return ss_unbook(b.addr, false);
	case PROBE_FREE_FIRST:
		ss_free(b.addr, SS_TWINS_KFREE, SS_FIRST);
		return 0;
	case PROBE_FREE_SECOND:
		ss_free(b.addr, SS_TWINS_KFREE, SS_SECOND);
		return 0;
	case PROBE_FREE_THIRD:
		ss_free(b.addr, SS_TWINS_KFREE, SS_THIRD);
		return 0;
	case PROBE_DESTROY:
		return ss_cache_gone(b.key);
	case PROBE_SKIP:
		return ss_stack_skip(b.key);
	case PROBE_KEEP:
		return ss_stack_keep(SS_FROM_KMALLOC, b.key);
	}
	return -1;
}
