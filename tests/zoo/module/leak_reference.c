// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * References that are never dropped. The objects come from the call sites that the whole kernel
 * uses: only the stack tells that these are ours.
 */
#include <linux/dcache.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/namei.h>
#include <linux/net.h>
#include <linux/path.h>
#include <linux/stringhash.h>
#include <net/net_namespace.h>

#include "cases.h"

static struct path root;

static ZOO_OWN struct dentry *zoo_dentry_leak(const char *name)
{
	struct qstr qstr = QSTR_INIT(name, strlen(name));
	struct dentry *dentry;

	qstr.hash = full_name_hash(root.dentry, qstr.name, qstr.len);
	dentry = d_alloc(root.dentry, &qstr);
	OPTIMIZER_HIDE_VAR(dentry);
	return dentry;
}

/* Hashed, negative, and with a count that nobody takes down: no reclaim can have them. */
static void dentry_leak(struct zoo_case *c, unsigned int unit_cnt, u64 ms)
{
	while (unit_cnt--) {
		struct dentry *dentry;
		char name[24];

		snprintf(name, sizeof(name), "pinned-%lu", c->made);
		dentry = zoo_dentry_leak(name);
		if (!dentry)
			return;
		d_add(dentry, NULL);
		c->made++;
		c->held++;
	}
}

static ZOO_OWN struct file *zoo_file_leak(void)
{
	struct file *file = filp_open("/dev/null", O_RDONLY, 0);

	OPTIMIZER_HIDE_VAR(file);
	return file;
}

static void file_leak(struct zoo_case *c, unsigned int unit_cnt, u64 ms)
{
	while (unit_cnt--) {
		if (IS_ERR(zoo_file_leak()))
			return;
		c->made++;
		c->held++;
	}
}

static ZOO_OWN int zoo_socket_leak(struct socket **ret_socket)
{
	int err = sock_create_kern(&init_net, AF_INET, SOCK_DGRAM, IPPROTO_UDP, ret_socket);

	OPTIMIZER_HIDE_VAR(err);
	return err;
}

static void socket_leak(struct zoo_case *c, unsigned int unit_cnt, u64 ms)
{
	while (unit_cnt--) {
		struct socket *socket;

		if (zoo_socket_leak(&socket))
			return;
		c->made++;
		c->held++;
	}
}

struct zoo_case zoo_leak_reference[] = {
	{"dentry_leak", 10, dentry_leak},
	{"file_leak", 5, file_leak},
	{"socket_leak", 5, socket_leak},
	{},
};

int zoo_leak_reference_init(void)
{
	return kern_path("/", 0, &root);
}
