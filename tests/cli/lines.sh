# shellcheck shell=sh
# shellcheck disable=SC2086 # words on purpose
# shellcheck disable=SC2154 # run and tmp are cli.sh's
# lines.sh - read by cli.sh: files and lines of frames. Of a recording of this machine, whose debug
# info is hardly ever here: so a kernel is made that has its build-id, and the names of its functions.

# make_kernel FILE BUILD_ID: each function that the recording has frames in is 16 KiB of nops, a
# line of "made.S".
make_kernel() {
	jq -r '.origins[].stacks[].frames[] | select(.symbol and .module == null) | .symbol' \
		"$tmp/frames" | sort -u | awk '
		{ print ".globl \"" $0 "\"; .type \"" $0 "\", @function; \"" $0 "\": .rept 16384; nop; .endr" }
		END { print ".section .note.GNU-stack" }' >"$tmp/made.S"
	(cd "$tmp" && cc -g -c -o made.o made.S &&
		ld -static --build-id=0x$2 -Ttext=0xffffffff81000000 -e 0 -o "$1" made.o)
}

# rows: of the block at the end that are about lines.
rows() {
	grep -c '^  lines ' "$tmp/out"
}

# tells PATTERN: the report does; a row goes on in further lines.
# shellcheck disable=SC2317 # holds calls it
tells() {
	tr -s ' \n' ' ' <"$tmp/out" | grep -q -e "$1"
}

# lined WHAT ARGUMENT...: the report has lines, and nothing to say about them.
lined() {
	what=$1
	shift
	$run report "$tmp/lines.rec" "$@" >"$tmp/out" 2>"$tmp/err"
	holds "$what" test "$?,$(rows),$(grep -c '' "$tmp/err")" = 0,0,0
	holds '... with lines' grep -q '^      [^ ]*+0x[0-9a-f]* (made.S:[0-9]*)$' "$tmp/out"
}

# unlined WHAT PATTERN ARGUMENT...: it has none, and says why, once.
unlined() {
	what=$1 pattern=$2
	shift 2
	$run report "$tmp/lines.rec" "$@" >"$tmp/out" 2>"$tmp/err"
	holds "$what" test "$?,$(rows),$(grep -c '(made.S:' "$tmp/out")" = 0,1,0
	holds '... and says why' tells "$pattern"
}

# A server of one build. What it is asked for goes to $tmp/asked.
serve() {
	mkdir -p "$tmp/served/buildid/$1"
	cp "$tmp/dir/vmlinux" "$tmp/served/buildid/$1/debuginfo"
	ip link set lo up 2>/dev/null
	busybox httpd -f -vv -p 127.0.0.1:8002 -h "$tmp/served" 2>"$tmp/asked" &
	server=$!
	pids="$pids $server"
}

# A server that takes a request and never answers, and somebody who has no time for it.
waits() {
	mkfifo "$tmp/silence"
	busybox nc -l -p 8003 <>"$tmp/silence" >/dev/null &
	server=$!
	pids="$pids $server"
	: >"$tmp/err"
	DEBUGINFOD_URLS=http://127.0.0.1:8003 $slabsight report "$tmp/lines.rec" >"$tmp/out" \
		2>"$tmp/err" &
	reader=$!
	pids="$pids $reader"
	tries=0
	while ! grep -q '^slabsight: asking debuginfod' "$tmp/err" && [ $tries -lt 200 ]; do
		sleep 0.1
		tries=$((tries + 1))
	done
	kill -INT $reader
	wait $reader
	holds 'Ctrl-C while a server is asked: a report without lines' \
		test "$?,$(rows),$(grep -c '' "$tmp/err")" = 0,1,1
	holds '... that says why' tells 'asking debuginfod was interrupted'
	kill $server 2>/dev/null
	wait $server 2>/dev/null
}

servers() {
	export XDG_CACHE_HOME="$tmp/cache"
	serve "$1"
	unlined 'no server is asked that nobody named' 'DEBUGINFOD_URLS='
	holds '... really none' test ! -s "$tmp/asked"
	export DEBUGINFOD_URLS=http://127.0.0.1:8002
	$run report "$tmp/lines.rec" --no-lines >"$tmp/out" 2>"$tmp/err"
	holds '--no-lines asks none' test "$?,$(rows)$(cat "$tmp/asked")" = 0,0
	lined 'debug info from a server'
	holds '... which was asked' grep -q "url:/buildid/$1/debuginfo" "$tmp/asked"
	kill $server
	wait $server 2>/dev/null
	lined '... and is kept'
	export XDG_CACHE_HOME="$tmp/other"
	unlined 'a server that is not there' 'debuginfod: '
	waits
	unset DEBUGINFOD_URLS XDG_CACHE_HOME
}

lines() {
	says '--debug-dir is no directory' 2 "'--debug-dir': '$tmp/none' is not a directory" \
		$run report --debug-dir "$tmp/none" file
	if ! command -v jq >/dev/null; then
		skip 'lines of a recording: needs jq'
		return
	fi
	# Something has to be live.
	sh -c 'while sleep 0.05; do sleep 2 & done' &
	busy=$!
	pids="$pids $busy"
	$run record -d 2 -o "$tmp/lines.rec" 2>"$tmp/err"
	$run report "$tmp/lines.rec" --json --no-lines >"$tmp/frames" 2>"$tmp/err"
	holds 'without lines they are null' jq -e '.debug_info == null and
		([.origins[].stacks[].frames[] | .file == null and .line == null and .inlined == []]
		| length > 0 and all)' "$tmp/frames"
	id=$($run report "$tmp/lines.rec" --json | jq -r '.debug_info[] | select(.module == null).build_id')
	mkdir -p "$tmp/dir" "$tmp/wrong"
	make_kernel dir/vmlinux "$id"
	unlined 'no debug info' 'no debug info of the kernel.*To get it: .*--debug-dir'
	lined 'lines of a recording' --debug-dir "$tmp/dir"
	$run report "$tmp/lines.rec" --debug-dir "$tmp/dir" --json >"$tmp/out" 2>"$tmp/err"
	holds '... in JSON' found '[.origins[].stacks[].frames[] | select(.module == null and .offset > 0)] |
		length > 0 and all(.file == "made.S" and .line > 0 and .inlined == [])'
	holds '... which says where from' found '.debug_info[] | select(.module == null) |
		(.file | endswith("/dir/vmlinux")) and .why == null and .found > 0 and .found <= .places'
	$run report "$tmp/lines.rec" --debug-dir "$tmp/dir" --no-lines >"$tmp/out" 2>"$tmp/err"
	holds '--no-lines: none, and not a word about it' \
		test "$?,$(rows),$(grep -c '(made.S:' "$tmp/out")" = 0,0,0
	make_kernel wrong/vmlinux "$(echo "$id" | tr 0-9a-f 1-9a-f0)"
	unlined 'a kernel of another build is refused' 'wrong/vmlinux is of another build' \
		--debug-dir "$tmp/wrong"
	$run trace -d 2 --top 0 --debug-dir "$tmp/dir" >"$tmp/out" 2>"$tmp/err"
	kill $busy
	wait $busy 2>/dev/null
	holds 'lines of a trace' grep -q '^      [^ ]*+0x[0-9a-f]* (made.S:[0-9]*)$' "$tmp/out"
	if command -v busybox >/dev/null && ldconfig -p | grep -q libdebuginfod.so.1; then
		servers "$id"
	else
		skip 'debug info from a server: needs busybox and libdebuginfod'
	fi
}

lines
