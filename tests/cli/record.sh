# shellcheck shell=sh
# shellcheck disable=SC2086 # words on purpose
# shellcheck disable=SC2154 # run, slabsight and tmp are cli.sh's
# record.sh - read by cli.sh: recordings: the report of a file is the report of the trace, byte for
# byte, two of them can be held against each other, and of whatever else is named as a recording there is one line and exit 2.
# shellcheck disable=SC2016 # what is in single quotes is for another shell

# refuse WHAT PATTERN FILE: it is no recording.
refuse() {
	says "report of $1" 2 "$2" $run report "$3"
}

not_recordings() {
	refuse 'a file that is not there' 'No such file' "$tmp/nowhere"
	refuse 'a directory' 'a directory' "$tmp"
	refuse 'an empty file' 'empty' "$tmp/none"
	refuse 'a program' 'not a recording' "$slabsight"
	mkfifo "$tmp/fifo"
	refuse 'a FIFO' 'not a file' "$tmp/fifo"
	refuse '/dev/zero' 'not a file' /dev/zero
	refuse 'escapes in a name' 'x1b\[31m' "$(printf '\033[31m')"
	says 'report of nothing' 2 'report FILE' $run report
	says 'report of two' 2 "unexpected argument 'b'" $run report a b
	says 'unknown option of report' 2 "'--jsn'; did you mean '--json'" $run report --jsn a
	says 'record into nothing' 2 'record -o FILE' $run record -d 1
	says 'record into a directory that is not there' 1 'No such file' \
		$run record -d 1 -o "$tmp/no/file"
	says 'record over a file' 2 'exists: choose another name' $run record -d 1 -o "$tmp/none"
	says 'a form without a report' 2 'add --print' $run record -d 1 -o "$tmp/x" --json
	(cd "$tmp" && $run record -d 1 --every 1 -o :memory: 2>"$tmp/err" &&
		$run report :memory: --json >"$tmp/out" 2>"$tmp/err")
	holds 'a file named :memory: is a file' whole "$tmp/out"
	says '--every 0.5' 2 "'--every': '0.5' is not" $run record --every 0.5 -o "$tmp/x"
	says '--max-file 1k' 2 "'--max-file': '1k' is" $run record --max-file 1k -o "$tmp/x"
}

# same WHAT: what was printed then, and is read now.
same() {
	holds "$1" cmp "$tmp/printed" "$tmp/read"
}

# recorded FORM...: record, print, and read in the same form.
recorded() {
	rm -f "$tmp/rec"
	$run record -d 2 --every 1 -o "$tmp/rec" --print "$@" >"$tmp/printed" 2>"$tmp/err"
	holds "record --print $*" test "$?,$(grep -c 'Next: slabsight report' "$tmp/err")" = 0,1
	# By nobody, who owns a copy.
	cp "$tmp/rec" "$tmp/copy"
	chmod 644 "$tmp/copy"
	setpriv --reuid 65534 --regid 65534 --clear-groups $run report "$tmp/copy" "$@" \
		>"$tmp/read" 2>"$tmp/err"
	holds '... is read without a privilege' test "$?,$(grep -c '' "$tmp/err")" = 0,0
	same '... and is the same, byte for byte'
}

moments() {
	says '--at what is no time' 2 "'--at': 'noon' is not a time" \
		$run report "$tmp/rec" --at noon
	says '--at before the first snapshot' 2 'no whole snapshot so early' \
		$run report "$tmp/rec" --at +0
	$run report "$tmp/rec" --at +1.9 --json >"$tmp/out" 2>"$tmp/err"
	holds '--at +1.9' test "$?,$(grep -c '' "$tmp/err")" = 0,0
	holds '... is the snapshot of 1 s' found '.recording | .snapshot == 1 and .at_s < 1.9'
	$run report "$tmp/rec" --json --show-addresses >"$tmp/out" 2>"$tmp/err"
	judge '--show-addresses of a recording' 0 'has no addresses' $?
	holds '... shows none' found '[.. | objects | has("address")] | any | not'
	cp "$tmp/rec" "$tmp/kept"
	says 'report into the recording' 2 'is the recording itself' \
		$run report "$tmp/rec" -o "$tmp/rec"
	holds '... leaves it as it was' cmp -s "$tmp/rec" "$tmp/kept"
	rm "$tmp/kept"
	holds 'a recording is for its owner' test "$(stat -c %a "$tmp/rec")" = 600
	holds '... and one file' test "$(find "$tmp" -name 'rec*' | wc -l)" -eq 1
	head -c 20000 "$tmp/rec" >"$tmp/cut"
	refuse 'a file that was cut' 'cut short' "$tmp/cut"
	{
		head -c 30000 "$tmp/rec"
		head -c 200000 /dev/zero
	} >"$tmp/cut"
	refuse 'a file with zeros' 'damaged' "$tmp/cut"
}

