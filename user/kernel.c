// SPDX-License-Identifier: GPL-2.0-or-later
/* What this kernel and these privileges allow. */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "cleanup.h"
#include "kernel.h"

#ifndef CAP_PERFMON
#define CAP_PERFMON 38
#define CAP_BPF	    39
#endif

#define BTF_FILE "/sys/kernel/btf/vmlinux"

/* The four instructions that trials are made of (struct bpf_insn: code, registers, off, imm). */
#define INSN(c, dst, src, o, i)                                                                    \
	((struct bpf_insn){.code = (c), .dst_reg = (dst), .src_reg = (src), .off = (o), .imm = (i)})
#define MOV_IMM(dst, i)	     INSN(BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, i)
#define MOV_REG(dst, src)    INSN(BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0)
#define ADD_IMM(dst, i)	     INSN(BPF_ALU64 | BPF_ADD | BPF_K, dst, 0, 0, i)
#define STORE_IMM(dst, o, i) INSN(BPF_ST | BPF_MEM | BPF_DW, dst, 0, o, i)
#define CALL(helper)	     INSN(BPF_JMP | BPF_CALL, 0, 0, 0, helper)
#define EXIT_INSN	     INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

/* Loads and drops a program; 0 or -errno. */
static int try_load(enum bpf_prog_type type, const struct bpf_insn *insns, size_t count,
		    const struct bpf_prog_load_opts *opts)
{
	int fd = bpf_prog_load(type, "ss_trial", "GPL", insns, count, opts);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

int kernel_try_raw_tp(void)
{
	const struct bpf_insn insns[] = {MOV_IMM(0, 0), EXIT_INSN};

	return try_load(BPF_PROG_TYPE_RAW_TRACEPOINT, insns, ARRAY_SIZE(insns), NULL);
}

/*
 * Not without CONFIG_CGROUPS. Linux commit bf6fa2c893c5 "bpf: implement
 * bpf_get_current_cgroup_id() helper" (in v4.18): the same for all kinds of tracing
 * programs, so that to try one is enough.
 */
int kernel_try_cgroup_id(void)
{
	const struct bpf_insn insns[] = {
		CALL(BPF_FUNC_get_current_cgroup_id),
		MOV_IMM(0, 0),
		EXIT_INSN,
	};

	return try_load(BPF_PROG_TYPE_RAW_TRACEPOINT, insns, ARRAY_SIZE(insns), NULL);
}

/* Reading kernel memory: gone under lockdown=confidentiality. */
static int try_probe_read(void)
{
	const struct bpf_insn insns[] = {
		MOV_REG(1, 10), ADD_IMM(1, -8), STORE_IMM(10, -8, 0),
		MOV_IMM(2, 8),	MOV_IMM(3, 0),	CALL(BPF_FUNC_probe_read_kernel),
		MOV_IMM(0, 0),	EXIT_INSN,
	};

	return try_load(BPF_PROG_TYPE_RAW_TRACEPOINT, insns, ARRAY_SIZE(insns), NULL);
}

/* Linux commit 5ffa25502b5a "bpf: Add instructions for atomic_[cmp]xchg" (in v5.12) */
static int try_compare_and_swap(void)
{
	const struct bpf_insn insns[] = {
		STORE_IMM(10, -8, 0), MOV_IMM(0, 0),
		MOV_IMM(1, 1),	      INSN(BPF_STX | BPF_ATOMIC | BPF_DW, 10, 1, -8, BPF_CMPXCHG),
		MOV_IMM(0, 0),	      EXIT_INSN,
	};

	return try_load(BPF_PROG_TYPE_RAW_TRACEPOINT, insns, ARRAY_SIZE(insns), NULL);
}

/* Linux commit 79a7f8bdb159 "bpf: Introduce bpf_sys_bpf() helper and program type." (in v5.14) */
static int try_syscall_program(void)
{
	const struct bpf_insn insns[] = {MOV_IMM(0, 0), EXIT_INSN};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .prog_flags = BPF_F_SLEEPABLE);

	return try_load(BPF_PROG_TYPE_SYSCALL, insns, ARRAY_SIZE(insns), &opts);
}

bool kernel_ftrace_off(void)
{
	autofile FILE *f = fopen("/proc/sys/kernel/ftrace_enabled", "re");
	int on = 1;

	return f && fscanf(f, "%d", &on) == 1 && !on;
}

