// SPDX-License-Identifier: GPL-2.0-or-later
/* Numbers and names as a person reads them. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "text.h"

#define RATE_MAX  999999 /* G/s */
#define DAY_S	  86400.0
#define YEAR_S	  (365.25 * DAY_S)
#define YEARS_MAX 9999

char *text_count(uint64_t n, char buf[TEXT_NUMBER])
{
	char digits[TEXT_NUMBER];
	int len = snprintf(digits, sizeof(digits), "%" PRIu64, n), out = 0;

	for (int i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			buf[out++] = ',';
		buf[out++] = digits[i];
	}
	buf[out] = '\0';
	return buf;
}

char *text_counted(uint64_t n, const char *noun, char buf[TEXT_COUNTED])
{
	char count[TEXT_NUMBER];

	snprintf(buf, TEXT_COUNTED, "%s %s%s", text_count(n, count), noun, n == 1 ? "" : "s");
	return buf;
}

char *text_rate(double per_s, char buf[TEXT_NUMBER])
{
	static const char *const unit[] = {"", " k", " M", " G"};
	size_t i = 0;

	if (!isfinite(per_s)) {
		snprintf(buf, TEXT_NUMBER, "?");
		return buf;
	}
	while (per_s >= 999.5 && i + 1 < ARRAY_SIZE(unit)) {
		per_s /= 1000;
		i++;
	}
	per_s = fmin(per_s, RATE_MAX);
	snprintf(buf, TEXT_NUMBER, "%.*f%s", per_s < 9.95 && (i || per_s != (int)per_s), per_s,
		 unit[i]);
	return buf;
}

char *text_bytes(uint64_t bytes, char buf[TEXT_NUMBER])
{
	static const char *const unit[] = {"B", "KiB", "MiB", "GiB", "TiB"};
	double value = bytes;
	size_t i = 0;

	while (value >= 1023.5 && i + 1 < ARRAY_SIZE(unit)) {
		value /= 1024;
		i++;
	}
	snprintf(buf, TEXT_NUMBER, "%.*f %s", i && value < 9.95 ? 1 : 0, value, unit[i]);
	return buf;
}

char *text_bytes_per_s(double per_s, char buf[TEXT_COUNTED])
{
	bool slow = per_s > 0 && per_s < 1;
	char number[TEXT_NUMBER];

	text_bytes(fmin(slow ? per_s * 3600 : per_s, 1e18), number);
	snprintf(buf, TEXT_COUNTED, "%s/%s", number, slow ? "h" : "s");
	return buf;
}

char *text_seconds(double s, char buf[TEXT_NUMBER])
{
	if (isnan(s))
		snprintf(buf, TEXT_NUMBER, "?");
	else if (s < 0.9995)
		snprintf(buf, TEXT_NUMBER, "%.0fms", s < 0 ? 0 : s * 1000);
	else if (s < 59.95)
		snprintf(buf, TEXT_NUMBER, "%.1fs", s);
	else if (s < 3599.5)
		snprintf(buf, TEXT_NUMBER, "%dm%02ds", (int)(s + 0.5) / 60, (int)(s + 0.5) % 60);
	else if (s < 1e4 * 3600 - 30)
		snprintf(buf, TEXT_NUMBER, "%dh%02dm", (int)(s / 60 + 0.5) / 60,
			 (int)(s / 60 + 0.5) % 60);
	else if (s < 1e4 * DAY_S)
		snprintf(buf, TEXT_NUMBER, "%.0fd", floor(s / DAY_S));
	else
		snprintf(buf, TEXT_NUMBER, "%.0fy", fmin(floor(s / YEAR_S), YEARS_MAX));
	return buf;
}

