#!/bin/sh
# test.sh [STEP...] - run the tests (all steps without one) and close with the line
# `N passed, N failed, N skipped`. make test calls it when everything is built.
#
# Steps: by themselves ledger (BPF, no hooks), zoo (what leaks and what only looks like it); beside
# guests, one after the other: live (this kernel), life (five ordinary minutes), cli; in guests: hour
# (an ordinary hour), vm (the matrix of kernels, and the refusal of one too old), nfs (a client that
# leaks), zoo-vm; beside all of them unit (no privileges), docs, golden (what is made of recordings
# of four kernels is what it was), html (pages in a browser), fuzz (recordings that are changed in
# every way, for FUZZ_S seconds); and, when asked for, nfs-kmemleak (that client where KMEMLEAK looks
# on). The longest begin first, so that none is left to run alone at the end. A step prints lines that
# begin with `ok`, `not ok` or `skip`; they are what is counted. A step that ends badly or checks
# nothing has failed.
set -u

# What is asked of the network here is asked by tests.
unset DEBUGINFOD_URLS

build=build
matrix='7.2 6.1 6.12 6.18' # the longest first
modules='6.1 6.12' # for these we build one
too_old=5.10
locked=6.12
guarded=6.12
nfs=6.12
hour=6.12
adverse='6.12 7.2' # these run out of memory, too
passed=0 failed=0 skipped=0
queue=

# count STEP LOG STATUS
count() {
	ok=$(grep -c '^ok' "$2")
	bad=$(grep -c '^not ok' "$2")
	skip=$(grep -c '^skip' "$2")
	if [ "$3" -ne 0 ] && [ "$bad" -eq 0 ]; then
		bad=1
		echo "not ok - $1 ended with status $3:"
		tail -n 20 "$2"
	elif [ $((ok + bad + skip)) -eq 0 ]; then
		bad=1
		echo "not ok - $1 checked nothing"
	fi
	passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + skip))
	echo "# $1: $ok passed, $bad failed, $skip skipped, $(($(date +%s) - began)) s"
}

# finish NAME STATUS: shows failures and skips (all lines with V set), counts.
finish() {
	if [ -n "${V-}" ]; then
		cat "$build/tests/$1.log"
	else
		grep -E '^(not ok|skip|# (zoo|golden):)' "$build/tests/$1.log"
	fi
	count "$1" "$build/tests/$1.log" "$2"
}

# step NAME COMMAND...: runs it to its end.
step() {
	name=$1
	shift
	began=$(date +%s)
	"$@" >"$build/tests/$name.log" 2>&1 </dev/null
	finish "$name" $?
}

# reap: waits until one of $queue (NAME:PID:BEGUN, a blank before each) has ended, and counts it.
reap() {
	while :; do
		for entry in $queue; do
			pid=${entry#*:}
			began=${pid#*:}
			pid=${pid%:*}
			case $(cat "/proc/$pid/stat" 2>/dev/null) in
			'' | *') Z '*) ;;
			*) continue ;;
			esac
			queue=$(echo "$queue" | sed "s/ $entry\\>//")
			name=${entry%%:*}
			[ ! -f "$build/tests/$name.began" ] || read -r began <"$build/tests/$name.began"
			wait "$pid"
			finish "$name" $?
			return
		done
		sleep 0.2
	done
}

# full: are there three jobs? CI has two cores, and a guest, which often waits, keeps 0.6 of one
# busy. Life has pauses.
full() {
	case $(echo "$queue" | sed 's/ life:[^ ]*//') in
	*' '*' '*' '*) ;;
	*) return 1 ;;
	esac
}

# job NAME COMMAND...: beside what runs, as soon as there is room.
job() {
	while full; do reap; done
	name=$1
	shift
	rm -f "$build/tests/$name.began"
	"$@" >"$build/tests/$name.log" 2>&1 </dev/null &
	queue="$queue $name:$!:$(date +%s)"
}

# after JOB COMMAND...: when that has ended. Those that trace this machine would meet each other.
after() {
	before=$(echo "$queue" | sed -n "s/.* $1:\\([0-9]*\\):.*/\\1/p")
	shift
	while [ -n "$before" ]; do
		case $(cat "/proc/$before/stat" 2>/dev/null) in
		'' | *') Z '*) break ;;
		esac
		sleep 0.5
	done
	date +%s >"$build/tests/$name.began"
	"$@"
}

