// SPDX-License-Identifier: GPL-2.0-or-later
/* What everything that loads BPF objects through libbpf has to mind. */
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "loader.h"

/* With room: some 30 maps, 30 programs, 20 links, and a few of our own. */
#define FILES_NEEDED 128

static char words[160];

static int remember(enum libbpf_print_level level, const char *format, va_list args)
{
	char line[512];

	if (getenv("SLABSIGHT_DEBUG"))
		return vfprintf(stderr, format, args);
	if (level != LIBBPF_WARN)
		return 0;
	vsnprintf(line, sizeof(line), format, args);
	if (!words[0])
		snprintf(words, sizeof(words), "%.*s", (int)strcspn(line, "\n"), line);
	return 0;
}

int loader_allow_files(char why[160])
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= FILES_NEEDED)
		return 0;
	limit.rlim_cur = limit.rlim_max < FILES_NEEDED ? limit.rlim_max : FILES_NEEDED;
	setrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur >= FILES_NEEDED)
		return 0;
	snprintf(why, 160, "only %llu files may be open, %d are needed: raise it with ulimit -n",
		 (unsigned long long)limit.rlim_cur, FILES_NEEDED);
	return -EMFILE;
}

void loader_listen(void)
{
	words[0] = '\0';
	libbpf_set_print(remember);
}

const char *loader_words(void)
{
	return words;
}

/*
 * A kfunc or type that we ask for weakly and that is not in the kernel's BTF,
 * libbpf looks for in the BTF of all modules. That needs CAP_SYS_ADMIN, and
 * before libbpf commit 3f33f9a6b8f7 (in v1.3) it gives up when it is refused.
 * It tries only once per object: here, where the outcome does not matter.
 */
void loader_forget_modules(struct bpf_program *any)
{
	bpf_program__set_attach_target(any, 0, "slabsight: no such function");
	words[0] = '\0';
}

int loader_map(const struct bpf_map *map, int prot, struct loader_memory *ret_memory)
{
	size_t page = sysconf(_SC_PAGESIZE);
	size_t size = (size_t)bpf_map__max_entries(map) * ((bpf_map__value_size(map) + 7) & ~7u);
	void *at;

	size = (size + page - 1) & ~(page - 1);
	at = mmap(NULL, size, prot, MAP_SHARED, bpf_map__fd(map), 0);
	if (at == MAP_FAILED)
		return -errno;
	*ret_memory = (struct loader_memory){at, size};
	return 0;
}

void loader_unmap(struct loader_memory *m)
{
	if (m->at)
		munmap(m->at, m->size);
	*m = (struct loader_memory){0};
}
