# SPDX-License-Identifier: GPL-2.0-or-later
# make            build/slabsight
# make run        install what is missing, build, trace this machine for 15 seconds
# make test       install what the tests need, run all of them
# make nfs        of these only: what slabsight says of an NFS client that leaks
# make nfs-kmemleak  the same on a kernel built with KMEMLEAK, to see what that says; takes long
# make zoo        does the verdict tell leaks from life? on all test kernels, in 8 minutes
# make golden     record four kernels anew for the golden tests, and accept what is made of that
# make golden-accept  what is made of their recordings now is what is expected: see git diff
# make html       try again to make the page of --format=html, which needs npm
# make bench      what tracing costs on this machine
# make power      what verdicts are worth: false alarms and leaks found, of made-up populations
# make install    DESTDIR= PREFIX=/usr/local; make uninstall takes it away again
# make V=1        show the commands

VERSION := 0.1.0
PREFIX  ?= /usr/local
DESTDIR ?=
B       := build
CLANG   ?= clang
PROTOC  ?= protoc-c
BPFTOOL ?= $(firstword $(wildcard /usr/sbin/bpftool /usr/local/sbin/bpftool) bpftool)
PKGS    := libbpf jansson libprotobuf-c sqlite3 libdw

ifneq ($(shell uname -m),x86_64)
$(error slabsight is for x86-64 only, and this machine is $(shell uname -m))
endif

WARN     := -Wall -Wextra -Wshadow -Wmissing-prototypes -Werror
CFLAGS   ?= -O2 -g
CPPFLAGS += -D_GNU_SOURCE -DSLABSIGHT_VERSION='"$(VERSION)"' -Iuser -Ibpf -I$(B)/bpf -I$(B)/user
ALL_CFLAGS = -std=gnu11 $(WARN) $(CFLAGS) $(CPPFLAGS) $(shell pkg-config --cflags $(PKGS))
LIBS      = $(shell pkg-config --libs $(PKGS)) -lelf -lz -lm
BPF_CFLAGS := -g -O2 -mcpu=v3 -target bpf -D__TARGET_ARCH_x86 -Ivmlinux -Ibpf \
	      -Wall -Wextra -Wno-unused-parameter -Wno-missing-braces -Werror

Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-7s %s\n' $(1) $(2))

