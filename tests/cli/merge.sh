# shellcheck shell=sh
# shellcheck disable=SC2086 # words on purpose
# shellcheck disable=SC2154 # run, slabsight and tmp are cli.sh's
# merge.sh - read by cli.sh: recordings of many hosts, of which some are none, as one report.

merges() {
	says 'merge of nothing' 2 'which recordings' $run merge
	says 'unknown option of merge' 2 "'--jsn'; did you mean '--json" $run merge --jsn a
	says 'merge of a file that is not there' 2 'No such file' $run merge "$tmp/nowhere"
	says 'merge of a directory' 2 'a directory' $run merge "$tmp"
	says 'escapes in a name for merge' 2 'x1b\[31m' $run merge "$(printf '\033[31m')"
	says '--sort of merge' 2 "'--sort': 'age' is not one of hosts" $run merge --sort age a
	says 'suppressions for merge that are not there' 2 'No such file' \
		$run merge --suppressions "$tmp/no/file" a
	says 'merge into a directory that is not there' 1 'No such file' \
		$run merge -o "$tmp/no/file" a
	$run record -d 1 --every 1 -o "$tmp/named" 2>"$tmp/err"
	$run record -d 1 --every 1 --anonymous -o "$tmp/nameless" 2>"$tmp/err"
	cp "$tmp/named" "$tmp/again"
	# By nobody, who owns nothing.
	chmod 644 "$tmp/named" "$tmp/again"
	setpriv --reuid 65534 --regid 65534 --clear-groups $run merge "$tmp/named" "$tmp/again" \
		--json >"$tmp/out" 2>"$tmp/err"
	holds 'merge of one host, twice, without a privilege' test "$?,$(grep -c '' "$tmp/err")" = 0,0
	holds '... which counts once' found '(.hosts | length) == 1 and .files.given == 2 and
		(.files.left_out | length) == 1 and (.notes | join(" ") | test("counts once"))'
	$run report "$tmp/named" --json >"$tmp/read" 2>"$tmp/err"
	holds '... with the objects of its report' sh -c 'command -v jq >/dev/null || exit 0
		test "$(jq ".hosts[0].live_objects" "$1/out")" = \
			"$(jq "[.caches[].live_objects] | add" "$1/read")"' sh "$tmp"
	$run merge "$tmp/none" "$tmp/named" "$tmp/nameless" --json >"$tmp/out" 2>"$tmp/err"
	holds 'a file among them that is none: exit 2, and it is named' \
		test "$?,$(grep -c "none': empty" "$tmp/err"),$(grep -c '' "$tmp/err")" = 2,1,1
	holds '... in the report, too, and the others are merged' \
		found '(.files.unreadable | length) == 1 and (.hosts | length) == 1 and
		(.files.unreadable[0].error | test("empty"))'
	# One boot is one host, whatever it is called, and the last is what counts.
	holds '... of which the last has no name, and goes by its file' \
		found '.hosts[0].host == .hosts[0].file and .files.read == 1'
	$run merge "$tmp/named" "$tmp/none" -o "$tmp/merged" >"$tmp/out" 2>"$tmp/err"
	holds '-o' test "$?,$(wc -c <"$tmp/out"),$(stat -c %a "$tmp/merged")" = 2,0,600
	holds '... has the report, without a control character' \
		test "$(grep -c '^1 host, by 2 files' "$tmp/merged"),$(tr -d '\n' <"$tmp/merged" |
			LC_ALL=C grep -c '[[:cntrl:]]')" = 1,0
	says '-o that is one of them' 2 'is one of the recordings' \
		$run merge "$tmp/none" "$tmp/named" -o "$tmp/../${tmp##*/}/named"
	holds '... leaves it as it was' cmp -s "$tmp/named" "$tmp/again"
	says '... and into nothing, for want of room' 1 'cannot write the report' \
		$run merge "$tmp/named" -o /dev/full
}

# What is asked for again and again takes long enough to be interrupted.
interrupted() {
	set --
	while [ $# -lt 4000 ]; do
		set -- "$@" "$tmp/named"
	done
	"$slabsight" merge "$@" >"$tmp/out" 2>"$tmp/err" &
	pid=$!
	pids="$pids $pid"
	tries=0
	# The first Ctrl-C is only a request once it is watched for.
	while ! grep -q '^SigCgt:.*[2367abef]$' "/proc/$pid/status" 2>/dev/null &&
		kill -0 $pid 2>/dev/null && [ $tries -lt 300 ]; do
		sleep 0.01
		tries=$((tries + 1))
	done
	kill -TERM $pid
	wait $pid
	holds 'SIGTERM while merging' test "$?,$(grep -c 'interrupted before the first' \
		"$tmp/err")" = 1,1
	holds '... leaves no report' test ! -s "$tmp/out"
}

merges
interrupted
