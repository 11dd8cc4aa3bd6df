// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A report as a page: the page as it was built, and in it the report as JSON, in an
 * element that a browser neither runs nor shows. To end that element, or to begin
 * another, a name would need '<', and there is none: see escaped().
 */
#include "export_html.h"

#include <errno.h>
#include <string.h>

#include "cleanup.h"
#include "export_html_data.h"
#include "html_page.h"
#include "json_output.h"
#include "output.h"

bool export_html_built(void)
{
	return html_page(&(size_t){0});
}

static bool is_markup(char c)
{
	return c == '<' || c == '>' || c == '&';
}

/*
 * JSON that is also the text of an HTML element: markup, which can only be in a string,
 * as \u00XX. All else is ASCII. A new string.
 */
static char *escaped(const char *json)
{
	size_t markup = 0, used = 0;
	char *safe;

	for (const char *p = json; *p; p++)
		markup += is_markup(*p);
	safe = malloc(strlen(json) + 5 * markup + 1);
	for (; safe && *json; json++)
		if (is_markup(*json))
			used += sprintf(safe + used, "\\u%04x", *json);
		else
			safe[used++] = *json;
	if (safe)
		safe[used] = '\0';
	return safe;
}

/* The page, with the JSON in its place. */
static int write_page(const char *page, size_t size, const char *json, FILE *out)
{
	const char *place = memmem(page, size, HTML_PAGE_PLACE, strlen(HTML_PAGE_PLACE));
	size_t before = place ? place - page : 0, json_size = strlen(json), after;
	autofree char *whole = malloc(size + json_size);

	if (!place)
		return -EINVAL;
	if (!whole)
		return -ENOMEM;
	place += strlen(HTML_PAGE_PLACE);
	after = page + size - place;
	memcpy(whole, page, before);
	memcpy(whole + before, json, json_size);
	memcpy(whole + before + json_size, place, after);
	return output_write(whole, before + json_size + after, out);
}

int export_html_recorded(const struct report *r, const struct export_growth *growth, FILE *out)
{
	size_t size;
	const char *page = html_page(&size);
	json_t *data;

	if (!page)
		return -EOPNOTSUPP;
	json_output_begin();
	data = export_html_data(r, growth);
	if (!data)
		return -ENOMEM;

	autofree char *json = json_output_text(data, JSON_COMPACT);
	autofree char *safe = json ? escaped(json) : NULL;

	return safe ? write_page(page, size, safe, out) : -ENOMEM;
}

int export_html(const struct report *r, FILE *out)
{
	return export_html_recorded(r, NULL, out);
}
