# shellcheck shell=sh
# shellcheck disable=SC2016 # what is in single quotes is for another shell
# shellcheck disable=SC2086 # words on purpose
# shellcheck disable=SC2154 # what is not set here is cli.sh's
# limits.sh - read by cli.sh: output that cannot be written, and limits on what slabsight may use.

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

files
limits
