#!/bin/sh
# export.sh SLABSIGHT - slabsight export on this machine, as root: every format of a live trace and
# of a recording, read by the tools it is made for where they are installed, and what happens when it
# cannot be written. A line a check: ok, not ok, skip. Always exits 0: the lines are the result.
#
# Runs in a network namespace of its own, as cli.sh does.
# shellcheck disable=SC2016 # what is in single quotes is for another shell
# shellcheck disable=SC2086 # words on purpose
set -u
PATH=$PATH:/usr/sbin:/sbin

here=$(cd "$(dirname "$0")" && pwd)
if [ "${2-}" != inside ]; then
	if unshare -n true 2>/dev/null; then
		exec unshare -n "$0" "$1" inside
	fi
	echo "skip - export: needs a network namespace of its own (root)"
	exit 0
fi

# shellcheck source=tests/checks.sh disable=SC1091
. "$here/../checks.sh"

tmp=$(mktemp -d) || exit 0
holder=
inside= # directory of a cgroup for the holder; empty: where this script is
# shellcheck disable=SC2317 # the trap calls it
clean_up() {
	[ -z "$holder" ] || kill -9 "$holder" 2>/dev/null
	wait
	[ -z "$inside" ] || rmdir "$inside" 2>/dev/null
	rm -rf "$tmp"
}
trap clean_up EXIT
trap 'exit 0' INT TERM HUP PIPE

chmod 755 "$tmp" # for nobody, who runs it without privileges
cp "$1" "$tmp/slabsight" || exit 0
slabsight=$tmp/slabsight
export="timeout -k 1 60 $slabsight export"
held=97 # files that a process opens during each trace, and holds

# await COMMAND...: until it succeeds, half a minute at most.
await() {
	tries=0
	while ! "$@" 2>/dev/null && [ $tries -lt 300 ]; do
		sleep 0.1
		tries=$((tries + 1))
	done
}

# made FORMAT ARGUMENT...: exported to $tmp/FORMAT by a trace that lasts until a thread named holder
# has opened its files.
made() {
	format=$1
	shift
	rm -f "$tmp/$format" "$tmp/hold" "$tmp/held"
	mkfifo "$tmp/hold"
	: >"$tmp/err" # or the last one's is read before this one's is begun
	$slabsight export --format="$format" -d 60 --stacks=all --comm holder -o "$tmp/$format" "$@" \
		2>"$tmp/err" &
	pid=$!
	await grep -q '^tracing' "$tmp/err"
	bash --norc -c '[ -z "$1" ] || echo $$ >"$1/cgroup.procs"
		printf holder >/proc/$$/comm
		exec {fifo}<>"$0/hold"
		for ((i = 1; i < '$held'; i++)); do exec {fd}</dev/null; done
		: >"$0/held"
		read -r _ <&$fifo' "$tmp" "$inside" &
	holder=$!
	await test -e "$tmp/held"
	kill -INT $pid
	wait $pid
	status=$?
	kill -9 $holder
	wait $holder 2>/dev/null
	holder=
	holds "export --format=$format $*" test $status -eq 0 -a -s "$tmp/$format"
}

usage() {
	$slabsight export --help >"$tmp/out" 2>"$tmp/err"
	holds 'export --help' test "$?,$(grep -c usage: "$tmp/out"),$(grep -c '' "$tmp/err")" = 0,1,0
	holds '... names the formats' sh -c 'for f in pprof folded csv json openmetrics; do
		grep -q "^  *$f  " "$0" || exit 1; done' "$tmp/out"
	says 'export without a format' 2 'which format? --format=' $export -d 1
	says 'an unknown format' 2 'is not one of pprof folded csv json openmetrics' \
		$export --format=svg
	says '--value of another format' 2 '--value is for --format=folded' \
		$export --format=csv --value=bytes
	says '--rows of another format' 2 '--rows is for --format=csv' $export --format=json --rows=stacks
	says 'an option of trace that is none of export' 2 "unknown option '--json'" $export --json
	says 'a file that is not there' 2 "'stray': No such file" $export --format=csv stray
	says 'a stray word' 2 "unexpected argument 'stray'" $export --format=csv file stray
	says 'export without capabilities' 4 'needs CAP_BPF' capable '' $export --format=csv -d 0.1
}

