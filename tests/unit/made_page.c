// SPDX-License-Identifier: GPL-2.0-or-later
/* A page that tests can tell the parts of. */
#include "made_page.h"

bool made_page_missing;

const char *html_page(size_t *ret_size)
{
	/* Not ended by a zero byte, as the linker leaves it. */
	static const char page[] = MADE_PAGE_BEFORE HTML_PAGE_PLACE MADE_PAGE_AFTER "?";

	*ret_size = sizeof(page) - 2;
	return made_page_missing ? NULL : page;
}
