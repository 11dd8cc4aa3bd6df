// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * attach OBJECT: load a BPF object, attach every program in it, print "ready" and keep it so until
 * SIGINT or SIGTERM.
 */
#include <bpf/libbpf.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static int attach_all(struct bpf_object *obj)
{
	struct bpf_program *prog;

	bpf_object__for_each_program (prog, obj) {
		struct bpf_link *link = bpf_program__attach(prog);
		long err = libbpf_get_error(link);

		if (err) {
			fprintf(stderr, "attach: cannot attach '%s': %s\n", bpf_program__name(prog),
				strerror((int)-err));
			return -1;
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct bpf_object *obj;
	sigset_t stop;
	int sig;

	if (argc != 2) {
		fprintf(stderr, "usage: attach OBJECT\n");
		return 2;
	}
	sigemptyset(&stop);
	sigaddset(&stop, SIGINT);
	sigaddset(&stop, SIGTERM);
	sigprocmask(SIG_BLOCK, &stop, NULL);

	/* The kernel takes the programs down with the process: nothing is closed by hand. */
	obj = bpf_object__open(argv[1]);
	if (libbpf_get_error(obj) || bpf_object__load(obj) || attach_all(obj))
		return 1;
	printf("ready\n");
	fflush(stdout);
	sigwait(&stop, &sig);
	return 0;
}
