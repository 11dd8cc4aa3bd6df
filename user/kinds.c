// SPDX-License-Identifier: GPL-2.0-or-later
/* What the kernel means to keep. Names are those of Linux 6.1 to 7.2. */
#include <string.h>

#include "cleanup.h"
#include "interrupts.h"
#include "kinds.h"

/*
 * Caches whose flag promises more than it holds. An inode of a socket lies on no LRU
 * list: it goes with its socket (net/socket.c, sock_free_inode()), although its cache
 * is created with SLAB_RECLAIM_ACCOUNT like that of other inodes.
 */
static const char *const not_reclaimable[] = {"sock_inode_cache"};

/*
 * Caches of which a timer frees every object, and how long that takes at least.
 *   tw_sock_*       TIME_WAIT: TCP_TIMEWAIT_LEN, 60 s (include/net/tcp.h)
 *   request_sock_*  SYN-ACKs are sent for 1 + 2 + 4 + 8 + 16 + 32 s (TCP_SYNACK_RETRIES is 5)
 *   inet_peer_cache INETPEER_MAXTTL, 10 minutes (net/ipv4/inetpeer.c)
 *   nf_conntrack    an established connection: 5 days unless set otherwise
 *   btrfs_          what waits for a commit: BTRFS_DEFAULT_COMMIT_INTERVAL, 30 s
 */
static const struct {
	const char *cache; /* what its name begins with */
	const char *what;
	double live_s;
} timed[] = {
	{"tw_sock_", "sockets in TIME_WAIT", 60},
	{"request_sock_", "half-open connections", 63},
	{"inet_peer_cache", "peers", 600},
	{"nf_conntrack", "tracked connections", 432000},
	{"btrfs_", "changes that wait for a commit", 30},
};

/*
 * Functions that make a reclaimable object, or hang something on one: what they
 * allocate goes when it does, whatever the flags of the cache it lies in. Of an inode:
 * its security blob (security_inode_alloc), ext4's note for the journal
 * (ext4_inode_attach_jinode, freed by ext4_clear_inode), its ACLs (get_inode_acl and, before v6.2,
 * get_acl), NFS's cached access rights. Of a dentry: all that __d_alloc allocates. The
 * allocator's own: whom the objects of a slab are charged to (alloc_slab_obj_exts and,
 * before v6.10, memcg_alloc_slab_cgroups), and sheaves. Of a socket in
 * TIME_WAIT: the port that connect() gave it (inet_bind_bucket_create, which is inlined).
 * A range that vfree() is done with waits until lazy_max_pages() of them can be purged at
 * once (mm/vmalloc.c): minutes of forks. What would leak is its vm_struct beside it. Workers of
 * unbound queues are made in fits of work and ended when they were idle for 5 minutes
 * (IDLE_WORKER_TIMEOUT, kernel/workqueue.c): by create_worker, and by kthreadd for it.
 */
static const struct {
	const char *function;
	enum kind_is is;
	const char *what;
	double live_s; /* KIND_TIMED */
} parts[] = {
	{"alloc_inode", KIND_PART, "inodes", 0},
	{"ext4_inode_attach_jinode", KIND_PART, "inodes", 0},
	{"inode_init_always", KIND_PART, "inodes", 0},
	{"inode_init_always_gfp", KIND_PART, "inodes", 0},
	{"security_inode_alloc", KIND_PART, "inodes", 0},
	{"xfs_inode_item_init", KIND_PART, "inodes", 0},
	{"get_inode_acl", KIND_PART, "inodes", 0},
	{"get_acl", KIND_PART, "inodes", 0},
	{"__get_acl", KIND_PART, "inodes", 0},
	{"nfs_access_add_cache", KIND_PART, "inodes", 0},
	{"__d_alloc", KIND_PART, "dentries", 0},
	{"inet_bind2_bucket_create", KIND_TIMED, "ports of closed connections", 60},
	{"__inet_hash_connect", KIND_TIMED, "ports of closed connections", 60},
	{"create_worker", KIND_TIMED, "idle kernel workers", 300},
	{"kthreadd", KIND_TIMED, "idle kernel workers", 300},
	{"alloc_vmap_area", KIND_KEPT, "ranges of vmalloc()", 0},
	{"alloc_slab_obj_exts", KIND_PART, "slabs", 0},
	{"memcg_alloc_slab_cgroups", KIND_PART, "slabs", 0},
	{"alloc_empty_sheaf", KIND_PART, "slab caches", 0},
	{"__alloc_empty_sheaf", KIND_PART, "slab caches", 0},
};

static bool begins(const char *s, const char *with)
{
	return !strncmp(s, with, strlen(with));
}

/* The compiler's clones are the function: "alloc_inode.isra.0". */
static bool is_function(const char *symbol, const char *function)
{
	size_t n;

	if (*symbol != *function) /* most are unlike from the beginning */
		return false;
	n = strlen(function);
	return !strncmp(symbol, function, n) && (!symbol[n] || symbol[n] == '.');
}

static struct kind part_of(const struct symbols *symbols, const uint64_t *frames, size_t frame_cnt)
{
	for (size_t i = 0; symbols && i < frame_cnt; i++) {
		struct symbol symbol = symbols_find(symbols, frames[i]);

		if (symbol.name && interrupts_enter(symbol.name))
			break;
		for (size_t p = 0; symbol.name && p < ARRAY_SIZE(parts); p++)
			if (is_function(symbol.name, parts[p].function))
				return (struct kind){parts[p].is, parts[p].what, parts[p].live_s};
	}
	return (struct kind){KIND_PLAIN, NULL, 0};
}

static bool keeps_its_promise(const char *cache)
{
	for (size_t i = 0; i < ARRAY_SIZE(not_reclaimable); i++)
		if (!strcmp(cache, not_reclaimable[i]))
			return false;
	return true;
}

bool kinds_is_marked(const struct snapshot_cache *cache, uint32_t reclaimable_bit)
{
	/* Caches that were guessed have no flags, and are named by what was asked for. */
	return cache->flags & reclaimable_bit || begins(cache->name, "kmalloc-rcl-");
}

struct kind kinds_find(const struct snapshot_cache *cache, uint32_t reclaimable_bit,
		       const struct symbols *symbols, const uint64_t *frames, size_t frame_cnt)
{
	if (cache->destroyed)
		return (struct kind){KIND_PLAIN, NULL, 0};
	if (!strcmp(cache->name, "shmem_inode_cache"))
		return (struct kind){KIND_FILE, "files in memory", 0};
	if (!keeps_its_promise(cache->name))
		return (struct kind){KIND_PLAIN, NULL, 0};
	if (kinds_is_marked(cache, reclaimable_bit))
		return (struct kind){KIND_RECLAIMABLE, "its cache is reclaimable", 0};
	for (size_t i = 0; i < ARRAY_SIZE(timed); i++)
		if (begins(cache->name, timed[i].cache))
			return (struct kind){KIND_TIMED, timed[i].what, timed[i].live_s};
	return part_of(symbols, frames, frame_cnt);
}
