/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What everything that loads BPF objects through libbpf has to mind. */
#ifndef SS_LOADER_H
#define SS_LOADER_H

#include <stddef.h>

struct bpf_map;
struct bpf_program;

/*
 * Maps, programs and links are a descriptor each: raises our limit if need be. 0,
 * or -EMFILE with a sentence in why.
 */
int loader_allow_files(char why[160]);
/* From now on keep libbpf's first complaint instead of printing it. */
void loader_listen(void);
/* That complaint, one line; "" when there was none. */
const char *loader_words(void);
/*
 * Before loading, without CAP_SYS_ADMIN: keeps libbpf from failing over the BTF
 * of modules, which it may not read. `any` is a program of the object.
 */
void loader_forget_modules(struct bpf_program *any);

struct loader_memory {
	void *at; /* NULL: not mapped */
	size_t size;
};

/* Map all of an array map that has BPF_F_MMAPABLE; prot as for mmap(). 0 or -errno. */
int loader_map(const struct bpf_map *map, int prot, struct loader_memory *ret_memory);
void loader_unmap(struct loader_memory *m);

#endif