int kernel_try_fentry(const struct kernel *k, const char *function)
{
	const struct bpf_insn insns[] = {MOV_IMM(0, 0), EXIT_INSN};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_TRACE_FENTRY);
	int id = k->btf ? btf__find_by_name_kind(k->btf, function, BTF_KIND_FUNC) : -ENOENT;

	if (id < 0)
		return -ENOENT;
	/* Then such programs load and attach, and are never called. */
	if (kernel_ftrace_off())
		return -ENODEV;
	if (getenv("SLABSIGHT_NO_FENTRY"))
		return -ECANCELED;
	opts.attach_btf_id = id;
	return try_load(BPF_PROG_TYPE_TRACING, insns, ARRAY_SIZE(insns), &opts);
}

int kernel_try_kprobe(const char *function)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.config1 = (uintptr_t)function,
	};
	autofile FILE *f = fopen("/sys/bus/event_source/devices/kprobe/type", "re");
	int type, fd;

	/* A kprobe at a function's entry goes through ftrace too. */
	if (kernel_ftrace_off())
		return -ENODEV;
	if (!f || fscanf(f, "%d", &type) != 1)
		return -EOPNOTSUPP;
	attr.type = type;
	fd = syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static const struct btf_type *function_proto(const struct kernel *k, const char *name)
{
	int id = k->btf ? btf__find_by_name_kind(k->btf, name, BTF_KIND_FUNC) : -ENOENT;

	return id < 0 ? NULL : btf__type_by_id(k->btf, btf__type_by_id(k->btf, id)->type);
}

bool kernel_has_function(const struct kernel *k, const char *name)
{
	return function_proto(k, name) != NULL;
}

bool kernel_has_event(const struct kernel *k, const char *name)
{
	char type[80];

	snprintf(type, sizeof(type), "btf_trace_%s", name);
	return k->btf && btf__find_by_name_kind(k->btf, type, BTF_KIND_TYPEDEF) > 0;
}

/*
 * Do the kmem events carry what the programs read? Since Linux commit 11e9734bcb6a
 * "mm/slab_common: unify NUMA and UMA version of tracepoints" (in v6.1) there are
 * no _node twins, and kmem_cache_free names the cache, before the object is gone.
 * In BTF an event is a pointer to a function, which has an argument of its own first.
 */
static bool events_as_known(const struct kernel *k)
{
	int id = btf__find_by_name_kind(k->btf, "btf_trace_kmem_cache_free", BTF_KIND_TYPEDEF);
	const struct btf_type *t = id > 0 ? btf__type_by_id(k->btf, id) : NULL;
	const struct btf_type *cache;

	t = t ? btf__type_by_id(k->btf, t->type) : NULL;
	t = t && btf_is_ptr(t) ? btf__type_by_id(k->btf, t->type) : NULL;
	if (kernel_has_event(k, "kmalloc_node") || !t || !btf_is_func_proto(t) || btf_vlen(t) < 4)
		return false;
	cache = btf__type_by_id(k->btf, btf_params(t)[3].type);
	if (!btf_is_ptr(cache))
		return false;
	id = btf__resolve_type(k->btf, cache->type);
	cache = id > 0 ? btf__type_by_id(k->btf, id) : NULL;
	return cache && !strcmp(btf__name_by_offset(k->btf, cache->name_off), "kmem_cache");
}

/* Size in bytes of what the function returns, 0 when it is not known. */
static uint32_t return_size(const struct kernel *k, const char *name)
{
	const struct btf_type *proto = function_proto(k, name);
	long long size = proto ? btf__resolve_size(k->btf, proto->type) : 0;

	return size > 0 ? size : 0;
}

static bool enum_value(const struct kernel *k, const char *name, uint32_t *ret)
{
	for (uint32_t id = 1; id < btf__type_cnt(k->btf); id++) {
		const struct btf_type *t = btf__type_by_id(k->btf, id);

		if (!btf_is_enum(t))
			continue;
		for (int i = 0; i < btf_vlen(t); i++) {
			const struct btf_enum *e = &btf_enum(t)[i];

			if (!strcmp(btf__name_by_offset(k->btf, e->name_off), name)) {
				*ret = e->val;
				return true;
			}
		}
	}
	return false;
}

