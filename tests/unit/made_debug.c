// SPDX-License-Identifier: GPL-2.0-or-later
#include "fixture.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "debuginfo_note.h"
#include "made_debug.h"

/* A label behind each call is where it returns to. */
static const char source[] =
	"int outside(int x);\n"
	"static inline __attribute__((always_inline)) int inner(int x)\n"
	"{\n"
	"	int got;\n"
	"	got = outside(x); __asm__ volatile(\"after_call: .globl after_call\" : "
	"\"+a\"(got));\n"
	"	return got; }\n"
	"static inline __attribute__((always_inline)) int middle(int x)\n"
	"{\n"
	"	return inner(x + 1) * 3;\n"
	"}\n"
	"__attribute__((noinline)) int outer(int x)\n"
	"{\n"
	"	return middle(x) + 5;\n"
	"}\n"
	"__attribute__((section(\".init.text\"))) int setup(int x) { return outside(x) + 7; }\n"
	"\n"
	"__attribute__((noinline)) int plain(int x)\n"
	"{\n"
	"	int got;\n"
	"	got = outside(x); __asm__ volatile(\"after_plain: .globl after_plain\" : "
	"\"+a\"(got));\n"
	"	return got + 1; }\n";

/* Functions of one name in two files. */
static const char twins[] =
	"int outside(int x);\n"
	"static __attribute__((noinline)) int twin(int x) { int got = outside(x); "
	"__asm__ volatile(\"after_%s: .globl after_%s\" : \"+a\"(got)); return got + 1; }\n"
	"int %s(int x) { return twin(x) * 2; }\n";

static const char start[] = ".text\n.globl _text\n_text: .fill 512, 1, 0x90\n"
			    ".globl outside\n.type outside, @function\noutside: ret\n"
			    ".section .note.GNU-stack\n";

void made_debug_run(void **state, const char *format, ...)
{
	autofree char *command = NULL, *whole = NULL;
	va_list args;
	int len;

	va_start(args, format);
	len = vasprintf(&command, format, args);
	va_end(args);
	assert_true(len > 0);
	assert_true(asprintf(&whole, "cd '%s' && %s", (const char *)*state, command) > 0);
	if (system(whole))
		fail_msg("%s", command);
}

/* As a kernel is compiled. */
#define COMPILE                                                                                    \
	"cc -g -O2 -mcmodel=kernel -fno-pic -fno-asynchronous-unwind-tables -fcf-protection=none " \
	"-c "

static void compile(void **state)
{
	autofree char *one = NULL, *two = NULL;

	assert_true(asprintf(&one, twins, "one", "one", "one") > 0);
	assert_true(asprintf(&two, twins, "two", "two", "two") > 0);
	made_debug_run(state, "mkdir -p src/fs src/mm src/include");
	sandbox_file(state, "src/start.S", start);
	sandbox_file(state, "src/fs/main.c", source);
	sandbox_file(state, "src/mm/one.c", one);
	sandbox_file(state, "src/mm/two.c", two);
	made_debug_run(state, "cd src && " COMPILE "-o ../main.o fs/main.c && " COMPILE
			      "-o ../one.o ./mm/one.c && " COMPILE
			      "-o ../two.o \"$PWD/fs/../mm/two.c\" && cc -c -o ../start.o start.S");
}

void made_kernel(void **state, const char *name, const char *build_id)
{
	compile(state);
	made_debug_run(state,
		       "ld -static -nostdlib --build-id=0x%s -Ttext=0xffffffff81000000 -e _text "
		       "-o '%s' start.o main.o one.o two.o",
		       build_id, name);
}

void made_module(void **state, const char *name, const char *build_id)
{
	compile(state);
	made_debug_run(state, "ld -r --build-id=0x%s -o '%s' main.o one.o two.o", build_id, name);
}

uint64_t made_debug_symbol(void **state, const char *name, const char *symbol)
{
	unsigned long long value = 0, text = 0;
	char line[256], found[128];
	FILE *f;

	made_debug_run(state, "nm '%s' > symbols", name);
	f = fopen(sandbox_path(state, "symbols"), "re");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		unsigned long long at;

		if (sscanf(line, "%llx %*c %127s", &at, found) != 2)
			continue;
		if (!strcmp(found, symbol))
			value = at;
		if (!strcmp(found, "_text"))
			text = at;
	}
	fclose(f);
	return value - text;
}

void made_code_init(struct made_code *code)
{
	*code = (struct made_code){
		.list = {{.build_id = MADE_KERNEL_ID},
			 {.module = "nfs", .build_id = MADE_MODULE_ID}},
		.images = {.count = 2, .first = 1ull << 48, .apart = 2ull * SYMBOL_REACH},
	};
}

uint64_t made_code_add(struct made_code *code, const char *function, const char *module,
		       uint64_t begin, uint64_t offset)
{
	uint32_t number = code->images.start_cnt++;
	uint64_t address = code->images.first + number * code->images.apart;

	assert_true(number < ARRAY_SIZE(code->starts));
	code->starts[number] = begin;
	code->entries[number] = (struct symbols_entry){address, function, module};
	return address + offset;
}

void made_code_open(void **state, struct made_code *code, const char *dir)
{
	const struct debuginfo_config config = {
		.places = {.root = sandbox_path(state, "root"),
			   .dir = dir ? sandbox_path(state, dir) : NULL,
			   .release = MADE_RELEASE},
		.images = &code->images,
	};
	struct debuginfo_config whole = config;

	code->images.list = code->list;
	code->images.starts = code->starts;
	assert_int_equal(symbols_create_from(code->entries, code->images.start_cnt, &code->symbols),
			 0);
	whole.symbols = code->symbols;
	assert_int_equal(debuginfo_create(&whole, &code->debuginfo), 0);
}

void made_code_deinit(struct made_code *code)
{
	debuginfo_destroy(code->debuginfo);
	symbols_destroy(code->symbols);
}

uint64_t made_code_add_outer(void **state, struct made_code *code, const char *file,
			     const char *module, uint64_t first)
{
	uint64_t begin = made_debug_symbol(state, file, "outer"),
		 back = made_debug_symbol(state, file, "after_call");

	assert_true(back > begin && back < begin + 64);
	return made_code_add(code, "outer", module, first, back - begin);
}

void made_code_check(struct made_code *code, uint64_t address, const struct made_line *expected,
		     size_t count)
{
	const struct debug_line *lines;

	assert_int_equal(debuginfo_find(code->debuginfo, address, &lines), count);
	for (size_t i = 0; i < count; i++) {
		assert_string_equal(lines[i].function, expected[i].function);
		assert_string_equal(lines[i].file, expected[i].file);
		assert_int_equal(lines[i].line, expected[i].line);
	}
}

void made_code_check_outer(struct made_code *code, uint64_t address)
{
	static const struct made_line outer[] = {
		{"inner", "fs/main.c", LINE_INNER},
		{"middle", "fs/main.c", LINE_MIDDLE},
		{"outer", "fs/main.c", LINE_OUTER},
	};

	made_code_check(code, address, outer, 3);
}

struct debuginfo_image made_code_image(const struct made_code *code, size_t n)
{
	struct debuginfo_image image;

	assert_true(debuginfo_image(code->debuginfo, n, &image));
	return image;
}

char *made_code_note(const struct made_code *code, const char *release)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	assert_non_null(f);
	debuginfo_note_text(f, 11, "  lines", code->debuginfo, release);
	assert_int_equal(fclose(f), 0);
	return text;
}
