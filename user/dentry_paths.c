// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Paths of directories. Built from the end of the buffer towards its beginning, as
 * the kernel's own prepend_path() does.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dentry_paths.h"

#define DEPTH_MAX 1024 /* a path of 4096 bytes has 2048 names at most */

struct node {
	uint64_t address; /* 0: free entry */
	uint64_t parent, super;
	bool there, unhashed;
	char *name;
};

struct dentry_paths {
	bool (*look)(void *arg, uint64_t address, struct ss_dentry *ret_dentry,
		     char name[SS_NAME_WHOLE]);
	void *arg;
	struct node *nodes; /* a hash table; room is a power of two */
	size_t count, room;
};

int dentry_paths_create(bool (*look)(void *arg, uint64_t address, struct ss_dentry *ret_dentry,
				     char name[SS_NAME_WHOLE]),
			void *arg, struct dentry_paths **ret_paths)
{
	struct dentry_paths *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->look = look;
	p->arg = arg;
	p->room = 1024;
	p->nodes = calloc(p->room, sizeof(*p->nodes));
	if (!p->nodes) {
		free(p);
		return -ENOMEM;
	}
	*ret_paths = p;
	return 0;
}

void dentry_paths_destroy(struct dentry_paths *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->room; i++)
		free(p->nodes[i].name);
	free(p->nodes);
	free(p);
}

/* Where the node of an address is, or would be. */
static struct node *slot(struct node *nodes, size_t room, uint64_t address)
{
	size_t at = (address * 0x9E3779B97F4A7C15ull) >> 20 & (room - 1);

	while (nodes[at].address && nodes[at].address != address)
		at = (at + 1) & (room - 1);
	return &nodes[at];
}

static int grow(struct dentry_paths *p)
{
	size_t room = 2 * p->room;
	struct node *nodes;

	if (p->count < p->room / 2)
		return 0;
	nodes = calloc(room, sizeof(*nodes));
	if (!nodes)
		return -ENOMEM;
	for (size_t i = 0; i < p->room; i++)
		if (p->nodes[i].address)
			*slot(nodes, room, p->nodes[i].address) = p->nodes[i];
	free(p->nodes);
	p->nodes = nodes;
	p->room = room;
	return 0;
}

static int look_up(struct dentry_paths *p, uint64_t address, const struct node **ret_node)
{
	struct ss_dentry dentry;
	char name[SS_NAME_WHOLE];
	struct node *n;

	if (grow(p))
		return -ENOMEM;
	n = slot(p->nodes, p->room, address);
	*ret_node = n;
	if (n->address)
		return 0;
	if (p->look(p->arg, address, &dentry, name)) {
		n->name = strdup(name);
		if (!n->name)
			return -ENOMEM;
		n->parent = dentry.parent;
		n->super = dentry.super;
		n->unhashed = dentry.unhashed;
		n->there = true;
	}
	n->address = address;
	p->count++;
	return 0;
}

/* Puts `text` before *start; what does not fit is lost at its beginning. */
static void prepend(char *buf, size_t *start, const char *text, size_t len)
{
	size_t fits = len < *start ? len : *start;

	*start -= fits;
	memcpy(buf + *start, text + len - fits, fits);
}

static void prepend_name(char *buf, size_t *start, const char *name)
{
	prepend(buf, start, name, strlen(name));
	prepend(buf, start, "/", 1);
}

/* Up to the root or to where it cannot go on; *ret_state tells which. */
static int climb(struct dentry_paths *p, uint64_t address, uint64_t super, char *buf, size_t *start,
		 enum dentry_path_state *ret_state)
{
	const struct node *n;

	for (int depth = 0; depth < DEPTH_MAX; depth++) {
		int err = look_up(p, address, &n);

		if (err)
			return err;
		if (!n->there || n->super != super) {
			*ret_state = DENTRY_PATH_GONE;
			return 0;
		}
		if (n->parent == address)
			return 0;
		if (n->unhashed)
			*ret_state = DENTRY_PATH_DELETED;
		prepend_name(buf, start, n->name);
		address = n->parent;
	}
	*ret_state = DENTRY_PATH_ENDLESS;
	return 0;
}

int dentry_paths_build(struct dentry_paths *p, uint64_t address, uint64_t super, const char *mount,
		       char buf[DENTRY_PATH], enum dentry_path_state *ret_state)
{
	size_t start = DENTRY_PATH - 1, len = strlen(mount);
	int err;

	buf[start] = '\0';
	*ret_state = DENTRY_PATH_WHOLE;
	err = climb(p, address, super, buf, &start, ret_state);
	if (err)
		return err;
	if (*ret_state >= DENTRY_PATH_GONE) {
		prepend(buf, &start, "...", 3);
		prepend_name(buf, &start, "");
	}
	/* "/" and "/a" make "/a". */
	if (len && mount[len - 1] == '/' && buf[start])
		len--;
	prepend(buf, &start, mount, len);
	if (!start)
		memcpy(buf, "...", 3);
	memmove(buf, buf + start, DENTRY_PATH - start);
	return 0;
}

const char *dentry_path_state_name(enum dentry_path_state state)
{
	static const char *const names[] = {"whole", "deleted", "gone", "endless"};

	return names[state];
}