# What happened from one moment to another, of the recording of 2 s.
intervals() {
	says '--from what is no time' 2 "'--from': 'noon' is not a time" \
		$run report "$tmp/rec" --from noon
	says '--from after --to' 2 'not before --to' $run report "$tmp/rec" --from +2 --to +1
	says '--from beyond the end' 2 "--from +99: it goes from +0 to +2" \
		$run report "$tmp/rec" --from +99
	says '--to beyond the end' 2 "--to +99: it goes from +0 to +2" \
		$run report "$tmp/rec" --to +99
	says '--from before the beginning' 2 'it goes from +0' \
		$run report "$tmp/rec" --from 2001-01-01T00:00
	says 'nothing in between' 2 'no whole snapshot in between' \
		$run report "$tmp/rec" --from +1.3 --to +1.4
	says '--at and --from' 2 'which?' $run report "$tmp/rec" --at +1 --from +1
	$run report "$tmp/rec" --json --at +1.9 >"$tmp/printed" 2>"$tmp/err"
	$run report "$tmp/rec" --json --to +1.9 >"$tmp/read" 2>"$tmp/err"
	same '--to is --at'
	$run report "$tmp/rec" --json --from +0 --to +1.9 >"$tmp/read" 2>"$tmp/err"
	same '... and so it is from the beginning on'
	$run report "$tmp/rec" --json >"$tmp/printed" 2>"$tmp/err"
	$run report "$tmp/rec" --from +1.9 --json >"$tmp/out" 2>"$tmp/err"
	holds '--from +1.9' test "$?,$(grep -c '' "$tmp/err")" = 0,0
	holds '... is less than all' found '.recording.from_snapshot == 1 and .recording.from_s < 1.9
		and .recording.snapshot > 1'
	holds '... by what there was before' sh -c 'command -v jq >/dev/null || exit 0
		sum="[.origins[].allocs] | add"
		test "$(jq "$sum" "$1/out")" -eq $(($(jq "$sum" "$1/printed") - \
			$(jq "$sum" "$1/read")))' sh "$tmp"
	$run report "$tmp/rec" --from +1.9 >"$tmp/out" 2>"$tmp/err"
	holds '... in text, which says so' grep -q '^between 2' "$tmp/out"
}

# diff: which needs two recordings, of which one may be damaged.
not_two() {
	says 'diff of nothing' 2 'which recordings' $run diff
	says 'diff of one' 2 'which recordings' $run diff "$tmp/rec"
	says 'diff of three' 2 "unexpected argument 'c'" $run diff a b c
	says 'diff of a file that is not there' 2 'No such file' $run diff "$tmp/rec" "$tmp/nowhere"
	says 'diff of a damaged one' 2 'damaged' $run diff "$tmp/cut" "$tmp/rec"
	says 'escapes in a name for diff' 2 'x1b\[31m' $run diff "$(printf '\033[31m')" "$tmp/rec"
	says 'unknown option of diff' 2 "'--jsn'; did you mean '--json" $run diff --jsn a b
	says 'diff with suppressions that are not there' 2 "cannot read 'nowhere'" \
		$run diff "$tmp/rec" "$tmp/rec" --suppressions nowhere
	says 'a moment that is none' 2 "'--to': 'noon' is not a time" \
		$run diff "$tmp/rec" --to noon
	says 'a moment before the first snapshot' 2 '--at: it has no whole snapshot' \
		$run diff "$tmp/rec" --at +0
	for value in '' x -1 nan 1e9; do
		says "--growth '$value'" 2 "'--growth': '" $run diff --growth "$value" a b
	done
}

# Of a recording and itself, of two moments, and of one in which 40 processes began.
differences() {
	$run diff "$tmp/rec" "$tmp/rec" --json --fail-on-growth >"$tmp/out" 2>"$tmp/err"
	holds 'diff of a recording and itself' test "$?,$(grep -c '' "$tmp/err")" = 0,0
	holds '... finds everything the same' \
		found '.worse == 0 and .one_trace and all(.origins[]; .change == "same")'
	$run diff "$tmp/rec" --at +1.9 --json >"$tmp/out" 2>"$tmp/err"
	holds 'diff of two moments' test "$?,$(grep -c '' "$tmp/err")" = 0,0
	holds '... of which A is the earlier' \
		found '.one_trace and .a.recording.at_s < .b.recording.at_s'
	"$slabsight" record --every 1 -o "$tmp/more" >"$tmp/out" 2>"$tmp/err" &
	pid=$!
	pids="$pids $pid"
	tries=0
	while ! grep -q '^tracing' "$tmp/err" && [ $tries -lt 300 ]; do
		sleep 0.1
		tries=$((tries + 1))
	done
	sleepers=
	while [ "$(echo $sleepers | wc -w)" -lt 40 ]; do
		sleep 60 &
		sleepers="$sleepers $!"
	done
	kill -TERM $pid
	wait $pid
	kill $sleepers
	$run diff "$tmp/rec" "$tmp/more" --json --fail-on-growth >"$tmp/out" 2>"$tmp/err"
	holds 'diff where 40 processes began: exit 3' test "$?,$(grep -c '' "$tmp/err")" = 3,0
	holds '... which have task_structs' found \
		'[.origins[] | select(.cache == "task_struct") | .objects_change] | add > 30'
	# Whatever began with them is below a system call.
	echo 'leak:entry_SYSCALL' >"$tmp/known"
	$run diff "$tmp/rec" "$tmp/more" --json --suppressions "$tmp/known" >"$tmp/out" 2>"$tmp/err"
	holds '... and not when these are suppressed' found '(.suppressions.patterns[0].objects > 30)
		and all(.origins[] | select(.cache == "task_struct"); .counts_as != "grown")'
	$run diff "$tmp/rec" "$tmp/more" >"$tmp/out" 2>"$tmp/err"
	holds '... in text, without a control character, exit 0' \
		test "$?,$(grep -c '^A  ' "$tmp/out"),$(tr -d '\n' <"$tmp/out" |
			LC_ALL=C grep -c '[[:cntrl:]]')" = 0,1,0
	rm -f "$tmp/more"
}

