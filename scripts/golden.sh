#!/bin/sh
# golden.sh [LABEL...] - makes the recordings of the golden tests anew, in a guest of each kernel
# (6.1 6.12 6.18 7.2 without one): tests/golden/LABEL/recording.sql. What is made of them then is
# another thing: make golden does both. Two minutes a kernel, or less.
set -u

cd "$(dirname "$0")/.." || exit 1
[ $# -gt 0 ] || set -- 6.1 6.12 6.18 7.2
build=build
scripts/kernels.sh "$@" || exit 1
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM

mkdir "$tmp/payload"
cp $build/slabsight $build/tests/golden $build/tests/golden-life "$tmp/payload/" || exit 1
cp tests/golden/guest.sh "$tmp/payload/run" && chmod +x "$tmp/payload/run" || exit 1
echo overlay >"$tmp/payload/modules"
for label; do
	# Pauses take no time; but 6.1 was seen to stand still so.
	case $label in 6.1) VM_ICOUNT= ;; *) VM_ICOUNT=2 ;; esac
	export VM_ICOUNT
	scripts/vm.sh "$label" "$tmp/payload" 600 >"$tmp/out" || exit 1
	sed -n '/^-- /,$p' "$tmp/out" >"$tmp/sql"
	[ "$(tail -n 1 "$tmp/sql")" = 'COMMIT;' ] || {
		echo "slabsight: nothing was recorded on $label:" >&2
		tail -n 20 "$tmp/out" >&2
		exit 1
	}
	mkdir -p "tests/golden/$label" && cp "$tmp/sql" "tests/golden/$label/recording.sql"
	grep '^slabsight: recorded' "$tmp/out"
done
