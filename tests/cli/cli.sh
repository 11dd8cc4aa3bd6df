#!/bin/sh
# cli.sh SLABSIGHT - the command line on this machine, as root: messages, exit codes, what happens
# when a privilege, a file, a descriptor or the reader is missing, signals, and what is left after
# kill -9. A line a check: ok, not ok, skip. Always exits 0: the lines are the result.
#
# Runs in a network namespace of its own, where the name by which slabsights know of each other is
# free whatever else is tracing.
# shellcheck disable=SC2016 # what is in single quotes is for another shell
# shellcheck disable=SC2086 # words on purpose
# shellcheck disable=SC3045 # ulimit -n and -S are in every sh that we meet
set -u
PATH=$PATH:/usr/sbin:/sbin

here=$(cd "$(dirname "$0")" && pwd)
if [ "${2-}" != inside ]; then
	if unshare -n true 2>/dev/null; then
		exec unshare -n "$0" "$1" inside
	fi
	echo "skip - command line: needs a network namespace of its own (root)"
	exit 0
fi

# shellcheck source=tests/checks.sh disable=SC1091
. "$here/../checks.sh"

tmp=$(mktemp -d) || exit 0
pids=
cgroup=
# shellcheck disable=SC2317 # the trap calls it
clean_up() {
	for one in $pids; do
		kill -9 "$one" 2>/dev/null
	done
	wait
	[ -z "$cgroup" ] || rmdir "$cgroup/kid" "$cgroup" 2>/dev/null
	rm -rf "$tmp"
}
trap clean_up EXIT
trap 'exit 0' INT TERM HUP PIPE

pid= # of the last start
# A copy that nobody can reach and that a rebuild does not change.
chmod 755 "$tmp"
cp "$1" "$tmp/slabsight" || exit 0
slabsight=$tmp/slabsight
run="timeout -k 1 60 $slabsight"
# As nobody, who may trace and no more.
may="setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all,+bpf,+perfmon
--ambient-caps=-all,+bpf,+perfmon"
: >"$tmp/none"
mkdir "$tmp/nothing"

usage() {
	says 'no command' 2 'unknown command' $run ''
	$run >"$tmp/out" 2>"$tmp/err"
	holds 'no arguments: help on stderr, exit 2' \
		test "$?,$(grep -c usage: "$tmp/err"),$(grep -c '' "$tmp/out")" = 2,1,0
	for command in '' census trace run doctor version; do
		$run $command --help >"$tmp/out" 2>"$tmp/err"
		holds "${command:-slabsight} --help" \
			test "$?,$(grep -c usage: "$tmp/out"),$(grep -c '' "$tmp/err")" = 0,1,0
	done
	says 'unknown command, nearest' 2 "did you mean 'trace'" $run trac
	says 'unknown command, no near one' 2 "unknown command 'frobnicate'. See" $run frobnicate
	says 'unknown command of 200 letters' 2 "x'. See" $run "$(printf '%0200d' 0 | tr 0 x)"
	says 'escapes in a command' 2 '\\x1b\[31m' $run "$(printf '\033[31m\377')"
	says 'unknown option, nearest' 2 "'--jsn'; did you mean '--json'" $run trace --jsn
	says 'unknown option after a stray word' 2 "'--jsn'" $run trace stray --jsn
	says 'unknown option of doctor' 2 "'--jsn'; did you mean '--json'" $run doctor --jsn
	says 'unknown short option' 2 "'-z'" $run trace -z
	says 'an abbreviation of two options' 2 'min-size.*max-size' $run trace --m 5
	says 'a value that is missing' 2 "'--duration' needs a value" $run trace --duration
	says 'a value where none belongs' 2 'takes no value' $run trace --json=1
	says 'a stray word' 2 "unexpected argument 'stray'" $run trace -- stray
	says 'unknown option of census' 2 "'--paec'; did you mean '--pace'" $run census --paec 1
	says 'an option of trace for census' 2 "'--duration'" $run census --duration 5
	says 'an abbreviation of two options of census' 2 'json\|sort.*sample' $run census --s 5
	says 'a stray word behind a cache' 2 "unexpected argument 'stray'" $run census dentry stray
	says 'escapes in the name of a cache' 2 "'\\\\x1b\[31m'" $run census "$(printf '\033[31m')"
	says 'run without a command' 2 'no command to run' $run run --json --
	says 'an option of trace for run' 2 "'-d'" $run run -d 5 true
	says 'an unknown option before a command' 2 "'--repaet'; did you mean '--repeat'" \
		$run run --repaet 5 -- true
	for value in 0 1001 x; do
		says "--repeat $value" 2 "'--repeat': '" $run run --repeat $value -- true
	done
	says 'a stray word for version' 2 "unexpected argument 'stray'" $run version stray
}

# numbers OPTION VALUE...: each is refused, by name.
numbers() {
	option=$1
	shift
	for value; do
		says "$option='$value'" 2 "'$option': '" $run trace "$option=$value"
	done
}