# The order of linking is the order of reading: kernel differences first.
BPF_PARTS    := compat origins stacks ledger frees events functions control
CENSUS_PARTS := scan parked objects
BPF_OBJS     := $(BPF_PARTS:%=$(B)/bpf/%.bpf.o)
SKELETONS    := $(B)/bpf/slabsight.skel.h $(B)/bpf/census.skel.h $(B)/bpf/births.skel.h
HTML      := $(B)/html/$(if $(shell command -v npm 2>/dev/null),npm,none)
USER_SRCS := $(wildcard user/*.c)
PPROF     := $(B)/user/pprof.pb-c.c $(B)/user/pprof.pb-c.h
USER_OBJS := $(USER_SRCS:user/%.c=$(B)/user/%.o) $(B)/user/pprof.pb-c.o $(HTML)/page.o

.DELETE_ON_ERROR:
# Keeps what is made on the way: without the skeleton the next make would compile everything again.
.SECONDARY:
.PHONY: all run test golden golden-accept html nfs nfs-kmemleak zoo bench power install uninstall clean format
all: $(B)/slabsight

$(B)/bpf/%.bpf.o: bpf/%.bpf.c $(wildcard bpf/*.h) vmlinux/vmlinux.h
	@mkdir -p $(@D)
	$(call say,BPF,$<)
	$(Q)$(CLANG) $(BPF_CFLAGS) -c $< -o $@

$(B)/bpf/slabsight.bpf.o: $(BPF_OBJS)
	$(call say,JOIN,$@)
	$(Q)$(BPFTOOL) gen object $@ $^

$(B)/bpf/census.bpf.o: $(CENSUS_PARTS:%=$(B)/bpf/%.bpf.o)
	$(call say,JOIN,$@)
	$(Q)$(BPFTOOL) gen object $@ $^

$(B)/bpf/%.skel.h: $(B)/bpf/%.bpf.o
	$(call say,SKEL,$@)
	$(Q)$(BPFTOOL) gen skeleton $< name $*_bpf > $@

$(PPROF) &: user/pprof.proto
	@mkdir -p $(@D)
	$(call say,PROTO,$<)
	$(Q)$(PROTOC) --proto_path=user --c_out=$(B)/user $<

$(B)/user/pprof.pb-c.o: $(B)/user/pprof.pb-c.c
	$(call say,CC,$<)
	$(Q)$(CC) $(ALL_CFLAGS) -c $< -o $@

$(B)/user/%.o: user/%.c $(SKELETONS) $(PPROF)
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

$(B)/slabsight: $(USER_OBJS)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ -o $@ $(LIBS)

# The page of --format=html. Without npm it is empty, and slabsight does without that format; where
# npm comes later, the page has another name, and is made.
$(B)/html/none/page.html:
	@mkdir -p $(@D)
	@echo "slabsight: built without --format=html, which needs npm: install it, then 'make html'" >&2
	@: >$@

$(B)/html/npm/page.html: scripts/html.sh $(wildcard user/html/*)
	@mkdir -p $(@D)
	$(call say,NPM,$@)
	$(Q)scripts/html.sh $@

# Symbols are named after the file as it is called here.
%/page.o: %/page.html
	$(call say,OBJECT,$@)
	$(Q)cd $(@D) && $(LD) -r -b binary -z noexecstack -o $(@F) $(<F) && objcopy \
		--rename-section .data=.rodata,alloc,load,readonly,data,contents $(@F)

-include $(USER_OBJS:.o=.d)

# Root is needed for the trace alone: what is built belongs to who builds it.
run:
	scripts/deps.sh run
	$(Q)$(MAKE) --no-print-directory all
	@if [ "$$(id -u)" -eq 0 ]; then \
		$(B)/slabsight trace -d 15; \
	elif command -v sudo >/dev/null; then \
		sudo $(B)/slabsight trace -d 15; \
	else \
		echo "slabsight: not root and no sudo; as root, run: $(B)/slabsight trace -d 15" >&2; \
		exit 1; \
	fi

INSTALLED := sbin/slabsight share/man/man8/slabsight.8 \
	     share/bash-completion/completions/slabsight

install: all
	install -D -m 755 $(B)/slabsight $(DESTDIR)$(PREFIX)/sbin/slabsight
	install -D -m 644 user/slabsight.8 $(DESTDIR)$(PREFIX)/share/man/man8/slabsight.8
	install -D -m 644 user/slabsight.bash \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/slabsight

uninstall:
	rm -f $(INSTALLED:%=$(DESTDIR)$(PREFIX)/%)

# Tests that run on any kernel, native or in a VM.
$(B)/tests/live: $(addprefix tests/live/,live.c tap.c traced.c hold.c hold_kinds.c) \
		 $(wildcard tests/live/*.h)
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(filter %.c,$^) -o $@ $(LIBS)

$(B)/tests/leftover: $(addprefix tests/live/,leftover.c leftover_cgroups.c booked.c tap.c) $(wildcard tests/live/*.h)
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(filter %.c,$^) -o $@ $(LIBS)

$(B)/tests/adversity: $(addprefix tests/live/,adversity.c adversity_clock.c adversity_command.c \
		      adversity_limits.c adversity_memory.c booked.c traced.c tap.c) $(wildcard tests/live/*.h)
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(filter %.c,$^) -o $@ $(LIBS)

$(B)/tests/load: $(addprefix tests/live/,load.c load_kinds.c loopback.c) $(wildcard tests/live/*.h)
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(filter %.c,$^) -o $@

$(B)/tests/survivors: tests/live/survivors.c $(filter-out %/main.o,$(USER_OBJS))
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $^ -o $@ $(LIBS)

$(B)/tests/dentries: $(addprefix tests/live/,dentries.c dentries_run.c dentries_births.c tap.c) \
		     $(wildcard tests/live/*.h)
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(filter %.c,$^) -o $@ $(LIBS)

$(B)/tests/census: $(addprefix tests/live/,census.c census_command.c census_storm.c tap.c \
		   hold.c hold_kinds.c) $(filter-out %/main.o,$(USER_OBJS)) \
		   $(wildcard tests/live/*.h)
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(filter-out %.h,$^) -o $@ $(LIBS)

$(B)/tests/judge: tests/nfs/judge.c tests/live/tap.c tests/live/tap.h
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -Itests/live $(filter %.c,$^) -o $@ $(LIBS)

$(B)/tests/ordinary: $(addprefix tests/live/,ordinary.c traced.c verdicts.c tap.c) \
		     $(wildcard tests/live/*.h)
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(filter %.c,$^) -o $@ $(LIBS)

HOUR_SRCS := $(wildcard tests/hour/*.c) tests/unit/random.c \
	     $(addprefix tests/live/,tap.c traced.c verdicts.c hold.c hold_kinds.c load_kinds.c \
			      loopback.c)

$(B)/tests/hour: $(HOUR_SRCS) $(wildcard tests/hour/*.h tests/live/*.h) tests/unit/random.h
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -Itests/live -Itests/unit $(HOUR_SRCS) -o $@ $(LIBS)

ZOO_SRCS := $(wildcard tests/zoo/*.c) \
	    $(addprefix tests/live/,tap.c traced.c hold.c hold_kinds.c loopback.c)

$(B)/tests/zoo: $(ZOO_SRCS) $(wildcard tests/zoo/*.h tests/live/*.h)
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -Itests/live $(ZOO_SRCS) -o $@ $(LIBS)

# What makes text of recordings, and what there is to record in a guest.
$(B)/tests/golden: $(filter-out %/life.c,$(wildcard tests/golden/*.c)) tests/golden/golden.h $(B)/user/pprof.pb-c.o
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(filter %.c %.o,$^) -o $@ $(LIBS)

$(B)/tests/golden-life: tests/golden/life.c
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $< -o $@

BENCH := $(addprefix $(B)/tests/,bench big loops attach record merge empty.bpf.o)

$(B)/tests/bench: $(addprefix tests/bench/,bench.c variant.c results.c progs.c print_text.c \
		  print_json.c) $(wildcard tests/bench/*.h)
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(filter %.c,$^) -o $@ $(LIBS)

$(B)/tests/big: tests/bench/big.c $(addprefix tests/live/,traced.c hold.c hold_kinds.c) \
		$(wildcard tests/live/*.h)
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -Itests/live $(filter %.c,$^) -o $@ $(LIBS)

$(B)/tests/record $(B)/tests/merge: $(B)/tests/%: tests/bench/%.c tests/unit/made_ledger.c \
		   tests/unit/random.c $(filter-out %/main.o,$(USER_OBJS)) $(wildcard tests/unit/*.h)
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -Itests/unit $(filter-out %.h,$^) -o $@ $(LIBS) -lcmocka

$(B)/tests/loops $(B)/tests/attach: $(B)/tests/%: tests/bench/%.c
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $< -o $@ $(LIBS)

$(B)/tests/empty.bpf.o: tests/bench/empty.bpf.c
	@mkdir -p $(@D)
	$(call say,BPF,$<)
	$(Q)$(CLANG) $(BPF_CFLAGS) -c $< -o $@

# Modules that need no kernel, with sanitizers, and with some calls of theirs made to fail.
UNIT_MODULES := text symbols symbols_read symbol_text interrupts slabs snapshot snapshot_stacks snapshot_frees survival kinds \
		verdict verdict_origin verdict_text contents pins rank governor \
		report report_place report_text report_origins report_makers report_coverage report_verdicts \
		report_answer together \
		report_json export_html export_html_data \
		report_settle report_run run_cgroup report_suppressions report_tap \
		cgroup_directory trace_options trace_help cli say instance collect hooks progress output json_output \
		pattern mounts cgroups top sample memo clusters clusters_text settle reclaim \
		repetitions suppressions survivors addresses lines interrupt grace clock \
		census_report census_text census_json meminfo \
		packed interner recording_schema recording_db recording_rows recording_images \
		recording_source recording_open recording_columns recording_names recording_stacks \
		recording_origins recording_facts recording_at recording_between recording_growth interval \
		interval_index interval_lives interval_stacks report_source report_when record_pace \
		origin_name diff diff_alias diff_together diff_notes diff_text diff_json \
		merge merge_rows merge_alias merge_files merge_since merge_notes merge_text merge_json \
		recorder recorder_names recorder_take recorder_count recorder_thin \
		dentries dentry_paths dentry_place dentry_births dentry_births_report \
		dentry_births_names dentry_births_sites dentry_births_verdict \
		dentry_births_print dentry_births_words dentry_births_text dentry_births_json \
		dentries_verdict dentries_report dentries_text dentries_json \
		export export_growth export_rows export_pprof export_pprof_code export_folded export_csv export_openmetrics \
		code_images debug_path debug_lines debug_tree debug_files debug_image debuginfod debuginfo \
		debuginfo_ask debuginfo_note frame_lines gzip build_id interner replace
UNIT_WRAPS   := bind calloc connect fopen fstatfs getauxval getsockopt malloc \
		open_by_handle_at realloc stat strdup
UNIT_SRCS    := $(wildcard tests/unit/*.c) $(UNIT_MODULES:%=user/%.c)
SANITIZE     := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all

# Once for all programs that are made of them.
$(B)/sanitized/%.o: %.c $(PPROF)
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(SANITIZE) -Itests/unit -MMD -MP -c $< -o $@

UNIT_OBJS := $(patsubst %.c,$(B)/sanitized/%.o,$(UNIT_SRCS) $(filter %.c,$(PPROF)))
UNIT_LINK  = $(CC) $(CFLAGS) $(SANITIZE) $(filter %.o,$^) -o $@ $(UNIT_WRAPS:%=-Wl,--wrap=%) \
	     -lcmocka -ldw -lelf -ljansson -lprotobuf-c -lsqlite3 -lz -lm

$(B)/tests/unit: $(UNIT_OBJS)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(UNIT_LINK)

TESTS := $(addprefix $(B)/tests/,unit ledger live load leftover adversity survivors dentries census ordinary hour judge zoo golden golden-life)

# Pages for a browser, made of reports that are made up.
PAGES_OBJS := $(B)/sanitized/tests/html/pages.o $(B)/sanitized/user/html_page.o $(filter-out \
	      $(addprefix $(B)/sanitized/tests/unit/,main.o test_export_html.o made_page.o),$(UNIT_OBJS))

$(B)/tests/pages: $(PAGES_OBJS) $(HTML)/page.o
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(UNIT_LINK)

# Recordings that are not what they should be, in numbers; only where clang has its libFuzzer. All
# that is between a file and a report is instrumented; SQLite is not.
FUZZ_MODULES := recording_open interval interval_index interval_lives interval_stacks recording_at recording_facts \
		recording_between recording_columns recording_db recording_growth recording_names \
		recording_origins recording_schema recording_source recording_stacks \
		packed interner report report_place report_text report_json report_tap report_answer \
		report_coverage report_origins report_makers report_run report_settle report_source \
		report_suppressions report_verdicts verdict verdict_origin verdict_text \
		together survival snapshot snapshot_frees snapshot_stacks slabs symbols symbols_read symbol_text \
		text rank kinds repetitions settle reclaim run_cgroup hooks kernel grace \
		addresses clock interrupts json_output lines output code_images \
		recording_images build_id debug_path debug_lines debug_tree debug_files debug_image \
		debuginfod debuginfo debuginfo_note frame_lines cgroups mounts
FUZZ_SRCS    := tests/fuzz/recording.c tests/fuzz/mutate.c tests/unit/random.c \
		$(FUZZ_MODULES:%=user/%.c)
FUZZ_OBJS    := $(FUZZ_SRCS:%.c=$(B)/fuzz/%.o)
FUZZ_FLAGS   := -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
FUZZ_RUNTIME  = $(wildcard $(shell $(CLANG) -print-runtime-dir 2>/dev/null)/libclang_rt.fuzzer*.a)
FUZZ          = $(if $(FUZZ_RUNTIME),$(addprefix $(B)/tests/fuzz/,recording seeds))

$(B)/fuzz/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CLANG) $(ALL_CFLAGS) $(FUZZ_FLAGS) -Itests/unit -MMD -MP -c $< -o $@

$(B)/tests/fuzz/recording: $(FUZZ_OBJS)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CLANG) $(FUZZ_FLAGS) $^ -o $@ $(LIBS)

SEEDS_OBJS := $(B)/sanitized/tests/fuzz/seeds.o $(filter-out %/main.o,$(UNIT_OBJS))

$(B)/tests/fuzz/seeds: $(SEEDS_OBJS)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(UNIT_LINK)

-include $(FUZZ_OBJS:.o=.d) $(B)/sanitized/tests/fuzz/seeds.d

-include $(UNIT_OBJS:.o=.d)

TESTS += $(B)/tests/pages

# A page that could not be made is made now, or this fails to again.
html:
	@find $(B)/html -name page.html -empty -delete 2>/dev/null || :
	@grep -qs 'id="data"' $(B)/slabsight || touch -c $(HTML)/page.html
	$(Q)$(MAKE) --no-print-directory all

test:
	scripts/deps.sh test
	$(Q)$(MAKE) --no-print-directory html
	$(Q)$(MAKE) --no-print-directory -j$$(nproc) all $(TESTS) $(FUZZ)
	scripts/test.sh

golden:
	scripts/deps.sh test
	$(Q)$(MAKE) --no-print-directory all $(B)/tests/golden $(B)/tests/golden-life
	scripts/golden.sh $(KERNELS)
	tests/golden/golden.sh $(B) accept

golden-accept: all $(B)/tests/golden
	tests/golden/golden.sh $(B) accept

nfs:
	scripts/deps.sh test
	$(Q)$(MAKE) --no-print-directory all $(B)/tests/judge
	V=1 scripts/test.sh nfs

nfs-kmemleak:
	scripts/deps.sh kernel
	$(Q)$(MAKE) --no-print-directory all
	scripts/kmemleak-kernel.sh
	V=1 scripts/test.sh nfs-kmemleak

zoo:
	scripts/deps.sh test
	$(Q)$(MAKE) --no-print-directory all $(B)/tests/zoo
	V=1 scripts/test.sh zoo zoo-vm

bench:
	scripts/deps.sh bench
	$(Q)$(MAKE) --no-print-directory all $(BENCH)
	$(B)/tests/bench $(BENCH_ARGS)
	@echo; echo 'a million live objects'
	$(Q)$(B)/tests/big -p $(B)/slabsight
	@echo; echo 'a recording'
	$(Q)$(B)/tests/record
	@echo; echo 'recordings of 200 hosts, merged'
	$(Q)$(B)/tests/merge

POWER_SRCS := tests/bench/power.c tests/unit/random.c $(wildcard tests/unit/populations*.c) \
	      $(addprefix user/,survival.c verdict.c kinds.c symbols.c symbols_read.c interrupts.c \
			addresses.c)

$(B)/tests/power: $(POWER_SRCS) $(wildcard tests/unit/populations*.h user/*.h) bpf/wire.h
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -Itests/unit $(POWER_SRCS) -o $@ -lm

power: $(B)/tests/power
	$(B)/tests/power $(POWER_ARGS)

# The ledger's functions, driven by a program of the tests instead of by hooks.
$(B)/bpf/probe.part.o: tests/bpf/probe.bpf.c tests/bpf/probe.h $(wildcard bpf/*.h) vmlinux/vmlinux.h
	@mkdir -p $(@D)
	$(call say,BPF,$<)
	$(Q)$(CLANG) $(BPF_CFLAGS) -c $< -o $@

$(B)/bpf/probe.bpf.o: $(filter-out %/events.bpf.o %/functions.bpf.o %/control.bpf.o,$(BPF_OBJS)) \
		      $(B)/bpf/probe.part.o
	$(call say,JOIN,$@)
	$(Q)$(BPFTOOL) gen object $@ $^

$(B)/tests/ledger: $(addprefix tests/bpf/,ledger_test.c ledger_fixture.c model_test.c \
		   table_test.c origins_test.c frees_test.c stacks_test.c) $(wildcard tests/bpf/*.h) $(B)/bpf/probe.skel.h
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -Itests/bpf $(filter %.c,$^) -o $@ $(LIBS) -lcmocka -lpthread

clean:
	rm -rf $(B)

format:
	clang-format -i user/*.[ch] bpf/*.[ch] tests/*/*.[ch] tests/zoo/module/*.[ch]
