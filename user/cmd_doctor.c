// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * slabsight doctor: every hook, map type, privilege and source of names that a
 * trace here would use: there or not, why, and what its absence costs. Works
 * without privileges, and says what they would add.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>

#include "census.h"
#include "cleanup.h"
#include "cli.h"
#include "hooks.h"
#include "json_output.h"
#include "say.h"
#include "symbols.h"

#ifndef CAP_PERFMON
#define CAP_PERFMON 38
#define CAP_BPF	    39
#endif

#define CHECKS_MAX 40

enum check_state { CHECK_OK, CHECK_DEGRADED, CHECK_MISSING, CHECK_UNKNOWN, CHECK_ABSENT };

struct check {
	const char *group;
	char name[48];
	enum check_state state;
	char why[200]; /* what it is for, or why it is missing and what that costs */
};

struct checkup {
	struct kernel kernel;
	struct hook hooks[HOOK_COUNT];
	struct check checks[CHECKS_MAX];
	int count;
};

static const char *const state_names[] = {"yes", "partly", "no", "?", "-"};

static struct check *add(struct checkup *c, const char *group, const char *name,
			 enum check_state state)
{
	struct check *check = &c->checks[c->count++];

	check->group = group;
	check->state = state;
	snprintf(check->name, sizeof(check->name), "%s", name);
	return check;
}

static void add_text(struct checkup *c, const char *group, const char *name, bool ok,
		     enum check_state otherwise, const char *yes, const char *no)
{
	struct check *check = add(c, group, name, ok ? CHECK_OK : otherwise);

	snprintf(check->why, sizeof(check->why), "%s", ok ? yes : no);
}

static void check_privileges(struct checkup *c)
{
	const struct kernel *k = &c->kernel;
	const char *group = "privileges";

	add_text(c, group, "CAP_BPF", k->can_load, CHECK_MISSING, "loads programs and maps",
		 "loads programs and maps: nothing can be traced without (root has it)");
	add_text(c, group, "CAP_PERFMON", k->can_trace, CHECK_MISSING,
		 "attaches them to the kernel",
		 "attaches them to the kernel: nothing can be traced without (root has it)");
	add_text(c, group, "symbol addresses", k->can_see_symbols, CHECK_DEGRADED,
		 "call sites and stacks get names",
		 "hidden: call sites and stacks have no names; CAP_SYSLOG (or root) shows them, "
		 "unless kernel.kptr_restrict is 2");
	add_text(c, group, "/proc/slabinfo", k->can_read_slabinfo, CHECK_DEGRADED,
		 "the kernel's own counts beside ours",
		 "not readable: the kernel's own counts are not shown beside ours; root reads it");
}

/* Tried for good: the census programs are loaded, and find the kernel's memory map or not. */
static void check_slab_pages(struct checkup *c)
{
	const struct kernel *k = &c->kernel;
	struct census *census = NULL;
	struct check *check;
	char why[160] = "";

	if (k->need != KERNEL_OK) {
		check = add(c, "kernel", "slab pages", CHECK_UNKNOWN);
		snprintf(check->why, sizeof(check->why), "cannot be tried");
		return;
	}
	census_create(k, CENSUS_CHECK, &census, why);
	check = add(c, "kernel", "slab pages", census ? CHECK_OK : CHECK_DEGRADED);
	snprintf(check->why, sizeof(check->why), "%s%s",
		 census ? "can be read: census, dentries, and the survivor check of every trace"
			: "no census, and survivors cannot be checked: ",
		 why);
	add_text(c, "kernel", "cache of kmalloc objects", k->has_cache_kfunc || census,
		 CHECK_DEGRADED, k->has_cache_kfunc ? "bpf_get_kmem_cache()" : "by its slab page",
		 "no way to ask: named by size class and gfp flags, marked with '?'");
	census_destroy(census);
}