# What a recorder leaves that has no time to end.
killed() {
	"$slabsight" record --every 1 -o "$tmp/killed" 2>"$tmp/err" &
	pid=$!
	pids="$pids $pid"
	tries=0
	while [ "$(stat -c %s "$tmp/killed-wal" 2>/dev/null || echo 0)" -lt 100000 ] &&
		[ $tries -lt 300 ]; do
		sleep 0.1
		tries=$((tries + 1))
	done
	$run report "$tmp/killed" --json >"$tmp/out" 2>"$tmp/err"
	holds 'a recording that is still written' whole "$tmp/out"
	kill -9 $pid
	wait $pid 2>/dev/null
	cp "$tmp/killed" "$tmp/alone"
	refuse 'a file without its log' 'wal is missing' "$tmp/alone"
	$run report "$tmp/killed" --json >"$tmp/out" 2>"$tmp/err"
	holds 'kill -9 while recording: what was written is read' whole "$tmp/out"
	holds '... and that is said' found '.recording.ended | not'
	$run report "$tmp/killed" >"$tmp/out" 2>"$tmp/err"
	holds '... in text, too' grep -q 'ends without its last snapshot' "$tmp/out"
	# Ctrl-C is an end like any other.
	rm -f "$tmp/rec"
	"$slabsight" record --every 1 -o "$tmp/rec" --print --json >"$tmp/out" 2>"$tmp/err" &
	pid=$!
	pids="$pids $pid"
	tries=0
	while ! grep -q '^tracing' "$tmp/err" && [ $tries -lt 300 ]; do
		sleep 0.1
		tries=$((tries + 1))
	done
	kill -TERM $pid
	wait $pid
	judge 'SIGTERM while recording' 0 'Next: slabsight report' $?
	holds '... ends it' found '.recording.ended'
}

# On a filesystem of 600 kB.
full() {
	mkdir -p "$tmp/small"
	unshare -m sh -c 'mount -t tmpfs -o size=600k none "$1/small" || exit 99
		cd "$1/small" && timeout -k 1 60 "$2" record -d 55 --every 1 -o full 2>"$1/err"
		echo $? >"$1/status"
		timeout -k 1 60 "$2" report full --json >"$1/out" 2>>"$1/err"' sh "$tmp" "$slabsight"
	holds 'a full disk: exit 1, and said' test "$(cat "$tmp/status"),$(grep -c \
		'No space left on device; what is recorded until now is kept' "$tmp/err")" = 1,1
	holds '... and what was written is read' whole "$tmp/out"
}

# On one of so many kB. Of a file that is told of, so is the log beside it, which is not empty; of
# one that is not, nothing is left.
fuller() {
	mkdir -p "$tmp/small"
	: >"$tmp/out"
	unshare -m sh -c 'mount -t tmpfs -o size="$3"k none "$1/small" || exit 99
		timeout -k 1 60 "$2" record -d 1 -o "$1/small/full" 2>"$1/err"
		ls "$1/small" >"$1/out"' sh "$tmp" "$slabsight" "$1" || : >"$tmp/err"
	if grep -q 'nothing is recorded' "$tmp/err"; then
		holds "a disk of $1 kB: nothing is left there" test ! -s "$tmp/out"
		return
	fi
	logs=$(grep -c 'full-wal$' "$tmp/out")
	holds "a disk of $1 kB: the log is told of" test -s "$tmp/out" -a "$logs" = \
		"$(grep -c "part of it is in '.*full-wal', .* no room" "$tmp/err")"
}

not_recordings
recorded
recorded --json --sort objects
recorded --tap --top 3
moments
intervals
not_two
differences
killed
full
for kilobytes in 140 190 220; do
	fuller $kilobytes
done
