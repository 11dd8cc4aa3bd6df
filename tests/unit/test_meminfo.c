// SPDX-License-Identifier: GPL-2.0-or-later
/* meminfo.c: the kernel's own totals, and zeros where it does not tell. */
#include "fixture.h"

#include <string.h>

#include "meminfo.h"

static struct meminfo read_as(void **state, const char *content)
{
	struct meminfo m;

	memset(&m, 0xff, sizeof(m));
	meminfo_read(content ? sandbox_file(state, "meminfo", content)
			     : sandbox_path(state, "absent"),
		     &m);
	return m;
}

static struct dentry_state dentries_as(void **state, const char *content)
{
	struct dentry_state d;

	memset(&d, 0xff, sizeof(d));
	meminfo_dentries(content ? sandbox_file(state, "dentry-state", content)
				 : sandbox_path(state, "absent"),
			 &d);
	return d;
}

static void meminfo_as_the_kernel_writes_it(void **state)
{
	struct meminfo m = read_as(state, "MemTotal:       24685412 kB\n"
					  "MemFree:        23001516 kB\n"
					  "KReclaimable:     999999 kB\n"
					  "Slab:             264192 kB\n"
					  "SReclaimable:     230400 kB\n"
					  "SUnreclaim:        33792 kB\n"
					  "HugePages_Total:       0\n"
					  "VmallocTotal:   34359738367 kB\n");

	assert_int_equal(m.total, 24685412ull << 10);
	assert_int_equal(m.slab, 264192 << 10);
	assert_int_equal(m.reclaimable, 230400 << 10);
	assert_int_equal(m.unreclaimable, 33792 << 10);
}

static void meminfo_of_nothing_and_of_garbage(void **state)
{
	static const char *const texts[] = {
		NULL,		"",
		"\n\n\n",	"Slab",
		"Slab:",	"Slab: kB",
		"Slab : 5 kB",	"slab: 5 kB",
		"Slab:\0x5 kB", "\xff\xfe Slab: 5 kB",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct meminfo m = read_as(state, texts[i]);

		assert_int_equal(m.total, 0);
		assert_int_equal(m.slab, 0);
		assert_int_equal(m.reclaimable, 0);
		assert_int_equal(m.unreclaimable, 0);
	}
}

/* A directory can be opened and not read. */
static void meminfo_that_cannot_be_read(void **state)
{
	struct meminfo m;
	struct dentry_state d;

	meminfo_read(*state, &m);
	meminfo_dentries(*state, &d);
	assert_int_equal(m.slab, 0);
	assert_int_equal(d.dentries, 0);
}

static void meminfo_beside_a_line_too_long(void **state)
{
	char text[2000];
	struct meminfo m;

	memset(text, 'x', 1000);
	strcpy(text + 1000, " 7 kB\nSlab: 5 kB\n");
	m = read_as(state, text);
	assert_int_equal(m.slab, 5 << 10);
}

static void dentry_state_as_the_kernel_writes_it(void **state)
{
	struct dentry_state d = dentries_as(state, "431345\t409551\t45\t0\t63699\t0\n");

	assert_int_equal(d.dentries, 431345);
	assert_int_equal(d.unused, 409551);
	assert_int_equal(d.negative, 63699);
	/* Before Linux 5.0 the fifth number was a dummy, always 0. */
	d = dentries_as(state, "431345\t409551\t45\t0\t0\t0\n");
	assert_int_equal(d.dentries, 431345);
	assert_int_equal(d.negative, 0);
	/* Five will do. */
	assert_int_equal(dentries_as(state, "1 2 3 4 5").negative, 5);
}

static void dentry_state_of_nothing_and_of_garbage(void **state)
{
	static const char *const texts[] = {NULL, "", "\n", "1 2 3 4", "1 2 3 4 x", "many"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct dentry_state d = dentries_as(state, texts[i]);

		assert_int_equal(d.dentries, 0);
		assert_int_equal(d.unused, 0);
		assert_int_equal(d.negative, 0);
	}
}

int test_meminfo(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(meminfo_as_the_kernel_writes_it),
		SANDBOXED(meminfo_of_nothing_and_of_garbage),
		SANDBOXED(meminfo_that_cannot_be_read),
		SANDBOXED(meminfo_beside_a_line_too_long),
		SANDBOXED(dentry_state_as_the_kernel_writes_it),
		SANDBOXED(dentry_state_of_nothing_and_of_garbage),
	};

	return cmocka_run_group_tests_name("meminfo", tests, NULL, NULL);
}
