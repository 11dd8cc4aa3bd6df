// SPDX-License-Identifier: GPL-2.0-or-later
/* A machine's dentries, made up. */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "made_dentries.h"

#define INLINE_NAME 40

uint64_t made_dentry(struct made_dentries *m, uint64_t super, uint64_t parent, const char *name)
{
	struct ss_dentry *d = &m->all[m->count];
	size_t len = strlen(name);

	assert_true(m->count < MADE_DENTRIES && len < SS_NAME_WHOLE);
	snprintf(m->names[m->count], SS_NAME_WHOLE, "%s", name);
	*d = (struct ss_dentry){
		.address = 0xffff888000000000 + 192 * ++m->count,
		.super = super,
		.count = 1,
		.name_len = len,
		.external = len >= INLINE_NAME,
	};
	d->parent = parent ? parent : d->address;
	memcpy(d->name, name, len < SS_NAME_SHORT ? len : SS_NAME_SHORT);
	return d->address;
}

uint64_t made_missing(struct made_dentries *m, uint64_t super, uint64_t parent, const char *name)
{
	uint64_t address = made_dentry(m, super, parent, name);

	made_last(m)->count = 0;
	made_last(m)->flags = MADE_LRU;
	made_last(m)->negative = 1;
	return address;
}

struct ss_dentry *made_last(struct made_dentries *m)
{
	return &m->all[m->count - 1];
}

bool made_look(void *arg, uint64_t address, struct ss_dentry *ret_dentry, char name[SS_NAME_WHOLE])
{
	struct made_dentries *m = arg;

	m->looks++;
	for (size_t i = 0; i < m->count; i++) {
		if (m->all[i].address != address)
			continue;
		*ret_dentry = m->all[i];
		memcpy(name, m->names[i], SS_NAME_WHOLE);
		return true;
	}
	return false;
}

bool made_describe(void *arg, uint64_t address, struct census_super *ret_super)
{
	static const struct {
		uint64_t address;
		struct census_super super;
	} supers[] = {
		{MADE_EXT4, {.major = 254, .minor = 0, .type = "ext4", .id = "vda"}},
		{MADE_TMPFS, {.major = 0, .minor = 30, .type = "tmpfs", .id = "tmpfs"}},
		{MADE_OVERLAY, {.major = 0, .minor = 44, .type = "overlay", .id = "overlay"}},
		{MADE_SOCKFS, {.major = 0, .minor = 9, .type = "sockfs", .id = "sockfs"}},
	};

	(void)arg;
	for (size_t i = 0; i < ARRAY_SIZE(supers); i++) {
		if (supers[i].address != address)
			continue;
		*ret_super = supers[i].super;
		return true;
	}
	return false;
}

struct dentries_config made_config(struct made_dentries *m, size_t room)
{
	return (struct dentries_config){
		.lru = MADE_LRU,
		.killed = MADE_KILLED,
		.cursor = MADE_CURSOR,
		.persistent = MADE_PERSISTENT,
		.name_header = 24,
		.room = room,
		.describe = made_describe,
		.arg = m,
	};
}

struct dentries *made_dentries_count(struct made_dentries *m, const struct dentries_config *config)
{
	struct dentries *d = NULL;

	assert_int_equal(dentries_create(config, &d), 0);
	for (size_t i = 0; i < m->count; i++)
		assert_int_equal(dentries_add(d, &m->all[i]), 0);
	assert_int_equal(dentries_end(d), 0);
	return d;
}
