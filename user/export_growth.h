/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How origins of a recording grew, for its page. */
#ifndef SS_EXPORT_GROWTH_H
#define SS_EXPORT_GROWTH_H

#include "export_html.h"
#include "recording.h"

/*
 * Up to the moment of the report, which is ranked already and stays so: of
 * EXPORT_HTML_SERIES origins, leaks first, then in their order; the others are counted.
 * 0 or -errno, -EBADMSG or -ETIMEDOUT where the file is damaged.
 */
int export_growth_create(struct recording *rec, struct recorded *r,
			 struct export_growth **ret_growth);
void export_growth_destroy(struct export_growth *growth);

#endif
