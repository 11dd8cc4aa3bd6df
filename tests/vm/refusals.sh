#!/bin/sh
# refusals.sh - in a guest, as root, in the payload's directory: what slabsight does where it cannot
# work (a kernel too old, lockdown=confidentiality, no BTF), where something is missing, and where
# the machine changes under it (CPUs, modules, the clock). A line a check: ok, not ok, skip. Always
# exits 0: the lines are the result.
#
# The payload: slabsight, checks.sh; load, setpriv and the module loop where they are to be used.
# shellcheck disable=SC2086 # numbers
set -u
slabsight=./slabsight
setpriv=./setpriv # busybox has one of its own, which knows less
tmp=/tmp/refusals
mkdir -p $tmp/nothing && : >$tmp/none
pid= # of the last start

# shellcheck source=tests/checks.sh disable=SC1091
. ./checks.sh

# refused WHY: nothing can be traced here, everything else works.
refused() {
	says 'trace' 4 "cannot trace: .*$1" $slabsight trace -d 1
	says 'trace --json' 4 "cannot trace: .*$1" $slabsight trace -d 1 --json
	says 'a wrong option is still a wrong option' 2 jsn $slabsight trace --jsn
	$slabsight doctor >$tmp/out 2>$tmp/err
	holds 'doctor: exit 4, no talk' test "$?,$(grep -c '' $tmp/err)" = 4,0
	holds '... says why' sh -c "sed -n '/^Nothing/,\$p' $tmp/out | tr -s '\n ' ' ' | \
		grep '^Nothing can be traced: .*$1'"
	holds '... and goes through all hooks' grep -q kmem_cache_alloc_bulk $tmp/out
	$slabsight doctor --json >$tmp/out
	holds 'doctor --json: exit 4' test $? -eq 4
	holds '... whole' whole $tmp/out
	holds '... has the grade none' grep -q '"grade": "none"' $tmp/out
}

# hiding WHAT BY COMMAND...
# shellcheck disable=SC2317 # says and reports call it
hiding() {
	# shellcheck disable=SC2016 # for that shell
	unshare -m sh -c 'mount --bind "$2" "$1" && shift 2 && exec "$@"' sh "$@"
}

hidden() {
	says 'no BTF' 4 'no BTF.*CONFIG_DEBUG_INFO_BTF' \
		hiding /sys/kernel/btf $tmp/nothing $slabsight trace -d 1
	reports 'no addresses in /proc/kallsyms' 'no names:' \
		hiding /proc/kallsyms $tmp/none $slabsight trace -d 1 --json
	holds '... and says so in the report' grep -q '"symbols": false' $tmp/out
	$slabsight doctor >$tmp/out
	holds 'symbols that are shown are seen' grep -q 'yes *symbol addresses' $tmp/out
}

privileges() {
	if [ ! -x $setpriv ]; then
		skip 'privileges: setpriv is not in the payload'
		return
	fi
	chmod 755 . $slabsight $setpriv
	says 'no capability' 4 'needs CAP_BPF and CAP_PERFMON' capable '' $slabsight trace -d 1
	says 'CAP_BPF only' 4 'needs CAP_PERFMON (' capable +bpf $slabsight trace -d 1
	says 'CAP_PERFMON only' 4 'needs CAP_BPF (' capable +perfmon $slabsight trace -d 1
	reports 'CAP_BPF and CAP_PERFMON' 'no names:.*CAP_SYSLOG' \
		capable +bpf,+perfmon $slabsight trace -d 1 --json
	reports 'CAP_BPF, CAP_PERFMON and CAP_SYSLOG' '^tracing' \
		capable +bpf,+perfmon,+syslog $slabsight trace -d 1 --json
	holds '... names call sites' grep -q '"symbols": true' $tmp/out
	holds '... hooks as much as root does' grep -q '"grade": "full"' $tmp/out
}

# ends_well WHAT: the trace under way, whatever happened to the machine.
ends_well() {
	wait $pid
	judge "$1" 0 '^tracing' $?
	holds '... books balance' test "$(number unbalanced_origins)" = 0
}

