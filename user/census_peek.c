// SPDX-License-Identifier: GPL-2.0-or-later
/* What lies at addresses that are known: objects, super blocks, one dentry with its name. */
#include <string.h>

#include "census_private.h"

/* The next of them; returns how many, or -errno. */
static int peek(struct census *c, const struct bpf_program *program, const uint64_t *addresses,
		size_t count)
{
	struct ss_census *x = &c->skel->bss->ss_census;
	struct ss_suspect *suspects = c->suspects.at;
	int err;

	x->suspect_cnt = count < SS_PEEKED ? count : SS_PEEKED;
	for (uint32_t i = 0; i < x->suspect_cnt; i++)
		suspects[i].address = addresses[i];
	err = census_run(program);
	return err ? err : (int)x->suspect_cnt;
}

int census_peek(struct census *c, const uint64_t *addresses, size_t count, size_t width,
		void (*each)(void *arg, uint64_t address, const void *bytes, size_t len), void *arg)
{
	const struct ss_content *peeked = c->peeked.at;

	c->skel->bss->ss_census.width = width < SS_CONTENT_BYTES ? width : SS_CONTENT_BYTES;
	while (count) {
		int n = peek(c, c->skel->progs.ss_peek, addresses, count);

		if (n < 0)
			return n;
		for (int i = 0; i < n; i++)
			if (peeked[i].address)
				each(arg, peeked[i].address, peeked[i].bytes,
				     c->skel->bss->ss_census.width);
		addresses += n;
		count -= n;
	}
	return 0;
}

int census_peek_dentries(struct census *c, const uint64_t *addresses, size_t count,
			 void (*each)(void *arg, const struct ss_dentry *d), void *arg)
{
	const struct ss_dentry *peeked = c->peeked_dents.at;

	while (count) {
		int n = peek(c, c->skel->progs.ss_peek_dents, addresses, count);

		if (n < 0)
			return n;
		for (int i = 0; i < n; i++)
			if (peeked[i].address)
				each(arg, &peeked[i]);
		addresses += n;
		count -= n;
	}
	return 0;
}

bool census_super(struct census *c, uint64_t address, struct census_super *ret_super)
{
	struct ss_census *x = &c->skel->bss->ss_census;

	x->address = address;
	x->found = 0;
	if (census_run(c->skel->progs.ss_super) || !x->found)
		return false;
	/* dev_t inside the kernel: 12 bits of major number above 20 of minor. */
	ret_super->major = x->dev >> 20;
	ret_super->minor = x->dev & 0xfffff;
	memcpy(ret_super->type, x->type, sizeof(x->type));
	memcpy(ret_super->id, x->id, sizeof(x->id));
	return true;
}

bool census_look(struct census *c, uint64_t address, struct ss_dentry *ret_dentry,
		 char name[SS_NAME_WHOLE])
{
	struct ss_census *x = &c->skel->bss->ss_census;

	x->address = address;
	x->found = 0;
	memset(x->name, 0, sizeof(x->name));
	if (census_run(c->skel->progs.ss_look) || !x->found)
		return false;
	*ret_dentry = x->dentry;
	memcpy(name, x->name, SS_NAME_WHOLE);
	name[SS_NAME_WHOLE - 1] = '\0';
	return true;
}