values() {
	numbers --duration '' 0 -1 nan inf 1e400 5s 1e9 "$(printf '\033')"
	numbers --objects '' 0 999 -1 1.5 0x400 1T 18446744073709551616
	numbers --min-size -1 4294967296 x
	numbers --max-size 0 ''
	numbers --top -1 many
	numbers --sort size
	numbers --stacks some
	numbers --settle '' -1 5s nan 86401
	numbers --reclaim '' all
	says '--reclaim=cgroup without a cgroup' 2 'needs --cgroup' $run trace --reclaim=cgroup
	numbers --comm '' 'sixteen letters!'
	numbers --cgroup ''
	numbers --cache ''
	says '--min-size above --max-size' 2 'nothing is left' \
		$run trace --min-size 100 --max-size 50
	says 'unknown cache, nearest' 2 "did you mean 'dentry'" $run trace --cache dentyr -d 1
	says 'unknown glob' 2 "no cache matches 'no\\*such'" $run trace --cache 'no*such' -d 1
	says 'a cgroup that is not there' 2 'No such file' $run trace --cgroup no/such -d 1
	says 'a cgroup that is none' 2 'not a cgroup v2' $run trace --cgroup "$tmp" -d 1
}

# census_numbers OPTION VALUE...: each is refused, by name.
census_numbers() {
	option=$1
	shift
	for value; do
		says "census $option='$value'" 2 "'$option': '" $run census "$option=$value"
	done
}

# found FILTER: what jq is to find true of the report.
# shellcheck disable=SC2317 # holds calls it
found() {
	command -v jq >/dev/null || return 0
	jq -e "$1" "$tmp/out"
}

census() {
	census_numbers --top -1 many 100001 ''
	census_numbers --sort size '' allocs
	census_numbers --sample -1 1.5 1T ''
	census_numbers --pace '' 0 0% 0.05% -1 2 101% nan inf 1e-300 x 20%%
	census_numbers --cache ''
	says 'census of an unknown cache, nearest' 2 "did you mean 'dentry'" $run census dentyr
	says 'census of an unknown cache' 2 "no cache matches 'no_such_cache_here'" \
		$run census no_such_cache_here
	says 'census of a cache without a name' 2 "no cache matches ''" $run census ''
	says 'census of an unknown glob, nearest' 2 "did you mean 'dentry'" $run census --cache dentyr
	says 'census of an unknown glob' 2 "no cache matches 'no\*such'" $run census --cache 'no*such'
	reports 'census --json' '^$' sh -c '"$@" && echo >&2' sh $run census --json
	holds '... explains the kernel'\''s total' found \
		'.census.explained_share > 0.5 and .census.explained_share < 1.1'
	holds '... adds up' found '([.census.caches[].live_objects] | add) == .census.live_objects'
	holds '... most bytes first' found \
		'[.census.caches[].slab_bytes] | . == (sort | reverse)'
	reports 'census --json --cache --sort=name' '^$' sh -c '"$@" && echo >&2' sh \
		$run census --json --cache 'kmalloc-*' --sort name
	holds '... has those caches, by name' found '[.census.caches[] | .name] |
		length > 5 and . == sort'
	reports 'census of a cache, in JSON' '^$' sh -c '"$@" && echo >&2' sh \
		$run census dentry --json --sample 1000
	holds '... has its row only, and contents' found '(.census.caches | length) == 1 and
		.census.contents.cache == "dentry" and
		([.census.contents.clusters[].objects] | add) == .census.contents.sampled_objects'
	$run census dentry --top 3 >"$tmp/out" 2>"$tmp/err"
	holds 'census of a cache, in text' test "$?,$(grep -c '^CONTENTS of ' "$tmp/out")" = 0,1
	holds '... on 80 columns' awk 'length > 80 { print; bad = 1 } END { exit bad }' "$tmp/out"
	holds '... without a control character' sh -c '! LC_ALL=C tr -d "\n" <"$0" |
		LC_ALL=C grep -q "[[:cntrl:]]"' "$tmp/out"
	$run census --top 0 >"$tmp/out" 2>"$tmp/err"
	holds 'census --top 0' test "$?,$(grep -c -- '--top 0' "$tmp/out")" = 0,0
	holds '... on 80 columns' awk 'length > 80 || / $/ { print; bad = 1 } END { exit bad }' \
		"$tmp/out"
	holds '... prints no address' sh -c '! grep -q "ffff[89a-f]" "$0"' "$tmp/out"
	alias=$(awk '/^  also / { sub(",", "", $2); print $2; exit }' "$tmp/out")
	if [ -n "$alias" ]; then
		reports "census of a cache by its alias ($alias)" '^$' sh -c '"$@" && echo >&2' sh \
			$run census "$alias" --json
	else
		skip 'census of a cache by its alias: none is merged here'
	fi
	$slabsight census --pace 0.1% --json >"$tmp/out" 2>"$tmp/err" &
	pid=$!
	sleep 1
	kill -TERM $pid
	wait $pid
	holds 'SIGTERM ends a census without a report' test "$?,$(grep -c '' "$tmp/out")" = 130,0
	holds '... and says so' grep -q '^slabsight: interrupted before' "$tmp/err"
	says 'census without capabilities' 4 'needs CAP_BPF and CAP_PERFMON' capable '' $run census
	says 'census with CAP_BPF only' 4 'needs CAP_PERFMON (' capable +bpf $run census
	reports 'census with CAP_BPF and CAP_PERFMON' '^$' sh -c '"$@" && echo >&2' sh \
		$may $run census --json
	reports 'census of a cache without CAP_SYSLOG' '^$\|no names:.*CAP_SYSLOG' \
		sh -c '"$@" && echo >&2' sh $may $run census kmalloc-64 --json
	says 'census without BTF' 4 'no BTF.*CONFIG_DEBUG_INFO_BTF' \
		hiding /sys/kernel/btf "$tmp/nothing" $run census
	reports 'census without /sys/kernel/slab' '^$' hiding /sys/kernel/slab "$tmp/nothing" \
		sh -c '"$@" && echo >&2' sh $run census --json
	holds '... has no aliases' found '[.census.caches[].aliases[]] == []'
	says 'census without /proc/zoneinfo' 1 'cannot read /proc/zoneinfo' \
		hiding /proc/zoneinfo "$tmp/none" $run census
	reports 'census without /proc/meminfo' '^$' hiding /proc/meminfo "$tmp/none" \
		sh -c '"$@" && echo >&2' sh $run census --json
	holds '... explains nothing' found '.census.explained_share == null'
	for kib in 8000 20000 30000; do # start, programs, arrays
		says "census in $kib KiB of memory" 1 'memory$' \
			sh -c 'ulimit -v $0 && exec "$@"' $kib $run census --json
	done
}

