/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Instead of html_page.c: a page that tests can tell the parts of, or none. */
#ifndef SS_MADE_PAGE_H
#define SS_MADE_PAGE_H

#include <stdbool.h>

#include "html_page.h"

#define MADE_PAGE_BEFORE "<data>"
#define MADE_PAGE_AFTER	 "</data>"

/* As if there were no npm. */
extern bool made_page_missing;

#endif