/*
 * Flag bits. They became enums, so that BTF knows them, with Linux commits
 * cc61eb851c9a "mm, slab: use an enum to define SLAB_ cache creation flags" and
 * 772dd0342727 "mm: enumerate all gfp flags" (both in v6.9); before that they
 * were constants.
 */
static void ask_flag_bits(struct kernel *k)
{
	uint32_t bit;

	k->reclaimable_bit = 0x00020000;
	k->gfp_dma = 0x01;
	k->gfp_reclaimable = 0x10;
	k->gfp_account = 0x400000;
	if (!k->btf)
		return;
	if (enum_value(k, "_SLAB_RECLAIM_ACCOUNT", &bit))
		k->reclaimable_bit = 1u << bit;
	if (enum_value(k, "___GFP_DMA_BIT", &bit))
		k->gfp_dma = 1u << bit;
	if (enum_value(k, "___GFP_RECLAIMABLE_BIT", &bit))
		k->gfp_reclaimable = 1u << bit;
	if (enum_value(k, "___GFP_ACCOUNT_BIT", &bit))
		k->gfp_account = 1u << bit;
}

/* Value of an enumerator, or what it was before the kernel made it one. */
static uint32_t enum_value_or(const struct kernel *k, const char *name, uint32_t before)
{
	uint32_t value;

	return k->btf && enum_value(k, name, &value) ? value : before;
}

/* Offset of a member of a struct, or what it is taken for where BTF does not know. */
static uint32_t member_offset_or(const struct kernel *k, const char *type, const char *member,
				 uint32_t otherwise)
{
	int id = k->btf ? btf__find_by_name_kind(k->btf, type, BTF_KIND_STRUCT) : -ENOENT;
	const struct btf_type *t = id < 0 ? NULL : btf__type_by_id(k->btf, id);

	for (int i = 0; t && i < btf_vlen(t); i++)
		if (!strcmp(btf__name_by_offset(k->btf, btf_members(t)[i].name_off), member))
			return btf_member_bit_offset(t, i) / 8;
	return otherwise;
}

/*
 * The bits moved with Linux commit 9748cb2dc393 "VFS: repack DENTRY_ flags.", and
 * became an enum with b2b4483b5d05 "dcache: convert dentry flag macros to enum"
 * (both in v6.15): where there is no enum, they are where they had always been.
 */
static void ask_dentries(struct kernel *k)
{
	k->dentry_lru = enum_value_or(k, "DCACHE_LRU_LIST", 1 << 19);
	k->dentry_killed = enum_value_or(k, "DCACHE_DENTRY_KILLED", 1 << 15);
	k->dentry_cursor = enum_value_or(k, "DCACHE_DENTRY_CURSOR", 1 << 29);
	k->dentry_persistent = enum_value_or(k, "DCACHE_PERSISTENT", 0);
	k->name_header = member_offset_or(k, "external_name", "name", 16);
}

static uint64_t effective_capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {};

	if (syscall(SYS_capget, &header, data))
		return 0;
	return (uint64_t)data[1].effective << 32 | data[0].effective;
}

/* "none integrity [confidentiality]" or, with the files hidden, nothing. */
static void ask_lockdown(struct kernel *k)
{
	autofile FILE *f = fopen("/sys/kernel/security/lockdown", "re");
	char line[80] = "", *open, *end;

	if (!f || !fgets(line, sizeof(line), f))
		return;
	open = strchr(line, '[');
	end = open ? strchr(open, ']') : NULL;
	if (end)
		snprintf(k->lockdown, sizeof(k->lockdown), "%.*s", (int)(end - open - 1), open + 1);
}

/* A function's address decides: the first symbols, per-CPU offsets on x86, may well be at 0. */
static bool symbols_shown(void)
{
	autofile FILE *f = fopen("/proc/kallsyms", "re");
	unsigned long long address;
	char type;

	while (f && fscanf(f, "%llx %c%*[^\n]", &address, &type) == 2)
		if (strchr("tT", type))
			return address;
	return false;
}

static void set_need(struct kernel *k, enum kernel_need need, const char *why)
{
	k->need = need;
	snprintf(k->why, sizeof(k->why), "%s", why);
}

