// SPDX-License-Identifier: GPL-2.0-or-later
/* How the cases of the kernel module are to be judged; what they do is in module/. */
#include "zoo.h"

// clang-format off
/* Those with a call site of their own. */
#define LEAK(name, what) {#name, ZOO_LEAK, what, .site = "zoo_" #name}
#define LIFE(name, what) {#name, ZOO_LIFE, what, .site = "zoo_" #name}
/* Those whose objects come from the kernel's own: only the stack tells. */
#define DEEP(name, what, cache_name, symbols)                                                      \
	{#name, ZOO_LEAK, what, .cache = cache_name, .site = symbols,                              \
	 .frame = "zoo_" #name, .books = ZOO_SHARED}

const struct zoo_case zoo_module_cases[] = {
	LEAK(steady_leak, "every object, steadily"),
	LEAK(slow_leak, "one object a second"),
	LEAK(busy_leak, "1 of 1,000 at a busy site"),
	LEAK(late_leak, "healthy for 20 s, then every object"),
	LEAK(pausing_leak, "10 s, then a pause of 5"),
	LEAK(stepwise_leak, "40 objects every 8 s"),
	LEAK(mixed_leak, "1 of 10, the others live up to 5 s"),
	LEAK(timer_leak, "from a timer: no task to blame"),
	LEAK(work_leak, "from a work queue"),
	LEAK(large_leak, "16 KiB each, no cache"),
	LEAK(krealloc_leak, "buffers that had grown by krealloc"),
	LEAK(name_leak, "kmemleak_not_leak, pointed to from pages only"),
	LEAK(bulk_leak, "from kmem_cache_alloc_bulk"),
	LEAK(doomed_leak, "half of the objects, until the cache is destroyed after 40 s"),
	{"alias_leak", ZOO_LEAK, "from a cache that is merged with another",
	 .site = "zoo_alias_leak", .alias = "zoo_alias"},
	/* The same call site: only the stack tells. */
	{"error_lost", ZOO_LEAK, "1 of 20, on an error path",
	 .site = "zoo_error_alloc", .frame = "zoo_error_lost"},
	{"error_ok", ZOO_LIFE, "the healthy path to the same call site",
	 .site = "zoo_error_alloc", .frame = "zoo_error_ok"},
	DEEP(dentry_leak, "dentries that are never put", "dentry", "__d_alloc"),
	DEEP(file_leak, "files that are never put", "filp", "alloc_empty_file|__alloc_file"),
	DEEP(socket_leak, "sockets of the kernel that are never released",
	     "UDP*", "sk_prot_alloc|sk_alloc"),

	LIFE(alias_healthy, "another owner in the merged cache"),
	LIFE(queue_20s, "every object lives for 20 s"),
	LIFE(queue_40s, "every object lives for 40 s"),
	LIFE(ramp, "more and more load, each object lives for 2 s"),
	LIFE(lognormal, "lives from milliseconds to 10 s"),
	LIFE(rarely_long, "1 of 1,000 lives for 15 s"),
	LIFE(burst, "100,000 objects, from 10 s to 30 s"),
	LIFE(periodic, "a job every 10 s that replaces its data"),
	LIFE(by_rcu, "freed by kfree_rcu"),
	LIFE(in_bulk, "made and freed in bulk"),
	LIFE(growing, "a buffer that krealloc makes grow"),
	LIFE(pool, "a pool of 1,000, full after 15 s"),
	LIFE(sawtooth, "fill to 400, free half, again"),
	LIFE(lru, "300 entries, some of which always stay"),
	{.name = NULL},
};
// clang-format on
