// SPDX-License-Identifier: GPL-2.0-or-later
/* Names full of traps, and what is asked of each format. */
#include "fixture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "cleanup.h"
#include "made_export.h"
#include "stand_ins.h"

#define UNZIPPED_MAX (1 << 22)

const char *const made_hostile[MADE_HOSTILE] = {
	"plain",     "a;b;c",	    "a b  c",	     "line\nbreak", "cr\r\nlf", "\x1b[2J",
	"\"quote\"", "comma,comma", "back\\slash\\", "=1+1",	    "+A1",	"-A1",
	"@SUM(A1)",  "\xff\xfe{}",  "caf\xc3\xa9 9", "# EOF",	    "(other)",	" 12345",
};

static struct symbols *hostile_symbols, *own_symbols;

void made_hostile_fill(struct made_report *r, void **sandbox)
{
	struct made_ledger *m = &r->ledger;
	const char *path = sandbox_file(sandbox, "hostile",
					"ffffffff81500000 T a;b\"c,d\\e{}\x1b[m\n"
					"ffffffff81600000 T =cmd|'/C\n"
					"ffffffffc0300000 t -f\t[mod;ule \"x\" \\ 7]\n");

	assert_int_equal(symbols_create(path, &hostile_symbols), 0);
	own_symbols = r->symbols;
	r->report.symbols = hostile_symbols;
	for (uint32_t i = 0; i < MADE_HOSTILE; i++) {
		uint64_t site = (i % 2 ? 0xffffffffc0300001ull : 0xffffffff81500001ull) + i;
		uint32_t origin =
			made_origin(m, made_cache(m, made_hostile[i], 64, 64), site, 64, 0);
		uint32_t stack = made_stack(m, (uint64_t[]){site, 0xffffffff81600010ull}, 2);

		made_objects(m, i + 1, origin,
			     made_rec(m, origin, stack, made_task(m, made_hostile[i])), 0, 700, 64);
		made_freed(m, origin, 2 * (i + 1));
	}
	made_report_take(r);
}

void made_hostile_end(struct made_report *r)
{
	r->report.symbols = own_symbols;
	symbols_destroy(hostile_symbols);
	hostile_symbols = NULL;
}

char *made_export(export_writer write, size_t *ret_size)
{
	char *whole = NULL;
	FILE *f = open_memstream(&whole, ret_size);

	assert_non_null(f);
	assert_int_equal(write(&made.report, f), 0);
	assert_int_equal(fclose(f), 0);
	return whole;
}

void made_export_check_failures(export_writer write)
{
	int err = -ENOMEM;

	made_report_check_errors(&made, write);
	for (long n = 0; err; n += 1 + n / 16) {
		autofree char *whole = NULL;
		size_t size;
		FILE *f = open_memstream(&whole, &size);

		memory_fails_after(n);
		err = write(&made.report, f);
		assert_int_equal(memory_failed(), err != 0);
		assert_true(!err || err == -ENOMEM);
		fclose(f);
		assert_int_equal(size > 0, err == 0);
	}
}

void made_export_check_same(export_writer write)
{
	size_t size, again_size;
	autofree char *whole = made_export(write, &size), *again = made_export(write, &again_size);

	assert_int_equal(size, again_size);
	assert_memory_equal(whole, again, size);
}

size_t made_export_live(void)
{
	size_t live = 0;

	for (size_t i = 0; i < made.report.snapshot->origin_cnt; i++)
		live += made.report.snapshot->origins[i].objects > 0;
	return live;
}

Pprof__Profile *made_export_profile(void)
{
	size_t size;
	autofree char *zipped = made_export(export_pprof, &size);
	autofree uint8_t *bytes = malloc(UNZIPPED_MAX);
	z_stream z = {.next_in = (uint8_t *)zipped,
		      .avail_in = size,
		      .next_out = bytes,
		      .avail_out = UNZIPPED_MAX};
	Pprof__Profile *p;

	/* 16: a gzip file, and nothing else. */
	assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
	assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
	assert_int_equal(z.avail_in, 0);
	p = pprof__profile__unpack(NULL, z.total_out, bytes);
	inflateEnd(&z);
	assert_non_null(p);
	return p;
}
