// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kinds of kernel objects that can be held: how one is made, how all are released, and where
 * the kernel allocates it.
 *
 * Call sites, caches and the way of freeing were read off the kmem events of 6.1, 6.12, 6.18 and
 * 7.2. A unit may allocate more than the one object that counts, but then at another call site or
 * in another cache. Whatever is made in prepare() is not to allocate at the unit's call site once
 * the units are being made.
 */
#include "hold.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <linux/magic.h>
#include <linux/netlink.h>
#include <mntent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ipc.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#ifndef XFS_SUPER_MAGIC
#define XFS_SUPER_MAGIC 0x58465342
#endif

/* 256 messages of 8 bytes stay below the 16 KiB that a queue holds by default. */
#define MSGS_PER_QUEUE 256
#define MSG_BYTES      8

/* More than the 40 bytes that a dentry has room for on any kernel. */
#define LONG_NAME "slabsight-holds-a-name-too-long-to-be-kept-inside-its-dentry"

static const char *tmp_root(void)
{
	static const char *const roots[] = {"/tmp", "/dev/shm", "/var/tmp", "/run", "."};
	const char *dir = getenv("TMPDIR");

	if (dir && *dir && !access(dir, W_OK))
		return dir;
	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++)
		if (!access(roots[i], W_OK))
			return roots[i];
	return "/";
}

/* Make a directory of our own in @root and remember it as @h->dir. */
static int make_dir(struct hold *h, const char *root)
{
	char path[sizeof(h->dir)];

	if (snprintf(path, sizeof(path), "%s/slabsight-hold-XXXXXX", root) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	if (!mkdtemp(path))
		return -errno;
	memcpy(h->dir, path, sizeof(path));
	return 0;
}

static int push_id(struct hold *h, int id)
{
	if (id < 0)
		return -errno;
	h->ids[h->id_cnt++] = id;
	return 0;
}

static void close_ids(struct hold *h)
{
	while (h->id_cnt)
		close(h->ids[--h->id_cnt]);
}

static int make_pipe(struct hold *h, unsigned int i)
{
	int ends[2];

	(void)i;
	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	push_id(h, ends[0]);
	return push_id(h, ends[1]);
}

static int make_eventfd(struct hold *h, unsigned int i)
{
	(void)i;
	return push_id(h, eventfd(0, EFD_CLOEXEC));
}

static int make_timerfd(struct hold *h, unsigned int i)
{
	(void)i;
	return push_id(h, timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC));
}

static int make_signalfd(struct hold *h, unsigned int i)
{
	sigset_t none;

	(void)i;
	sigemptyset(&none);
	return push_id(h, signalfd(-1, &none, SFD_CLOEXEC));
}

static int make_epoll(struct hold *h, unsigned int i)
{
	(void)i;
	return push_id(h, epoll_create1(EPOLL_CLOEXEC));
}