files() {
	# Something has to be live: where nothing is, folded stacks are empty, and always written.
	sh -c 'while sleep 0.02; do sleep 1 & done' &
	holder=$!
	for format in pprof folded csv json openmetrics; do
		rm -f "$tmp/new"
		$export --format=$format -d 0.3 -o "$tmp/new" 2>"$tmp/err"
		holds "a new file of $format is for its owner only" \
			test "$?,$(stat -c %a "$tmp/new")" = 0,600
		sh -c 'exec "$@" >/dev/full 2>"$0"' "$tmp/err" $export --format=$format -d 0.1
		holds "$format to a full disk: exit 1" test $? -eq 1
		holds '... and why' grep -q 'cannot write the report: No space' "$tmp/err"
		sh -c 'mkfifo "$0"; exec 3<>"$0" 4>"$0" 3>&-; exec "$@" >&4 4>&- 2>"$0.err"' \
			"$tmp/fifo" $export --format=$format -d 0.1
		holds "$format, reader gone: exit 1" test $? -eq 1
		holds '... and why' grep -q 'cannot write the report: Broken pipe' "$tmp/fifo.err"
		rm -f "$tmp/fifo"
		says "$format into no directory" 1 "cannot write to '.*': No such file" \
			$export --format=$format -d 0.1 -o "$tmp/no/such"
	done
	kill $holder
	wait $holder 2>/dev/null
	holder=
	if command -v script >/dev/null; then
		script -qec "$slabsight export --format=pprof -d 1" /dev/null >"$tmp/out" 2>&1 </dev/null
		holds 'pprof to a terminal is refused: exit 2' test $? -eq 2
		holds '... and says what to do' grep -q 'not for a terminal: use -o FILE' "$tmp/out"
	else
		skip 'pprof to a terminal: script is not installed'
	fi
}

# The directory of a textfile collector: read at any time, by somebody else.
replaced() {
	mkdir "$tmp/dir"
	echo old >"$tmp/dir/a.prom"
	chmod 644 "$tmp/dir/a.prom"
	ln "$tmp/dir/a.prom" "$tmp/old" # still the old file when another takes its name
	$export --format=openmetrics -d 0.3 -o "$tmp/dir/a.prom" 2>"$tmp/err"
	holds 'openmetrics -o: the file is exchanged as a whole' test "$?,$(cat "$tmp/old")" = 0,old
	holds '... and keeps its mode' test "$(stat -c %a "$tmp/dir/a.prom")" = 644
	holds '... with nothing beside it' test "$(find "$tmp/dir" -mindepth 1 | wc -l)" -eq 1
	ln -f "$tmp/dir/a.prom" "$tmp/old"
	(ulimit -f 0 && trap '' XFSZ && exec $export --format=openmetrics -d 0.3 -o "$tmp/dir/a.prom" \
		2>/dev/null)
	holds 'a file at its limit: exit 1' test $? -eq 1
	holds '... and the old one is as it was' cmp "$tmp/old" "$tmp/dir/a.prom"
	holds '... with nothing beside it' test "$(find "$tmp/dir" -mindepth 1 | wc -l)" -eq 1
	$export --format=openmetrics -d 0.3 -o /dev/stdout >"$tmp/out" 2>"$tmp/err"
	holds 'openmetrics -o /dev/stdout goes there' \
		test "$?,$(tail -n 1 "$tmp/out")" = '0,# EOF'
}

folded() {
	made folded --value objects
	holds '... has the files that are held' awk -v held=$held '
		/^holder;.*;filp [0-9]+$/ { sum += $NF } END { exit sum != held }' "$tmp/folded"
	holds '... and nothing of others' sh -c '! grep -v "^holder;\|^(unknown);" "$0"' "$tmp/folded"
	holds '... a number behind each line, and one space' \
		sh -c '! grep -v "^[^ ]* [1-9][0-9]*$" "$0"' "$tmp/folded"
	holds '... without a control character' clean_lines "$tmp/folded"
	if command -v flamegraph.pl >/dev/null; then
		flamegraph.pl <"$tmp/folded" >"$tmp/svg" 2>"$tmp/err"
		holds '... makes a flame graph' grep -q '</svg>' "$tmp/svg"
	else
		skip '... makes a flame graph: flamegraph.pl is not installed'
	fi
}

