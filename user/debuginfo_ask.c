// SPDX-License-Identifier: GPL-2.0-or-later
/* Most servers answer at once. Who waits is told for what, and how far it is. */
#include "debuginfo_ask.h"

#include <linux/capability.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "clock.h"
#include "interrupt.h"
#include "lines.h"
#include "say.h"

#define SILENT_S 1

static void asking(void *arg, const char *module)
{
	struct debuginfo_ask *ask = arg;

	ask->module = module;
	ask->since_s = clock_s();
	ask->said_s = 0;
	interrupt_watch();
	/* What came meanwhile is for this. */
	interrupt_next();
}

static bool show(void *arg, long done, long whole)
{
	struct debuginfo_ask *ask = arg;
	double now = clock_s();

	if (now - ask->since_s < SILENT_S)
		return !*interrupt_flag();
	if (!ask->said_s) {
		say("asking debuginfod for debug info of %s; Ctrl-C goes on without",
		    ask->module ? SAFE(ask->module) : "the kernel");
		progress_init(&ask->progress, 0);
		ask->said_s = now;
	}
	if (whole > 0)
		progress_share(&ask->progress, "fetching", (double)done / whole);
	return !*interrupt_flag();
}

static void answered(void *arg)
{
	struct debuginfo_ask *ask = arg;

	if (ask->said_s > 0)
		progress_end(&ask->progress);
	interrupt_restore();
}

/*
 * A program with capabilities of its own (setcap) is started by people who have none, and is about
 * to read files of theirs, which libraries take apart. Nothing is left to do that needs them.
 */
static void drop_privileges(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {};

	if (getauxval(AT_SECURE))
		syscall(SYS_capset, &header, none);
}

struct debuginfo *debuginfo_ask_begin(struct debuginfo_ask *ask, const char *dir,
				      const char *release, const struct symbols *symbols,
				      const struct code_images *images)
{
	const struct debuginfo_config config = {
		.places = {.dir = dir, .release = release},
		.symbols = symbols,
		.images = images,
		.servers = true,
		.asking = asking,
		.progress = show,
		.answered = answered,
		.arg = ask,
	};

	*ask = (struct debuginfo_ask){};
	drop_privileges();
	if (debuginfo_create(&config, &ask->debuginfo))
		ask->debuginfo = NULL;
	return ask->debuginfo;
}

void debuginfo_ask_end(struct debuginfo_ask *ask)
{
	debuginfo_destroy(ask->debuginfo);
}
