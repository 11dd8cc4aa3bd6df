// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The floor of what tracing the four slab events can cost: the programs that slabsight has on them,
 * each doing nothing. Six with --twice, when both free events have two, because that is how many it
 * takes to see every free (the kernel skips a program that is running on this CPU already); four by
 * default where functions cannot be hooked.
 *
 * Includes nothing, so it compiles on any machine with clang.
 */
#define SEC(name) __attribute__((section(name), used))

char LICENSE[] SEC("license") = "GPL";

#define EMPTY(name, event)                                                                         \
	SEC("raw_tp/" #event) int name(void *ctx);                                                 \
	int name(void *ctx)                                                                        \
	{                                                                                          \
		(void)ctx;                                                                         \
		return 0;                                                                          \
	}

EMPTY(empty_alloc, kmem_cache_alloc)
EMPTY(empty_kmalloc, kmalloc)
EMPTY(empty_kfree_1, kfree)
EMPTY(empty_kfree_2, kfree)
EMPTY(empty_free_1, kmem_cache_free)
EMPTY(empty_free_2, kmem_cache_free)
