/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Free sites: where the objects of an origin die. An origin whose objects are
 * freed at one place, but for ten, is told with that place.
 *
 * The ledger says of each free whether its site is due (ss_count_free()), and
 * only then the hook finds it out: the events carry it; at a function's entry it
 * is the return address, which has to be looked for on the stack.
 */
#ifndef SS_FREES_BPF_H
#define SS_FREES_BPF_H

#include "ledger.bpf.h"
#include <bpf/bpf_tracing.h>

/* Count a free whose site is due: as ss_unbook() returned it, enum ss_freed, call site. */
int ss_free_site(u32 due, u32 how, u64 site);

/*
 * The caller of the function that an fentry program is attached to. On x86-64 the
 * context lies on the stack, in the trampoline's frame
 * (arch_prepare_bpf_trampoline()). Above it are the other arguments, a slot for
 * what the function returns if somebody else hooks its exit, the frame pointer,
 * the place just behind the function's entry (5 or 9 bytes in) that called the
 * trampoline, and the address that the function will return to. Where somebody
 * hooks the exit, 7.x jumps to the trampoline, and that place is not there.
 * bpf_get_stack() finds the same, but takes 2 us.
 */
static __always_inline u64 ss_caller_of_entry(u64 *ctx)
{
	u64 up[8] = {}, callee = bpf_get_func_ip(ctx);

	if (bpf_probe_read_kernel(up, sizeof(up), ctx))
		return 0;
#pragma unroll
	for (int i = 1; i < 7; i++)
		if (up[i] - callee < 32)
			return up[i + 1];
	return up[(bpf_get_func_arg_cnt(ctx) + 2) & 7];
}

/* At a kprobe on a function's first byte, nothing lies on the stack above the return address. */
static __always_inline u64 ss_caller_of_kprobe(struct pt_regs *ctx)
{
	u64 caller = 0;

	bpf_probe_read_kernel(&caller, sizeof(caller), (void *)PT_REGS_SP(ctx));
	return caller;
}

#endif
