// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * slabsight run: trace while a command runs, and report what it left behind.
 *
 * Each repetition is a bracket: booking begins, the command is let go, it ends,
 * booking ends, RCU finishes. Between brackets nothing is booked, so the birth of a
 * survivor tells the repetition. A warm-up runs outside of any bracket.
 */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "cleanup.h"
#include "cli.h"
#include "clock.h"
#include "interrupt.h"
#include "report_run.h"
#include "say.h"
#include "session.h"
#include "text.h"

#define SAY_EVERY_S 10

struct run {
	struct session s;
	struct report_run told;
	double said_s;	    /* how far it is */
	bool books;	    /* between session_book() and session_stop() */
	int unstarted_code; /* what to exit with for a repetition that could not be started */
};

/*
 * The first signal is the command's, too: where it came from the terminal, it has
 * it already, unless it is in a group of its own. The second one kills it, and the third one us.
 */
static void watch(struct run *r, struct child *c)
{
	char safe[128];
	bool typed;
	int signal;

	session_watch(&r->s, 0, c->fd);
	if (!interrupt_again())
		return;
	r->told.interrupted = true;
	signal = interrupt_last(&typed);
	if (!typed || getpgid(c->pid) != getpgrp())
		kill(c->pid, signal);
	session_watch(&r->s, 0, c->fd);
	if (!*interrupt_flag())
		return;
	say("killing %s", text_escape(r->s.options.command[0], safe, sizeof(safe)));
	interrupt_again();
	kill(c->pid, SIGKILL);
	session_watch(&r->s, 0, c->fd);
}