doctor() {
	reports 'doctor --json' '^$' sh -c '"$@" && echo >&2' sh $run doctor --json
	says_doctor 'doctor without privileges' 'needs CAP_BPF and CAP_PERFMON' ''
	says_doctor 'doctor without CAP_PERFMON' 'needs CAP_PERFMON' +bpf
}

# says_doctor WHAT PATTERN CAPABILITIES: exit 4, a full report whose last line matches.
says_doctor() {
	capable "$3" $run doctor >"$tmp/out" 2>"$tmp/err"
	status=$?
	trouble=
	[ $status -eq 4 ] || trouble="exit $status, not 4; "
	tail -n 1 "$tmp/out" | grep -q "$2" || trouble="$trouble$(tail -n 1 "$tmp/out"); "
	grep -q 'kmem_cache_alloc_bulk' "$tmp/out" || trouble="${trouble}no hooks; "
	[ ! -s "$tmp/err" ] || trouble="${trouble}talks"
	verdict "$1" "$trouble"
}

privileges() {
	says 'no capability' 4 'needs CAP_BPF and CAP_PERFMON' capable '' $run trace -d 0.1
	says 'CAP_BPF only' 4 'needs CAP_PERFMON (' capable +bpf $run trace -d 0.1
	says 'CAP_PERFMON only' 4 'needs CAP_BPF (' capable +perfmon $run trace -d 0.1
	says 'root of a user namespace' 4 'initial user namespace' \
		unshare -r $run trace -d 0.1
	reports 'CAP_BPF, CAP_PERFMON, CAP_SYSLOG' '^tracing' \
		capable +bpf,+perfmon,+syslog $run trace -d 0.1 --json
	holds '... names call sites' grep -q '"symbols": true' "$tmp/out"
	if capable '' awk '$2 == "T" { exit $1 ~ /^0*$/ }' /proc/kallsyms; then
		skip 'CAP_BPF, CAP_PERFMON: symbols are shown to everybody here'
		return
	fi
	reports 'CAP_BPF, CAP_PERFMON: a report, no names' 'no names:.*CAP_SYSLOG' \
		$may $run trace -d 0.1 --json
	holds '... and says so in it' grep -q '"symbols": false' "$tmp/out"
}

# hiding WHAT BY COMMAND...: with BY bound over WHAT, in a mount namespace of its own.
# shellcheck disable=SC2317 # says and reports call it
hiding() {
	unshare -m sh -c 'mount --bind "$2" "$1" && shift 2 && exec "$@"' sh "$@"
}

