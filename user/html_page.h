/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The page that a report is put into: made from user/html/ when slabsight is built. */
#ifndef SS_HTML_PAGE_H
#define SS_HTML_PAGE_H

#include <stddef.h>

/*
 * The page, not ended by a zero byte; the report's JSON belongs where it says
 * HTML_PAGE_PLACE. NULL: slabsight was built without npm, and has none.
 */
const char *html_page(size_t *ret_size);
#define HTML_PAGE_PLACE "@REPORT@"

#endif
