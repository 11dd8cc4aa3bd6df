// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * slabsight dentries on a living kernel, native or in a VM: dentries that are made
 * here must be reported to the number where they are, and be gone with their mount.
 *
 *   dentries [-p SLABSIGHT] [-i IMAGE]
 *
 * IMAGE: of an ext4 filesystem, to be mounted; without one it is made with
 * mkfs.ext4. Needs root. Prints a line a check.
 */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <linux/loop.h>
#include <math.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "dentries_run.h"

#define UNITS	997 /* prime: no power of two or page full of objects looks like it */
#define FILES	97
#define MISSING ".%d_dOeSnotExist_.db"
#define PATTERN ".N_dOeSnotExist_.db"
#define LONG                                                                                       \
	"a-name-much-too-long-to-be-kept-in-the-dentry-itself-whatever-the-kernel-may-be-so-far-%" \
	"d"
#define LONG_PATTERN "a-name-much-too-long-to-be-kept-in-the-dentry-itself-whatever-the-kernel..."
#define EVIL	     "new\nline\033[K_%d"

static const char *image;
static char base[] = "/tmp/ssdent-XXXXXX";

/* ---- making dentries ---- */

static void look_up(const char *dir, const char *format, int count)
{
	char path[512], name[256];
	struct stat st;

	for (int i = 0; i < count; i++) {
		snprintf(name, sizeof(name), format, i);
		snprintf(path, sizeof(path), "%s/%s", dir, name);
		stat(path, &st);
	}
}

static void open_files(const char *dir, const char *format, int fds[FILES])
{
	char path[512], name[256];

	for (int i = 0; i < FILES; i++) {
		snprintf(name, sizeof(name), format, i);
		snprintf(path, sizeof(path), "%s/%s", dir, name);
		fds[i] = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	}
}

static void remove_files(const char *dir, const char *format)
{
	char path[512], name[256];

	for (int i = 0; i < FILES; i++) {
		snprintf(name, sizeof(name), format, i);
		snprintf(path, sizeof(path), "%s/%s", dir, name);
		unlink(path);
	}
}

static void close_files(int fds[FILES])
{
	for (int i = 0; i < FILES; i++)
		close(fds[i]);
}

static long long kernel_negatives(void)
{
	FILE *f = fopen("/proc/sys/fs/dentry-state", "re");
	long long n = -1;

	if (!f || fscanf(f, "%*s %*s %*s %*s %lld", &n) != 1)
		n = -1;
	if (f)
		fclose(f);
	return n;
}

static int make_image(char path[64])
{
	char command[160];

	snprintf(path, 64, "%s.img", base);
	snprintf(command, sizeof(command),
		 "PATH=$PATH:/sbin:/usr/sbin; truncate -s 8M %s && mkfs.ext4 -q -F %s", path, path);
	return system(command) ? -ENOENT : 0;
}

/* Mounts the image at `base`; 0 or -errno. The loop device goes with the mount. */
static int mount_image(const char *path)
{
	struct loop_info64 info = {.lo_flags = LO_FLAGS_AUTOCLEAR};
	int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC), file, loop, n, err = 0;
	char device[32];

	n = control < 0 ? -1 : ioctl(control, LOOP_CTL_GET_FREE);
	if (n < 0)
		return -errno;
	close(control);
	snprintf(device, sizeof(device), "/dev/loop%d", n);
	file = open(path, O_RDWR | O_CLOEXEC);
	loop = open(device, O_RDWR | O_CLOEXEC);
	if (file < 0 || loop < 0 || ioctl(loop, LOOP_SET_FD, file) ||
	    ioctl(loop, LOOP_SET_STATUS64, &info) || mount(device, base, "ext4", 0, NULL))
		err = -errno;
	close(loop);
	close(file);
	return err;
}

/* ---- checks ---- */

