// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reports and exports where there is debug info of the kernel, and none of a module: what they say
 * of iterate_dir(), which here is what made_debug.c calls outer().
 */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "made_debug.h"
#include "made_export.h"
#include "made_report.h"
#include "read_json.h"

static struct code_image images[] = {{.build_id = MADE_KERNEL_ID},
				     {.module = (char *)"nfs", .build_id = MADE_MODULE_ID}};
static struct code_images known = {.list = images, .count = 2};

/* A kernel whose call returns to iterate_dir+0x5c. */
static void begin(void **state)
{
	struct debuginfo_config config = {
		.places = {.root = sandbox_path(state, "root"), .release = MADE_RELEASE},
		.symbols = made.symbols,
		.images = &known,
	};

	made_kernel(state, "made", MADE_KERNEL_ID);
	made_debug_run(
		state,
		"mkdir -p root/boot && objcopy --add-symbol "
		"iterate_dir=.text:0x%llx,function,global made root/boot/vmlinux-" MADE_RELEASE,
		(unsigned long long)made_debug_symbol(state, "made", "after_call") - 0x5c);
	made_report_fill(&made);
	made_report_take(&made);
	made.report.release = MADE_RELEASE;
	assert_int_equal(debuginfo_create(&config, &made.report.debuginfo), 0);
}

static void end(void)
{
	debuginfo_destroy(made.report.debuginfo);
	made.report.debuginfo = NULL;
}

static void text_has_lines_and_what_is_missing_once(void **state)
{
	autofree char *text = NULL;

	begin(state);
	text = made_report_write(&made, report_text);
	assert_has(text, "      nfs_readdir+0x142 [nfs]\n"
			 "      inner (fs/main.c:5) [inlined]\n"
			 "      middle (fs/main.c:9) [inlined]\n"
			 "      iterate_dir+0x5c (fs/main.c:13)\n");
	assert_int_equal(count_of(text, "no debug info of nfs"), 1);
	assert_int_equal(count_of(text, "To get it"), 1);
	assert_lacks(text, "no debug info of the kernel");
	assert_fits(text);
	end();
}

static json_t *find_frame(json_t *whole, const char *symbol)
{
	size_t i, j, k;
	json_t *origin, *stack, *frame;

	json_array_foreach (json_object_get(whole, "origins"), i, origin)
		json_array_foreach (json_object_get(origin, "stacks"), j, stack)
			json_array_foreach (json_object_get(stack, "frames"), k, frame)
				if (json_is_string(json_object_get(frame, "symbol")) &&
				    !strcmp(json_string_value(json_object_get(frame, "symbol")),
					    symbol))
					return frame;
	fail_msg("no frame in %s", symbol);
	return NULL;
}

static void json_has_lines_and_where_they_are_from(void **state)
{
	autofree char *text = NULL;
	json_t *whole, *frame, *inner, *info;

	begin(state);
	text = made_report_write(&made, report_json);
	whole = json_loads(text, 0, NULL);
	assert_non_null(whole);
	frame = find_frame(whole, "iterate_dir");
	assert_string_equal(json_string_value(json_object_get(frame, "file")), "fs/main.c");
	assert_int_equal(json_integer_value(json_object_get(frame, "line")), LINE_OUTER);
	inner = json_array_get(json_object_get(frame, "inlined"), 0);
	assert_string_equal(json_string_value(json_object_get(inner, "symbol")), "inner");
	assert_string_equal(json_string_value(json_object_get(inner, "file")), "fs/main.c");
	assert_int_equal(json_integer_value(json_object_get(inner, "line")), LINE_INNER);
	frame = find_frame(whole, "nfs_readdir");
	assert_true(json_is_null(json_object_get(frame, "file")));
	assert_true(json_is_null(json_object_get(frame, "line")));
	assert_int_equal(json_array_size(json_object_get(frame, "inlined")), 0);
	info = json_object_get(whole, "debug_info");
	assert_int_equal(json_array_size(info), 2);
	for (size_t i = 0; i < 2; i++) {
		json_t *image = json_array_get(info, i);
		bool is_kernel = json_is_null(json_object_get(image, "module"));

		assert_string_equal(json_string_value(json_object_get(image, "build_id")),
				    is_kernel ? MADE_KERNEL_ID : MADE_MODULE_ID);
		assert_int_equal(json_is_string(json_object_get(image, "file")), is_kernel);
		assert_int_equal(json_is_null(json_object_get(image, "why")), is_kernel);
	}
	json_decref(whole);
	end();
}

static const char *string(const Pprof__Profile *p, int64_t index)
{
	return p->strings[index];
}

static void pprof_has_a_line_for_each_function(void **state)
{
	static const char *const names[] = {"inner", "middle", "iterate_dir"};
	static const int lines[] = {LINE_INNER, LINE_MIDDLE, LINE_OUTER};
	Pprof__Profile *p;
	size_t found = 0;

	begin(state);
	p = made_export_profile();
	for (size_t i = 0; i < p->n_locations; i++) {
		const Pprof__Location *l = p->locations[i];

		if (l->n_lines == 1) {
			assert_int_equal(l->lines[0]->number, 0);
			continue;
		}
		found++;
		assert_int_equal(l->n_lines, 3);
		for (int j = 0; j < 3; j++) {
			const Pprof__Function *f = p->functions[l->lines[j]->function - 1];

			assert_string_equal(string(p, f->name), names[j]);
			assert_string_equal(string(p, f->file), "fs/main.c");
			assert_int_equal(l->lines[j]->number, lines[j]);
		}
	}
	assert_int_equal(found, 1);
	for (size_t i = 0; i < p->n_mappings; i++) {
		bool is_kernel = !strcmp(string(p, p->mappings[i]->file), "[kernel.kallsyms]");

		assert_int_equal(p->mappings[i]->has_files, is_kernel);
		assert_int_equal(p->mappings[i]->has_lines, is_kernel);
		assert_int_equal(p->mappings[i]->has_inlined, is_kernel);
	}
	pprof__profile__free_unpacked(p, NULL);
	made_export_check_failures(export_pprof);
	end();
}

static void folded_has_inlined_functions(void **state)
{
	autofree char *text = NULL;
	size_t size;

	begin(state);
	text = made_export(export_folded, &size);
	assert_has(text, ";iterate_dir;middle_[i];inner_[i];nfs_readdir_[nfs];");
	end();
}

int test_report_lines(void)
{
	const struct CMUnitTest tests[] = {
		WITH_REPORT(text_has_lines_and_what_is_missing_once),
		WITH_REPORT(json_has_lines_and_where_they_are_from),
		WITH_REPORT(pprof_has_a_line_for_each_function),
		WITH_REPORT(folded_has_inlined_functions),
	};

	return cmocka_run_group_tests_name("report_lines", tests, NULL, NULL);
}
