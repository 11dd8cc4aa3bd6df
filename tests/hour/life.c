// SPDX-License-Identifier: GPL-2.0-or-later
/* Who lives here, and how they are started. */
#include "life.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rhythm.h"

const struct actor actors[] = {
	{"hour-server", act_server}, {"hour-clients", act_clients},
	{"hour-spool", act_spool},   {"hour-sessions", act_sessions},
	{"hour-log", act_log},	     {"hour-indexer", act_indexer},
	{"hour-cron", act_cron},     {"hour-monitor", act_monitor},
	{"hour-builds", act_builds}, {"hour-nightly", act_nightly},
	{"hour-tabs", act_tabs},     {"hour-queues", act_queues},
	{"hour-timers", act_timers}, {"hour-boxes", act_boxes},
	{"hour-module", act_module}, {"hour-bulk", act_bulk},
	{"hour-person", act_person}, {"hour-person", act_person},
	{"hour-person", act_person}, {"hour-person", act_person},
	{"hour-person", act_person}, {NULL, NULL},
};

pid_t life_start(const struct life *life, const struct actor *actor, unsigned int nr)
{
	pid_t parent = getpid(), pid = fork();

	if (pid)
		return pid;
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(1);
	prctl(PR_SET_NAME, actor->name);
	chance_seed(life->seed * 1000 + nr);
	actor->act(life);
	_exit(0);
}

void life_shell(const char *dir, const char *script)
{
	pid_t pid = fork();

	if (!pid) {
		int null = open("/dev/null", O_RDWR);

		for (int fd = 0; fd < 3; fd++)
			dup2(null, fd);
		if (chdir(dir))
			_exit(127);
		execlp("sh", "sh", "-c", script, NULL);
		_exit(127);
	}
	if (pid > 0)
		waitpid(pid, NULL, 0);
}
