// SPDX-License-Identifier: GPL-2.0-or-later
/* What runs by the clock. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "life.h"
#include "rhythm.h"

#define CRON_S	  300
#define MONITOR_S 10

void act_cron(const struct life *life)
{
	for (double next = CRON_S;; next += CRON_S) {
		rhythm_sleep_until(next);
		life_shell(life->disk,
			   "df >usage; ps >running; find spool -type f -mmin +30 | wc -l >old\n"
			   "sort running | gzip >running.gz; [ -s old ] && cat old usage >mail\n"
			   "cp mail mail.sent; rm -f mail; for i in 1 2 3; do stat none$i; done");
	}
}

void act_monitor(const struct life *life)
{
	static const char *const files[] = {
		"/proc/stat",	  "/proc/meminfo",   "/proc/loadavg", "/proc/diskstats",
		"/proc/net/dev",  "/proc/net/tcp",   "/proc/vmstat",  "/proc/self/mounts",
		"/proc/slabinfo", "/proc/self/maps", "/proc/uptime",  "/sys/class/net/lo/mtu",
	};
	char text[4096];

	(void)life;
	for (;;) {
		for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
			int fd = open(files[i], O_RDONLY | O_CLOEXEC);

			while (fd >= 0 && read(fd, text, sizeof(text)) > 0)
				;
			close(fd);
		}
		rhythm_sleep(MONITOR_S);
	}
}

/* Three at a time, each with a file to read, one to write and one to throw away. */
void act_builds(const struct life *life)
{
	static const int minutes[] = {8, 26, 47};

	for (size_t i = 0; i < sizeof(minutes) / sizeof(*minutes); i++) {
		rhythm_sleep_until(minutes[i] * 60);
		life_shell(life->disk,
			   "mkdir -p build && cd build || exit\n"
			   "one() { echo \"int f$1;\" >$1.c; sed s/int/long/ $1.c >$1.tmp\n"
			   "  sort $1.tmp >$1.o; rm $1.tmp; }\n"
			   "for i in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19; do\n"
			   "  one a$i & one b$i & one c$i & wait\n"
			   "done\n"
			   "cat *.o >program; gzip -c program >program.gz; cd .. && rm -r build");
	}
	for (;;)
		rhythm_sleep(3600);
}

void act_nightly(const struct life *life)
{
	rhythm_sleep_until(32 * 60);
	life_shell(life->disk,
		   "find / -xdev 2>&1 | sort >names; find /sys >>names; find /proc/1 >>names\n"
		   "find . | sort >>names; grep -c / names >count; mv names locate.db");
	rhythm_sleep_until(51 * 60);
	life_shell(life->disk, "tar cf - spool cache log* | gzip -1 >backup.tgz.new\n"
			       "mv backup.tgz.new backup.tgz; gunzip -c backup.tgz | tar tf -");
	for (;;)
		rhythm_sleep(3600);
}
