// SPDX-License-Identifier: GPL-2.0-or-later
/* Where dentries are, as a report names it. */
#include <stdio.h>
#include <string.h>

#include "dentry_place.h"
#include "pattern.h"

void dentry_place_mount(const struct mounts *mounts, const struct census_super *super, char *buf,
			size_t size)
{
	const char *point = super ? mounts_point(mounts, super->major, super->minor) : NULL;

	if (point)
		snprintf(buf, size, "%s", point);
	else if (!super)
		snprintf(buf, size, "(gone)");
	else if (!*super->id || !strcmp(super->id, super->type))
		snprintf(buf, size, "(%s)", super->type);
	else
		snprintf(buf, size, "(%s %s)", super->type, super->id);
}

int dentry_place(struct dentry_paths *paths, const struct mounts *mounts,
		 const struct census_super *super, const struct dentries_place *place,
		 char buf[DENTRY_PATH], enum dentry_path_state *ret_state)
{
	char mount[1024];

	*ret_state = DENTRY_PATH_WHOLE;
	dentry_place_mount(mounts, super, mount, sizeof(mount));
	if (place->parent)
		return dentry_paths_build(paths, place->parent, place->super, mount, buf,
					  ret_state);
	if (super)
		snprintf(buf, DENTRY_PATH, "(no directory: %s)", super->type);
	else
		snprintf(buf, DENTRY_PATH, "(no directory)");
	return 0;
}

void dentry_place_fold(const char *path, char buf[DENTRY_PATH])
{
	size_t used = 0;

	while (*path && used + 1 < DENTRY_PATH) {
		size_t len = strcspn(path, "/");

		pattern_fold(path, len, buf + used, DENTRY_PATH - used);
		used += strlen(buf + used);
		path += len;
		if (*path == '/' && used + 1 < DENTRY_PATH)
			buf[used++] = *path++;
	}
	buf[used] = '\0';
}
