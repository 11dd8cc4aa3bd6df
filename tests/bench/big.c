// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * big [-p SLABSIGHT] [-n OBJECTS]: what a ledger full of real objects costs.
 *
 * A million names that do not exist are looked up while slabsight traces, so a
 * million negative dentries are live at its end; then its own report says what
 * the maps take, how long it took to start and how long the snapshot took.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hold.h"
#include "../live/traced.h"

static double real(const json_t *object, const char *name)
{
	return json_number_value(json_object_get(object, name));
}

/* Live objects of the kind, by the report. */
static long long live(const json_t *report, const struct hold_kind *kind)
{
	json_t *origin;
	long long sum = 0;
	size_t i;

	json_array_foreach (json_object_get(report, "origins"), i, origin) {
		const json_t *site = json_object_get(origin, "call_site");
		const char *symbol = json_string_value(json_object_get(site, "symbol"));

		if (symbol && hold_site_matches(kind, symbol))
			sum += json_integer_value(json_object_get(origin, "live_objects"));
	}
	return sum;
}

int main(int argc, char **argv)
{
	static const char *const args[] = {"--force", NULL};
	const struct hold_kind *kind = hold_kind_find("missing-name");
	unsigned int n = 1000000;
	struct session session;
	struct hold hold;
	json_t *report, *cost;
	int option;

	while ((option = getopt(argc, argv, "p:n:")) != -1) {
		if (option == 'p')
			session_program = optarg;
		else if (option == 'n')
			n = strtoul(optarg, NULL, 10);
		else
			return 2;
	}
	if (hold_prepare(&hold, kind, n) || session_start(&session, args)) {
		fprintf(stderr, "big: cannot start: %s\n", session.said);
		return 1;
	}
	if (hold_make(&hold, n)) {
		fprintf(stderr, "big: cannot make %u missing names\n", n);
		session_end(&session);
		return 1;
	}
	report = session_end(&session);
	hold_release(&hold);
	if (!report) {
		fprintf(stderr, "big: no report: %s\n", session.said);
		return 1;
	}
	cost = json_object_get(report, "cost");
	printf("%u objects held, %lld reported live, sample %.3g\n", n, live(report, kind),
	       real(json_object_get(report, "coverage"), "sample"));
	printf("maps %.2f MB, start to booking %.0f ms, snapshot %.1f ms, survivor check %.0f ms\n",
	       real(cost, "map_bytes") / 1e6, real(cost, "start_s") * 1e3,
	       real(cost, "snapshot_s") * 1e3, real(cost, "check_s") * 1e3);
	json_decref(report);
	return 0;
}