# drain: until no guest runs any more.
drain() {
	while [ -n "$queue" ]; do reap; done
}

# cmocka speaks TAP on stderr when asked to; the reason of a failure is in the comments below it.
cmocka() {
	CMOCKA_MESSAGE_OUTPUT=TAP "$@"
}

# The grade that this kernel must get is not ours to choose: what the doctor says of the hooks.
live() {
	grade=$($build/slabsight doctor --json | sed -n 's/^ "grade": "\(.*\)",/\1/p')
	case $grade in
	full | partial) ;;
	*)
		echo "skip - live tests on this machine: coverage $grade: $($build/slabsight doctor |
			sed -n '/^Nothing/,$p' | tr -s '\n ' ' ')"
		return 0
		;;
	esac
	$build/tests/live -p $build/slabsight -l $build/tests/load -g "$grade" -t 10
	$build/tests/leftover -p $build/slabsight
	$build/tests/survivors -l $build/tests/load -t 5
	$build/tests/dentries -p $build/slabsight
	$build/tests/census -p $build/slabsight -l $build/tests/load
	$build/tests/adversity -p $build/slabsight
}

# Five minutes of ordinary life on this machine, while guests run: they are part of it.
life() {
	$build/tests/ordinary -p $build/slabsight -l $build/tests/load -t 300
}

# An hour of it in a guest, in minutes.
hour() {
	disk=$build/tests/hour-disk
	VM_ICOUNT=2
	export VM_ICOUNT
	mkdir -p "$disk" && printf 'loop max_loop=8\noverlay\n' >"$disk/modules" &&
		image "$disk/ext4.img" 24M || return 1
	vm $hour './hour -g full -i ext4.img -m /lib/modules/overlay.ko' $build/slabsight \
		$build/tests/hour "$disk/modules" "$disk/ext4.img"
}

# image FILE SIZE: an ext4 filesystem for guests, which have no mkfs.
image() {
	rm -f "$1"
	truncate -s "$2" "$1" && PATH=$PATH:/sbin:/usr/sbin mkfs.ext4 -q -F "$1"
}

privileged() {
	if [ "$(id -u)" -ne 0 ]; then
		echo "skip - $name: needs root"
		return 0
	fi
	"$@"
}

# vm LABEL RUN [FILE...]: the payload is FILEs and a script that runs RUN.
vm() {
	label=$1 payload=$build/tests/payload-$name
	rm -rf "$payload" && mkdir -p "$payload" || return 1
	printf '#!/bin/sh\n%s\n' "$2" >"$payload/run" && chmod +x "$payload/run"
	shift 2
	for file; do
		# It would take the place of the script, and the tests would not be missed.
		[ "${file##*/}" != run ] || return 1
	done
	cp "$@" "$payload/" || return 1
	scripts/vm.sh "$label" "$payload" 1200
	vm_status=$?
	rm -rf "$payload"
	[ $vm_status -ne 77 ] || {
		echo "skip - Linux $label: no such guest here (see above)"
		return 0
	}
	return $vm_status
}

# guest LABEL: all that a kernel of the matrix has to stand.
guest() {
	case " $adverse " in *" $1 "*) last='./adversity -g' ;; *) last=: ;; esac
	vm "$1" "./live -t 10; ./leftover -r; ./survivors -t 6; ./dentries -i ext4.img
		./census -m -n 15 -s 60; sh ./refusals.sh; $last" \
		$build/slabsight $build/tests/live $build/tests/load $build/tests/leftover \
		$build/tests/survivors $build/tests/adversity \
		$build/tests/dentries $build/tests/census $build/tests/ext4.img \
		$build/tests/modules tests/vm/refusals.sh tests/checks.sh "$(command -v setpriv)"
}

# appended WORDS COMMAND...: it, with these WORDS on the command line of the guest's kernel.
appended() {
	VM_APPEND=$1
	export VM_APPEND
	shift
	"$@"
}

# zoo_guest LABEL: all cases where we can build the module, else those that system calls make.
zoo_guest() {
	set -- "$1" "$build/tests/zoo-module-$1"
	case " $modules " in
	*" $1 "*)
		rm -rf "$2"
		if scripts/module.sh "$1" tests/zoo/module "$2"; then
			vm "$1" './zoo -m slabsight_zoo.ko' $build/slabsight $build/tests/zoo \
				"$2/slabsight_zoo.ko"
			return
		fi
		echo "skip - Linux $1: the cases that need a kernel module (see above)"
		;;
	esac
	vm "$1" ./zoo $build/slabsight $build/tests/zoo
}

