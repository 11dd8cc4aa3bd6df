// SPDX-License-Identifier: GPL-2.0-or-later
/* What an export takes from its command line, and the table of formats. */
#include "fixture.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "export.h"
#include "say.h"
#include "trace_options.h"

struct parsed {
	struct trace_options o;
	int code;
	struct capture err;
};

static void parse(struct parsed *p, char *word, char *other)
{
	char *argv[] = {"export", word, other, NULL};

	capture_begin(&p->err, STDERR_FILENO);
	p->code = trace_options_parse(other ? 3 : word ? 2 : 1, argv, &p->o);
	capture_end(&p->err);
}

static const struct export_format *format(char *option)
{
	struct parsed p;

	parse(&p, option, NULL);
	assert_int_equal(p.code, -1);
	assert_int_equal(p.o.of, TRACE_EXPORT);
	assert_true(p.o.format >= 0);
	return export_format(p.o.format);
}

static void export_options_choose_a_format(void **state)
{
	(void)state;
	assert_ptr_equal(format("--format=pprof")->write[0], export_pprof);
	assert_ptr_equal(format("--format=folded")->write[0], export_folded);
	assert_ptr_equal(format("--format=folded")->write[1], export_folded_objects);
	assert_ptr_equal(format("--format=csv")->write[0], export_csv);
	assert_ptr_equal(format("--format=csv")->write[1], export_csv_stacks);
	assert_ptr_equal(format("--format=json")->write[0], report_json);
	assert_ptr_equal(format("--format=openmetrics")->write[0], export_openmetrics);
}

/* A choice between two has two, and is that of one format. */
static void export_formats_are_complete(void **state)
{
	(void)state;
	for (unsigned int i = 0; export_names[i]; i++) {
		const struct export_format *f = export_format(i);

		assert_non_null(f->summary);
		assert_non_null(f->write[0]);
		assert_int_equal(!f->write[1], f->choice == EXPORT_ONE);
		assert_int_equal(f->binary, !strcmp(export_names[i], "pprof") ||
						    !strcmp(export_names[i], "html"));
		assert_int_equal(f->built != NULL, !strcmp(export_names[i], "html"));
		assert_int_equal(f->grows, !strcmp(export_names[i], "html"));
		assert_int_equal(f->replaced, !strcmp(export_names[i], "openmetrics"));
	}
	assert_string_equal(export_chooser(EXPORT_VALUE), "folded");
	assert_string_equal(export_chooser(EXPORT_ROWS), "csv");
}

static void export_options_have_defaults(void **state)
{
	struct parsed p;

	(void)state;
	parse(&p, NULL, NULL);
	assert_int_equal(p.code, -1);
	assert_int_equal(p.o.format, -1);
	assert_int_equal(p.o.value, -1);
	assert_int_equal(p.o.rows, -1);
	assert_int_equal(p.o.top, 100);
	parse(&p, "--value=bytes", "--rows=origins");
	assert_int_equal(p.o.value, 0);
	assert_int_equal(p.o.rows, 0);
	parse(&p, "--value=objects", "--rows=stacks");
	assert_int_equal(p.o.value, 1);
	assert_int_equal(p.o.rows, 1);
	parse(&p, "-d", "5");
	assert_close(p.o.duration_s, 5);
}

static void export_options_list_what_there_is(void **state)
{
	static char *const bad[] = {"--format=", "--format=pprof2", "--value=size", "--rows=all"};
	struct parsed p;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		parse(&p, bad[i], NULL);
		assert_int_equal(p.code, EXIT_USAGE);
		assert_has(p.err.text, "is not one of");
	}
	parse(&p, "--format=x", NULL);
	for (unsigned int i = 0; export_names[i]; i++)
		assert_has(p.err.text, export_names[i]);
}

/* The forms of a trace are none of an export, and the other way round. */
static void export_options_are_its_own(void **state)
{
	static char *const none[] = {"--json", "--tap"};
	struct parsed p;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(none); i++) {
		parse(&p, none[i], NULL);
		assert_int_equal(p.code, EXIT_USAGE);
		assert_has(p.err.text, "unknown option");
	}
	parse(&p, "one", "two");
	assert_int_equal(p.code, EXIT_USAGE);
	assert_has(p.err.text, "unexpected argument 'two'");
	capture_begin(&p.err, STDERR_FILENO);
	p.code = trace_options_parse(2, (char *[]){"trace", "--format=csv", NULL}, &p.o);
	capture_end(&p.err);
	assert_int_equal(p.code, EXIT_USAGE);
}

/* Of a recording, too: then nothing that says what to trace, or how. */
static void export_options_name_a_recording(void **state)
{
	static char *const late[] = {"--duration=1", "--cache=dentry", "--min-size=8",
				     "--max-size=8", "--comm=ls",      "--cgroup=/",
				     "--stacks=all", "--objects=1M",   "--force",
				     "--twice",	     "--settle=0",     "--reclaim=cgroup"};
	static char *const fine[] = {"--at=+90",	"--format=html",  "--value=objects",
				     "--rows=stacks",	"--top=3",	  "--sort=age",
				     "--output=x",	"--fail-on-leak", "--suppressions=x",
				     "--show-addresses"};
	char name[32];
	struct parsed p;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(late); i++) {
		parse(&p, "a\x1b.rec", late[i]);
		assert_int_equal(p.code, EXIT_USAGE);
		snprintf(name, sizeof(name), "%.*s is for a trace", (int)strcspn(late[i], "="),
			 late[i]);
		assert_has(p.err.text, name);
		assert_has(p.err.text, "'a\\x1b.rec' is what was recorded");
	}
	parse(&p, "-d1", "a.rec");
	assert_int_equal(p.code, EXIT_USAGE);
	assert_has(p.err.text, "--duration is for a trace");
	for (size_t i = 0; i < ARRAY_SIZE(fine); i++) {
		parse(&p, fine[i], "a.rec");
		assert_int_equal(p.code, -1);
		assert_string_equal(p.o.recording, "a.rec");
	}
	assert_null(p.o.at);
	parse(&p, "a.rec", "--at=14:03");
	assert_string_equal(p.o.at, "14:03");
	parse(&p, "--at=14:03", NULL);
	assert_int_equal(p.code, EXIT_USAGE);
	assert_has(p.err.text, "--at is for a recording");
	parse(&p, "--comm=ls", NULL);
	assert_int_equal(p.code, -1);
	assert_null(p.o.recording);
}

int test_export_options(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(export_options_choose_a_format),
		cmocka_unit_test(export_formats_are_complete),
		cmocka_unit_test(export_options_have_defaults),
		cmocka_unit_test(export_options_list_what_there_is),
		cmocka_unit_test(export_options_are_its_own),
		cmocka_unit_test(export_options_name_a_recording),
	};

	return cmocka_run_group_tests_name("export_options", tests, NULL, NULL);
}