# clean_lines FILE: something is in it, and no control character but ends of lines.
# shellcheck disable=SC2317 # holds calls it
clean_lines() {
	[ -s "$1" ] && ! LC_ALL=C tr -d '\r\n' <"$1" | LC_ALL=C grep -q '[[:cntrl:]]'
}

csv() {
	made csv
	holds '... has a header, and lines that end with CR LF' sh -c '
		head -n 1 "$0" | grep -q "^cache,call_site,module,.*,suppressed_by.$" &&
		! grep -v "$(printf "\r")\$" "$0"' "$tmp/csv"
	holds '... without a control character' clean_lines "$tmp/csv"
	made csv --rows=stacks
	holds '... has the files that are held' awk -F , -v held=$held '
		$1 == "filp" && $4 == "holder" { sum += $5 } END { exit sum != held }' "$tmp/csv"
	if command -v python3 >/dev/null; then
		holds '... is read by Python, all rows of one length' python3 -c '
import csv, sys
rows = list(csv.reader(open(sys.argv[1], newline="")))
sys.exit(len(rows) < 2 or len({len(row) for row in rows}) != 1)' "$tmp/csv"
	else
		skip '... is read by Python: python3 is not installed'
	fi
}

# A cgroup of the holder's, named as docker names its own.
cgroups() {
	root=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)
	id=$(printf '%064x' $$)
	inside=$root/docker-$id.scope
	if [ -z "$root" ] || ! mkdir "$inside" 2>/dev/null; then
		skip "cgroups: ${root:-cgroup v2 is not mounted}${root:+: no cgroup can be made there}"
		inside=
		return
	fi
	made csv --rows=stacks
	holds '... of a process in a cgroup: has its path and container' awk -F , -v held=$held \
		-v end=",/docker-$id.scope,$(printf '%.12s' "$id")" '
		{ sub("\r$", "") }
		$1 == "filp" && $4 == "holder" && substr($0, length($0) - length(end) + 1) == end {
			sum += $5
		} END { exit sum != held }' "$tmp/csv"
	made json
	holds '... and so has the JSON' sh -c 'command -v jq || exit 0
		jq -e --arg path "/docker-$1.scope" "
		[.origins[] | select(.cache == \"filp\") | .stacks[].tasks[]] |
		length > 0 and all(.cgroup == \$path and .cgroup_id > 1 and .comm == \"holder\")" "$0"' \
		"$tmp/json" "$id"
	made pprof
	holds '... and the profile' sh -c 'gzip -dc "$0" | grep -aq "docker-$1.scope"' "$tmp/pprof" "$id"
	rmdir "$inside" && inside=
}

json() {
	made json
	holds '... is the report of a trace' whole "$tmp/json"
}

openmetrics() {
	made openmetrics
	holds '... ends with # EOF, once' \
		test "$(tail -n 1 "$tmp/openmetrics"),$(grep -c '^# EOF' "$tmp/openmetrics")" = '# EOF,1'
	holds '... has the files that are held' awk -v held=$held '
		/^slabsight_origin_live_objects{cache="filp"/ { sum += $NF } END { exit sum < held }' \
		"$tmp/openmetrics"
	made openmetrics --top 1
	holds '... no more series than asked for' test \
		"$(grep -c '^slabsight_origin_live_bytes' "$tmp/openmetrics")" -le 6
	holds '... and the others in one each verdict' grep -q \
		'^slabsight_origin_live_bytes{cache="(other)",call_site="(other)",verdict="' \
		"$tmp/openmetrics"
	if command -v promtool >/dev/null; then
		promtool check metrics <"$tmp/openmetrics" >"$tmp/out" 2>&1
		holds '... has no fault for promtool' test "$?,$(grep -c '' "$tmp/out")" = 0,0
	else
		skip '... has no fault for promtool: prometheus is not installed (the unit tests have a reader)'
	fi
}

# pprof COMMAND...: its output, without its notes.
pprof() {
	go tool pprof "$@" 2>"$tmp/err"
}

# flat FILE UNIT WHICH: what the profile has in all, as pprof adds it up.
flat() {
	pprof -top -unit="$2" -sample_index="$3" -nodecount=100000 -nodefraction=0 "$1" |
		awk '/^ *flat/ { on = 1; next } on { sum += $1 } END { printf "%.0f\n", sum }'
}

profile() {
	made pprof
	cp "$tmp/pprof" "$tmp/first"
	holds '... is gzipped' gzip -t "$tmp/pprof"
	if ! command -v go >/dev/null || ! go tool -n pprof >/dev/null 2>&1; then
		skip '... is read by go tool pprof: golang-go is not installed (80 MB to fetch, 450 MB on disk)'
		return
	fi
	holds '... has the files that are held, and their size' sh -c '
		go tool pprof -traces -sample_index=inuse_objects "$0" 2>/dev/null |
			grep -q "^ *'$held'  *[a-z_0-9.]*$"' "$tmp/pprof"
	pprof -comments "$tmp/pprof" >"$tmp/out"
	holds '... tells the coverage' grep -q '^coverage [a-z]*: [0-9]* ghosts' "$tmp/out"
	pprof -tags "$tmp/pprof" >"$tmp/out"
	for label in cache comm verdict stacks bytes; do
		holds "... has the label $label" grep -q "^ *$label: Total" "$tmp/out"
	done
	pprof -raw "$tmp/pprof" >"$tmp/raw"
	began=$(date -d "$(sed -n 's/^Time: \([-0-9]* [0-9:]*\).*/\1/p' "$tmp/raw") UTC" +%s)
	holds '... was made a moment ago' test "$(($(date +%s) - began))" -ge 0 \
		-a "$(($(date +%s) - began))" -lt 300
	holds '... has no address of the kernel' sh -c '! grep -q "0x[f]\{4\}\|ffffffff" "$0"' "$tmp/raw"
	holds '... adds up, by pprof itself' test "$(flat "$tmp/pprof" B inuse_space)" = \
		"$(awk '/^Samples/ { on = 1; getline; next } /^Locations/ { on = 0 }
			on && /^ *[0-9]+ / { sum += $4 } END { print sum + 0 }' "$tmp/raw")"
	made pprof --show-addresses
	pprof -raw "$tmp/pprof" >"$tmp/raw"
	holds '... --show-addresses has them' grep -q '0xffff' "$tmp/raw"
	pprof -top -unit=B -diff_base "$tmp/first" "$tmp/first" >"$tmp/out"
	holds '... differs by nothing from itself' grep -q 'accounting for 0' "$tmp/out"
	pprof -top -unit=B -diff_base "$tmp/first" "$tmp/pprof" >"$tmp/out"
	holds '... can be compared with another' grep -q 'Showing nodes accounting for' "$tmp/out"
}

# anybody ARGUMENT...: an export by nobody, into $tmp/out; nothing may be said.
anybody() {
	capable '' timeout -k 1 60 "$slabsight" export "$@" >"$tmp/out" 2>"$tmp/err" </dev/null &&
		[ ! -s "$tmp/err" ]
}

# page FILTER: what the page in $tmp/out works from.
# shellcheck disable=SC2317 # holds calls it
page() {
	sed -n 's|.*<script type="application/json" id="data">\([^<]*\)</script>.*|\1|p' "$tmp/out" |
		jq -e "$1"
}

# Files that are opened one by one, in 2.9 s at least, and held.
record() {
	rm -f "$tmp/hold" "$tmp/held"
	mkfifo "$tmp/hold"
	: >"$tmp/err"
	# Not by timeout(1), which passes a signal on twice: to its child, and to its group.
	"$slabsight" record -d 100 --every 1 --stacks=all --comm holder -o "$tmp/rec" 2>"$tmp/err" &
	pid=$!
	await grep -q '^tracing' "$tmp/err"
	bash --norc -c 'printf holder >/proc/$$/comm
		exec {fifo}<>"$0/hold"
		for ((i = 1; i < '$held'; i++)); do
			exec {fd}</dev/null
			read -r -t 0.03 _ <&$fifo
		done
		: >"$0/held"
		read -r _ <&$fifo' "$tmp" &
	holder=$!
	await test -e "$tmp/held"
	kill -INT $pid
	wait $pid
	status=$?
	kill -9 $holder
	wait $holder 2>/dev/null
	holder=
	holds 'a recording to export' test $status -eq 0 -a -s "$tmp/rec"
	chmod 644 "$tmp/rec"
}

page_of_recording() {
	if $slabsight export --format=html -d 1 -o "$tmp/new" --at +1 2>&1 |
		grep -q 'built without'; then
		skip 'a page of a recording: slabsight was built without --format=html'
		return
	fi
	holds 'html of a recording, by anybody' anybody --format=html --sort age "$tmp/rec"
	if ! command -v jq >/dev/null; then
		skip '... has how an origin grew: jq is not installed'
		return
	fi
	holds '... has how an origin grew' page '.growth.length_s > 2.5 and ([.growth.series[].points |
		select(.[-1][1] == '$held' and .[0][1] < '$held')] | length > 0)'
	holds '... each to what it has in the end' page '. as $page | [.growth.series[] |
		.points[-1][1] == $page.report.origins[.origin].live_objects] | length > 3 and all'
	anybody --format=html --at +2.5 "$tmp/rec"
	holds '... and no further than to --at' page '.growth.length_s < 2.5 and
		([.growth.series[].points[][0]] | max < 2.5)'
}

