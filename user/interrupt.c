// SPDX-License-Identifier: GPL-2.0-or-later
/* Ctrl-C. */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "interrupt.h"
#include "say.h"

static const int watched[] = {SIGINT, SIGTERM};
static struct sigaction before[ARRAY_SIZE(watched)];
static volatile sig_atomic_t stop, last, typed, doomed, within = -1;
static bool heeded;
static const char *volatile directory;
static struct timespec last_came;

#define ONE_ORDER_NS 100000000 /* who presses a key twice takes longer */

/* A cgroup is empty a moment after what was in it is killed. Only async-signal-safe calls. */
static void remove_directory(void)
{
	const struct timespec moment = {.tv_nsec = 2000000};

	for (int i = 0; i < 100 && directory; i++) {
		if (!unlinkat(within, directory, AT_REMOVEDIR) || errno != EBUSY)
			break;
		nanosleep(&moment, NULL);
	}
}

/*
 * timeout(1) sends its signal to the command and then to the whole group, which the
 * command is in: one order, that comes twice. Async-signal-safe.
 */
static bool is_echo(int signal)
{
	struct timespec now;
	long long ns;

	clock_gettime(CLOCK_MONOTONIC, &now);
	ns = (now.tv_sec - last_came.tv_sec) * 1000000000LL + now.tv_nsec - last_came.tv_nsec;
	if (signal == last && ns < ONE_ORDER_NS)
		return true;
	/* Not of an echo: a key that is held is pressed again after a while. */
	last_came = now;
	return false;
}

static void on_signal(int signal, siginfo_t *info, void *context)
{
	(void)context;
	if (is_echo(signal))
		return;
	if (stop) {
		if (doomed > 0)
			kill(doomed, SIGKILL);
		remove_directory();
		_exit(EXIT_INTERRUPTED);
	}
	stop = 1;
	last = signal;
	typed = info->si_code == SI_KERNEL;
}

void interrupt_watch(void)
{
	/* Restart: a signal must not cut short the writing of the report. */
	const struct sigaction action = {.sa_sigaction = on_signal,
					 .sa_flags = SA_RESTART | SA_SIGINFO};

	for (size_t i = 0; i < ARRAY_SIZE(watched); i++)
		sigaction(watched[i], &action, &before[i]);
}

const volatile sig_atomic_t *interrupt_flag(void)
{
	return &stop;
}

bool interrupt_again(void)
{
	bool came = stop;

	stop = 0;
	heeded = false;
	return came;
}

void interrupt_heed(void)
{
	heeded = stop;
}

void interrupt_next(void)
{
	if (heeded)
		interrupt_again();
}

int interrupt_last(bool *ret_typed)
{
	*ret_typed = typed;
	return last;
}

void interrupt_kills(pid_t pid)
{
	doomed = pid;
}

void interrupt_removes(int parent, const char *name)
{
	directory = NULL;
	within = parent;
	directory = name;
}

void interrupt_restore(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(watched); i++)
		sigaction(watched[i], &before[i], NULL);
}
