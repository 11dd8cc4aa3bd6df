// SPDX-License-Identifier: GPL-2.0-or-later
/* Settling and reclaim, as reported. */
#include "report_settle.h"

#include "json_output.h"
#include "lines.h"

static void print_settle(FILE *out, const struct settle *s)
{
	const char *how = s->barrier ? "rcu_barrier" : "grace periods: no rcu_barrier here";
	bool pending = s->plan.batches && (!s->plan.batches_awaited || s->cut_short);
	char line[512], wait[TEXT_NUMBER + 64] = "";

	if (!s->plan.rcu) {
		lines_wrap(out, 11, "  settle", "%s",
			   "none (--settle 0): what was about to be freed counts as live");
		return;
	}
	if (s->plan.wait_s > 0)
		snprintf(wait, sizeof(wait), "waited %s%s, then ",
			 s->plan.batches && !s->plan.asked ? "for what kfree_rcu had collected, "
							   : "",
			 TIME(s->plan.wait_s));
	if (s->cut_short)
		snprintf(line, sizeof(line),
			 "cut short by a signal, after %s%s%s: what was about to be freed "
			 "may count as live",
			 TIME(s->waited_s), s->plan.wait_s > 0 ? " of " : "",
			 s->plan.wait_s > 0 ? TIME(s->plan.wait_s) : "");
	else
		snprintf(line, sizeof(line), "%slet RCU finish (%s): %s in all%s", wait, how,
			 TIME(s->waited_s),
			 pending ? ". What kfree_rcu collected in the last 5 s may count as live: "
				   "--settle 5 waits for it"
				 : "");
	lines_wrap(out, 11, "  settle", "%s", line);
}

void report_settle_text(FILE *out, const struct report *r)
{
	const struct snapshot *s = r->snapshot;
	const char *whose = r->reclaim ? r->reclaim->whose : NULL;
	char line[512];

	if (r->settle)
		print_settle(out, r->settle);
	if (!r->reclaim)
		return;
	if (r->reclaim->done)
		snprintf(line, sizeof(line), "%s%s%s%s in %s: %s of %s survivors freed",
			 reclaim_name(r->reclaim->how), whose ? " (" : "", whose ? whose : "",
			 whose ? ")" : "", TIME(r->reclaim->took_s), COUNT(s->reclaimed),
			 COUNT(s->reclaimed + s->objects));
	else
		snprintf(line, sizeof(line), "%s%s%s%s failed: %s", reclaim_name(r->reclaim->how),
			 whose ? " (" : "", whose ? whose : "", whose ? ")" : "",
			 SAFE(r->reclaim->why));
	lines_wrap(out, 11, "  reclaim", "%s", line);
}

void report_reclaimed_text(FILE *out, const struct report *r, const struct snapshot_origin *o)
{
	if (r->snapshot->reclaim_tried && o->objects + o->reclaimed)
		lines_print(out, 4, "    %s of %s freed by reclaim", COUNT(o->reclaimed),
			    COUNT(o->reclaimed + o->objects));
}

json_t *report_settle_json(const struct report *r)
{
	const struct settle *s = r->settle;
	json_t *object;

	if (!s)
		return json_null();
	object = json_object();
	json_object_set_new(object, "how", json_string(settle_how(s)));
	json_object_set_new(object, "waited_s", json_output_seconds(s->waited_s));
	json_object_set_new(object, "cut_short", json_boolean(s->cut_short));
	json_object_set_new(
		object, "kfree_rcu_pending",
		json_boolean(s->plan.batches && (!s->plan.batches_awaited || s->cut_short)));
	return object;
}

json_t *report_reclaim_json(const struct report *r)
{
	const struct reclaim *c = r->reclaim;
	json_t *object;

	if (!c)
		return json_null();
	object = json_object();
	json_object_set_new(object, "how", json_string(reclaim_name(c->how)));
	json_object_set_new(object, "whose", c->whose ? json_string(c->whose) : json_null());
	json_object_set_new(object, "done", json_boolean(c->done));
	json_object_set_new(object, "why", c->done ? json_null() : json_output_string(c->why));
	json_object_set_new(object, "took_s", json_output_seconds(c->took_s));
	json_object_set_new(object, "freed_objects", json_output_count(r->snapshot->reclaimed));
	return object;
}
