// SPDX-License-Identifier: GPL-2.0-or-later
/* interrupt.c: which signal counts for what. */
#include "fixture.h"

#include "interrupt.h"

/* One that ended something does not end what comes next, and one that ended nothing does. */
static void signals_that_had_their_effect(void **state)
{
	(void)state;
	interrupt_watch();
	raise(SIGINT);
	assert_true(*interrupt_flag());
	interrupt_heed();
	assert_true(*interrupt_flag());
	interrupt_next();
	assert_false(*interrupt_flag());
	/* Another, as the same one again is an echo. */
	raise(SIGTERM);
	interrupt_next();
	assert_true(*interrupt_flag());
	assert_true(interrupt_again());
	interrupt_heed();
	raise(SIGINT);
	interrupt_next();
	assert_true(*interrupt_flag());
	interrupt_again();
	interrupt_restore();
}

int test_interrupt(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signals_that_had_their_effect),
	};

	return cmocka_run_group_tests_name("interrupt", tests, NULL, NULL);
}