cpus() {
	cpu=/sys/devices/system/cpu/cpu1/online
	if [ ! -w $cpu ] || [ ! -x ./load ]; then
		skip 'CPUs that come and go: no second CPU or no load in the payload'
		return
	fi
	./load -t 6 >/dev/null 2>&1 &
	load=$!
	start -d 5 --json
	for online in 0 1 0 1; do
		echo $online >$cpu && sleep 1
	done
	ends_well 'a CPU goes and comes back, twice'
	holds '... under load' test "$(number allocs)" -gt 1000
	wait $load
	echo 0 >$cpu
	start -d 1 --json
	ends_well 'a CPU is offline from the start'
	echo 1 >$cpu
}

modules() {
	if [ ! -f /lib/modules/loop.ko ]; then
		skip 'a module that comes and goes: loop is not in the payload or built in'
		return
	fi
	rmmod loop 2>/dev/null
	start -d 600 --json
	holds 'a module comes' insmod /lib/modules/loop.ko max_loop=8
	sleep 5 # names are read once a second, or as soon as a slow machine gets to it
	rmmod loop
	sleep 1
	kill -INT $pid
	ends_well '... and goes'
	holds '... and its call sites keep their names' grep -q '"module": "loop"' $tmp/out
}

clock() {
	now=$(date +%s)
	start -d 3 --json
	date -s 2035-01-01 >/dev/null && sleep 1
	date -s 2001-01-01 >/dev/null && sleep 1
	date -s "@$now" >/dev/null
	ends_well 'the clock is set on and back'
	holds '... and the duration is the true one' awk -v s="$(number duration_s)" \
		'BEGIN { print s " s"; exit !(s >= 3 && s < 1000) }' # not decades
}

memory() {
	if [ "$(awk '/^MemTotal/ { print $2 }' /proc/meminfo)" -gt 3000000 ]; then
		skip 'a table larger than memory: there is too much of it'
		return
	fi
	says 'a table larger than memory' 1 'no memory for a table of 200000000.*--objects' \
		$slabsight trace -d 1 --objects 200M
	reports '... leaves room for a smaller one' '^tracing' $slabsight trace -d 1 --json
}

# Whether the trampolines of fentry are there, and gone with a process that could not clean up.
killed() {
	functions=/sys/kernel/tracing/enabled_functions
	if [ ! -r $functions ]; then
		skip 'kill -9 leaves no function hooked: no enabled_functions to see it by'
		return
	fi
	start -d 30
	hooked=$(grep -c '^kmem_cache_destroy ' $functions)
	kill -9 $pid
	wait $pid 2>/dev/null
	sleep 2
	holds 'kill -9 leaves no function hooked' \
		test "$hooked,$(grep -c '' $functions),$(find /sys/fs/bpf -type f | wc -l)" = 1,0,0
	reports '... and the way free for the next' '^tracing' $slabsight trace -d 1 --json
}

# A signal while hooks are put in place: no report yet, or a whole one.
interrupted() {
	for seconds in 0.1 0.5 1 2; do
		$slabsight trace -d 30 --json >$tmp/out 2>$tmp/err &
		pid=$!
		sleep $seconds
		kill -TERM $pid
		wait $pid 2>/dev/null
		status=$?
		if [ $status -eq 143 ] && [ ! -s $tmp/out ]; then
			ok "SIGTERM after $seconds s: no report yet"
		else
			judge "SIGTERM after $seconds s: a report" 0 '^tracing' $status
		fi
	done
}

# Its process id is another in there, and must still be known for its own.
containers() {
	if ! unshare -p -f true 2>/dev/null; then
		skip 'a pid namespace: there are none here'
		return
	fi
	reports 'in a pid namespace' '^tracing' \
		unshare -p -f $slabsight trace -d 2 --json --comm slabsight
	holds '... its own allocations are left out' \
		test "$(number own_allocs)" -gt 0 -a "$(number allocs)" -eq 0
}

case $(uname -r) in
[0-5].* | 6.0.*)
	refused '6.1 or newer'
	;;
*)
	if grep -qw lockdown=confidentiality /proc/cmdline; then
		refused 'lockdown=confidentiality forbids it'
		mount -t securityfs securityfs /sys/kernel/security
		$slabsight doctor >$tmp/out
		holds 'lockdown as the kernel tells it' grep -q 'no *lockdown *conf' $tmp/out
	else
		hidden
		privileges
		cpus
		modules
		clock
		memory
		killed
		interrupted
		containers
	fi
	;;
esac
exit 0
