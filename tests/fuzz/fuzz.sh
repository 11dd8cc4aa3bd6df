#!/bin/sh
# fuzz.sh BUILD SECONDS - reads recordings that are changed in every way, for so long: see
# recording.c and mutate.c. One line: ok, not ok (what was found is kept in BUILD/tests/fuzz, and
# BUILD/tests/fuzz/recording FILE shows it again), or skip with the reason.
set -u

out=$1/tests/fuzz
seconds=$2

if [ ! -x "$out/recording" ] || [ ! -x "$out/seeds" ]; then
	echo "skip - recordings that are fuzzed: it is not built: clang has no libFuzzer here" \
		"(libclang-rt-14-dev)"
	exit 0
fi
# Files are written thousands of times.
tmp=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM
mkdir "$tmp/seeds" "$tmp/corpus" || exit 1

if ! "$out/seeds" "$tmp/seeds" >"$out/seeds.log" 2>&1; then
	echo "not ok - recordings to begin with are not written: $(grep -m 1 ERROR "$out/seeds.log")"
	exit 1
fi
# What an input may take is far above what it takes: other tests run beside it. Of more changes at
# once, one is nearly always refused.
TMPDIR=$tmp "$out/recording" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 \
	-max_len=400000 -mutate_depth=2 -print_final_stats=1 -artifact_prefix="$out/" \
	"$tmp/corpus" "$tmp/seeds" >"$out/recording.log" 2>&1 </dev/null
status=$?
inputs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$out/recording.log")
coverage=$(sed -n 's/.*DONE *cov: \([0-9]*\).*/\1/p' "$out/recording.log")
found=$(sed -n 's/.*Test unit written to //p' "$out/recording.log")

if [ $status -ne 0 ] || [ -n "$found" ]; then
	echo "not ok - recordings that are fuzzed: ${found:-status $status}:" \
		"$(grep -m 1 -E 'ERROR: |runtime error:|^recording: ' "$out/recording.log" ||
			tail -n 1 "$out/recording.log")"
	exit 1
fi
# Nothing was tried where no report came of any seed.
if [ "${coverage:-0}" -lt 1000 ] || [ "${inputs:-0}" -lt 10 ]; then
	echo "not ok - recordings that are fuzzed: ${inputs:-no} inputs, coverage ${coverage:-0}"
	exit 1
fi
echo "ok - $seconds s, $inputs inputs, coverage $coverage: no crash, no leak, no hang"
