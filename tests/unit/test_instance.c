// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * instance.c: one holder of the name, known to the next one by its pid; and a
 * stranger's claim does not count. The name gets a suffix here, so that a real
 * slabsight is not disturbed.
 */
#include "fixture.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "instance.h"
#include "stand_ins.h"

static int setup(void **state)
{
	static char suffix[32];

	(void)state;
	snprintf(suffix, sizeof(suffix), ".unit.%d", (int)getpid());
	stand_in_socket_suffix = suffix;
	stand_in_socket_uid = -1;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	stand_in_socket_suffix = NULL;
	stand_in_socket_uid = -1;
	return 0;
}

static void instance_is_claimed_once(void **state)
{
	pid_t other = -1;
	int fd = instance_claim(&other), next = dup(fd);

	(void)state;
	close(next);
	assert_true(fd >= 0);
	assert_int_equal(other, -1);
	assert_int_equal(instance_claim(&other), -EBUSY);
	assert_int_equal(other, getpid());
	/* However often it is asked: nobody takes the callers off its queue. */
	for (int i = 0; i < 50; i++)
		assert_int_equal(instance_claim(&other), -EBUSY);
	/* Nor do those who ask leave anything open. */
	assert_int_equal(dup(fd), next);
	close(next);
	close(fd);
	fd = instance_claim(&other);
	assert_true(fd >= 0);
	close(fd);
}

static void instance_ends_with_its_process(void **state)
{
	int ready[2], status;
	pid_t child, other = -1;
	char byte;
	int fd;

	(void)state;
	assert_int_equal(pipe(ready), 0);
	child = fork();
	if (!child) {
		fd = instance_claim(&other);
		byte = fd >= 0;
		if (write(ready[1], &byte, 1) == 1)
			pause();
		_exit(0);
	}
	assert_true(child > 0);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_int_equal(byte, 1);
	assert_int_equal(instance_claim(&other), -EBUSY);
	assert_int_equal(other, child);
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, &status, 0), child);
	fd = instance_claim(&other);
	assert_true(fd >= 0);
	close(fd);
	close(ready[0]);
	close(ready[1]);
}

/* What a claim returns where another user holds the name. */
static int claim_from(long uid)
{
	pid_t other = -1;

	stand_in_socket_uid = uid;
	return instance_claim(&other);
}

/* Anyone may bind the name; only root and we ourselves can be slabsight. Not asked as root. */
static void instance_ignores_strangers(void **state)
{
	int status = -1;
	pid_t child = fork(), other = -1;

	(void)state;
	if (!child) {
		if (!geteuid() && setuid(65534))
			_exit(1);
		if (instance_claim(&other) < 0)
			_exit(2);
		_exit(claim_from(0) == -EBUSY && claim_from(geteuid()) == -EBUSY &&
				      claim_from((long)geteuid() + 1) == -EPERM
			      ? 0
			      : 3);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

/* Bound and not listening: not what slabsight does. */
static void instance_ignores_a_name_nobody_listens_on(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const char name[] = "\0slabsight.trace";
	int squatter = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	pid_t other = -1;

	(void)state;
	assert_true(squatter >= 0);
	memcpy(address.sun_path, name, sizeof(name) - 1);
	assert_int_equal(bind(squatter, (struct sockaddr *)&address,
			      offsetof(struct sockaddr_un, sun_path) + sizeof(name) - 1),
			 0);
	assert_int_equal(instance_claim(&other), -EPERM);
	close(squatter);
}

#define WITH_NAME(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int test_instance(void)
{
	const struct CMUnitTest tests[] = {
		WITH_NAME(instance_is_claimed_once),
		WITH_NAME(instance_ends_with_its_process),
		WITH_NAME(instance_ignores_strangers),
		WITH_NAME(instance_ignores_a_name_nobody_listens_on),
	};

	return cmocka_run_group_tests_name("instance", tests, NULL, NULL);
}