hidden() {
	says 'no BTF' 4 'no BTF.*CONFIG_DEBUG_INFO_BTF' \
		hiding /sys/kernel/btf "$tmp/nothing" $run trace -d 0.1
	says 'BTF that is none' 4 'btf/vmlinux cannot be read' \
		hiding /sys/kernel/btf/vmlinux "$tmp/none" $run trace -d 0.1
	reports 'no addresses in /proc/kallsyms' 'no names:.*kptr_restrict' \
		hiding /proc/kallsyms "$tmp/none" $run trace -d 0.1 --json
	holds '... and says so in it' grep -q '"symbols": false' "$tmp/out"
	chmod 0 "$tmp/none"
	reports '/proc/kallsyms is not for us' 'no names:' \
		hiding /proc/kallsyms "$tmp/none" $may $run trace -d 0.1 --json
	reports 'no /proc' 'no names:' hiding /proc "$tmp/nothing" $run trace -d 0.1 --json
	reports 'no /sys/kernel/slab' '^tracing' \
		hiding /sys/kernel/slab "$tmp/nothing" $run trace -d 0.1 --json
	reports 'no names of caches: a glob is not refused' 'cannot check --cache' \
		hiding /sys/kernel/slab "$tmp/nothing" $may $run trace -d 0.1 --json --cache nosuch
}

# stdout COMMAND...: exit 1 and one line when it cannot be written to.
stdout() {
	says "$* to a full disk" 1 'cannot write.*No space' sh -c 'exec "$@" >/dev/full' sh $run "$@"
	says "$*, stdout closed" 1 'cannot write.*Bad file' sh -c 'exec "$@" >&-' sh $run "$@"
	says "$*, reader gone" 1 'cannot write.*Broken pipe' sh -c '
		mkfifo "$0"; exec 3<>"$0" 4>"$0" 3>&-; exec "$@" >&4 4>&-' "$tmp/fifo" $run "$@"
	rm -f "$tmp/fifo"
}

files() {
	for command in --help version doctor 'doctor --json' 'trace --help' 'census --help' census \
		'census --json'; do
		stdout $command
	done
	for format in --json --sort=age; do
		sh -c 'exec "$@" 2>"$0.2" >/dev/full' "$tmp/err" $run trace -d 0.1 $format
		holds "trace $format to a full disk: exit 1" test $? -eq 1
		holds '... and why' grep -q 'cannot write the report: No space' "$tmp/err.2"
	done
	# A descriptor of the kernel's must not become stdout or stderr.
	sh -c 'exec "$@" <&- >&- 2>&-' sh $run trace -d 0.1
	holds 'stdin, stdout and stderr closed: exit 1' test $? -eq 1
	sh -c 'exec "$@" <&- 2>&-' sh $run trace -d 0.1 --json >"$tmp/out"
	holds 'stdin and stderr closed: a report' whole "$tmp/out"
	(ulimit -f 0 && trap '' XFSZ && exec $run doctor >"$tmp/limited" 2>/dev/null)
	holds 'a file at its limit: exit 1, not killed' test $? -eq 1
}

limits() {
	says 'few descriptors' 1 'files may be open' \
		sh -c 'ulimit -n 20 && exec "$@"' sh $run trace -d 0.1
	reports 'few descriptors, and more to be had' '^tracing' \
		sh -c 'ulimit -S -n 20 && exec "$@"' sh $run trace -d 0.1 --json
	reports 'no locked memory' '^tracing' \
		sh -c 'ulimit -l 0 && exec "$@"' sh $run trace -d 0.1 --json
	for kib in 8000 20000 30000; do # start, names, programs
		says "$kib KiB of memory" 1 'memory' \
			sh -c 'ulimit -v $0 && exec "$@"' $kib $run trace -d 0.1 --json
	done
	start -d 1.5 --objects 1000 --json
	mkdir "$tmp/many" && (cd "$tmp/many" && seq 3000 | xargs touch)
	wait $pid
	judge 'a table that is too small' 0 '^tracing' $?
	holds '... is sampled, and says so' \
		awk "BEGIN { exit !($(number sample) < 1 && $(number sample) > 0) }"
	rm -rf "$tmp/many"
}

instances() {
	start -d 20
	holder=$pid
	pids="$pids $holder"
	for i in 1 2 3 4 5; do
		says "a second instance, try $i" 1 "(pid $holder).*--force" $run trace -d 0.1
	done
	says 'a second instance of another user' 1 "(pid $holder)" $may $run trace -d 0.1
	says 'no capability comes before a second instance' 4 CAP_BPF \
		capable '' $run trace -d 0.1
	reports 'a second instance by --force' '^tracing' $run trace -d 0.1 --json --force
	kill -9 "$holder"
	wait "$holder" 2>/dev/null
	reports 'none is left after kill -9' '^tracing' $run trace -d 0.1 --json
	as=$may
	start -d 20
	as=
	holder=$pid
	pids="$pids $holder"
	reports 'a stranger with its name does not stop root' 'another user' \
		$run trace -d 0.1 --json
	kill -9 "$holder"
	wait "$holder" 2>/dev/null
}

