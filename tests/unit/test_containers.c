// SPDX-License-Identifier: GPL-2.0-or-later
/* cgroups_container(): whose container a path of a cgroup is. */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

#include "cgroups.h"
#include "cleanup.h"

#define ID   "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define ID_2 "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"

static void assert_container(const char *path, const char *id)
{
	char found[CGROUPS_CONTAINER] = "untouched";

	if (cgroups_container(path, found) != !!id)
		fail_msg("%s: %s", path, id ? "not found" : found);
	assert_string_equal(found, id ? id : "untouched");
}

static void container_ids_of_all_runtimes(void **state)
{
	static const char *const paths[] = {
		"/docker/" ID,
		"/system.slice/docker-" ID ".scope",
		"/system.slice/docker-" ID ".scope/init.scope",
		"/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" ID
		".scope/container",
		"/machine.slice/libpod-" ID ".scope",
		"/machine.slice/libpod-payload-" ID,
		"/libpod_parent/libpod-" ID,
		"/kubepods/besteffort/pod1d4f6c4e-0000-0000-0000-000000000000/" ID,
		"/kubepods/pod1d4f6c4e/crio-" ID,
		"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1.slice/"
		"cri-containerd-" ID ".scope",
		"/kubepods.slice/kubepods-pod1.slice/crio-" ID ".scope",
		"/kubepods.slice/kubepods-pod1.slice/docker-" ID ".scope",
		"/system.slice/containerd.service/kubepods-burstable-pod1.slice:cri-containerd:" ID,
		"docker/" ID,
		"//docker//" ID "//",
		"/crio-0123456789ab.scope",
		/* The innermost counts. */
		"/docker/" ID_2 "/docker/" ID,
		"/docker/" ID_2 "/kubepods/besteffort/pod1/" ID,
		"/lxc.payload.box/docker/" ID,
		"/machine.slice/machine-box.scope/docker/" ID,
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		assert_container(paths[i], "0123456789ab");
}

static void container_names(void **state)
{
	static const struct {
		const char *path, *name;
	} cases[] = {
		{"/lxc.payload.box", "box"},
		{"/lxc.payload.box/system.slice/ssh.service", "box"},
		{"/lxc.payload.my-box.2", "my-box.2"},
		{"/docker/" ID "/lxc.payload.box", "box"},
		{"/machine.slice/machine-box.scope", "box"},
		{"/machine.slice/machine-box.scope/payload/init.scope", "box"},
		{"/machine.slice/machine-qemu\\x2d1\\x2dname.scope/libvirt/emulator",
		 "qemu-1-name"},
		{"/machine.slice/systemd-nspawn@my\\x2dbox.service/payload", "my-box"},
		/* Not an escape: short, no hex, upper case, a NUL. */
		{"/machine.slice/machine-a\\x2.scope", "a\\x2"},
		{"/machine.slice/machine-a\\xzz\\x2D\\x00\\.scope", "a\\xzz\\x2D\\x00\\"},
		{"/machine.slice/machine-\\x1b\\xff.scope", "\x1b\xff"},
		{"/machine.slice/machine-\\x5cx2d.scope", "\\x2d"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_container(cases[i].path, cases[i].name);
}

static void container_names_are_cut(void **state)
{
	char path[512] = "/machine.slice/machine-", found[CGROUPS_CONTAINER + 8];
	size_t used = strlen(path);

	(void)state;
	for (int len = 1; len < 100; len++) {
		for (int escaped = 0; escaped < 2; escaped++) {
			size_t n = used;

			for (int i = 0; i < len; i++)
				n += sprintf(path + n, "%s", escaped ? "\\x2d" : "-");
			strcpy(path + n, ".scope");
			memset(found, '#', sizeof(found));
			assert_true(cgroups_container(path, found));
			assert_int_equal(strspn(found, "-"), len < 80 ? len : 79);
			assert_int_equal(strlen(found), len < 80 ? len : 79);
			assert_int_equal(found[CGROUPS_CONTAINER], '#');
		}
	}
}

static void container_is_not_everywhere(void **state)
{
	static const char *const paths[] = {
		"",
		"/",
		"///",
		"/init.scope",
		"/user.slice/user-1000.slice/session-3.scope",
		"/system.slice/docker.service",
		"/docker",
		"/docker/",
		"/docker/buildkit",
		"/docker/0123456789ab",
		"/docker/x/" ID,
		"/" ID,
		"/foo/" ID,
		"/docker/" ID "0",
		"/system.slice/docker-" ID "0.scope",
		"/system.slice/docker-0123456789a.scope",
		"/system.slice/docker-.scope",
		"/system.slice/docker-0123456789AB.scope",
		"/system.slice/docker" ID ".scope",
		"/system.slice/mydocker-" ID ".scope",
		"/system.slice/-" ID ".scope",
		"/system.slice/crio-conmon-" ID ".scope",
		"/machine.slice/libpod-conmon-" ID ".scope",
		"/kubepods",
		"/kubepods.slice/kubepods-burstable.slice",
		"/lxc.monitor.box",
		"/lxc.payload.",
		"/lxc.payload./x",
		"/machine.slice/machine-.scope",
		"/machine.slice/machine-box.slice",
		"/machine.slice/box.scope",
		"/machine.slice/x/machine-box.scope",
		"/foo/machine-box.scope",
		"/machine.slice/systemd-nspawn@.service",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		assert_container(paths[i], NULL);
}

/* Bytes that nearly are containers: whatever is found was in the path, and fits. */
static void container_of_any_bytes(void **state)
{
	static const char *const pieces[] = {
		"/",	    "docker", "-",   ":", ".scope",	  "kubepods", "machine.slice",
		"machine-", "\\x2d",  "\\x", ID,  "0123456789ab", "crio",     "lxc.payload.",
		"\xff\n",   "a",
	};
	uint64_t seed = 13;
	int found_cnt = 0;

	(void)state;
	for (int round = 0; round < 100000; round++) {
		char path[1024] = "", found[CGROUPS_CONTAINER];

		for (uint32_t n = random_below(&seed, 12); n; n--)
			strcat(path, pieces[random_below(&seed, ARRAY_SIZE(pieces))]);
		if (!cgroups_container(path, found))
			continue;
		found_cnt++;
		assert_in_range(strlen(found), 1, sizeof(found) - 1);
		assert_null(strchr(found, '/'));
	}
	assert_true(found_cnt > 1000);
}

int test_containers(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(container_ids_of_all_runtimes),
		cmocka_unit_test(container_names),
		cmocka_unit_test(container_names_are_cut),
		cmocka_unit_test(container_is_not_everywhere),
		cmocka_unit_test(container_of_any_bytes),
	};

	return cmocka_run_group_tests_name("containers", tests, NULL, NULL);
}
