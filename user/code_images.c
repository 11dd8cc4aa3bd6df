// SPDX-License-Identifier: GPL-2.0-or-later
/* What is known of images: of recorded ones what was written, of others what the kernel says. */
#include "code_images.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "recording_images.h"

void code_images_deinit(struct code_images *images)
{
	for (uint32_t i = 0; i < images->count; i++)
		free(images->list[i].module);
	free(images->list);
	free(images->starts);
	*images = (struct code_images){};
}

static bool same(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

void code_images_build_id(const struct code_images *images, const char *module,
			  char ret_id[BUILD_ID])
{
	const struct code_image *only = NULL;

	*ret_id = '\0';
	if (!images)
		images_build_id(NULL, module, ret_id);
	for (uint32_t i = 0; images && i < images->count; i++) {
		if (!same(images->list[i].module, module))
			continue;
		if (only && strcmp(only->build_id, images->list[i].build_id))
			return;
		only = &images->list[i];
	}
	if (only)
		snprintf(ret_id, BUILD_ID, "%s", only->build_id);
}

uint64_t code_images_base(const struct code_images *images, const char *module,
			  const struct symbols *symbols)
{
	return images ? 0 : images_base(NULL, module, symbols);
}

uint64_t code_images_place(const struct code_images *images, uint64_t base, uint64_t address,
			   uint64_t offset)
{
	uint64_t function;

	if (!images)
		return base && address >= base ? address - base : CODE_NOWHERE;
	if (!images->apart || address < images->first)
		return CODE_NOWHERE;
	function = (address - images->first) / images->apart;
	if (function >= images->start_cnt || images->starts[function] == CODE_NOWHERE)
		return CODE_NOWHERE;
	return images->starts[function] + offset;
}