signals() {
	for signal in INT TERM; do
		start -d 30 --json
		sleep 0.5
		kill -$signal $pid
		wait $pid
		judge "SIG$signal ends early with a report" 0 '^tracing' $?
		holds '... at once' awk "BEGIN { exit !($(number duration_s) < 10) }"
	done
	# Both are there when it goes on, and come one after the other.
	start -d 30 --json
	kill -STOP $pid
	kill -INT $pid
	kill -TERM $pid
	kill -CONT $pid
	wait $pid
	holds 'a second signal ends it without a report' test "$?,$(grep -c '' "$tmp/out")" = 130,0
	start -d 1 --json
	kill -STOP $pid
	sleep 2
	kill -CONT $pid
	wait $pid
	judge 'stopped for 2 seconds' 0 '^tracing' $?
	holds '... tells the true duration' awk "BEGIN { exit !($(number duration_s) >= 2) }"
}

# A trace's way from Ctrl-C to the report.
settling() {
	start -d 0.5 --settle 60 --json
	tries=0
	while ! grep -q 'settling: waiting' "$tmp/err" && [ $tries -lt 300 ]; do
		sleep 0.1
		tries=$((tries + 1))
	done
	kill -INT $pid
	wait $pid
	judge 'Ctrl-C cuts settling short' 0 'settling: waiting 1m' $?
	holds '... and the report says so' found '.coverage.settle |
		.cut_short and .waited_s < 30 and .how != "none"'
	reports '--settle 0' '^tracing' $run trace -d 0.1 --json --settle 0
	holds '... does nothing, and says so' found '.coverage.settle == {"how": "none",
		"waited_s": 0, "cut_short": false, "kfree_rcu_pending": .coverage.settle.kfree_rcu_pending}'
	reports '--settle 1' '^tracing' $run trace -d 0.1 --json --settle 1
	holds '... waits for so long' found '.coverage.settle | .waited_s >= 1 and .waited_s < 10 and
		(.cut_short | not)'
	reports 'no rcu_barrier' '^tracing' hiding /sys/module/rcutree/parameters "$tmp/nothing" \
		$run trace -d 0.1 --json
	holds '... grace periods have to do' found '.coverage.settle.how == "grace_periods"'
	reports '--reclaim=slab without the privilege' 'cannot reclaim: .*only root may' \
		$may $run trace -d 0.1 --json --reclaim slab
	holds '... and the report says so' found '(.coverage.reclaim.done | not) and
		([.origins[].reclaimed] | all(. == null))'
	reports '--reclaim=cgroup of the root' 'cannot reclaim: .*no memory.reclaim' \
		$run trace -d 0.1 --json --reclaim cgroup --cgroup /
}

# exits WHAT STATUS ARGUMENT...: slabsight run ends with this status and a whole report.
exits() {
	what=$1 wanted=$2
	shift 2
	$run run --settle 0 --json -o "$tmp/report" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
	status=$?
	mv "$tmp/report" "$tmp/out" 2>/dev/null
	judge "$what" "$wanted" '^tracing' $status
}

# started ARGUMENT...: slabsight run in the background, as $pid, when the command has said so by
# making $tmp/runs.
started() {
	rm -f "$tmp/runs"
	"$slabsight" run --json -o "$tmp/report" "$@" >"$tmp/talk" 2>"$tmp/err" </dev/null &
	pid=$!
	pids="$pids $pid"
	tries=0
	while [ ! -e "$tmp/runs" ] && kill -0 $pid 2>/dev/null && [ $tries -lt 300 ]; do
		sleep 0.1
		tries=$((tries + 1))
	done
}

