// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * progress.c: one line that renews itself on a terminal, a plain one every ten
 * seconds elsewhere, and rates of what happened since the last look.
 */
#include "fixture.h"

#include <string.h>
#include <unistd.h>

#include "progress.h"

static void show(struct capture *c, struct progress *p, double now_s, uint64_t allocs,
		 uint64_t frees, uint64_t live)
{
	const struct governor_progress n = {
		.allocs = allocs,
		.frees = frees,
		.live = live,
		.ghosts = 3,
	};

	capture_begin(c, STDERR_FILENO);
	progress_show(p, now_s, &n);
	capture_end(c);
}

/* As it is where stderr is a file: the capture is one. */
static void begin(struct progress *p, double total_s)
{
	struct capture c;

	capture_begin(&c, STDERR_FILENO);
	progress_init(p, total_s);
	capture_end(&c);
}

static void progress_is_seldom_where_nobody_watches(void **state)
{
	struct progress p;
	struct capture c;

	(void)state;
	begin(&p, 30);
	assert_false(p.tty);
	show(&c, &p, 0.25, 100, 100, 0);
	assert_string_equal(c.text, "");
	show(&c, &p, 9.75, 1000, 1000, 0);
	assert_string_equal(c.text, "");
	show(&c, &p, 10, 1500, 1250, 1234);
	assert_string_equal(c.text, "20.0s left  3.0 k events/s  1,234 live  3 ghosts\n");
	show(&c, &p, 10.25, 1500, 1250, 1234);
	assert_string_equal(c.text, "");
	/* Late: nothing is left, and nothing less than that. */
	show(&c, &p, 31, 1500, 1250, 0);
	assert_string_equal(c.text, "0ms left  0 events/s  0 live  3 ghosts\n");
	capture_begin(&c, STDERR_FILENO);
	progress_end(&p);
	assert_string_equal(capture_end(&c), "");
}

static void progress_renews_its_line_on_a_terminal(void **state)
{
	struct progress p;
	struct capture c;

	(void)state;
	begin(&p, 0);
	p.tty = true;
	show(&c, &p, 0.25, 100, 100, 7);
	assert_string_equal(c.text, "\r\033[K250ms so far  800 events/s  7 live  3 ghosts");
	show(&c, &p, 75.25, 100, 250, 7);
	assert_string_equal(c.text, "\r\033[K1m15s so far  2 events/s  7 live  3 ghosts");
	/* Twice at the same moment: no rate, and no division by nothing. */
	show(&c, &p, 75.25, 100, 250, 7);
	assert_string_equal(c.text, "\r\033[K1m15s so far  0 events/s  7 live  3 ghosts");
	capture_begin(&c, STDERR_FILENO);
	progress_end(&p);
	assert_string_equal(capture_end(&c), "\r\033[K");
}

static void share(struct capture *c, struct progress *p, double done)
{
	capture_begin(c, STDERR_FILENO);
	progress_share(p, "reading slab pages", done);
	capture_end(c);
}

static void progress_of_a_share_is_seldom_where_nobody_watches(void **state)
{
	struct progress p;
	struct capture c;

	(void)state;
	begin(&p, 0);
	/* What is over within ten seconds has no lines. */
	share(&c, &p, 0.01);
	assert_string_equal(c.text, "");
	share(&c, &p, 0.5);
	assert_string_equal(c.text, "");
	p.said_s -= 10;
	share(&c, &p, 0.5);
	assert_string_equal(c.text, "reading slab pages: 50%\n");
	share(&c, &p, 0.51);
	assert_string_equal(c.text, "");
	p.said_s -= 9.5;
	share(&c, &p, 0.52);
	assert_string_equal(c.text, "");
}

static void progress_of_a_share_renews_its_line_on_a_terminal(void **state)
{
	struct progress p;
	struct capture c;

	(void)state;
	begin(&p, 0);
	p.tty = true;
	share(&c, &p, 0);
	assert_string_equal(c.text, "\r\033[Kreading slab pages: 0%");
	share(&c, &p, 0.999);
	assert_string_equal(c.text, "\r\033[Kreading slab pages: 100%");
	share(&c, &p, 1);
	assert_string_equal(c.text, "\r\033[Kreading slab pages: 100%");
}

int test_progress(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(progress_is_seldom_where_nobody_watches),
		cmocka_unit_test(progress_renews_its_line_on_a_terminal),
		cmocka_unit_test(progress_of_a_share_is_seldom_where_nobody_watches),
		cmocka_unit_test(progress_of_a_share_renews_its_line_on_a_terminal),
	};

	return cmocka_run_group_tests_name("progress", tests, NULL, NULL);
}