/* Length of the valid UTF-8 sequence at s (no overlong form, no control), or 0. */
static size_t utf8_length(const unsigned char *s)
{
	size_t len = s[0] >= 0xf0 && s[0] <= 0xf4 ? 4 : s[0] >= 0xe0 ? 3 : s[0] >= 0xc2 ? 2 : 0;

	if (s[0] > 0xf4)
		return 0;
	for (size_t i = 1; i < len; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xf0 && s[1] < 0x90) ||
	    (s[0] == 0xed && s[1] >= 0xa0) || (s[0] == 0xf4 && s[1] >= 0x90))
		return 0;
	/* C1 controls, and the marks and overrides that can reorder a line. */
	if (s[0] == 0xc2 && s[1] < 0xa0)
		return 0;
	if (s[0] == 0xe2 && ((s[1] == 0x80 && s[2] >= 0x8b && s[2] <= 0x8f) ||
			     (s[1] == 0x80 && s[2] >= 0xa8 && s[2] <= 0xae) ||
			     (s[1] == 0x81 && s[2] >= 0xa0 && s[2] <= 0xaf)))
		return 0;
	if ((s[0] == 0xd8 && s[1] == 0x9c) || (s[0] == 0xef && s[1] == 0xbb && s[2] == 0xbf))
		return 0;
	/* Tags: a plane of characters that nobody sees. */
	if (s[0] == 0xf3 && s[1] == 0xa0 && s[2] <= 0x81)
		return 0;
	return len;
}

size_t text_printable(const char *s)
{
	return *s >= 0x20 && *s < 0x7f ? 1 : utf8_length((const unsigned char *)s);
}

char *text_escape(const char *from, char *buf, size_t size)
{
	const unsigned char *s = (const unsigned char *)from;
	size_t out = 0;

	while (*s) {
		char one[5];
		size_t len = 1;

		if (*s >= 0x20 && *s < 0x7f && *s != '\\') {
			one[0] = *s;
		} else if ((len = utf8_length(s))) {
			memcpy(one, s, len);
		} else {
			const char *known = *s == '\n' ? "\\n" : *s == '\t' ? "\\t" : "\\\\";

			if (*s == '\n' || *s == '\t' || *s == '\\')
				len = (size_t)snprintf(one, sizeof(one), "%s", known);
			else
				len = (size_t)snprintf(one, sizeof(one), "\\x%02x", *s);
			s -= len - 1; /* one byte of input, whatever its length as output */
		}
		if (out + len >= size)
			break;
		memcpy(buf + out, one, len);
		out += len;
		s += len;
	}
	buf[out] = '\0';
	return buf;
}

static size_t edit_distance(const char *a, const char *b)
{
	size_t la = strlen(a), lb = strlen(b), row[65];

	if (la > 64 || lb > 64)
		return SIZE_MAX;
	for (size_t j = 0; j <= lb; j++)
		row[j] = j;
	for (size_t i = 1; i <= la; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			size_t best = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[lb];
}

const char *text_nearest(const char *word, const char *const *list)
{
	const char *best = NULL;
	size_t best_distance = strlen(word) / 2 + 1;

	for (; *list; list++) {
		size_t distance = edit_distance(word, *list);

		if (strlen(word) >= 3 && !strncmp(word, *list, strlen(word)))
			distance = 0;
		if (distance < best_distance) {
			best_distance = distance;
			best = *list;
		}
	}
	return best;
}

int text_number(const char *from, uint64_t min, uint64_t max, bool suffix, uint64_t *ret)
{
	unsigned long long value;
	uint64_t unit = 1;
	char *end;

	if (!isdigit((unsigned char)from[0]))
		return from[0] == '-' && isdigit((unsigned char)from[1]) ? -ERANGE : -EINVAL;
	errno = 0;
	value = strtoull(from, &end, 10);
	if (errno)
		return -ERANGE;
	if (suffix && *end) {
		unit = *end == 'k' || *end == 'K' ? 1000
		       : *end == 'M'		  ? 1000000
		       : *end == 'G'		  ? 1000000000
						  : 0;
		end++;
	}
	if (!unit || *end)
		return -EINVAL;
	if (value > max / unit || value * unit < min)
		return -ERANGE;
	*ret = value * unit;
	return 0;
}
