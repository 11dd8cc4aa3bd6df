// SPDX-License-Identifier: GPL-2.0-or-later
/* The kernel shows its ELF notes; the linker put the build ID among them. */
#include "build_id.h"

#include <elf.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"

#define NOTES_MAX 65536

static char *print(const uint8_t *bytes, uint32_t count, char buf[BUILD_ID])
{
	if (!count || count > (BUILD_ID - 1) / 2)
		return NULL;
	for (uint32_t i = 0; i < count; i++)
		snprintf(buf + 2 * i, 3, "%02x", bytes[i]);
	return buf;
}

static uint64_t aligned(uint32_t size)
{
	return ((uint64_t)size + 3) / 4 * 4;
}

char *build_id_read(const char *path, char buf[BUILD_ID])
{
	autofile FILE *f = fopen(path ? path : "/sys/kernel/notes", "re");
	autofree uint8_t *notes = malloc(NOTES_MAX);
	uint64_t size = f && notes ? fread(notes, 1, NOTES_MAX, f) : 0, at = 0;
	Elf64_Nhdr note;

	while (size - at >= sizeof(note)) {
		uint64_t name = at + sizeof(note), text;

		memcpy(&note, notes + at, sizeof(note));
		text = name + aligned(note.n_namesz);
		at = text + aligned(note.n_descsz);
		if (at > size)
			break;
		if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == sizeof("GNU") &&
		    !memcmp(notes + name, "GNU", sizeof("GNU")))
			return print(notes + text, note.n_descsz, buf);
	}
	return NULL;
}
