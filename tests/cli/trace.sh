# shellcheck shell=sh
# shellcheck disable=SC2034 # checks.sh uses as
# shellcheck disable=SC2086 # words on purpose
# shellcheck disable=SC2154 # what is not set here is cli.sh's
# trace.sh - read by cli.sh: slabsight trace from start to report, and what kill -9 leaves of it.

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
	reports 'timeout(1), whose signal comes twice: to its child and to the group' '^tracing' \
		timeout --preserve-status -s INT 3 "$slabsight" trace -d 100 --json
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

instances
signals
settling
killed