# An NFS client that loses memory, made here, and one that does not.
nfs() {
	client=$build/tests/nfs-client
	scripts/nfs-client.sh $nfs "$client"
	case $? in
	0) ;;
	77)
		echo "skip - an NFS client that loses memory: it cannot be made here (see above)"
		return 0
		;;
	*) return 1 ;;
	esac
	printf 'nfsd\nnfsv4\n' >"$client/modules"
	vm $nfs 'sh ./guest.sh' $build/slabsight $build/tests/judge tests/checks.sh \
		tests/nfs/guest.sh tests/nfs/export.sh tests/nfs/relist.sh "$client"/*
}

# On a kernel that scripts/kmemleak-kernel.sh builds, whose NFS client loses memory.
nfs_kmemleak() {
	printf 'nfsd\nnfsv4\nkmemleak-test\n' >$build/tests/modules
	vm 6.12-kmemleak 'sh ./kmemleak.sh' $build/slabsight tests/checks.sh tests/nfs/kmemleak.sh \
		tests/nfs/export.sh tests/nfs/relist.sh $build/tests/modules
}

docs() {
	if command -v mandoc >/dev/null; then
		if mandoc -T lint -W warning user/slabsight.8; then
			echo "ok - the man page is clean for mandoc"
		else
			echo "not ok - mandoc complains about the man page"
		fi
	else
		echo "skip - the man page: mandoc is not installed"
	fi
	scripts/check-docs.sh $build/slabsight
	scripts/check-vmlinux.sh
}

run() {
	case $1 in
	unit | docs | golden | hour | live | life | vm | nfs | zoo-vm | html | fuzz) ;;
	cli) while case $queue in *' live:'* | *' life:'*) ;; *) false ;; esac; do reap; done ;;
	*) drain ;;
	esac
	case $1 in
	unit) job unit cmocka $build/tests/unit ;;
	ledger) step ledger privileged cmocka $build/tests/ledger ;;
	html) job html tests/html/html.sh $build ;;
	fuzz) job fuzz tests/fuzz/fuzz.sh $build "${FUZZ_S:-60}" ;;
	cli)
		# A shell without job control has what it starts beside itself ignore Ctrl-C; and a shell
		# that begins so cannot trap it.
		job export privileged env --default-signal=INT,QUIT tests/cli/export.sh $build/slabsight
		job cli privileged env --default-signal=INT,QUIT tests/cli/cli.sh $build/slabsight
		;;
	live) job live privileged live ;;
	life) job life after live privileged life ;;
	hour)
		scripts/kernels.sh $hour
		job hour hour
		;;
	nfs) job nfs nfs ;;
	nfs-kmemleak) step nfs-kmemleak nfs_kmemleak ;;
	docs) job docs docs ;;
	golden) job golden tests/golden/golden.sh $build ;;
	vm)
		scripts/kernels.sh
		# Modules to come and go, in every one of these kernels; the second has a cache.
		printf 'loop max_loop=8\noverlay\n' >$build/tests/modules
		image $build/tests/ext4.img 8M
		for guest in $matrix; do job "vm-$guest" guest "$guest"; done
		job "vm-$too_old" vm $too_old 'sh ./refusals.sh' $build/slabsight \
			tests/vm/refusals.sh tests/checks.sh
		# Objects in KFENCE's pool, and pages of it that are not used yet.
		job "vm-$guarded-kfence" appended kfence.sample_interval=50 vm $guarded \
			'./census -g' $build/slabsight $build/tests/census $build/tests/load
		job "vm-$locked-locked" appended lockdown=confidentiality vm $locked \
			'sh ./refusals.sh' $build/slabsight tests/vm/refusals.sh tests/checks.sh
		;;
	zoo) step zoo privileged $build/tests/zoo -p $build/slabsight ;;
	zoo-vm)
		scripts/kernels.sh
		for guest in $matrix; do job "zoo-$guest" zoo_guest "$guest"; done
		;;
	*)
		echo "slabsight: no test step '$1'" >&2
		exit 2
		;;
	esac
}

cd "$(dirname "$0")/.." || exit 1
[ $# -gt 0 ] || set -- ledger zoo unit docs golden hour live life vm nfs cli zoo-vm html fuzz
for wanted; do
	run "$wanted"
done
drain
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
