// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Asked by user space, through a test run: what the allocation programs take for
 * the caller's process id (a container's own view differs), and jiffies beside
 * the boot clock, from which the length of a tick follows.
 */
#include "maps.bpf.h"

char ss_license[] SEC("license") __weak = "GPL";

SEC("syscall")
int ss_clock(struct ss_clock *ctx)
{
	ctx->jiffies = bpf_jiffies64();
	ctx->boot_ns = bpf_ktime_get_ns();
	ctx->self = bpf_get_current_pid_tgid() >> 32;
	return 0;
}
