/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A strict reader of OpenMetrics text, as far as gauges go. */
#ifndef SS_READ_OPENMETRICS_H
#define SS_READ_OPENMETRICS_H

#include <stddef.h>

#define OPENMETRICS_LABELS 8

/* A line with a number. Strings lie in the text, label values without their escapes. */
struct openmetrics_sample {
	char *name;
	struct {
		char *name, *value;
	} label[OPENMETRICS_LABELS];
	size_t label_cnt;
	double value;
};

struct openmetrics {
	struct openmetrics_sample *samples;
	size_t sample_cnt;
};

/*
 * Reads a text in place. NULL: it is valid, and ret is to be freed; else what is wrong with it.
 * Asks for: a family at a time, each once, with TYPE, UNIT (if any, and then the name ends with
 * it) and HELP before its samples; samples that differ in labels; `# EOF` at the end only; no
 * empty line.
 */
const char *openmetrics_read(char *text, struct openmetrics *ret);
void openmetrics_free(struct openmetrics *m);

/* The value of a label; NULL: there is none. */
const char *openmetrics_label(const struct openmetrics_sample *s, const char *name);

#endif
