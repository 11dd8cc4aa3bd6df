/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What this kernel and these privileges allow, found by asking: BTF, the
 * effective capabilities, or a program of two instructions that is loaded and
 * thrown away. Never by version.
 */
#ifndef SS_KERNEL_H
#define SS_KERNEL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/utsname.h>

struct btf;

enum kernel_need { /* why nothing can be traced; ordered by what to say first */
		   KERNEL_OK,
		   KERNEL_NO_PRIVILEGE,
		   KERNEL_NO_BTF,
		   KERNEL_LOCKDOWN,
		   KERNEL_TOO_OLD,
		   KERNEL_NO_BPF,
};

struct kernel {
	struct utsname name;
	struct btf *btf;       /* NULL: none */
	uint64_t capabilities; /* effective, one bit each */
	bool can_load;	       /* CAP_BPF or CAP_SYS_ADMIN */
	bool can_trace;	       /* CAP_PERFMON or CAP_SYS_ADMIN */
	bool can_see_symbols;  /* CAP_SYSLOG, or addresses are shown without it */
	bool can_read_slabinfo;
	bool has_cache_kfunc;	  /* bpf_get_kmem_cache() */
	bool events_preempt;	  /* tracepoint programs can be preempted */
	bool bulk_bool;		  /* kmem_cache_alloc_bulk() returns bool */
	uint32_t reclaimable_bit; /* SLAB_RECLAIM_ACCOUNT in a cache's flags */
	uint32_t gfp_dma, gfp_reclaimable, gfp_account;
	/* In a dentry's flags; the last is 0 where the kernel has no such thing. */
	uint32_t dentry_lru, dentry_killed, dentry_cursor, dentry_persistent;
	uint32_t name_header; /* bytes before the name in an object that holds a long one */
	char lockdown[24]; /* none, integrity, confidentiality, or "" when there is no lockdown */
	enum kernel_need need;
	char why[160]; /* a sentence for `need` */
};

/* Fills *ret_kernel; only out of memory is an error (-ENOMEM). */
int kernel_init(struct kernel *ret_kernel);
void kernel_deinit(struct kernel *k);

/* Is there such a function in the kernel's BTF? */
bool kernel_has_function(const struct kernel *k, const char *name);
/* Is there such a tracepoint? */
bool kernel_has_event(const struct kernel *k, const char *name);
/* Is function tracing switched off for all (kernel.ftrace_enabled=0)? */
bool kernel_ftrace_off(void);
/* Would the kernel load an fentry (or fexit) program on this function? 0 or -errno. */
int kernel_try_fentry(const struct kernel *k, const char *function);
/* Would it open a kprobe on this function? 0 or -errno. */
int kernel_try_kprobe(const char *function);
/* Would it load a raw tracepoint program? 0 or -errno. */
int kernel_try_raw_tp(void);
/* And one that asks in which cgroup (v2) a task is? 0 or -errno. */
int kernel_try_cgroup_id(void);

#endif
