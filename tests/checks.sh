# shellcheck shell=sh
# shellcheck disable=SC2154 # slabsight and tmp are the script's
# checks.sh - read by the test scripts: a line for each thing that was checked, and how to start,
# await and judge a slabsight. The script sets slabsight (its path) and tmp (a directory of its own).

ok() {
	echo "ok - $*"
}

not_ok() {
	echo "not ok - $*"
}

skip() {
	echo "skip - $*"
}

# verdict WHAT TROUBLE: ok without trouble.
verdict() {
	if [ -z "$2" ]; then
		ok "$1"
	else
		not_ok "$1: $2"
	fi
}

# holds WHAT COMMAND...: ok when the command succeeds.
holds() {
	what=$1
	shift
	if "$@" >"$tmp/why" 2>&1; then
		ok "$what"
	else
		not_ok "$what: $(head -n 1 "$tmp/why")"
	fi
}

# clean FILE: something is in it, and no byte that a terminal obeys.
clean() {
	[ -s "$1" ] && ! LC_ALL=C grep -q '[[:cntrl:]]' "$1"
}

# whole FILE: one JSON document, to its end.
whole() {
	[ "$(head -n 1 "$1")" = '{' ] && [ "$(tail -n 1 "$1")" = '}' ] || return 1
	! command -v jq >/dev/null || jq empty "$1"
}

# says WHAT STATUS PATTERN COMMAND...: it ends with this status, nothing on stdout and one line on
# stderr that matches.
says() {
	what=$1 wanted=$2 pattern=$3 trouble=
	shift 3
	"$@" >"$tmp/out" 2>"$tmp/err" </dev/null
	status=$?
	[ $status -eq "$wanted" ] || trouble="exit $status, not $wanted; "
	[ "$(grep -c '' "$tmp/err")" -eq 1 ] || trouble="${trouble}not one line; "
	grep -q -e "$pattern" "$tmp/err" || trouble="${trouble}no '$pattern'; "
	clean "$tmp/err" || trouble="${trouble}control characters; "
	[ ! -s "$tmp/out" ] || trouble="${trouble}something on stdout; "
	verdict "$what" "${trouble:+$trouble$(head -n 1 "$tmp/err" | tr -d '[:cntrl:]')}"
}

# reports WHAT PATTERN COMMAND...: it ends well, with a whole JSON report, and stderr matches.
reports() {
	what=$1 pattern=$2
	shift 2
	"$@" >"$tmp/out" 2>"$tmp/err" </dev/null
	judge "$what" 0 "$pattern" $?
}

# judge WHAT STATUS PATTERN GOT: what a command that has ended left in $tmp/out and $tmp/err.
judge() {
	trouble=
	[ "$4" -eq "$2" ] || trouble="exit $4, not $2; "
	whole "$tmp/out" || trouble="${trouble}no whole report; "
	grep -q -e "$3" "$tmp/err" || trouble="${trouble}no '$3'; "
	verdict "$1" "${trouble:+$trouble$(grep -v '^tracing' "$tmp/err" | tail -n 1)}"
}

# start ARGUMENT...: slabsight trace in the background, as $pid; returns when it traces, or ended.
# as is put before it.
start() {
	: >"$tmp/err"
	# shellcheck disable=SC2086 # words on purpose
	${as-} "$slabsight" trace "$@" >"$tmp/out" 2>"$tmp/err" </dev/null &
	pid=$!
	tries=0
	while ! grep -q '^tracing' "$tmp/err" && kill -0 $pid 2>/dev/null && [ $tries -lt 300 ]; do
		sleep 0.1
		tries=$((tries + 1))
	done
}

# number KEY: the first value of this key in the report.
number() {
	sed -n "s/^ *\"$1\": \\([0-9.]*\\),*\$/\\1/p" "$tmp/out" | head -n 1
}

# capable CAPABILITIES COMMAND...: run by nobody, with these capabilities only ("" for none).
# setpriv names the program where it is not in the path.
capable() {
	capabilities=-all${1:+,$1}
	shift
	"${setpriv:-setpriv}" --reuid 65534 --regid 65534 --clear-groups --inh-caps="$capabilities" \
		--ambient-caps="$capabilities" "$@"
}
