// SPDX-License-Identifier: GPL-2.0-or-later
/* Ctrl-C. */
#include <stddef.h>
#include <unistd.h>

#include "interrupt.h"
#include "say.h"

static volatile sig_atomic_t stop;

static void on_signal(int signal)
{
	(void)signal;
	if (stop)
		_exit(EXIT_INTERRUPTED);
	stop = 1;
}

void interrupt_watch(void)
{
	/* Restart: a signal must not cut short the writing of the report. */
	const struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

const volatile sig_atomic_t *interrupt_flag(void)
{
	return &stop;
}
