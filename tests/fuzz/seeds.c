// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes recordings for the fuzzer to begin with: seeds OUT_DIR. Reports are made up, as
 * in the unit tests. Each is read before it counts: from one that is refused, nothing is
 * found.
 */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "made_recording.h"

static const char *out_dir;

static void keep(const char *path, const char *name)
{
	char to[512], buf[4096];
	FILE *in = fopen(path, "re"), *out;
	size_t n;

	recorded_destroy(made_recording_read(path));
	snprintf(to, sizeof(to), "%s/%s", out_dir, name);
	out = fopen(to, "we");
	assert_true(in && out);
	while ((n = fread(buf, 1, sizeof(buf), in)) > 0)
		assert_int_equal(fwrite(buf, 1, n, out), n);
	fclose(in);
	assert_int_equal(fclose(out), 0);
	made_recording_remove(path);
}

static void seed_of_everything(void **state)
{
	(void)state;
	keep(made_recording_of_everything(), "everything");
}

/* No symbols, no counts of the kernel, no origin. */
static void seed_of_next_to_nothing(void **state)
{
	const char *path = made_recording_path();
	struct symbols *none = NULL;

	(void)state;
	assert_int_equal(symbols_create(sandbox_file(state, "none", ""), &none), 0);
	made.report.symbols = none;
	made.report.before = made.report.after = NULL;
	made_report_take(&made);
	made_recording_write(path, &made.report);
	symbols_destroy(none);
	keep(path, "nothing");
}

static double live(void *arg, uint32_t origin)
{
	const struct ledger *l = arg;

	return (double)(l->counts[origin].allocs - l->counts[origin].frees);
}

/* More deep snapshots than a key has under it, with counters between them. */
static void seed_of_many_snapshots(void **state)
{
	const char *path = made_recording_path();
	struct made_ledger *m = &made.ledger;
	uint32_t cache = made_cache(m, "kmalloc-64", 64, 64), task = made_task(m, "ls");
	uint32_t first = made_origin(m, cache, MADE_OTHER + 5, 64, SS_ORIGIN_KMALLOC);
	uint32_t second = made_origin(m, cache, MADE_OTHER + 0x205, 64, SS_ORIGIN_KMALLOC);
	uint32_t stack = made_stack(m, (uint64_t[]){MADE_OTHER + 5, MADE_ITERATE}, 2);
	struct recorder *recorder = NULL;

	(void)state;
	made_object(m, first, made_rec(m, first, stack, task), 0, 700, 50);
	assert_int_equal(recorder_create(path, &made_run, 0, "/nonexistent", &recorder), 0);
	for (int i = 1; i <= 70; i++) {
		const struct recorder_moment moment = {.at_s = i, .late = i == 9};

		made_freed(m, i % 5 ? first : second, 7);
		m->view.counts = m->counts;
		made.report.duration_s = i;
		made_report_take(&made);
		if (i % 2)
			assert_int_equal(recorder_take(recorder, &moment, &made.report), 0);
		else
			assert_int_equal(recorder_count(recorder, &moment, &m->view, made.symbols,
							live, &m->view),
					 0);
	}
	recorder_destroy(recorder);
	keep(path, "many");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		WITH_REPORT(seed_of_everything),
		WITH_REPORT(seed_of_next_to_nothing),
		WITH_REPORT(seed_of_many_snapshots),
	};

	if (argc != 2) {
		fprintf(stderr, "usage: seeds OUT_DIR\n");
		return 2;
	}
	out_dir = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