static void check_kernel(struct checkup *c)
{
	const struct kernel *k = &c->kernel;
	const char *group = "kernel";
	struct check *check;
	bool locked = k->need == KERNEL_LOCKDOWN || !strcmp(k->lockdown, "confidentiality");

	add_text(c, group, "BTF", k->btf, CHECK_MISSING, "/sys/kernel/btf/vmlinux",
		 "/sys/kernel/btf/vmlinux is not there (CONFIG_DEBUG_INFO_BTF) or cannot be "
		 "read: nothing can be traced");
	check = add(c, group, "lockdown", locked ? CHECK_MISSING : CHECK_OK);
	snprintf(check->why, sizeof(check->why), "%s",
		 locked ? "confidentiality: BPF may not read kernel memory: nothing can be "
			  "traced"
		 : k->lockdown[0] ? k->lockdown
				  : "not known: no /sys/kernel/security/lockdown here");
	if (k->need == KERNEL_NO_PRIVILEGE) {
		check = add(c, group, "BPF programs", CHECK_UNKNOWN);
		snprintf(check->why, sizeof(check->why), "cannot be tried: %s", k->why);
	} else {
		add_text(c, group, "BPF programs", k->need == KERNEL_OK, CHECK_MISSING,
			 "raw tracepoints, compare-and-swap, syscall programs", k->why);
	}
	check_slab_pages(c);
}