static int make_unix(struct hold *h, unsigned int i)
{
	(void)i;
	return push_id(h, socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

static int make_netlink(struct hold *h, unsigned int i)
{
	(void)i;
	return push_id(h, socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
}

static int make_file(struct hold *h, unsigned int i)
{
	(void)i;
	return push_id(h, open("/", O_PATH | O_CLOEXEC));
}

/* A message goes into a queue that was made for it and the 255 that follow. */
static int make_message(struct hold *h, unsigned int i)
{
	struct {
		long type;
		char text[MSG_BYTES];
	} msg = {.type = 1};

	if (i % MSGS_PER_QUEUE == 0) {
		int err = push_id(h, msgget(IPC_PRIVATE, IPC_CREAT | 0600));

		if (err)
			return err;
	}
	if (msgsnd(h->ids[h->id_cnt - 1], &msg, sizeof(msg.text), IPC_NOWAIT))
		return -errno;
	return 0;
}

static void remove_queues(struct hold *h)
{
	while (h->id_cnt)
		msgctl(h->ids[--h->id_cnt], IPC_RMID, NULL);
}

/* Keys go into a keyring of their own, so that one call drops them all. */
static int prepare_keyring(struct hold *h)
{
	char name[64];
	long ring;

	/* A keyring of the same name would be displaced, with the keys in it. */
	snprintf(name, sizeof(name), "slabsight-hold-%s", h->kind->name);
	ring = syscall(SYS_add_key, "keyring", name, NULL, 0, KEY_SPEC_PROCESS_KEYRING);
	if (ring < 0)
		return -errno;
	h->base = (int)ring;
	return 0;
}

static int make_key(struct hold *h, unsigned int i)
{
	char name[32];

	snprintf(name, sizeof(name), "slabsight-%u", i);
	if (syscall(SYS_add_key, "user", name, "payload", 7, h->base) < 0)
		return -errno;
	return 0;
}

/* A payload that takes pages of its own: kmalloc above two pages is no slab object. */
static int make_large_key(struct hold *h, unsigned int i)
{
	static const char payload[20000] = {1};
	char name[32];

	snprintf(name, sizeof(name), "slabsight-large-%u", i);
	if (syscall(SYS_add_key, "user", name, payload, sizeof(payload), h->base) < 0)
		return -errno;
	return 0;
}

static void unlink_keyring(struct hold *h)
{
	if (h->base >= 0)
		syscall(SYS_keyctl, KEYCTL_UNLINK, h->base, KEY_SPEC_PROCESS_KEYRING);
	h->base = -1;
}

/* The C library's timer_create may allocate and start a thread: call the kernel itself. */
static int make_timer(struct hold *h, unsigned int i)
{
	struct sigevent no_signal = {.sigev_notify = SIGEV_NONE};
	int id;

	(void)i;
	if (syscall(SYS_timer_create, CLOCK_MONOTONIC, &no_signal, &id))
		return -errno;
	return push_id(h, id);
}

static void delete_timers(struct hold *h)
{
	while (h->id_cnt)
		syscall(SYS_timer_delete, h->ids[--h->id_cnt]);
}

static int prepare_lock_file(struct hold *h)
{
	char path[sizeof(h->dir)];

	if (snprintf(path, sizeof(path), "%s/slabsight-hold-XXXXXX", tmp_root()) >=
	    (int)sizeof(path))
		return -ENAMETOOLONG;
	h->base = mkostemp(path, O_CLOEXEC);
	if (h->base < 0)
		return -errno;
	unlink(path);
	return 0;
}

/* Every other byte, for locks of neighbouring bytes become one. */
static int make_lock(struct hold *h, unsigned int i)
{
	struct flock lock = {
		.l_type = F_WRLCK,
		.l_whence = SEEK_SET,
		.l_start = 2 * (off_t)i,
		.l_len = 1,
	};

	return fcntl(h->base, F_SETLK, &lock) ? -errno : 0;
}

static void close_base(struct hold *h)
{
	if (h->base >= 0)
		close(h->base);
	h->base = -1;
}

static bool path_in_dir(const struct hold *h, const char *prefix, unsigned int i, char *ret_path,
			size_t size)
{
	return snprintf(ret_path, size, "%s/%s%u", h->dir, prefix, i) < (int)size;
}

static void remove_dir(struct hold *h)
{
	if (h->dir[0])
		rmdir(h->dir);
	h->dir[0] = 0;
	if (h->mounted[0]) {
		umount2(h->mounted, MNT_DETACH);
		rmdir(h->mounted);
	}
	h->mounted[0] = 0;
}

/*
 * File systems that keep a missing name as a negative dentry, seen in /proc/sys/fs/dentry-state.
 * ramfs, tmpfs, devtmpfs and procfs do not: simple_lookup asks for a dentry to be dropped as soon
 * as nobody uses it.
 */
static bool keeps_missing_names(const char *dir)
{
	static const long magics[] = {
		EXT4_SUPER_MAGIC,      XFS_SUPER_MAGIC,	    BTRFS_SUPER_MAGIC,
		OVERLAYFS_SUPER_MAGIC, CGROUP2_SUPER_MAGIC,
	};
	struct statfs fs;

	if (statfs(dir, &fs))
		return false;
	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if ((long)fs.f_type == magics[i])
			return true;
	return false;
}

/* A directory in a cgroup tree that is mounted already. */
static int make_dir_in_cgroup(struct hold *h)
{
	FILE *mounts = setmntent("/proc/self/mounts", "r");
	struct mntent *mnt;
	int err = -ENOENT;

	if (!mounts)
		return -errno;
	while (err && (mnt = getmntent(mounts)))
		if (!strcmp(mnt->mnt_type, "cgroup2"))
			err = make_dir(h, mnt->mnt_dir);
	endmntent(mounts);
	return err;
}

/* The last resort on a machine that runs from tmpfs: mount the cgroup tree ourselves. */
static int make_dir_in_new_mount(struct hold *h)
{
	int err = make_dir(h, tmp_root());

	if (err)
		return err;
	memcpy(h->mounted, h->dir, sizeof(h->mounted));
	h->dir[0] = 0;
	if (mount("none", h->mounted, "cgroup2", 0, NULL)) {
		err = -errno;
		rmdir(h->mounted);
		h->mounted[0] = 0;
		return err;
	}
	return make_dir(h, h->mounted);
}

static int make_dir_for_missing(struct hold *h)
{
	if (keeps_missing_names(tmp_root()))
		return make_dir(h, tmp_root());
	if (!make_dir_in_cgroup(h))
		return 0;
	return make_dir_in_new_mount(h);
}

/* Look the directory up: its own dentry is made now or, in a cgroup tree, with the first unit. */
static int prepare_missing(struct hold *h)
{
	struct stat st;
	int err = make_dir_for_missing(h);

	if (!err)
		stat(h->dir, &st);
	return err;
}

static int look_up_missing(struct hold *h, unsigned int i)
{
	char path[256];
	struct stat st;

	if (!path_in_dir(h, "missing-", i, path, sizeof(path)))
		return -ENAMETOOLONG;
	if (!stat(path, &st))
		return -EEXIST;
	return errno == ENOENT ? 0 : -errno;
}

static int prepare_dir(struct hold *h)
{
	return make_dir(h, tmp_root());
}

/* mknod, not open: a name needs no open file. */
static int make_long_name(struct hold *h, unsigned int i)
{
	char path[256];

	if (!path_in_dir(h, LONG_NAME, i, path, sizeof(path)))
		return -ENAMETOOLONG;
	return mknod(path, S_IFREG | 0600, 0) ? -errno : 0;
}

static void remove_long_names(struct hold *h)
{
	char path[256];

	for (unsigned int i = 0; h->dir[0] && i < h->unit_cnt; i++)
		if (path_in_dir(h, LONG_NAME, i, path, sizeof(path)))
			unlink(path);
	remove_dir(h);
}

// clang-format off
/*
 * kfree_rcu frees a timerfd on all four kernels, an epoll instance on all but 6.18.15 and a POSIX
 * timer from 6.18 on. Often merged: key_jar and maple_node, UNIX and signal_cache or PING,
 * posix_timers_cache and mnt_cache or filp.
 *
 * name, one unit, call sites, caches; how freed, ids per unit, prepare, make one, release
 */
const struct hold_kind hold_kinds[] = {
	{"pipe", "a pipe", "alloc_pipe_info", "kmalloc*-192|kmalloc*-256",
	 HOLD_FREE_NOW, 2, NULL, make_pipe, close_ids},
	{"eventfd", "an eventfd", "do_eventfd|__do_sys_eventfd2", "kmalloc*-64|kmalloc*-96",
	 HOLD_FREE_NOW, 1, NULL, make_eventfd, close_ids},
	{"timerfd", "a timerfd", "__do_sys_timerfd_create|__x64_sys_timerfd_create", "kmalloc*-256",
	 HOLD_FREE_UNSEEN, 1, NULL, make_timerfd, close_ids},
	{"signalfd", "a signalfd", "do_signalfd4", "kmalloc*-8",
	 HOLD_FREE_NOW, 1, NULL, make_signalfd, close_ids},
	{"epoll", "an epoll instance", "ep_alloc|do_epoll_create", "kmalloc*-192|kmalloc*-256",
	 HOLD_FREE_UNSEEN, 1, NULL, make_epoll, close_ids},
	{"message", "a System V message", "load_msg|alloc_msg", "kmalloc*-64|msg_msg-64",
	 HOLD_FREE_NOW, 1, NULL, make_message, remove_queues},
	{"key", "a user key", "key_alloc", "key_jar",
	 HOLD_FREE_LATER, 0, prepare_keyring, make_key, unlink_keyring},
	{"key-payload", "the payload of a user key", "user_preparse", "kmalloc*-32",
	 HOLD_FREE_LATER, 0, prepare_keyring, make_key, unlink_keyring},
	{"large-payload", "a payload of pages of its own", "user_preparse", "kmalloc-large",
	 HOLD_FREE_LATER, 0, prepare_keyring, make_large_key, unlink_keyring},
	{"unix", "a unix socket", "sk_prot_alloc|sk_alloc", "UNIX*",
	 HOLD_FREE_NOW, 1, NULL, make_unix, close_ids},
	{"netlink", "a netlink socket", "sk_prot_alloc|sk_alloc", "kmalloc*-1k|kmalloc*-2k",
	 HOLD_FREE_LATER, 1, NULL, make_netlink, close_ids},
	{"file", "an open file", "alloc_empty_file|__alloc_file", "filp",
	 HOLD_FREE_LATER, 1, NULL, make_file, close_ids},
	{"timer", "a POSIX timer", "alloc_posix_timer|do_timer_create", "posix_timers_cache",
	 HOLD_FREE_UNSEEN, 1, NULL, make_timer, delete_timers},
	{"lock", "a lock of a byte of a file", "locks_alloc_lock|posix_lock_inode",
	 "file_lock_cache", HOLD_FREE_NOW, 0, prepare_lock_file, make_lock, close_base},
	{"missing-name", "a negative dentry", "__d_alloc", "dentry",
	 HOLD_FREE_LATER, 0, prepare_missing, look_up_missing, remove_dir},
	{"long-name", "a name too long for its dentry", "__d_alloc", "kmalloc-rcl-*",
	 HOLD_FREE_LATER, 0, prepare_dir, make_long_name, remove_long_names},
	{.name = NULL},
};
// clang-format on
