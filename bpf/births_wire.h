/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Births and deaths of dentries: what the programs and user space both know. A
 * BPF object of its own, attached only while `slabsight dentries -d` runs.
 *
 * Births are counted exactly, by process. Each dentry born is also remembered
 * by its address until it dies, while there is room: where there is not, only
 * addresses below a threshold are, and their number is scaled up. A stack is
 * taken for one birth in `interval`. What a dentry was called is read when it
 * dies, of one in `bury`; the others can be read at the end.
 *
 * Processes that find no room in the table are counted by name and cgroup.
 */
#ifndef SS_BIRTHS_WIRE_H
#define SS_BIRTHS_WIRE_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

#define SS_PROCS	 4096
#define SS_PROGS	 1024 /* by name and cgroup: see above */
#define SS_BORN		 262144
#define SS_BORN_STACKS	 8192
#define SS_BORN_FRAMES	 32
#define SS_OBITUARIES	 (1u << 20) /* bytes of the ring */
#define SS_OBITUARY_NAME 72	    /* as a census has it: SS_NAME_SHORT */
#define SS_OBITUARY_LONG 24	    /* of a name that was too long to be kept in the dentry */

/* A process, as long as its name and cgroup are the same; tgid 0: of several. */
struct ss_proc_key {
	__u64 cgroup;
	__u32 tgid;
	__u32 pad;
	char comm[16];
};

struct ss_proc {
	__u64 births;
};

/* What is remembered of a dentry. */
struct ss_born {
	struct ss_proc_key proc;
	__s32 stack;	/* negative: not taken */
	__u32 puts;	/* dput() calls; with --refs */
	__s32 last_put; /* stack of the last */
	__u32 weight;	/* births that its stack stands for; 0: none was taken */
	__u32 tick;	/* of struct ss_births, when it was born */
	__u32 pad;
};

/*
 * What a dentry was when it died. Whether it was negative can no longer be seen:
 * its inode was taken away first. A long name was freed just before, and of that
 * memory the allocator may have used the middle.
 */
struct ss_obituary {
	struct ss_proc_key proc;
	__u64 parent, super; /* parent 0: of none, the root of a tree or a pipe */
	__u32 weight;	     /* deaths that it stands for */
	__u16 name_len;
	__u16 name_have; /* bytes of it that are in name */
	char name[SS_OBITUARY_NAME];
};

struct ss_births {
	/* set by user space */
	__u64 key;	 /* the cache of dentries */
	__u32 on;	 /* count births; deaths are always */
	__u32 interval;	 /* one stack per so many births; a power of 2 */
	__u32 bury;	 /* one obituary per so many deaths of what is remembered; as well */
	__u32 threshold; /* of the hash of addresses that are remembered */
	__u32 self;	 /* tgid of slabsight */
	__u32 tick;	 /* steps of user space since the start */
	__u64 births, deaths;
	__u64 kept;	       /* addresses that are remembered now */
	__u64 own;	       /* births by slabsight: not counted */
	__u64 procs_full;      /* births of processes beyond SS_PROCS: counted by name and cgroup */
	__u64 progs_full;      /* of them, those beyond SS_PROGS too: nobody's */
	__u64 born_full;       /* not remembered: no room */
	__u64 stacks_failed;   /* due and not to be had */
	__u64 obituaries_lost; /* the ring was full */
	__u64 ghosts;	       /* an address born again that was not seen dying */
	__u64 puts;
};

_Static_assert(sizeof(struct ss_proc_key) == 32, "key of a process");
_Static_assert(sizeof(struct ss_born) == 56, "born");
_Static_assert(sizeof(struct ss_obituary) == 128, "obituary");

#endif