/* Tells why it could not be started, and keeps that for the report. Returns the exit code. */
static int cannot_start(struct run *r, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static int cannot_start(struct run *r, int code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(r->told.unstarted_why, sizeof(r->told.unstarted_why), format, args);
	va_end(args);
	r->unstarted_code = code;
	say("%s", r->told.unstarted_why);
	return code;
}

/* In its cgroup before it does anything; -1 to go on, else the exit code. */
static int enter_cgroup(struct run *r, const struct child *c)
{
	struct run_cgroup *own = &r->s.own;
	int err = own->fd < 0 ? 0 : run_cgroup_enter(own, c->pid);

	if (!err)
		return -1;
	interrupt_removes(-1, NULL);
	run_cgroup_remove(own);
	*own->path = '\0';
	snprintf(own->why, sizeof(own->why), "the command cannot be moved there: %s",
		 strerror(-err));
	if (r->s.options.only_command)
		return cannot_start(r, EXIT_USAGE, "no cgroup of its own: %s", own->why);
	say("no cgroup of its own: %s", own->why);
	return -1;
}

/* Run it once; `counted`: in a bracket of its own. -1 to go on, else the exit code. */
static int once(struct run *r, bool counted)
{
	char *const *argv = r->s.options.command;
	char safe[96];
	struct child c;
	int err = child_fork(argv, &c), code = -1, status;
	bool typed;

	if (err)
		return cannot_start(r, EXIT_FAILED, "cannot start a process: %s", strerror(-err));
	/* It may have come before there was a command to get it. */
	if (*interrupt_flag())
		kill(c.pid, interrupt_last(&typed));
	code = enter_cgroup(r, &c);
	if (code < 0 && counted) {
		code = session_book(&r->s);
		r->books = code < 0;
	}
	err = code < 0 ? child_release(&c) : 0;
	if (err)
		code = cannot_start(r, child_exec_code(err), "cannot run '%s': %s",
				    text_escape(argv[0], safe, sizeof(safe)), strerror(-err));
	if (code < 0)
		watch(r, &c);
	status = child_reap(&c);
	if (code >= 0)
		return code;
	if (status && !r->told.failed++) {
		r->told.exit_code = child_exit_code(status);
		r->told.killed_by = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	}
	return -1;
}

static int stop(struct run *r)
{
	r->books = false;
	return session_stop(&r->s);
}

static int bracket(struct run *r)
{
	bool whole;
	int code = once(r, true);

	if (code < 0)
		code = stop(r);
	if (code >= 0)
		return code;
	/* Of several repetitions, one that was cut short says nothing. */
	whole = !r->told.interrupted || r->told.wanted == 1;
	if (whole && session_add_span(&r->s))
		return EXIT_FAILED;
	r->told.counted += whole;
	return -1;
}

/* The command has the terminal: a line now and then. */
static void tell_progress(struct run *r, const char *what, uint32_t done, uint32_t all)
{
	double now = clock_s();

	if (r->said_s && now - r->said_s >= SAY_EVERY_S)
		say("%s %u of %u", what, done + 1, all);
	else if (r->said_s)
		return;
	r->said_s = now;
}

/* Also by a signal that came while no command ran, which so is nobody else's. */
static bool is_interrupted(struct run *r)
{
	r->told.interrupted |= interrupt_again();
	return r->told.interrupted;
}

/*
 * Repetition `i`, from 0, ended the run with this exit code. What those before it left is
 * reported all the same, if it only could not be started. -1 to go on with that.
 */
static int give_up(struct run *r, uint32_t i, int code)
{
	if (!i || !r->unstarted_code)
		return code;
	r->told.unstarted = i + 1;
	say("repetition %u of %u could not be started: the report is of those before it", i + 1,
	    r->told.wanted);
	return r->books ? stop(r) : -1;
}

static int repeat(struct run *r)
{
	int code = -1;

	for (uint32_t i = 0; i < r->told.warmups && code < 0 && !is_interrupted(r); i++) {
		tell_progress(r, "warm-up", i, r->told.warmups);
		code = once(r, false);
	}
	for (uint32_t i = 0; i < r->told.wanted && code < 0 && !is_interrupted(r); i++) {
		tell_progress(r, "repetition", i, r->told.wanted);
		if (i)
			session_pause(&r->s);
		if (is_interrupted(r))
			break;
		code = bracket(r);
		if (code >= 0)
			return give_up(r, i, code);
	}
	return code;
}

/* As late as can be: who ends soon after the command holds nothing in the last look. */
static void ask_living(struct session *s)
{
	int err = s->own.fd < 0 ? 0 : run_cgroup_ask(&s->own, NULL);

	if (err)
		say("cannot tell which processes live on: %s", strerror(-err));
}

static void leave_cgroup(struct session *s)
{
	char safe[256];

	if (s->own.fd < 0)
		return;
	interrupt_removes(-1, NULL);
	run_cgroup_remove(&s->own);
	if (s->own.left)
		say("'%s' is left behind: %s", text_escape(s->own.path, safe, sizeof(safe)),
		    s->own.left_why);
}

static int run(struct run *r)
{
	struct session *s = &r->s;
	char until[160], safe[128];
	int code = session_start(s);

	if (code >= 0)
		return code;
	if (interrupt_again()) {
		say("interrupted before the command was run");
		return EXIT_INTERRUPTED;
	}
	snprintf(until, sizeof(until), "while '%s' runs",
		 text_escape(s->options.command[0], safe, sizeof(safe)));
	session_announce(s, until);
	if (s->options.json && !s->options.output)
		say("what '%s' prints comes before the JSON on stdout; -o FILE keeps them apart",
		    text_escape(s->options.command[0], safe, sizeof(safe)));
	code = repeat(r);
	if (code >= 0)
		return code;
	if (!s->began.boot_ns) { /* by a signal in the warm-up */
		say("interrupted before anything was traced");
		return EXIT_INTERRUPTED;
	}
	session_settle(s);
	ask_living(s);
	code = session_collect(s);
	leave_cgroup(s);
	if (code < 0)
		code = session_report(s);
	if (code != EXIT_DONE)
		return code;
	return r->told.failed ? r->told.exit_code : r->unstarted_code;
}

int cmd_run(int argc, char **argv)
{
	struct run r = {};
	int code;

	session_init(&r.s, "run");
	code = trace_options_parse(argc, argv, &r.s.options);
	if (code >= 0)
		return code;
	child_remember_limits();
	r.told = (struct report_run){
		.argv = r.s.options.command,
		.wanted = r.s.options.repeat,
		.warmups = r.s.options.warmup,
		.cgroup = &r.s.own,
		.only_command = r.s.options.only_command,
	};
	r.s.run = &r.told;
	r.s.patient = r.s.quiet = true;
	code = run(&r);
	leave_cgroup(&r.s); /* where it did not come to the end */
	session_deinit(&r.s);
	return code;
}
