// SPDX-License-Identifier: GPL-2.0-or-later
/* build_id.c: the right note among others, and nothing read beyond a file that is cut. */
#include "fixture.h"

#include <elf.h>
#include <stdio.h>
#include <string.h>

#include "build_id.h"
#include "cleanup.h"

struct notes {
	uint8_t bytes[256];
	size_t size;
};

static void add(struct notes *n, const char *name, uint32_t type, const void *text, uint32_t size)
{
	Elf64_Nhdr note = {.n_namesz = strlen(name) + 1, .n_descsz = size, .n_type = type};

	memcpy(n->bytes + n->size, &note, sizeof(note));
	n->size += sizeof(note);
	memcpy(n->bytes + n->size, name, note.n_namesz);
	n->size += (note.n_namesz + 3) / 4 * 4;
	memcpy(n->bytes + n->size, text, size);
	n->size += (size + 3) / 4 * 4;
}

static char *read_notes(void **state, const struct notes *n, size_t size, char buf[BUILD_ID])
{
	const char *path = sandbox_path(state, "notes");
	autofile FILE *f = fopen(path, "we");

	assert_int_equal(fwrite(n->bytes, 1, size, f), size);
	assert_int_equal(fflush(f), 0);
	return build_id_read(path, buf);
}

static void build_id_is_found_among_others(void **state)
{
	struct notes n = {};
	char buf[BUILD_ID];

	add(&n, "Linux", NT_GNU_BUILD_ID, "not it", 6);
	add(&n, "GNU", NT_GNU_ABI_TAG, "nor it", 6);
	add(&n, "GNU", NT_GNU_BUILD_ID, "\x01\xab\xff\x20\x7f", 5);
	add(&n, "Xen", 1, "xxx", 3);
	assert_string_equal(read_notes(state, &n, n.size, buf), "01abff207f");
}

static void build_id_of_a_file_that_is_cut(void **state)
{
	struct notes n = {};
	char buf[BUILD_ID];

	add(&n, "GNU", NT_GNU_ABI_TAG, "before", 6);
	add(&n, "GNU", NT_GNU_BUILD_ID, "0123456789", 10);
	for (size_t size = 0; size < n.size; size++)
		assert_null(read_notes(state, &n, size, buf));
	assert_non_null(read_notes(state, &n, n.size, buf));
}

static void build_id_of_absurd_sizes(void **state)
{
	struct notes n = {};
	char buf[BUILD_ID], many[33] = "";
	Elf64_Nhdr huge = {.n_namesz = UINT32_MAX, .n_descsz = UINT32_MAX, .n_type = 3};

	add(&n, "GNU", NT_GNU_BUILD_ID, many, 33);
	assert_null(read_notes(state, &n, n.size, buf));
	n.size = 0;
	add(&n, "GNU", NT_GNU_BUILD_ID, many, 32);
	assert_int_equal(strlen(read_notes(state, &n, n.size, buf)), BUILD_ID - 1);
	n.size = 0;
	add(&n, "GNU", NT_GNU_BUILD_ID, many, 0);
	assert_null(read_notes(state, &n, n.size, buf));
	memcpy(n.bytes, &huge, sizeof(huge));
	n.size = sizeof(n.bytes);
	assert_null(read_notes(state, &n, n.size, buf));
	assert_null(build_id_read(sandbox_path(state, "none"), buf));
}

int test_build_id(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(build_id_is_found_among_others),
		SANDBOXED(build_id_of_a_file_that_is_cut),
		SANDBOXED(build_id_of_absurd_sizes),
	};

	return cmocka_run_group_tests_name("build_id", tests, NULL, NULL);
}