commands() {
	exits 'run -- true' 0 -- true
	holds '... without a warning: the report has a file of its own' \
		test "$(grep -c JSON "$tmp/err")" = 0
	holds '... tells what was run' found '.run == {"argv": ["true"], "exit_code": 0, "failed": 0,
		"repetitions": 1, "repetitions_wanted": 1, "warmups": 0, "interrupted": false}'
	holds '... in a report for nobody else' \
		sh -c 'rm -f "$0" && umask 0 && "$@" 2>/dev/null && [ "$(stat -c %a "$0")" = 600 ]' \
		"$tmp/private" $run run --settle 0 -o "$tmp/private" -- true
	exits 'exit 7' 7 -- sh -c 'exit 7'
	exits 'a command that kills itself' 137 -- sh -c 'kill -9 $$'
	exits 'of repetitions the first that fails counts' 3 --repeat 3 --warmup 0 -- \
		sh -c 'echo x >>"$0"; exit $((2 + $(wc -l <"$0") % 3))' "$tmp/count"
	holds '... and all are run' found '.run.repetitions == 3 and .run.failed == 3'
	says 'a command that is not there' 127 "cannot run 'no.such.command': No such file" \
		sh -c '"$@" 2>&1 | grep -v ^tracing >&2; exit 127' sh \
		$run run -- no.such.command
	$run run -- no.such.command >"$tmp/out" 2>"$tmp/err"
	holds '... 127, and no report' test "$?,$(grep -c '' "$tmp/out")" = 127,0
	$run run -- "$tmp" >"$tmp/out" 2>"$tmp/err"
	holds 'a command that is a directory: 126' test $? -eq 126
	says 'a report that cannot be written: before the command runs' 1 "cannot write to" \
		$run run -o "$tmp/no/such" -- touch "$tmp/ran"
	holds '... which it does not' test ! -e "$tmp/ran"
	$run run --settle 0 -o /dev/full -- true 2>"$tmp/err"
	holds 'a report to a full disk: 1' test "$?,$(grep -c 'No space' "$tmp/err")" = 1,1
	echo old >"$tmp/kept"
	$run run -o "$tmp/kept" -- no.such.command 2>/dev/null
	holds 'without a report, an old one stays' grep -qx old "$tmp/kept"
	$run run --settle 0 --json -- sh -c 'cat; echo to stderr >&2; ulimit -n; echo "$@"' sh 'a  b' c \
		>"$tmp/out" 2>"$tmp/err" <<-EOF
			from stdin
		EOF
	holds 'standard files are the command'\''s' test \
		"$(head -n 3 "$tmp/out" | tr '\n' ,)$(grep -c '^to stderr' "$tmp/err")" = \
		"from stdin,$(ulimit -n),a  b c,1"
	holds '... which is warned of' grep -q "what 'sh' prints comes before the JSON.*-o FILE" "$tmp/err"
	sed -i 1,3d "$tmp/out"
	holds '... and the report comes behind' whole "$tmp/out"
	(ulimit -S -n 40 && exec $run run --settle 0 -- sh -c 'ulimit -n; ls /proc/self/fd | wc -l') \
		>"$tmp/out" 2>/dev/null
	holds 'limits are as they were, and no file of ours is open' \
		test "$(sed -n 1p "$tmp/out"),$(($(sed -n 2p "$tmp/out") < 8))" = 40,1
	$run run --settle 0 -- sh -c 'yes | head -n 1' >"$tmp/out" 2>&1
	holds 'a reader that goes away kills who writes, as ever' \
		sh -c '! grep -q Broken "$0"' "$tmp/out"
	exits 'with --repeat 3' 0 --repeat 3 -- true
	holds '... there is a warm-up' found '.run.warmups == 1 and .run.repetitions == 3 and
		([.origins[] | select(.live_objects > 0) | .repetitions | length] | all(. == 3)) and
		([.origins[] | select(.per_run != null) | .per_run == (.repetitions | min)] | all)'
	exits 'a warm-up of 3 seconds' 0 --warmup 1 -- sh -c '[ -e "$0" ] || sleep 3; : >"$0"' "$tmp/warm"
	holds '... is in no time that is told' found '.duration_s < 2'
	exits 'a command that allocates nothing that is traced' 0 --comm nobody -- true
	holds '... leaves nothing' found '.coverage.allocs == 0 and .origins == []'
}

harness() {
	printf 'leak:nosuch\r\n# comment\nleak:*\n' >"$tmp/known"
	reports '--suppressions' '^tracing' $run trace -d 0.5 --json --suppressions "$tmp/known"
	holds '... counts what they match' found '.suppressions.patterns | length == 2 and
		.[0].objects == 0 and .[1].line == 3'
	holds '... marks what is passed over' found '[.origins[] | select(.live_objects > 0 and
		.call_site.symbol != null) | .suppressed_by] | all(. == "*")'
	printf 'leak:a\nrace:b\n' >"$tmp/known"
	says 'what is no suppression' 2 "known:2: not a suppression (leak:PATTERN): 'race:b'" \
		$run trace -d 0.1 --suppressions "$tmp/known"
	says 'no file of suppressions' 2 "cannot read '$tmp/unknown': No such file" \
		$run run --suppressions "$tmp/unknown" -- touch "$tmp/ran"
	says 'endless suppressions' 2 ': a NUL byte' \
		$run trace -d 0.1 --suppressions /dev/zero
	says 'endless patterns' 2 ': more than 100,000 patterns' \
		sh -c 'yes leak:a | "$@"' sh $run trace -d 0.1 --suppressions /dev/stdin
	says '--tap and --json' 2 'one of them' $run trace --tap --json
	$run run --settle 0 --tap --fail-on-leak --comm nobody -- true >"$tmp/out" 2>"$tmp/err"
	holds '--tap without a leak: 0, and a test that passed' \
		test "$?,$(head -n 2 "$tmp/out" | tr '\n' ,)$(grep -c '^ok 1 - no leak' "$tmp/out")" = \
		'0,TAP version 13,1..1,1'
	$run run --settle 0 --tap --fail-on-leak --comm nobody -- false >"$tmp/out" 2>"$tmp/err"
	holds '... and the exit code of the command' test $? -eq 1
}

# wait_report: of the last started.
wait_report() {
	wait $pid
	status=$?
	mv "$tmp/report" "$tmp/out" 2>/dev/null
}

