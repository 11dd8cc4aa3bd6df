#!/bin/sh
# golden.sh BUILD [accept] - what is made of recordings of four kernels, in every format, held
# against what was made of them before (tests/golden/KERNEL/, tests/golden/diff/). A line an output:
# ok, not ok with what differs as diff -u has it, or skip with the reason.
#
# With accept, what is made now becomes what is expected. Look through git diff before it is
# committed: every line is a change that users will see.
#
# KERNEL/recording.sql is a recording in words, as scripts/golden.sh makes it; one that this
# slabsight cannot read any more is a recording of somebody's, too.
set -u

build=$(cd "$1" && pwd) || exit 1
accept=${2-}
here=$(cd "$(dirname "$0")" && pwd)
golden=$build/tests/golden
lines=40 # of a difference
# Nothing of this machine may be in an output: not its time, its language, nor its terminal.
# Nobody is asked for lines.
unset DEBUGINFOD_URLS
export TZ=Asia/Kolkata LC_ALL=C COLUMNS=40 NO_COLOR=

tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM
PATH=$build:$PATH
cd "$tmp" || exit 1

# made EXPECTED WORDS STATUS: $tmp/out, which WORDS made, is as in the file of that name.
made() {
	if [ "$3" -ne 0 ] || [ -s err ]; then
		echo "not ok - $2: status $3: $(cat err)"
	elif [ -n "$accept" ]; then
		mkdir -p "$here/${1%/*}" && cp out "$here/$1" && echo "ok - $2 is accepted"
	elif diff -u "$here/$1" out >difference 2>&1; then
		echo "ok - $2"
	else
		echo "not ok - $2 is not what it was (make golden-accept, if it is better):"
		sed -e 's/^/# golden: /' -e ${lines}q difference
		[ "$(wc -l <difference)" -le $lines ] || echo "# golden: ... $(wc -l <difference) lines in all"
	fi
}

# same FILE COMMAND...: its output, as it is.
same() {
	expected=$1
	shift
	"$@" >out 2>err
	made "$expected" "$expected: $*" $?
}

# rows FILE COMMAND...: its output, with ends of lines that are seen.
rows() {
	expected=$1
	shift
	"$@" >whole 2>err
	status=$?
	sed 's/\r$/\\r/' whole >out
	made "$expected" "$expected: $*" $status
}

# unpacked FILE HOW COMMAND...: its output, as text.
unpacked() {
	expected=$1 how=$2
	shift 2
	if "$@" >whole 2>err; then "$golden" "$how" whole >out 2>err; fi
	made "$expected" "$expected: $*" $?
}

# formats KERNEL: the end of it in every format, and a moment before.
formats() {
	rec=$1.rec
	same "$1/report.txt" slabsight report "$rec"
	unpacked "$1/report.json" json slabsight report --json "$rec"
	same "$1/report.tap" slabsight report --tap "$rec"
	same "$1/at.txt" slabsight report --at +50 --top 3 "$rec"
	same "$1/suppressed.txt" slabsight report --suppressions suppressions --top 1 "$rec"
	unpacked "$1/pprof.txt" pprof slabsight export --format=pprof "$rec"
	same "$1/bytes.folded" slabsight export --format=folded "$rec"
	same "$1/objects.folded" slabsight export --format=folded --value objects "$rec"
	rows "$1/origins.csv" slabsight export --format=csv "$rec"
	rows "$1/stacks.csv" slabsight export --format=csv --rows=stacks "$rec"
	same "$1/openmetrics.txt" slabsight export --format=openmetrics --top 20 "$rec"
	unpacked "$1/report.json" json slabsight export --format=json "$rec"
	if slabsight export --format=html "$rec" 2>&1 | grep -q 'built without'; then
		echo "skip - $1: slabsight was built without --format=html"
	else
		unpacked "$1/page.txt" page slabsight export --format=html "$rec"
	fi
}

cp "$here/suppressions" . || exit 1
kernels=
for sql in "$here"/*/recording.sql; do
	kernel=$(basename "$(dirname "$sql")")
	kernels="$kernels $kernel"
	"$golden" build "$sql" "$kernel.rec" || exit 1
	"$golden" dump "$kernel.rec" | cmp -s - "$sql" || {
		echo "not ok - $kernel: the recording is not what the SQL says"
		continue
	}
	formats "$kernel"
done

before=
set --
# shellcheck disable=SC2086 # words on purpose
for kernel in $(printf '%s\n' $kernels | sort -V); do
	[ -z "$before" ] || same "diff/$before-$kernel.txt" slabsight diff "$before.rec" "$kernel.rec"
	before=$kernel
	set -- "$@" "$kernel.rec"
done
same diff/suppressed.txt slabsight diff --suppressions suppressions --top 3 6.18.rec 7.2.rec
same diff/moments.txt slabsight diff 6.12.rec --at +50
# But for leaks, only a cache grew: that does not count, or does.
printf 'leak:%s\n' sk_prot_alloc sock_alloc_inode lsm_blob_alloc __d_alloc alloc_empty_file \
	alloc_empty_backing_file security_file_alloc ovl_alloc_entry >leaks
same diff/cache.txt slabsight diff 6.12.rec --at +50 --suppressions leaks --top 1 --fail-on-growth
slabsight diff 6.12.rec --at +50 --suppressions leaks --top 1 --fail-on-growth --count-caches \
	>out 2>err
[ $? -eq 3 ]
made diff/cache-counted.txt 'diff/cache-counted.txt: ... --count-caches, exit code 3' $?
# One host a kernel; and what is passed over on all of them.
same diff/merged.txt slabsight merge "$@"
same diff/merged-suppressed.txt slabsight merge --suppressions suppressions --top 3 "$@"
unpacked diff/6.18-7.2.json json slabsight diff --json 6.18.rec 7.2.rec
exit 0
