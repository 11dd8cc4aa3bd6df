# shellcheck shell=sh
# shellcheck disable=SC2086 # words on purpose
# shellcheck disable=SC2154 # run and tmp are cli.sh's
# harness.sh - read by cli.sh: what a test harness wants: suppressions, and TAP.

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

harness
