// SPDX-License-Identifier: GPL-2.0-or-later
/* The page that a report is put into, as the linker put it here. */
#include "html_page.h"

/* Named by `ld -r -b binary` after the file, page.html. */
extern const char _binary_page_html_start[], _binary_page_html_end[];

const char *html_page(size_t *ret_size)
{
	*ret_size = _binary_page_html_end - _binary_page_html_start;
	return *ret_size ? _binary_page_html_start : NULL;
}
