// SPDX-License-Identifier: GPL-2.0-or-later
/* The bytes of one object, and what kind of thing is where in them. */
#include <string.h>

#include "sample.h"
#include "text.h"

#define TEXT_CHARS     4
#define SMALL_NUMBER   4096
#define ERROR_POINTERS 4095ull

void sample_load(struct sample *s, uint64_t address, const void *bytes, size_t len)
{
	s->address = address;
	s->full = len;
	s->len = len < SAMPLE_BYTES ? len : SAMPLE_BYTES;
	if (s->len)
		memcpy(s->bytes, bytes, s->len);
	memset(s->bytes + s->len, 0, sizeof(s->bytes) - s->len);
}

bool sample_fill(const struct sample *s, uint8_t *ret_fill)
{
	/* include/linux/poison.h: POISON_FREE, _INUSE, _END, PAGE_POISON, SLUB_RED_* */
	static const char fills[] = {'\0', '\x6b', '\x5a', '\xa5', '\xaa', '\xbb', '\xcc'};
	char fill = s->bytes[0], last;

	if (!s->len || !memchr(fills, fill, sizeof(fills)))
		return false;
	for (size_t i = 1; i + 1 < s->len; i++)
		if (s->bytes[i] != fill)
			return false;
	/* Poison ends with a byte of POISON_END. */
	last = s->bytes[s->len - 1];
	if (last != fill && (!fill || last != '\xa5'))
		return false;
	*ret_fill = (uint8_t)fill;
	return true;
}

bool sample_is_kernel_pointer(uint64_t value)
{
	return value >> 56 == 0xff && value < -ERROR_POINTERS;
}

bool sample_points_into(const struct sample *s, uint64_t value)
{
	return s->address && value >= s->address && value - s->address < s->full;
}

size_t sample_string(const struct sample *s, size_t at, size_t min_chars, bool must_end)
{
	size_t i = at, chars = 0;

	while (i < s->len && s->bytes[i]) {
		size_t len = text_printable(s->bytes + i);

		if (!len && s->bytes[i] != '\n' && s->bytes[i] != '\t')
			break;
		chars += len > 0;
		i += len ? len : 1;
	}
	if (chars < min_chars)
		return 0;
	if (i < s->len && !s->bytes[i])
		return i - at;
	if (must_end)
		return 0;
	/* What is left is the beginning of a character, or this is no string. */
	if (s->len - i > 3)
		return 0;
	for (size_t left = i; left < s->len; left++) {
		unsigned char byte = s->bytes[left];

		if (left == i ? byte < 0xc2 || byte > 0xf4 : (byte & 0xc0) != 0x80)
			return 0;
	}
	return i - at;
}

/* Printable ASCII, so many characters at least, then NULs to the end of the word. */
static bool is_text_word(const char *bytes, size_t min_chars)
{
	size_t chars = 0;

	while (chars < SAMPLE_WORD && bytes[chars] >= 0x20 && bytes[chars] < 0x7f)
		chars++;
	for (size_t i = chars; i < SAMPLE_WORD; i++)
		if (bytes[i])
			return false;
	return chars >= min_chars;
}

struct sample_word sample_word(const struct sample *s, size_t i)
{
	const char *bytes = s->bytes + i * SAMPLE_WORD;
	struct sample_word w = {.kind = SAMPLE_OTHER, .value = s->words[i]};
	/* A string that fills the word before goes on here. */
	bool goes_on = i && bytes[-1] && is_text_word(bytes - SAMPLE_WORD, SAMPLE_WORD);

	if (!w.value) {
		w.kind = SAMPLE_ZERO;
	} else if (is_text_word(bytes, goes_on ? 1 : TEXT_CHARS)) {
		w.kind = SAMPLE_TEXT;
	} else if (w.value < SMALL_NUMBER) {
		w.kind = SAMPLE_NUMBER;
	} else if (sample_points_into(s, w.value)) {
		w.kind = SAMPLE_SELF;
		w.value -= s->address;
	} else if (sample_is_kernel_pointer(w.value)) {
		w.kind = SAMPLE_POINTER;
	}
	return w;
}