damaged() {
	{
		head -c 30000 "$tmp/rec"
		head -c 200000 /dev/zero
	} >"$tmp/cut"
	: >"$tmp/none"
	for format in pprof folded csv json openmetrics; do
		rm -f "$tmp/new"
		says "$format of a damaged file" 2 damaged $export --format=$format -o "$tmp/new" "$tmp/cut"
		holds '... writes none' test ! -e "$tmp/new"
	done
	says 'export of an empty file' 2 empty $export --format=csv "$tmp/none"
	says 'export of a program' 2 'not a recording' $export --format=csv "$slabsight"
}

recording() {
	record
	for format in pprof folded csv json openmetrics; do
		holds "$format of a recording, by anybody" anybody --format=$format "$tmp/rec"
		holds '... is something' test -s "$tmp/out"
		cp "$tmp/out" "$tmp/first"
		anybody --format=$format "$tmp/rec"
		holds '... and the same each time' cmp "$tmp/first" "$tmp/out"
		capable '' "$slabsight" export --format=$format --at +2.5 "$tmp/rec" >"$tmp/out" 2>"$tmp/err"
		holds '... but not at another moment' sh -c '! cmp -s "$0" "$1"' "$tmp/first" "$tmp/out"
		[ $format != json ] || for at in +99 +2.5; do
			anybody --format=json --at $at "$tmp/rec"
			"$slabsight" report --json --at $at "$tmp/rec" >"$tmp/read" 2>"$tmp/err"
			holds "... and at $at that of report --json, byte for byte" cmp "$tmp/read" "$tmp/out"
		done
	done
	anybody --format=folded --value=objects "$tmp/rec"
	holds 'folded has the files that were held' awk -v held=$held '
		/^holder;.*;filp [0-9]+$/ { sum += $NF } END { exit sum != held }' "$tmp/out"
	page_of_recording
	damaged
	says 'an option of a trace for a recording' 2 "--comm is for a trace, and '.*rec' is" \
		$export --format=csv --comm holder "$tmp/rec"
	says '--at without a recording' 2 '--at is for a recording' $export --format=csv --at +1
	says '--at what is no time' 2 "'--at': 'noon' is not a time" \
		$export --format=csv --at noon "$tmp/rec"
	says '--at before the first snapshot' 2 'no whole snapshot so early' \
		$export --format=csv --at +0 "$tmp/rec"
}

usage
files
replaced
folded
csv
cgroups
json
openmetrics
profile
recording
exit 0
