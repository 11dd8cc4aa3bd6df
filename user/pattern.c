// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Generated file names folded into a pattern; the rules are in the header. Every
 * byte is looked at a fixed number of times, whatever the name: it may be the
 * longest and the worst that somebody could think of, a million times a second.
 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "pattern.h"

enum {
	DIGIT = 1,
	LOWER_HEX = 2,
	LOWER_REST = 4,
	UPPER_HEX = 8,
	UPPER_REST = 16,
	LOWER = LOWER_HEX | LOWER_REST,
	UPPER = UPPER_HEX | UPPER_REST,
	HEX = DIGIT | LOWER_HEX | UPPER_HEX,
};

/* Not <ctype.h>: no locale may decide what is a letter. */
static const uint8_t kind_of[256] = {
	['0' ... '9'] = DIGIT,	   ['a' ... 'f'] = LOWER_HEX,  ['g' ... 'z'] = LOWER_REST,
	['A' ... 'F'] = UPPER_HEX, ['G' ... 'Z'] = UPPER_REST,
};

static unsigned int kind(char c)
{
	return kind_of[(unsigned char)c];
}

/* Length of the word at the start of a text; all kinds of its characters. */
static size_t word_length(const char *s, size_t len, unsigned int *ret_kinds)
{
	unsigned int kinds = 0;
	size_t i;

	for (i = 0; i < len && kind(s[i]); i++)
		kinds |= kind(s[i]);
	*ret_kinds = kinds;
	return i;
}

static bool one_case_hex(unsigned int kinds)
{
	return !(kinds & ~HEX) && (kinds & (LOWER_HEX | UPPER_HEX)) != (LOWER_HEX | UPPER_HEX);
}

static bool is_uuid(const char *s, size_t len)
{
	static const uint8_t groups[] = {8, 4, 4, 4, 12};
	unsigned int kinds = 0;

	for (size_t g = 0; g < sizeof(groups); g++) {
		unsigned int more;

		if (g && (!len || *s != '-'))
			return false;
		s += g != 0;
		len -= g != 0;
		if (word_length(s, len, &more) != groups[g])
			return false;
		kinds |= more;
		if (!one_case_hex(kinds))
			return false;
		s += groups[g];
		len -= groups[g];
	}
	return true;
}

static bool has_letter_after_digit(const char *word, size_t len)
{
	bool digit = false;

	for (size_t i = 0; i < len; i++) {
		if (digit && kind(word[i]) != DIGIT)
			return true;
		digit |= kind(word[i]) == DIGIT;
	}
	return false;
}

static bool is_hex(const char *word, size_t len, unsigned int kinds)
{
	if (len >= 6 && one_case_hex(kinds) && (kinds & DIGIT) && has_letter_after_digit(word, len))
		return true;
	if (len < 3 || word[0] != '0' || word[1] != 'x')
		return false;
	word_length(word + 2, len - 2, &kinds);
	return !(kinds & ~HEX);
}

static bool can_be_read(const char *word, size_t len)
{
	size_t i;

	while (len && kind(word[len - 1]) == DIGIT)
		len--;
	for (i = 0; i < len && !(kind(word[i]) & DIGIT); i++)
		if ((kind(word[i]) & UPPER) &&
		    (i + 2 >= len || !(kind(word[i + 1]) & LOWER) || !(kind(word[i + 2]) & LOWER)))
			return false;
	return i == len;
}

/* Is the word of `word_len` bytes at name[at] a random suffix? */
static bool is_random(const char *name, size_t len, size_t at, size_t word_len, unsigned int kinds)
{
	size_t end = at + word_len;

	if (word_len < 6 || word_len > 10 || !(kinds & LOWER) || !(kinds & UPPER))
		return false;
	if (!at || (name[at - 1] != '.' && name[at - 1] != '-' && name[at - 1] != '_'))
		return false;
	return (end == len || name[end] == '.') && !can_be_read(name + at, word_len);
}

char *pattern_fold(const char *name, size_t len, char *buf, size_t size)
{
	static const size_t uuid_length = 36;
	size_t out = 0;

	if (!size)
		return buf;
	len = strnlen(name, len);
	for (size_t at = 0; at < len && out + 1 < size;) {
		unsigned int kinds;
		size_t word = word_length(name + at, len - at, &kinds);
		char letter = 0;

		if (!word) {
			buf[out++] = name[at++];
			continue;
		}
		if (word == 8 && is_uuid(name + at, len - at)) {
			letter = 'U';
			word = uuid_length;
		} else if (is_hex(name + at, word, kinds)) {
			letter = 'H';
		} else if (is_random(name, len, at, word, kinds)) {
			letter = 'R';
		}
		if (letter) {
			buf[out++] = letter;
			at += word;
			continue;
		}
		for (size_t end = at + word; at < end && out + 1 < size; at++)
			if (kind(name[at]) != DIGIT)
				buf[out++] = name[at];
			else if (at + 1 == end || kind(name[at + 1]) != DIGIT)
				buf[out++] = 'N';
	}
	buf[out] = '\0';
	return buf;
}
