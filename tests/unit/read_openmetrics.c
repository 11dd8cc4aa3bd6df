// SPDX-License-Identifier: GPL-2.0-or-later
/* A strict reader of OpenMetrics text. */
#include "fixture.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "read_openmetrics.h"

#define FAMILIES_MAX 64

struct reader {
	struct openmetrics *m;
	const char *family[FAMILIES_MAX]; /* the last is the one that is read */
	size_t family_cnt;
	bool has_unit, has_help, has_sample;
	bool ended;
};

/* The end of a name that begins here, or the same place. */
static char *skip_name(char *at)
{
	if (isalpha((unsigned char)*at) || *at == '_')
		while (isalnum((unsigned char)*at) || *at == '_')
			at++;
	return at;
}

static const char *read_type(struct reader *r, char *name, const char *type)
{
	for (size_t i = 0; i < r->family_cnt; i++)
		if (!strcmp(r->family[i], name))
			return "a family that comes twice";
	if (r->family_cnt && !(r->has_sample && r->has_help))
		return "a family without samples or HELP";
	if (strcmp(type, "gauge"))
		return "another type than gauge";
	if (*skip_name(name) || r->family_cnt == FAMILIES_MAX)
		return "a bad name";
	r->family[r->family_cnt++] = name;
	r->has_unit = r->has_help = r->has_sample = false;
	return NULL;
}

static const char *read_unit(struct reader *r, const char *name, const char *unit)
{
	size_t name_len = strlen(name), len = strlen(unit);

	if (r->has_unit || !len || name_len < len + 2 || name[name_len - len - 1] != '_' ||
	    strcmp(name + name_len - len, unit))
		return "a UNIT that the name does not end with";
	r->has_unit = true;
	return NULL;
}

/* Behind "# ". */
static const char *read_comment(struct reader *r, char *line)
{
	char *keyword = strsep(&line, " "), *name = strsep(&line, " ");

	if (!strcmp(keyword, "EOF")) {
		r->ended = true;
		return name ? "something behind EOF" : NULL;
	}
	if (!name || !line)
		return "a short comment";
	if (!strcmp(keyword, "TYPE"))
		return read_type(r, name, line);
	if (!r->family_cnt || strcmp(name, r->family[r->family_cnt - 1]) || r->has_sample)
		return "a comment of another family, or behind samples";
	if (!strcmp(keyword, "UNIT"))
		return read_unit(r, name, line);
	if (strcmp(keyword, "HELP") || r->has_help || strchr(line, '\\'))
		return "a comment of another kind";
	r->has_help = true;
	return NULL;
}

/* The value between quotes, unescaped in place; NULL: it does not end. */
static char *read_value(char *at, char **ret_end)
{
	char *to = at, *value = at;

	for (; *at != '"'; at++) {
		if (*at == '\\') {
			at++;
			if (!*at || !strchr("\\\"n", *at))
				return NULL;
			*to++ = *at == 'n' ? '\n' : *at;
		} else if (!*at) {
			return NULL;
		} else {
			*to++ = *at;
		}
	}
	*ret_end = at + 1;
	*to = '\0';
	return value;
}

static const char *read_labels(char **at, struct openmetrics_sample *s)
{
	char *name = *at, *end;

	for (;;) {
		end = skip_name(name);
		if (end == name || end[0] != '=' || end[1] != '"' ||
		    s->label_cnt == OPENMETRICS_LABELS)
			return "a bad label";
		*end = '\0';
		s->label[s->label_cnt].name = name;
		s->label[s->label_cnt].value = read_value(end + 2, &end);
		if (!s->label[s->label_cnt++].value)
			return "a bad label value";
		if (*end != ',')
			break;
		name = end + 1;
	}
	*at = end + 1;
	return *end == '}' ? NULL : "labels without an end";
}

static bool is_same(const struct openmetrics_sample *a, const struct openmetrics_sample *b)
{
	if (strcmp(a->name, b->name) || a->label_cnt != b->label_cnt)
		return false;
	for (size_t i = 0; i < a->label_cnt; i++)
		if (strcmp(a->label[i].name, b->label[i].name) ||
		    strcmp(a->label[i].value, b->label[i].value))
			return false;
	return true;
}

static const char *read_sample(struct reader *r, char *line, struct openmetrics_sample *s)
{
	char *end = skip_name(line), *rest;
	const char *wrong = NULL;
	bool labels = *end == '{';

	*s = (struct openmetrics_sample){.name = line};
	if (!labels && *end != ' ')
		return "a line that is no sample";
	*end++ = '\0';
	if (!r->family_cnt || strcmp(line, r->family[r->family_cnt - 1]) || !r->has_help)
		return "a sample of another family, or before its HELP";
	if (labels)
		wrong = read_labels(&end, s);
	if (wrong)
		return wrong;
	if (labels && *end++ != ' ')
		return "no blank before a value";
	s->value = strtod(end, &rest);
	if (rest == end || *rest || isspace((unsigned char)*end))
		return "a value that is no number";
	for (size_t i = 0; i < r->m->sample_cnt; i++)
		if (is_same(s, &r->m->samples[i]))
			return "a sample that comes twice";
	r->has_sample = true;
	return NULL;
}

const char *openmetrics_read(char *text, struct openmetrics *m)
{
	struct reader r = {.m = m};
	const char *wrong = NULL;

	*m = (struct openmetrics){};
	while (*text && !wrong) {
		char *end = strchr(text, '\n'), *line = text;

		if (!end)
			wrong = "a line without an end";
		else if (r.ended)
			wrong = "something behind EOF";
		else if (end == text)
			wrong = "an empty line";
		if (wrong)
			break;
		*end = '\0';
		text = end + 1;
		if (!strncmp(line, "# ", 2)) {
			wrong = read_comment(&r, line + 2);
			continue;
		}
		m->samples = realloc(m->samples, (m->sample_cnt + 1) * sizeof(*m->samples));
		wrong = read_sample(&r, line, &m->samples[m->sample_cnt]);
		m->sample_cnt++;
	}
	if (!wrong && !r.ended)
		wrong = "no EOF";
	if (wrong)
		openmetrics_free(m);
	return wrong;
}

void openmetrics_free(struct openmetrics *m)
{
	free(m->samples);
	*m = (struct openmetrics){};
}

const char *openmetrics_label(const struct openmetrics_sample *s, const char *name)
{
	for (size_t i = 0; i < s->label_cnt; i++)
		if (!strcmp(s->label[i].name, name))
			return s->label[i].value;
	return NULL;
}