static void check_maps(struct checkup *c)
{
	static const struct {
		enum bpf_map_type type;
		const char *name, *use;
	} types[] = {
		{BPF_MAP_TYPE_ARRAY, "array", "the ledger, mapped into slabsight"},
		{BPF_MAP_TYPE_PERCPU_ARRAY, "percpu_array", "counters per origin"},
		{BPF_MAP_TYPE_CGROUP_ARRAY, "cgroup_array", "--cgroup"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		struct check *check = add(c, "maps", types[i].name, CHECK_UNKNOWN);
		int there =
			c->kernel.can_load ? libbpf_probe_bpf_map_type(types[i].type, NULL) : -1;

		check->state = there > 0 ? CHECK_OK : there ? CHECK_UNKNOWN : CHECK_MISSING;
		snprintf(check->why, sizeof(check->why), "%s%s", types[i].use,
			 there < 0 ? " (cannot be tried: needs CAP_BPF)" : "");
	}
}

static void check_hooks(struct checkup *c)
{
	for (int i = 0; i < HOOK_COUNT; i++) {
		const struct hook *h = &c->hooks[i];
		struct check *check = add(c, "hooks", h->spec->name, CHECK_OK);

		if (h->state == HOOK_ABSENT) {
			check->state = CHECK_ABSENT;
			snprintf(check->why, sizeof(check->why), "not in this kernel: %s",
				 h->spec->covers);
		} else if (c->kernel.need == KERNEL_NO_PRIVILEGE) {
			check->state = CHECK_UNKNOWN;
			snprintf(check->why, sizeof(check->why), "cannot be tried; covers %s",
				 h->spec->covers);
		} else if (h->state == HOOK_MISSING) {
			check->state = CHECK_MISSING;
			snprintf(check->why, sizeof(check->why), "%s; %s", h->why, h->spec->hides);
		} else {
			check->state = hooks_skips(h) ? CHECK_DEGRADED : CHECK_OK;
			snprintf(check->why, sizeof(check->why), "%s: %s%s",
				 hooks_how(h, (char[24]){0}), h->spec->covers,
				 check->state == CHECK_OK
					 ? ""
					 : "; one copy only, as fentry is not allowed: frees in an "
					   "interrupt of itself are skipped, and counted");
		}
	}
}

static void check_names(struct checkup *c)
{
	add_text(c, "names", "/proc/kallsyms", c->kernel.can_see_symbols, CHECK_DEGRADED,
		 "functions of the kernel and its modules", "addresses are hidden (see above)");
	add_text(c, "names", "/sys/kernel/slab", !access("/sys/kernel/slab", R_OK | X_OK),
		 CHECK_DEGRADED, "the names that merged caches go by",
		 "not readable: merged caches show one name only");
}

/* The grade that a trace would get, in words; "none" when there would be no trace. */
static const char *grade(const struct checkup *c)
{
	if (c->kernel.need != KERNEL_OK)
		return "none";
	return hooks_grade_name(hooks_grade(c->hooks));
}

#define WIDTH 80

/* `text` from a column on, and its further lines from there too; then a new line. */
static void print_wrapped(int column, int indent, const char *text)
{
	while ((int)strlen(text) > WIDTH - column) {
		int cut = WIDTH - column;

		while (cut > 1 && text[cut] != ' ')
			cut--;
		printf("%.*s\n%*s", cut, text, indent, "");
		text += cut + (text[cut] == ' ');
		column = indent;
	}
	printf("%s\n", text);
}

static void print_nothing(const char *why)
{
	char line[240];

	snprintf(line, sizeof(line), "Nothing can be traced: %s.", why);
	putchar('\n');
	print_wrapped(0, 2, line);
}

static int print_text(const struct checkup *c)
{
	const char *group = "";

	printf("Linux %s %s\n", c->kernel.name.release, c->kernel.name.machine);
	for (int i = 0; i < c->count; i++) {
		const struct check *check = &c->checks[i];

		if (strcmp(group, check->group))
			printf("\n%s\n", check->group);
		group = check->group;
		printf("  %-6s %-26s", state_names[check->state], check->name);
		print_wrapped(35, 35, check->why);
	}
	if (c->kernel.need == KERNEL_OK)
		printf("\nA trace here would have coverage %s.\n", grade(c));
	else
		print_nothing(c->kernel.why);
	return fflush(stdout) || ferror(stdout) ? -(errno ? errno : EIO) : 0;
}

static int print_json(const struct checkup *c)
{
	json_t *object, *kernel, *checks;

	json_output_begin();
	object = json_object();
	kernel = json_object();
	checks = json_array();
	for (int i = 0; i < c->count; i++) {
		const struct check *check = &c->checks[i];
		json_t *one = json_object();

		json_object_set_new(one, "group", json_string(check->group));
		json_object_set_new(one, "name", json_string(check->name));
		json_object_set_new(one, "state", json_string(state_names[check->state]));
		json_object_set_new(one, "why", json_string(check->why));
		json_array_append_new(checks, one);
	}
	json_object_set_new(kernel, "release", json_string(c->kernel.name.release));
	json_object_set_new(kernel, "machine", json_string(c->kernel.name.machine));
	json_object_set_new(object, "schema", json_integer(1));
	json_object_set_new(object, "tool", json_string("slabsight"));
	json_object_set_new(object, "command", json_string("doctor"));
	json_object_set_new(object, "kernel", kernel);
	json_object_set_new(object, "grade", json_string(grade(c)));
	json_object_set_new(object, "checks", checks);
	return json_output_end(object, stdout);
}

static const char help[] =
	"usage: slabsight doctor [--json]\n"
	"\n"
	"Tries everything that a trace would use and says what is there, what is not,\n"
	"why, and what its absence hides. Changes nothing. Run it with the privileges\n"
	"that the trace will have; without any, it says what they would add.\n"
	"Exit code 4: nothing can be traced here.\n";

int cmd_doctor(int argc, char **argv)
{
	static const struct option options[] = {
		{"json", no_argument, NULL, 'j'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	struct checkup c = {};
	bool json = false;
	int option, err;

	optind = 0;
	while ((option = cli_option(argc, argv, ":h", options)) != -1) {
		if (option == 'h') {
			fputs(help, stdout);
			return EXIT_DONE;
		}
		if (option == '?')
			return EXIT_USAGE;
		json = true;
	}
	if (cli_no_more(argc, argv))
		return EXIT_USAGE;
	if (kernel_init(&c.kernel)) {
		say("out of memory");
		return EXIT_FAILED;
	}
	hooks_plan(&c.kernel, false, c.hooks);
	check_privileges(&c);
	check_kernel(&c);
	check_maps(&c);
	check_hooks(&c);
	check_names(&c);
	err = json ? print_json(&c) : print_text(&c);
	kernel_deinit(&c.kernel);
	if (err) {
		say("cannot write the report: %s", strerror(-err));
		return EXIT_FAILED;
	}
	return c.kernel.need == KERNEL_OK ? EXIT_DONE : EXIT_NOTHING;
}