static void ask_need(struct kernel *k)
{
	int err;

	if (!k->can_load || !k->can_trace) {
		snprintf(k->why, sizeof(k->why), "needs %s%s%s (or root)",
			 k->can_load ? "" : "CAP_BPF", !k->can_load && !k->can_trace ? " and " : "",
			 k->can_trace ? "" : "CAP_PERFMON");
		k->need = KERNEL_NO_PRIVILEGE;
		return;
	}
	if (!k->btf) {
		set_need(k, KERNEL_NO_BTF,
			 access(BTF_FILE, F_OK)
				 ? "this kernel has no BTF (" BTF_FILE "): it must be built with "
				   "CONFIG_DEBUG_INFO_BTF"
				 : BTF_FILE " cannot be read, and without the kernel's BTF there "
					    "is no tracing");
		return;
	}
	if (!events_as_known(k)) {
		set_need(k, KERNEL_TOO_OLD,
			 "this kernel's slab events do not say what is needed of them: Linux 6.1 "
			 "or newer is needed");
		return;
	}
	err = kernel_try_raw_tp();
	if (err == -EPERM) {
		set_need(k, KERNEL_NO_BPF,
			 "bpf() is refused: CAP_BPF and CAP_PERFMON must be held in the initial "
			 "user namespace (not a container's), and no seccomp filter may forbid it");
		return;
	}
	if (err) {
		snprintf(k->why, sizeof(k->why), "this kernel refuses BPF tracing programs: %s",
			 strerror(-err));
		k->need = KERNEL_NO_BPF;
		return;
	}
	if (try_probe_read()) {
		set_need(
			k, KERNEL_LOCKDOWN,
			"BPF may not read kernel memory here: lockdown=confidentiality forbids it; "
			"boot with lockdown=integrity or none");
		return;
	}
	if (try_compare_and_swap() || try_syscall_program())
		set_need(k, KERNEL_TOO_OLD,
			 "this kernel's BPF has no compare-and-swap or no syscall programs: Linux "
			 "6.1 or newer is needed");
}

/*
 * Since Linux commit a46023d5616e "tracing: Guard __DECLARE_TRACE() use of
 * __DO_TRACE_CALL() with SRCU-fast" (in v7.0) a tracepoint is called under
 * tracepoint_srcu, and with preemption on where the kernel has it at all. Older
 * kernels had an SRCU of that name for another use, until v6.14; what is newer has
 * struct tracepoint_ext, since v6.13.
 */
static bool events_preempt(const struct kernel *k)
{
	return k->btf &&
	       btf__find_by_name_kind(k->btf, "tracepoint_srcu_srcu_data", BTF_KIND_VAR) > 0 &&
	       btf__find_by_name_kind(k->btf, "tracepoint_ext", BTF_KIND_STRUCT) > 0 &&
	       kernel_has_function(k, "preempt_schedule_irq");
}

int kernel_init(struct kernel *k)
{
	const uint64_t admin = 1ull << CAP_SYS_ADMIN;

	memset(k, 0, sizeof(*k));
	uname(&k->name);
	/* What libbpf cannot do is told by the caller, in one line. */
	libbpf_set_print(NULL);
	k->btf = btf__load_vmlinux_btf();
	/* It does not say why there is none: ask again. */
	if (!k->btf)
		k->btf = btf__parse(BTF_FILE, NULL);
	if (!k->btf && errno == ENOMEM)
		return -ENOMEM;
	k->capabilities = effective_capabilities();
	k->can_load = k->capabilities & (1ull << CAP_BPF | admin);
	k->can_trace = k->capabilities & (1ull << CAP_PERFMON | admin);
	k->can_see_symbols = symbols_shown();
	k->can_read_slabinfo = !access("/proc/slabinfo", R_OK);
	k->has_cache_kfunc = kernel_has_function(k, "bpf_get_kmem_cache");
	k->events_preempt = events_preempt(k);
	k->bulk_bool = return_size(k, "kmem_cache_alloc_bulk_noprof") == 1;
	ask_flag_bits(k);
	ask_dentries(k);
	ask_lockdown(k);
	ask_need(k);
	return 0;
}

void kernel_deinit(struct kernel *k)
{
	btf__free(k->btf);
	k->btf = NULL;
}
