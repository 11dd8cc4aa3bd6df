# shellcheck shell=sh
# shellcheck disable=SC2016 # what is in single quotes is for another shell
# shellcheck disable=SC2086 # words on purpose
# shellcheck disable=SC2154 # what is not set here is cli.sh's
# shellcheck disable=SC3045 # ulimit -n and -S are in every sh that we meet
# run.sh - read by cli.sh: slabsight run: the command, its exit code, and signals to both.

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

# wait_report: of the last started.
wait_report() {
	wait $pid
	status=$?
	mv "$tmp/report" "$tmp/out" 2>/dev/null
}

commands() {
	exits 'run -- true' 0 -- true
	holds '... without a warning: the report has a file of its own' \
		test "$(grep -c JSON "$tmp/err")" = 0
	holds '... tells what was run' found '.run |
		del(.cgroup, .cgroup_why, .cgroup_left, .living, .living_count) == {"argv": ["true"],
		"exit_code": 0, "killed_by": null, "failed": 0, "repetitions": 1, "repetitions_wanted": 1,
		"warmups": 0, "interrupted": false, "unstarted": null,
		"only_command": false}'
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

# What cannot be started after others were: these are reported.
unstarted() {
	# removing N: the command is there for N runs.
	removing() {
		rm -f "$tmp/count"
		printf '#!/bin/sh\necho x >>"%s"\n[ $(wc -l <"%s") -lt %d ] || rm "$0"\n' \
			"$tmp/count" "$tmp/count" "$1" >"$tmp/removed"
		chmod +x "$tmp/removed"
	}
	removing 3
	exits 'a command that is removed by its third repetition' 127 --repeat 5 --warmup 0 -- \
		"$tmp/removed"
	holds '... says so' grep -q "cannot run .*removed': No such file" "$tmp/err"
	holds '... and that a report follows' \
		grep -q 'repetition 4 of 5 could not be started: the report' "$tmp/err"
	holds '... which is of those before it' found '.run | .repetitions == 3 and
		.repetitions_wanted == 5 and .exit_code == 0 and .failed == 0 and .unstarted.repetition == 4
		and (.unstarted.why | test("cannot run .*: No such file or directory"))'
	holds '... whose survivors are told apart' found '[.origins[] |
		select(.repetitions != null) | .repetitions | length] | length > 0 and all(. == 3)'
	removing 3
	exits '... by its second, after a warm-up' 127 --repeat 3 -- "$tmp/removed"
	holds '... is one of three' found '.run | .warmups == 1 and .repetitions == 2 and
		.unstarted.repetition == 3'
	removing 1
	$run run --settle 0 --json -o "$tmp/report" --repeat 3 -- "$tmp/removed" 2>"$tmp/err"
	holds '... by its warm-up: 127, and no report' test "$?,$(wc -c <"$tmp/report")" = 127,0
	removing 2
	sed -i 's/rm "$0"/chmod -x "$0"; exit 9/' "$tmp/removed"
	exits 'a command that fails, and cannot be executed any more: as it failed' 9 --repeat 5 \
		--warmup 0 -- "$tmp/removed"
	holds '... and why there is no more of it' found '.run | .failed == 2 and .exit_code == 9 and
		.repetitions == 2 and (.unstarted.why | test("cannot run .*: Permission denied"))'
	removing 2
	sed -i 's/rm "$0"/chmod -x "$0"/' "$tmp/removed"
	exits '... as it cannot be executed' 126 --repeat 5 --warmup 0 -- "$tmp/removed"
	if $run run --settle 0 --only-command -- true >/dev/null 2>&1; then
		exits 'a command that takes its cgroup away, with --only-command' 2 --repeat 3 --warmup 0 \
			--only-command -- sh -c 'all=$(awk "\$3 == \"cgroup2\" { print \$2; exit }" /proc/mounts)
				own=$all$(sed -n s/^0:://p /proc/self/cgroup)
				echo $$ >"${own%/*}/cgroup.procs" && rmdir "$own"'
		holds '... is reported as far as it had one' found '.run | .repetitions == 1 and
			.unstarted.repetition == 2 and (.unstarted.why | test("no cgroup of its own"))'
	else
		skip 'a command that takes its cgroup away: it has none here'
	fi
	command -v prlimit >/dev/null || {
		skip 'no process can be started any more: prlimit is not installed'
		return
	}
	$may $run run --settle 0 --json --repeat 4 --warmup 0 -- \
		sh -c 'exec prlimit --pid $PPID --nproc=0' >"$tmp/out" 2>"$tmp/err"
	judge 'no process can be started any more' 1 'cannot start a process' $?
	holds '... after the first' found '.run | .repetitions == 1 and .unstarted.repetition == 2 and
		(.unstarted.why | test("cannot start a process: Resource temp"))'
}

# hiding_others CAPABILITIES COMMAND...: by a root that has these capabilities only, and is not in
# its group, in a PID namespace whose /proc shows processes of others to that group alone.
hiding_others() {
	unshare -m -p -f sh -c 'mount -t proc -o hidepid=2 proc /proc || exit 99
		capabilities=-all,$1
		shift
		setpriv --regid 65534 --clear-groups --bounding-set="$capabilities" \
			--inh-caps="$capabilities" "$@"
		exit $?' sh "$@"
}

# Who lives on as nobody, and is hidden.
hidden_living() {
	if ! hiding_others +bpf true 2>/dev/null; then
		skip 'a command whose child /proc hides: it cannot be mounted with hidepid here'
		return
	fi
	mkfifo "$tmp/fifo"
	hiding_others +bpf,+perfmon,+setuid,+setgid,+dac_override \
		"$slabsight" run --settle 0 --json -o "$tmp/report" -- sh -c '
			setpriv --reuid 65534 --regid 65534 --clear-groups \
				sh -c "echo up; exec sleep 60 >/dev/null" >"$0" &
			read -r up <"$0"' "$tmp/fifo" >"$tmp/out" 2>"$tmp/err" </dev/null
	status=$?
	mv "$tmp/report" "$tmp/out" 2>/dev/null
	judge 'a command whose child /proc hides' 0 '^tracing' $status
	if found '.run.cgroup == null' >/dev/null; then
		skip '... lives on: there is no cgroup to tell'
	else
		holds '... lives on, and has no name' found '.run | .living_count == 1 and
			.living[0].pid > 1 and .living[0].comm == ""'
	fi
}

interrupts() {
	started -- sh -c ': >"$0"; exec sleep 60' "$tmp/runs"
	kill -TERM $pid
	wait_report
	judge 'SIGTERM ends the command, and the report comes' 143 '^tracing' $status
	holds '... and says so' found '.run |
		.interrupted and .exit_code == 143 and .killed_by == 15'
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
		# Between two repetitions there is no command that it could go to: 0. Or it comes as
		# the next one begins, which it ends: 130.
		rm -f "$tmp/report"
		{
			while [ ! -s "$tmp/first" ]; do sleep 0.01; done
			while grep -qs "^State:.[^Z]" "/proc/$(cat "$tmp/first")/status"; do
				sleep 0.01
			done
			printf '\003'
			sleep 5
		} | hiding /sys/module/rcutree/parameters "$tmp/nothing" \
			script -qec "exec $slabsight run --json --repeat 3 --warmup 0 -o $tmp/report -- \
			sh -c 'if [ -e $tmp/first ]; then sleep 3; : >$tmp/second; fi; \
				echo \$\$ >$tmp/first'" \
			/dev/null >"$tmp/err" 2>&1
		status=$?
		mv "$tmp/report" "$tmp/out" 2>/dev/null
		[ $status -ne 130 ] || status=0
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
	killed=$pid
	started -- sh -c ': >"$0"' "$tmp/runs"
	wait_report
	own=$(jq -r '.run.cgroup // ""' "$tmp/out")
	if [ -n "$own" ]; then
		holds '... and its cgroup goes with the next run' \
			test ! -e "${own%/*}/slabsight-run-$killed"
	else
		skip '... and its cgroup goes with the next run: it has none here'
	fi
}

commands
unstarted
hidden_living
interrupts