interrupts() {
	started -- sh -c ': >"$0"; exec sleep 60' "$tmp/runs"
	kill -TERM $pid
	wait_report
	judge 'SIGTERM ends the command, and the report comes' 143 '^tracing' $status
	holds '... and says so' found '.run.interrupted and .run.exit_code == 143'
	# By the terminal it goes to both; twice, and this command would end by the second.
	if command -v script >/dev/null; then
		(sleep 4; printf '\003'; sleep 4) | script -qec "exec $slabsight run --settle 0 --json -o $tmp/report -- \
			sh -c 'trap \"echo x >>$tmp/typed\" INT; sleep 60; sleep 1; exit 5'" \
			/dev/null >"$tmp/err" 2>&1
		status=$?
		mv "$tmp/report" "$tmp/out" 2>/dev/null
		judge 'Ctrl-C by a terminal' 5 'tracing' $status
		holds '... is said to the command once' test "$(cat "$tmp/typed")" = x
		holds '... and the report comes' found '.run.interrupted'
		(sleep 4; printf '\003'; sleep 6) | script -qec "exec $slabsight run --settle 0 --json \
			-o $tmp/report -- setsid sh -c 'trap \"exit 6\" INT; sleep 8 & wait'" \
			/dev/null >"$tmp/err" 2>&1
		status=$?
		mv "$tmp/report" "$tmp/out" 2>/dev/null
		judge 'Ctrl-C for a command in a session of its own' 6 'tracing' $status
		# Between two repetitions: there is no command that it could go to.
		rm -f "$tmp/report"
		{
			while [ ! -e "$tmp/first" ]; do sleep 0.01; done
			printf '\003'
			sleep 5
		} | hiding /sys/module/rcutree/parameters "$tmp/nothing" \
			script -qec "exec $slabsight run --json --repeat 3 --warmup 0 -o $tmp/report -- \
			sh -c 'if [ -e $tmp/first ]; then sleep 3; : >$tmp/second; fi; : >$tmp/first'" \
			/dev/null >"$tmp/err" 2>&1
		status=$?
		mv "$tmp/report" "$tmp/out" 2>/dev/null
		judge 'Ctrl-C between two repetitions' 0 'tracing' $status
		holds '... does not wait for the next' test ! -e "$tmp/second"
		holds '... which is not counted' found '.run | .interrupted and .repetitions == 1'
	else
		skip 'Ctrl-C by a terminal: script is not installed'
	fi
	started --settle 0 -- sh -c 'trap "" TERM; : >"$0"; while :; do sleep 0.1; done' "$tmp/runs"
	kill -TERM $pid
	sleep 1
	holds 'a command that ignores it goes on' kill -0 $pid
	kill -TERM $pid
	wait_report
	judge '... until the second, which kills it' 137 'killing sh' $status
	cp "$(command -v sh)" "$tmp/$(printf '\033[31m')"
	started --settle 0 -- "$tmp/$(printf '\033[31m')" -c \
		'trap "" TERM; : >"$0"; while :; do sleep 0.1; done' "$tmp/runs"
	kill -TERM $pid
	sleep 1
	kill -TERM $pid
	wait_report
	judge 'what is killed is escaped' 137 'killing .*\\x1b\[31m' $status
	# Both at once: slabsight goes, but not without the command.
	started --settle 0 -- sh -c 'trap "" INT TERM; echo $$ >"$0.1"; mv "$0.1" "$0"; exec sleep 60' \
		"$tmp/runs"
	kill -STOP $pid
	kill -INT $pid
	kill -TERM $pid
	kill -CONT $pid
	wait $pid
	holds 'two signals at once end it without a report' test "$?,$(wc -c <"$tmp/report")" = 130,0
	sleep 0.2
	# There may be nobody who reaps it.
	holds '... and the command with it' \
		sh -c '! grep -s "^State:" "$0" | grep -v [ZX]' "/proc/$(cat "$tmp/runs")/status"
	started --repeat 5 -- sh -c ': >"$0"; exec sleep 60' "$tmp/runs"
	kill -TERM $pid
	wait $pid
	holds 'a signal in the warm-up: 130, and a sentence' \
		test "$?,$(grep -c 'interrupted before anything was traced' "$tmp/err")" = 130,1
	holds '... and no report' test ! -s "$tmp/report"
	started --repeat 50 --settle 0 --warmup 0 -- sh -c '[ -e "$0" ] && sleep 60; : >"$0"' \
		"$tmp/runs"
	sleep 0.5
	kill -TERM $pid
	wait_report
	judge 'a signal among repetitions' 143 '^tracing' $status
	holds '... counts those that had ended' found '.run | .interrupted and .repetitions == 1 and
		.repetitions_wanted == 50'
	started --settle 60 -- sh -c ': >"$0"' "$tmp/runs"
	tries=0
	while ! grep -q settling: "$tmp/err" && [ $tries -lt 300 ]; do
		sleep 0.1
		tries=$((tries + 1))
	done
	kill -INT $pid
	wait_report
	judge 'Ctrl-C while it settles' 0 'settling: waiting' $status
	holds '... cuts that short, and says so' found '.coverage.settle.cut_short and
		(.run.interrupted | not)'
	started -- sh -c ': >"$0"; echo $$ >"$0"; sleep 1' "$tmp/runs"
	sleep 0.3
	kill -9 "$(cat "$tmp/runs")"
	wait_report
	judge 'a command killed by somebody' 137 '^tracing' $status
	started -- sh -c ': >"$0"; sleep 2; : >"$0.2"' "$tmp/runs"
	kill -9 $pid
	wait $pid 2>/dev/null
	sleep 2.5
	holds 'kill -9 of slabsight: the command goes on' test -e "$tmp/runs.2"
}

