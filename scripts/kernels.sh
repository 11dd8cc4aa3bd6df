#!/bin/sh
# kernels.sh [--refresh] [PATTERN...] - fetch the kernels of the test matrix (labels that match a
# shell PATTERN; all without one) into ${SLABSIGHT_CACHE:-~/.cache/slabsight}/kernels/LABEL/:
# vmlinuz, release (its uname -r), package (name and version) and modules/ (with modules.dep).
#
# Packages come from other Debian suites than the machine's: a private apt configuration, the
# addresses of the archive taken from the machine's own apt sources (SLABSIGHT_APT_ETC, else
# /etc/apt), nothing installed. What is in the cache costs nothing. A kernel that cannot be had is
# no error: the reason goes to stderr and to LABEL/why-not, and its tests count as skipped.
set -u

# label	archive	suite	package (regex)
matrix='6.1	archive	bookworm	linux-image-6\.1\.0-[0-9]+-cloud-amd64
6.12	security	bookworm-security	linux-image-6\.12\.[0-9]+\+deb12-cloud-amd64
6.18	archive	trixie-backports	linux-image-6\.18\.[0-9]+\+deb13-cloud-amd64
7.2	archive	trixie-backports	linux-binary-7\.2\.[0-9]+\+deb13-cloud-amd64
5.10	archive	bullseye	linux-image-5\.10\.0-[0-9]+-cloud-amd64'

etc=${SLABSIGHT_APT_ETC:-/etc/apt}
kernels=${SLABSIGHT_CACHE:-$HOME/.cache/slabsight}/kernels
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
reason=

# The machine's apt sources, a line each: URI SUITE COMPONENT...
sources() {
	cat "$etc"/sources.list "$etc"/sources.list.d/*.list 2>/dev/null | sed -nE \
		's/#.*//; s/^[[:space:]]*deb[[:space:]]+(\[[^]]*\][[:space:]]*)?//p'
	for file in "$etc"/sources.list.d/*.sources; do
		[ -f "$file" ] && cat "$file" && echo
	done | awk '
		function flush(	u, s, i, j, nu, ns) {
			nu = split(field["uris"], u, " ")
			ns = split(field["suites"], s, " ")
			if (field["types"] ~ /[ \t]deb([ \t]|$)/ && field["enabled"] !~ /no|false/)
				for (i = 1; i <= nu; i++)
					for (j = 1; j <= ns; j++)
						print u[i], s[j], field["components"]
			split("", field)
		}
		/^#/ { next }
		/^[ \t]*$/ { flush(); next }
		/^[^ \t]/ { key = tolower($0); sub(/:.*/, "", key); sub(/^[^:]*:/, "") }
		{ field[key] = field[key] " " $0 }
		END { flush() }'
}

# archive_uri archive|security: its address, nothing if the machine's sources do not have it.
archive_uri() {
	sources | awk -v want="$1" '
		{ $1 = $1 } # one space between words, whatever there was
		$1 ~ /^cdrom:|ubuntu/ || (" " $0 " ") !~ / main / { next }
		{ security = $1 ~ /debian-security/ || $2 ~ /-security$/ }
		security && want == "security" { print $1; exit }
		!security && want == "archive" && $1 ~ /\/debian(\.list)?(\/|$)/ { print $1; exit }'
}

# private TOOL SUITE ARGS...: an apt tool that knows this one suite and nothing of the machine.
private() {
	tool=$1 apt=$work/$2
	shift 2
	"$tool" -qq -o Dir::State="$apt" -o Dir::State::status="$apt/status" \
		-o Dir::State::lists="$apt/lists" -o Dir::Cache="$apt/cache" \
		-o Dir::Etc::sourcelist="$apt/sources.list" -o Dir::Etc::sourceparts=/dev/null \
		-o Dir::Etc::preferences=/dev/null -o Dir::Etc::preferencesparts=/dev/null \
		-o APT::Default-Release= -o APT::Architecture=amd64 -o APT::Sandbox::User=root \
		-o APT::Update::Error-Mode=any -o Acquire::Languages=none \
		-o Acquire::Retries=1 -o Acquire::http::Timeout=20 -o Acquire::https::Timeout=20 \
		"$@"
}

# update ARCHIVE SUITE: the suite's package list, once a run; a failure is remembered too.
update() {
	apt=$work/$2
	[ ! -f "$apt/failed" ] || { reason=$(cat "$apt/failed"); return 1; }
	[ ! -d "$apt" ] || return 0
	mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" && : >"$apt/status"
	uri=$(archive_uri "$1")
	if [ -z "$uri" ]; then
		reason="no Debian $1 entry in the apt sources of this machine"
	elif [ ! -r "$keyring" ]; then
		reason="no Debian archive keyring on this machine"
	else
		echo "deb [arch=amd64 signed-by=$keyring] $uri $2 main" >"$apt/sources.list"
		private apt-get "$2" update >"$apt/log" 2>&1 && return 0
		reason="suite $2 cannot be read: $(why_apt "$apt/log")"
	fi
	echo "$reason" >"$apt/failed"
	return 1
}

# why_apt LOG: the first complaint in apt's output, without its long address.
why_apt() {
	sed -nE 's,[a-z+]+:/[^ ]* *,,; s/^[EW]: //p' "$1" | head -n 1
}

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
	mkdir -p "$dir/deb" "$dir/tree"
	(cd "$dir/deb" && private apt-get "$suite" download "$@") >"$dir/log" 2>&1 || {
		reason="$package cannot be downloaded: $(why_apt "$dir/log")"
		return 1
	}
	for deb in "$dir"/deb/*.deb; do
		dpkg-deb -x "$deb" "$dir/tree" || { reason="$deb cannot be unpacked"; return 1; }
		rm "$deb"
	done
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
	[ "$(uname -m)" = x86_64 ] || { reason="the matrix is for x86-64 machines"; return 1; }
	for tool in apt-get apt-cache dpkg-deb busybox; do
		command -v $tool >/dev/null || { reason="$tool is not installed"; return 1; }
	done
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
