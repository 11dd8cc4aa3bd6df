// SPDX-License-Identifier: GPL-2.0-or-later
/* Build-ids and beginnings of the kernel and its modules. */
#include "recording_images.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"

void images_build_id(const char *root, const char *module, char ret_id[BUILD_ID])
{
	char path[512];

	*ret_id = '\0';
	if (module && (strchr(module, '/') || *module == '.'))
		return;
	if (module)
		snprintf(path, sizeof(path), "%s/sys/module/%s/notes/.note.gnu.build-id",
			 root ? root : "", module);
	else
		snprintf(path, sizeof(path), "%s/sys/kernel/notes", root ? root : "");
	if (!build_id_read(path, ret_id))
		*ret_id = '\0';
}

/* "nfs 446464 2 - Live 0xffffffffc0a2b000" */
static void module_range(const char *root, const char *module, uint64_t *ret_start,
			 uint64_t *ret_end)
{
	char path[512];
	autofree char *line = NULL;
	autofile FILE *f = NULL;
	size_t size = 0, len = strlen(module);

	snprintf(path, sizeof(path), "%s/proc/modules", root ? root : "");
	f = fopen(path, "re");
	while (f && getline(&line, &size, f) > 0) {
		const char *at = strstr(line, " 0x");

		if (strncmp(line, module, len) || line[len] != ' ' || !at)
			continue;
		*ret_start = strtoull(at, NULL, 16);
		if (*ret_start)
			*ret_end = *ret_start + strtoull(line + len, NULL, 10);
		return;
	}
}

void images_range(const char *root, const char *module, const struct symbols *symbols,
		  uint64_t *ret_start, uint64_t *ret_end)
{
	uint64_t end;

	*ret_start = *ret_end = 0;
	if (module)
		module_range(root, module, ret_start, ret_end);
	else if (symbols_range(symbols, "_text", ret_start, &end))
		*ret_end = UINT64_MAX;
}

uint64_t images_base(const char *root, const char *module, const struct symbols *symbols)
{
	uint64_t start, end;

	images_range(root, module, symbols, &start, &end);
	return start;
}
