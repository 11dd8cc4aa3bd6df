/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Arrays, which are most of our maps. Weak: definitions of the same one in several
 * files are merged when `bpftool gen object` joins them.
 */
#ifndef SS_ARRAYS_BPF_H
#define SS_ARRAYS_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

#define SS_ARRAY(map_name, map_type, entries, value_type, map_flag)                                \
	struct {                                                                                   \
		__uint(type, map_type);                                                            \
		__uint(max_entries, entries);                                                      \
		__uint(map_flags, map_flag);                                                       \
		__type(key, u32);                                                                  \
		__type(value, value_type);                                                         \
	} map_name SEC(".maps") __weak

static __always_inline void *ss_at(void *map, u32 index)
{
	return bpf_map_lookup_elem(map, &index);
}

#endif
