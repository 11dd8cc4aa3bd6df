#!/bin/sh
# source.sh LABEL OUT_DIR [PATH...] - unpack the source of the cached kernel LABEL (see kernels.sh),
# or only these PATHs of it, to OUT_DIR, which it makes.
#
# Exit status: 0 unpacked; 1 failed; 2 usage; 77 cannot be had on this machine (a skip, with the
# reason on stderr). The source has to be of the kernel's very version: when the archive has moved
# on, the kernel is fetched anew.
set -u

# shellcheck source=scripts/debian.sh
. "$(dirname "$0")/debian.sh"

fail() {
	status=$1
	shift
	echo "slabsight: source of $label: $*" >&2
	exit "$status"
}

# fetch ARCHIVE SUITE: the package, unpacked to $work/new/tree; it holds the source in one file.
fetch() {
	archive=$1 suite=$2 new=$work/new name=linux-source-${label%%-*}
	rm -rf "$new"
	tools apt-get apt-cache dpkg-deb tar xz || return 1
	update "$archive" "$suite" || return 1
	version=$(sed 's/.* //' "$kernels/$label/package")
	private apt-cache "$suite" show "$name" 2>/dev/null | grep -qxF "Version: $version" || {
		reason="no $name $version in $suite"
		return 1
	}
	unpack "$suite" "$new" "$name=$version"
}

if [ $# -lt 2 ] || [ -e "$2" ]; then
	echo "slabsight: usage: source.sh LABEL OUT_DIR [PATH...], OUT_DIR is made" >&2
	exit 2
fi
label=$1 out=$2
shift 2

"$(dirname "$0")/kernels.sh" "$label" >&2 || exit 2
[ -f "$kernels/$label/release" ] || fail 77 "$(cat "$kernels/$label/why-not")"

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
source=$(source_of "$label")
# shellcheck disable=SC2086 # words on purpose
fetch $source || { "$(dirname "$0")/kernels.sh" --refresh "$label" >&2 && fetch $source; } ||
	fail 77 "$reason"

archive=$(find "$work/new/tree" -name 'linux-source-*.tar.xz')
top=$(basename "$archive" .tar.xz)
for path; do
	shift
	set -- "$@" "$top/$path"
done
if ! mkdir -p "$out" || ! tar -xJf "$archive" -C "$out" --strip-components 1 "$@"; then
	fail 1 "the source cannot be unpacked"
fi