# ids KIND: of the programs, maps or links that $pid holds.
ids() {
	cat /proc/$pid/fdinfo/* 2>/dev/null | awk -v key="$1_id:" '$1 == key { print $2 }' | sort -u
}

killed() {
	if ! command -v bpftool >/dev/null; then
		skip 'kill -9 leaves nothing: bpftool is not installed'
		return
	fi
	start -d 30
	for kind in prog map link; do
		ids $kind >"$tmp/$kind"
	done
	kill -9 $pid
	wait $pid 2>/dev/null
	sleep 1 # grace periods
	for kind in prog map link; do
		left=
		while read -r id; do
			bpftool $kind show id "$id" >/dev/null 2>&1 && left="$left $id"
		done <"$tmp/$kind"
		[ -s "$tmp/$kind" ] || left=' (none were seen)'
		verdict "kill -9 leaves no $kind" "${left:+left:$left}"
	done
}

# hold NAME: a process of this name that opens five files, until $tmp/hold is written to.
hold() {
	sh -c 'printf "%s" "$1" >/proc/$$/comm
		exec 3</dev/null 4</dev/null 5</dev/null 6</dev/null 7</dev/null
		read -r _ <"$0"' "$tmp/hold" "$1" &
	pids="$pids $!"
}

# files_of NAME: files in the report that are held by a process of this name.
files_of() {
	awk -v name="$1" '
		index($0, "\"cache\": ") { cache = $2 }
		index($0, "\"comm\": \"" name "\"") && cache == "\"filp\"," { getline; sum += $2 }
		END { print sum + 0 }' "$tmp/out"
}

names() {
	mkfifo "$tmp/hold"
	hostile=$(printf '\033[31m\n"\\\377')
	start -d 1.5 --json --stacks=all --comm "$hostile"
	hold "$hostile"
	hold innocent
	wait $pid
	judge 'a process name full of traps, in JSON' 0 '^tracing' $?
	holds '... without a control character' clean "$tmp/out"
	escaped='\\\\x1b[31m\\\\n\\"\\\\\\\\\\\\xff' # as awk takes it
	holds '... escaped, with its five files' test "$(files_of "$escaped")" -ge 5
	holds '... and --comm leaves out the others' \
		sh -c '[ "$1" -gt 0 ] && ! grep -q innocent "$0"' "$tmp/out" \
		"$(number filtered_allocs)"
	start -d 1.5 --top 0 --stacks=all --comm "$hostile"
	hold "$hostile"
	wait $pid
	holds 'a process name full of traps, in text' clean "$tmp/out"
	holds '... escaped' grep -q -F 'by \x1b[31m\n"\\\xff (' "$tmp/out"
}

cgroups() {
	root=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)
	if [ -z "$root" ] || ! mkdir "$root/slabsight.$$"; then
		skip '--cgroup: no cgroup v2 to make one in'
		return
	fi
	cgroup=$root/slabsight.$$
	mkdir "$cgroup/kid"
	for path in "$cgroup" "${cgroup##*/}" "/${cgroup##*/}/"; do
		start -d 1.5 --json --stacks=all --cgroup "$path"
		(sh -c 'echo $$ >"$0"' "$cgroup/cgroup.procs")
		for where in "$cgroup" "$cgroup/kid" "$root"; do
			name=in_${where##*/}
			[ "$where" != "$root" ] || name=outside
			sh -c 'echo $$ >"$1/cgroup.procs"; printf "%s" "$2" >/proc/$$/comm
				exec 3</dev/null 4</dev/null 5</dev/null
				read -r _ <"$0"' "$tmp/hold" "$where" "$(echo "$name" |
					cut -c 1-12)" &
			pids="$pids $!"
		done
		wait $pid
		judge "--cgroup $(echo "$path" | sed "s/$$/N/;s:$root:ROOT:")" 0 '^tracing' $?
		holds '... has what is in it' test "$(files_of in_slabsight)" -ge 3
		holds '... and below it, and nothing else' \
			test "$(files_of in_kid)" -ge 3 -a "$(files_of outside)" -eq 0
	done
	: >"$tmp/hold"
}

usage
values
census
doctor
privileges
hidden
files
limits
instances
signals
settling
commands
harness
interrupts
killed
names
cgroups
exit 0
