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
static uint64_t module_base(const char *root, const char *module)
{
	char path[512];
	autofree char *line = NULL;
	autofile FILE *f = NULL;
	size_t size = 0, len = strlen(module);

	snprintf(path, sizeof(path), "%s/proc/modules", root ? root : "");
	f = fopen(path, "re");
	while (f && getline(&line, &size, f) > 0) {
		const char *at = strstr(line, " 0x");

		if (!strncmp(line, module, len) && line[len] == ' ' && at)
			return strtoull(at, NULL, 16);
	}
	return 0;
}

uint64_t images_base(const char *root, const char *module, const struct symbols *symbols)
{
	uint64_t start = 0, end;

	if (module)
		return module_base(root, module);
	symbols_range(symbols, "_text", &start, &end);
	return start;
}
