/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of a session share; for no other. */
#ifndef SS_SESSION_PRIVATE_H
#define SS_SESSION_PRIVATE_H

#include "session.h"

/* Says so once, and downgrades the coverage, when function hooks are not called any more. */
void session_check_entries(struct session *s);
/* Origins in caches that --cache does not want are skipped as soon as they are known. */
void session_apply_cache_filter(struct session *s, const struct ledger *l);
/* New names where modules came or went since the last look; `l`: the ledger before that. */
void session_refresh_symbols(struct session *s, const struct ledger *l);
/* Look up the cgroups of those who allocated while they are there: at the end they may be gone. */
void session_name_cgroups(struct session *s, const struct ledger *l);

#endif
