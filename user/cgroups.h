/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the id of a cgroup (v2), as bpf_get_current_cgroup_id() returns it, to its
 * path, and from a path to the container that it stands for.
 *
 * The kernel finds a cgroup by its id in one call (open_by_handle_at(), which needs
 * CAP_DAC_READ_SEARCH); where that is not allowed, the whole tree is walked and
 * compared by inode number, which is the id. What was found once stays known, also
 * when the cgroup is removed later: ids are not used twice.
 */
#ifndef SS_CGROUPS_H
#define SS_CGROUPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CGROUPS_CONTAINER 80

struct cgroups;

/*
 * root: the directory that stands for "/"; NULL: where cgroup v2 is mounted. 0 or
 * -errno: -ENOENT when it is not mounted, -ENOMEM, and what open(2) says of root.
 */
int cgroups_create(const char *root, struct cgroups **ret_cgroups);
void cgroups_destroy(struct cgroups *c);
/*
 * Path below the root, "/" for the root itself, raw bytes; valid until _destroy().
 * NULL: it is gone, not below the root, or there was no memory to find it.
 */
const char *cgroups_path(struct cgroups *c, uint64_t id);
/*
 * Find the paths of several, so that cgroups_path() knows them: by one walk where the tree
 * has to be walked, which it would be for each that is gone.
 */
void cgroups_learn(struct cgroups *c, const uint64_t *ids, size_t count);
/*
 * The innermost container in a path: the first 12 digits of its id (docker,
 * containerd, CRI-O, podman; with systemd's names or under /docker and /kubepods), or
 * its name (LXC's lxc.payload.NAME, systemd-nspawn and libvirt in machine.slice,
 * with \xHH undone), which is raw bytes and may be cut. False when there is none,
 * ret_id is untouched then.
 */
bool cgroups_container(const char *path, char ret_id[CGROUPS_CONTAINER]);

#endif
