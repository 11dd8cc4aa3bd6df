// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * debuginfo_ask.c: files of debug info are read with no more rights than who started the
 * program has.
 */
#include "fixture.h"

#include <linux/capability.h>
#include <sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "debuginfo_ask.h"
#include "stand_ins.h"

enum outcome { KEPT, DROPPED, CHANGED, HAD_NONE, FAILED };

struct capabilities {
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];
};

static struct capabilities capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct capabilities c = {};

	if (syscall(SYS_capget, &header, c.sets))
		_exit(FAILED);
	return c;
}

static bool are_none(const struct capabilities *c)
{
	static const struct capabilities none;

	return !memcmp(c, &none, sizeof(none));
}

/* In a process of its own, because they do not come back. */
static enum outcome begin(void)
{
	struct debuginfo_ask ask;
	struct capabilities before = capabilities(), after;

	/* Who may do nothing, may do everything where he is alone. */
	if (are_none(&before) && !unshare(CLONE_NEWUSER))
		before = capabilities();
	if (are_none(&before))
		return HAD_NONE;
	if (!debuginfo_ask_begin(&ask, NULL, "6.12", NULL, NULL))
		return FAILED;
	after = capabilities();
	debuginfo_ask_end(&ask);
	if (are_none(&after))
		return DROPPED;
	return memcmp(&before, &after, sizeof(before)) ? CHANGED : KEPT;
}

static enum outcome begin_as(bool secure)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (!pid) {
		stand_in_secure = secure;
		_exit(begin());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == HAD_NONE) {
		print_message("skip - no capabilities that could be dropped\n");
		skip();
	}
	return WEXITSTATUS(status);
}

/* The program has capabilities that are not those of its user: setcap. */
static void capabilities_of_a_file_are_dropped(void **state)
{
	(void)state;
	assert_int_equal(begin_as(true), DROPPED);
}

static void capabilities_of_the_user_are_kept(void **state)
{
	(void)state;
	assert_int_equal(begin_as(false), KEPT);
}

int test_debuginfo_ask(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(capabilities_of_a_file_are_dropped),
		cmocka_unit_test(capabilities_of_the_user_are_kept),
	};

	return cmocka_run_group_tests_name("debuginfo_ask", tests, NULL, NULL);
}