/* Dentries come and go while they are counted: the best of a few tries. */
static void check_totals(void)
{
	double best = INFINITY;
	json_t *report = NULL;
	long long sum = 0;
	char why[80];
	json_t *fs;
	size_t i;

	for (int tries = 0; tries < 5 && best > 0.5; tries++) {
		const json_t *state;

		json_decref(report);
		report = report_of(NULL);
		state = json_object_get(dentries(report), "dentry_state");
		if (report &&
		    fabs(json_number_value(json_object_get(state, "deviation_percent"))) < best)
			best = fabs(json_number_value(json_object_get(state, "deviation_percent")));
	}
	snprintf(why, sizeof(why), "%.3f %% off", best);
	check(best <= 0.5, why, "all dentries are counted: %.4f %% from dentry-state", best);
	json_array_foreach (json_object_get(dentries(report), "filesystems"), i, fs)
		sum += number(fs, "dentries");
	check(report && sum == number(json_object_get(dentries(report), "total"), "dentries"),
	      "they do not", "filesystems add up to the total");
	json_decref(report);
}

static void check_row(const json_t *r, const char *what, long long all, long long negative,
		      long long unused, long long pinned)
{
	char why[160];

	snprintf(why, sizeof(why), "%lld, negative %lld, unused %lld, pinned %lld",
		 number(r, "dentries"), number(r, "negative"), number(r, "unused"),
		 number(r, "pinned"));
	check(number(r, "dentries") == all && number(r, "negative") == negative &&
		      number(r, "unused") == unused && number(r, "pinned") == pinned,
	      why, "%s: %lld dentries, %lld negative, %lld unused, %lld pinned", what, all,
	      negative, unused, pinned);
}

/* Until nothing of it is left: what was freed waits for RCU. */
static void check_gone(const char *dir, const char *what)
{
	json_t *report = NULL;
	bool gone = false;

	for (int tries = 0; tries < 20 && !gone; tries++) {
		json_decref(report);
		wait_ms(100);
		report = report_of(NULL);
		gone = report && !filesystem(report, dir) &&
		       !row(report, "directories", dir, NULL) &&
		       !row(report, "names_in_directories", dir, NULL);
	}
	check(gone, "still there", "%s: 0 are left", what);
	json_decref(report);
}

static void check_text(void)
{
	const char *const args[] = {"--fs", base, "--top", "0", NULL};
	bool clean = true, found = false;
	char line[512];
	int code;
	FILE *f = run(args, &code);

	while (f && fgets(line, sizeof(line), f)) {
		clean &= !strchr(line, '\033') && strlen(line) <= 81;
		found |= strstr(line, "new\\nline\\x1b[K_N") != NULL;
	}
	if (f)
		fclose(f);
	check(!code && clean && found, "it does not",
	      "the text shows names that are no text safely");
}

static void check_disk(void)
{
	int fds[FILES], more[FILES];
	json_t *report;
	const json_t *r;

	look_up(base, MISSING, UNITS);
	look_up(base, LONG, UNITS);
	look_up(base, EVIL, UNITS);
	open_files(base, "open%d", fds);
	open_files(base, "deleted%d", more);
	remove_files(base, "deleted%d");
	report = report_of(NULL);
	check_row(row(report, "names_in_directories", base, PATTERN), "missing names on ext4",
		  UNITS, UNITS, UNITS, 0);
	json_decref(report);
	report = report_of(base);
	check(json_array_size(json_object_get(dentries(report), "filesystems")) == 1 &&
		      is(filesystem(report, base), "type", "ext4"),
	      "it does not", "--fs takes a mount point");
	check_row(row(report, "names_in_directories", base, "new\nline\033[K_N"),
		  "missing names with control bytes", UNITS, UNITS, UNITS, 0);
	/* What a stream of dentries has of a name is folded, and then "...". */
	r = row(report, "names_in_directories", base, LONG_PATTERN);
	check_row(r, "missing long names", UNITS, UNITS, UNITS, 0);
	check(number(r, "long_names") == UNITS &&
		      number(r, "long_name_bytes") == (long long)UNITS * 128,
	      "they are not", "their names are objects of 128 bytes each");
	check_row(row(report, "names_in_directories", base, "openN"), "open files", FILES, 0, 0,
		  FILES);
	r = row(report, "names_in_directories", base, "deletedN");
	check_row(r, "open files that were deleted", FILES, 0, 0, FILES);
	check(number(r, "deleted") == FILES, "not all", "they are known as deleted");
	json_decref(report);
	check_text();
	close_files(more);
	close_files(fds);
	report = report_of(base);
	check_row(row(report, "names_in_directories", base, "openN"), "closed files", FILES, 0,
		  FILES, 0);
	json_decref(report);
}

