#!/bin/sh
# module.sh LABEL SRC_DIR OUT_DIR - build the kernel modules whose Kbuild or Makefile is in SRC_DIR
# for the test kernel LABEL (see kernels.sh), with this machine's gcc; the *.ko go to OUT_DIR.
#
# The build is done in a copy, so SRC_DIR stays clean. The kernel's headers are fetched once, to
# ${SLABSIGHT_CACHE:-~/.cache/slabsight}/headers/LABEL/. MODULE_ARGS: more words for kbuild's make.
# Exit status: 0 built; 1 the compiler refused; 2 usage; 77 cannot be had on this machine (a skip,
# with the reason on stderr).
set -u

# shellcheck source=scripts/debian.sh
. "$(dirname "$0")/debian.sh"

fail() {
	status=$1
	shift
	echo "slabsight: module for $label: $*" >&2
	exit "$status"
}

# fetch ARCHIVE SUITE: the headers of the cached kernel and what builds with them, to $work/out;
# they have to be of its very version.
fetch() {
	archive=$1 suite=$2
	name=linux-headers-$release new=$work/new
	rm -rf "$new"
	tools apt-get apt-cache dpkg-deb || return 1
	update "$archive" "$suite" || return 1
	version=$(sed 's/.* //' "$kernels/$label/package")
	private apt-cache "$suite" show "$name" >"$work/show" 2>/dev/null
	grep -qxF "Version: $version" "$work/show" || {
		reason="no $name $version in $suite"
		return 1
	}
	needs=$(sed -n 's/^Depends: //p' "$work/show" | head -n 1 | tr ',' '\n' |
		sed -nE 's/^ *(linux-(headers|kbuild)-[^ ]*).*/\1/p')
	# shellcheck disable=SC2086 # words on purpose
	unpack "$suite" "$new" "$name=$version" $needs && arrange "$new/tree" "$name"
}

# arrange TREE NAME: makes it work where it is, not in /usr/src only. Debian's vmlinux has nothing
# but type information, and the modules of tests need none: that would take pahole.
arrange() {
	build=$1/usr/src/$2
	grep -q '^include /usr/src/' "$build/Makefile" ||
		{ reason="$2 is not laid out as expected"; return 1; }
	# shellcheck disable=SC2016 # make's
	sed -i -e '1i here := $(dir $(abspath $(lastword $(MAKEFILE_LIST))))' \
		-e 's,/usr/src/,$(here)../,' "$build/Makefile"
	rm -f "$build/vmlinux"
	mkdir "$work/out" && mv "$1" "$work/out/tree" && ln -s "tree/usr/src/$2" "$work/out/build" &&
		echo "$release" >"$work/out/release"
}

# headers: leaves $headers complete and of the cached kernel, or says why not in $reason.
headers() {
	release=$(cat "$kernels/$label/release")
	[ "$release" != "$(cat "$headers/release" 2>/dev/null)" ] || return 0
	# shellcheck disable=SC2046 # words on purpose
	fetch $(source_of "$label") || return 1
	rm -rf "$headers" && mv "$work/out" "$headers"
}

if [ $# -ne 3 ] || [ ! -d "$2" ]; then
	echo "slabsight: usage: module.sh LABEL SRC_DIR OUT_DIR" >&2
	exit 2
fi
label=$1 source=$2 out=$3
headers=$cache/headers/$label

"$(dirname "$0")/kernels.sh" "$label" >&2 || exit 2
[ -f "$kernels/$label/release" ] || fail 77 "$(cat "$kernels/$label/why-not")"

# One at a time: a second run waits here, then finds what the first has fetched.
mkdir -p "$cache/headers" && exec 9>"$cache/headers/.lock" && flock 9 || exit 1
rm -rf "$cache"/headers/.work.*
work=$(mktemp -d "$cache/headers/.work.XXXXXX") || exit 1
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$work" "$tmp"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
# The archive keeps few versions: it may have moved on since the kernel was fetched.
headers || { "$(dirname "$0")/kernels.sh" --refresh "$label" >&2 && headers; } ||
	fail 77 "$reason"
flock -u 9

tools gcc make || fail 77 "$reason"
! ldd "$headers"/build/scripts/mod/modpost* 2>&1 | grep -q 'not found' ||
	fail 77 "the headers' tools want a newer C library than this machine's"
mkdir -p "$out" && out=$(cd "$out" && pwd) && cp -R "$source" "$tmp/src" || exit 1
# Not the options of a make that calls this: they are for another Makefile.
unset MAKEFLAGS MFLAGS MAKELEVEL
# shellcheck disable=SC2086 # words on purpose
make -C "$headers/build" M="$tmp/src" CC=gcc -j"$(nproc)" ${MODULE_ARGS-} modules \
	>"$tmp/log" 2>&1 || {
	grep -E 'error|warning|\*\*\*' "$tmp/log" >&2 || tail -n 20 "$tmp/log" >&2
	fail 1 "make failed"
}
find "$tmp/src" -name '*.ko' -exec cp {} "$out/" \;
