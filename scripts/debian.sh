# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154 # what is for the script that reads this, and what is from it
# debian.sh - read by the scripts that fetch packages from other Debian suites than the machine's:
# a private apt configuration, the addresses of the archive taken from the machine's own apt sources
# (SLABSIGHT_APT_ETC, else /etc/apt), nothing installed.
#
# The script sets work (a directory of its own). A function that fails says why in $reason.

# The kernels of the test matrix: label	archive	suite	package (regex)
matrix='6.1	archive	bookworm	linux-image-6\.1\.0-[0-9]+-cloud-amd64
6.12	security	bookworm-security	linux-image-6\.12\.[0-9]+\+deb12-cloud-amd64
6.18	archive	trixie-backports	linux-image-6\.18\.[0-9]+\+deb13-cloud-amd64
7.2	archive	trixie-backports	linux-binary-7\.2\.[0-9]+\+deb13-cloud-amd64
5.10	archive	bullseye	linux-image-5\.10\.0-[0-9]+-cloud-amd64'

# source_of LABEL: its archive and suite.
source_of() {
	echo "$matrix" | awk -F'\t' -v label="$1" '$1 == label { print $2, $3 }'
}

etc=${SLABSIGHT_APT_ETC:-/etc/apt}
cache=${SLABSIGHT_CACHE:-$HOME/.cache/slabsight}
kernels=$cache/kernels
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

# unpack SUITE DIR PACKAGE...: download them, and unpack them to DIR/tree.
unpack() {
	suite=$1 dir=$2
	shift 2
	mkdir -p "$dir/deb" "$dir/tree"
	(cd "$dir/deb" && private apt-get "$suite" download "$@") >"$dir/log" 2>&1 || {
		reason="$1 cannot be downloaded: $(why_apt "$dir/log")"
		return 1
	}
	for deb in "$dir"/deb/*.deb; do
		dpkg-deb -x "$deb" "$dir/tree" || { reason="$deb cannot be unpacked"; return 1; }
		rm "$deb"
	done
}

# tools TOOL...: is this a machine that can do that?
tools() {
	[ "$(uname -m)" = x86_64 ] || { reason="the matrix is for x86-64 machines"; return 1; }
	for tool; do
		command -v "$tool" >/dev/null || { reason="$tool is not installed"; return 1; }
	done
}
