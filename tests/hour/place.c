// SPDX-License-Identifier: GPL-2.0-or-later
/* Where the hour takes place: two directories, and a port to connect to. */
#include "place.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loopback.h"

/* A loop device finds its file by itself only for mount(8). */
static int mount_image(const struct place *p, const char *image)
{
	struct stat above, mounted;
	char script[512];

	if (snprintf(script, sizeof(script), "mount -t ext4 -o loop '%s' '%s'", image, p->disk) >=
	    (int)sizeof(script))
		return -ENAMETOOLONG;
	life_shell(".", script);
	if (stat(p->root, &above) || stat(p->disk, &mounted))
		return -errno;
	return above.st_dev == mounted.st_dev ? -ENODEV : 0;
}

int place_settle(struct place *p, const char *image, struct life *life)
{
	int err = 0;

	*p = (struct place){.root = "/tmp/slabsight-hour-XXXXXX"};
	life->listener = loopback_socket(SOCK_STREAM, &life->server);
	if (life->listener < 0)
		return life->listener;
	if (listen(life->listener, 64) || !mkdtemp(p->root))
		return -errno;
	snprintf(p->disk, sizeof(p->disk), "%.40s/disk", p->root);
	snprintf(p->memory, sizeof(p->memory), "%.40s/memory", p->root);
	mkdir(p->disk, 0700);
	mkdir(p->memory, 0700);
	if (image)
		err = mount_image(p, image);
	p->mounted = image && !err;
	life->disk = p->disk;
	life->memory = p->memory;
	return err;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	remove(path);
	return 0;
}

void place_leave(const struct place *p)
{
	if (p->mounted)
		umount2(p->disk, MNT_DETACH);
	nftw(p->root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
