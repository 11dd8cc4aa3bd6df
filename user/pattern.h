/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Generated file names folded into a pattern, so that a flood of them is one line.
 *
 * A word is as many ASCII letters and digits in a row as there are; all other
 * bytes (among them '_', '-', '.' and UTF-8) stay as they are. The first rule that
 * fits a word holds:
 *
 *   U  five words, of 8, 4, 4, 4 and 12 hex digits of one case, joined by '-': a UUID.
 *   H  6 or more hex digits of one case, among them a letter behind a digit (so that
 *      f1, f2, ... f99999 stay one pattern, fN); or "0x"
 *      and nothing but hex digits of any case behind it, at least one.
 *   R  what mkstemp() appends: 6 to 10 letters and digits, of both cases, after a
 *      '.', '-' or '_' and before a '.' or the end of the name, unless the word can
 *      be read: letters, then digits or none, where two lower-case letters or more
 *      follow each upper-case one ("Makefile", "JavaScript", "Base64").
 *   N  in any other word: each run of decimal digits.
 *
 * Only whole words are hex: "slice12345" is sliceN, not sliH. Some generated names
 * look like ordinary ones, and are not folded: "tmp.abcdef", a hash without digits.
 */
#ifndef SS_PATTERN_H
#define SS_PATTERN_H

#include <stddef.h>

/*
 * The pattern of the first `len` bytes of a name, or of those before a NUL, as a
 * string of at most size - 1 bytes in buf, which is returned. Raw bytes in and out:
 * cut anywhere, and to be escaped before a terminal sees them. Never longer than
 * the name.
 */
char *pattern_fold(const char *name, size_t len, char *buf, size_t size);

#endif
