// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * attach OBJECT [--single]: load a BPF object, attach every program in it, print "ready" and keep
 * it so until SIGINT or SIGTERM. With --single, programs whose names end in _2 are left out.
 */
#include <bpf/libbpf.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static void drop_second_copies(struct bpf_object *obj)
{
	struct bpf_program *prog;

	bpf_object__for_each_program (prog, obj) {
		const char *name = bpf_program__name(prog);

		if (!strcmp(name + strlen(name) - 2, "_2"))
			bpf_program__set_autoload(prog, false);
	}
}

static int attach_all(struct bpf_object *obj)
{
	struct bpf_program *prog;

	bpf_object__for_each_program (prog, obj) {
		struct bpf_link *link =
			bpf_program__autoload(prog) ? bpf_program__attach(prog) : NULL;
		long err = link ? libbpf_get_error(link) : 0;

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

	if (argc != 2 && (argc != 3 || strcmp(argv[2], "--single"))) {
		fprintf(stderr, "usage: attach OBJECT [--single]\n");
		return 2;
	}
	sigemptyset(&stop);
	sigaddset(&stop, SIGINT);
	sigaddset(&stop, SIGTERM);
	sigprocmask(SIG_BLOCK, &stop, NULL);

	/* The kernel takes the programs down with the process: nothing is closed by hand. */
	obj = bpf_object__open(argv[1]);
	if (libbpf_get_error(obj))
		return 1;
	if (argc == 3)
		drop_second_copies(obj);
	if (bpf_object__load(obj) || attach_all(obj))
		return 1;
	printf("ready\n");
	fflush(stdout);
	sigwait(&stop, &sig);
	return 0;
}
