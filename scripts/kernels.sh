#!/bin/sh
# kernels.sh [--refresh] [PATTERN...] - fetch the kernels of the test matrix (labels that match a
# shell PATTERN; all without one) into ${SLABSIGHT_CACHE:-~/.cache/slabsight}/kernels/LABEL/:
# vmlinuz, release (its uname -r), package (name and version) and modules/ (with modules.dep).
#
# What is in the cache costs nothing. A kernel that cannot be had is no error: the reason goes to
# stderr and to LABEL/why-not, and its tests count as skipped.
set -u

# shellcheck source=scripts/debian.sh
. "$(dirname "$0")/debian.sh"

# download SUITE REGEX DIR: the newest matching package and what it needs, unpacked to DIR/tree.
download() {
	suite=$1 dir=$3
	package=$(private apt-cache "$suite" search --names-only "^$2\$" | cut -d' ' -f1 |
		sort -V | tail -n 1)
	[ -n "$package" ] || { reason="no package in $suite matches $2"; return 1; }
	package_version=$(private apt-cache "$suite" show --no-all-versions "$package" |
		sed -n "s/^Version: /$package /p")
	[ "$package_version" != "$(cat "$kernels/$label/package" 2>/dev/null)" ] || return 0

	set -- "$package"
	# Since 7.1 Debian splits the image: kernel, modules, and the lists of what is built in.
	name=${package#linux-binary-}
	[ "$name" = "$package" ] || set -- "$package" "linux-modules-$name" "linux-base-$name"
	unpack "$suite" "$dir" "$@"
}

# arrange DIR: makes the cache entry DIR/out of DIR/tree.
arrange() {
	modules=$(find "$1/tree" -type d -path '*/lib/modules/*' -prune)
	image=$(find "$1/tree" -type f -name 'vmlinuz*')
	release=${modules##*/}
	# Packages leave modules.dep to depmod, at installation.
	mkdir -p "$1/out" "$1/base/lib/modules" && mv "$image" "$1/out/vmlinuz" &&
		mv "$modules" "$1/base/lib/modules/" && busybox depmod -b "$1/base" "$release" &&
		mv "$1/base/lib/modules/$release" "$1/out/modules" &&
		echo "$release" >"$1/out/release" && echo "$package_version" >"$1/out/package"
}

# fetch LABEL ARCHIVE SUITE REGEX: leaves LABEL/ complete, or as it was with the why in $reason.
fetch() {
	label=$1 new=$work/$1
	tools apt-get apt-cache dpkg-deb busybox || return 1
	update "$2" "$3" && download "$3" "$4" "$new" || return 1
	# Nothing unpacked: the cache has the newest one already.
	[ -d "$new/tree" ] || return 0
	arrange "$new" || { reason="$package is not laid out as expected"; return 1; }
	[ ! -e "$kernels/$label" ] || mv "$kernels/$label" "$new/old"
	mv "$new/out" "$kernels/$label" && rm -rf "$new"
}

# wanted LABEL PATTERN...: does the label match one of the patterns, or is there none?
wanted() {
	label=$1
	shift
	[ $# -gt 0 ] || return 0
	for pattern; do
		# shellcheck disable=SC2254 # a pattern on purpose
		case $label in $pattern) return 0 ;; esac
	done
	return 1
}

# cached LABEL: is there nothing to do for it?
cached() {
	[ -z "$refresh" ] && [ -f "$kernels/$1/release" ]
}

refresh=
[ "${1-}" != --refresh ] || { refresh=1; shift; }
labels=$(echo "$matrix" | cut -f1 | tr '\n' ' ')
found=
pending=
for label in $labels; do
	wanted "$label" "$@" || continue
	found=1
	cached "$label" || pending="$pending $label"
done
[ -n "$found" ] || { echo "slabsight: no kernel '$*': there are: $labels" >&2; exit 2; }
[ -n "$pending" ] || exit 0

# One at a time: a second run waits here, then finds what the first has fetched.
mkdir -p "$kernels" && exec 9>"$kernels/.lock" && flock 9 || exit 1
rm -rf "$kernels"/.work.*
work=$(mktemp -d "$kernels/.work.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

while read -r label archive suite regex; do
	case "$pending " in *" $label "*) ;; *) continue ;; esac
	! cached "$label" || continue
	start=$(date +%s)
	if fetch "$label" "$archive" "$suite" "$regex" </dev/null; then
		echo "slabsight: kernel $label: $(cat "$kernels/$label/release")," \
			"$(du -sm "$kernels/$label" | cut -f1) MB, $(($(date +%s) - start)) s"
	elif [ -f "$kernels/$label/release" ]; then
		echo "slabsight: kernel $label: not refreshed: $reason" >&2
	else
		echo "slabsight: kernel $label: skipped: $reason" >&2
		mkdir -p "$kernels/$label" && echo "$reason" >"$kernels/$label/why-not"
	fi
done <<EOF
$matrix
EOF