static void disk(void)
{
	char made[64] = "";
	int err = image ? 0 : make_image(made);

	if (!err)
		err = mount_image(image ? image : made);
	if (err) {
		skip(strerror(-err), "missing names on ext4: cannot be mounted");
	} else {
		check_disk();
		check_births(base);
		umount(base);
		check_gone(base, "ext4 unmounted");
	}
	if (*made)
		unlink(made);
}

/*
 * A filesystem in memory keeps no note of a name that does not exist: it has no disk
 * that would have to be asked again. simple_lookup() has such dentries deleted with
 * their last reference (d_delete: always_delete_dentry(); DCACHE_DONTCACHE since 6.17).
 */
static void memory(void)
{
	int fds[FILES];
	json_t *report;
	const json_t *r;

	if (mount("none", base, "tmpfs", 0, NULL)) {
		skip(strerror(errno), "missing names on tmpfs: cannot be mounted");
		return;
	}
	look_up(base, MISSING, UNITS);
	open_files(base, "open%d", fds);
	close_files(fds);
	report = report_of(base);
	/* What was let go may still wait for RCU. */
	r = row(report, "names_in_directories", base, PATTERN);
	check(report && number(r, "dentries") == number(r, "dying"), "they are",
	      "missing names are not kept on tmpfs");
	r = row(report, "names_in_directories", base, "openN");
	check_row(r, "files on tmpfs", FILES, 0, 0, FILES);
	check(number(r, "files_in_memory") == FILES, "not all", "they are known as its files");
	json_decref(report);
	umount(base);
	check_gone(base, "tmpfs unmounted");
}

/* Whatever is mounted there: whether it keeps such names is asked of the kernel's own counter. */
static void root(void)
{
	char dir[] = "/ssdent-XXXXXX";
	long long before, kept;
	json_t *report;

	if (!mkdtemp(dir)) {
		skip(strerror(errno), "missing names in the root filesystem: cannot write there");
		return;
	}
	before = kernel_negatives();
	look_up(dir, MISSING, UNITS);
	kept = kernel_negatives() - before > UNITS / 2 ? UNITS : 0;
	report = report_of(NULL);
	check_row(row(report, "names_in_directories", dir, PATTERN),
		  "missing names in the root filesystem", kept, kept, kept, 0);
	json_decref(report);
	rmdir(dir);
	check_gone(dir, "directory removed");
}

static void kernfs(void)
{
	json_t *report;

	/* Linux commit c7e7c04274b1 "kernfs: use VFS negative dentry caching" (in v5.15) */
	look_up("/sys/kernel", "ssdent-missing-%d", UNITS);
	report = report_of("sysfs");
	check_row(row(report, "names_in_directories", "/sys/kernel", "ssdent-missing-N"),
		  "missing names in sysfs", UNITS, UNITS, UNITS, 0);
	json_decref(report);
}

static void interrupted(void)
{
	const char *const slowly[] = {"--pace", "0.01", NULL};
	FILE *f = tmpfile();
	pid_t pid;
	int code;

	if (!f)
		return;
	pid = start(fileno(f), -1, slowly);
	wait_ms(1500);
	kill(pid, SIGINT);
	code = exit_code(pid);
	check(code == 130 && !lseek(fileno(f), 0, SEEK_END), "it is not",
	      "Ctrl-C ends it without a report: exit code %d", code);
	fclose(f);
}

static void refused(void)
{
	const char *const unknown[] = {"--fs", "no-such-thing", NULL};
	int code;
	FILE *f = run(unknown, &code);

	check(code == 2, "it is not", "an unknown filesystem is a usage error: exit code %d", code);
	if (f)
		fclose(f);
}

int main(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "p:i:")) != -1) {
		if (option == 'p')
			dentries_program = optarg;
		else if (option == 'i')
			image = optarg;
		else
			return 2;
	}
	if (!mkdtemp(base))
		return 1;
	check_totals();
	disk();
	memory();
	root();
	kernfs();
	interrupted();
	refused();
	rmdir(base);
	return 0;
}
