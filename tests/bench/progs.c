// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the kernel counts about BPF programs. Counting costs two clock reads a run, so it is on in
 * a pass of its own that is not timed; the clock reads are part of the time counted, so an empty
 * program is the zero to compare with.
 */
#include "progs.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int progs_count_begin(void)
{
	int fd = bpf_enable_stats(BPF_STATS_RUN_TIME);

	return fd < 0 ? -errno : fd;
}

static int busier(const void *a, const void *b)
{
	const struct prog_stat *x = a, *y = b;

	return (x->run_ns < y->run_ns) - (x->run_ns > y->run_ns);
}

static bool read_one(__u32 id, struct bpf_prog_info *ret_info)
{
	__u32 len = sizeof(*ret_info);
	int fd = bpf_prog_get_fd_by_id(id);
	int err;

	if (fd < 0)
		return false; /* unloaded meanwhile */
	memset(ret_info, 0, sizeof(*ret_info));
	err = bpf_obj_get_info_by_fd(fd, ret_info, &len);
	close(fd);
	return !err;
}

void progs_read(const char *prefix, struct prog_list *ret_list)
{
	struct bpf_prog_info info;
	__u32 id = 0;

	ret_list->cnt = 0;
	while (ret_list->cnt < PROGS_MAX && !bpf_prog_get_next_id(id, &id)) {
		struct prog_stat *prog = &ret_list->progs[ret_list->cnt];

		if (!read_one(id, &info) || strncmp(info.name, prefix, strlen(prefix)))
			continue;
		if (!info.run_cnt)
			continue;
		snprintf(prog->name, sizeof(prog->name), "%s", info.name);
		prog->runs = info.run_cnt;
		prog->run_ns = info.run_time_ns;
		ret_list->cnt++;
	}
	qsort(ret_list->progs, ret_list->cnt, sizeof(ret_list->progs[0]), busier);
}
