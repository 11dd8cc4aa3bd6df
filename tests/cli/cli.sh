#!/bin/sh
# cli.sh SLABSIGHT - the command line on this machine, as root: messages, exit codes, what happens
# when a privilege, a file, a descriptor or the reader is missing, signals, and what is left after
# kill -9. A line a check: ok, not ok, skip. Always exits 0: the lines are the result.
#
# The checks are in the parts beside this file, which are read, and so run, in turn; here is what
# they share, with tests/checks.sh.
#
# Runs in a network namespace of its own, where the name by which slabsights know of each other is
# free whatever else is tracing.
# shellcheck disable=SC2016 # what is in single quotes is for another shell
# shellcheck disable=SC2034 # the parts use it
set -u
PATH=$PATH:/usr/sbin:/sbin

here=$(cd "$(dirname "$0")" && pwd)
if [ "${2-}" != inside ]; then
	if unshare -n true 2>/dev/null; then
		exec unshare -n "$0" "$1" inside
	fi
	echo "skip - command line: needs a network namespace of its own (root)"
	exit 0
fi

# shellcheck source=tests/checks.sh disable=SC1091
. "$here/../checks.sh"

tmp=$(mktemp -d) || exit 0
pids=
cgroup=
# shellcheck disable=SC2317 # the trap calls it
clean_up() {
	for one in $pids; do
		kill -9 "$one" 2>/dev/null
	done
	wait
	[ -z "$cgroup" ] || rmdir "$cgroup/kid" "$cgroup" 2>/dev/null
	rm -rf "$tmp"
}
trap clean_up EXIT
trap 'exit 0' INT TERM HUP PIPE

pid= # of the last start
# A copy that nobody can reach and that a rebuild does not change.
chmod 755 "$tmp"
cp "$1" "$tmp/slabsight" || exit 0
slabsight=$tmp/slabsight
run="timeout -k 1 60 $slabsight"
# As nobody, who may trace and no more.
may="setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all,+bpf,+perfmon
--ambient-caps=-all,+bpf,+perfmon"
: >"$tmp/none"
mkdir "$tmp/nothing"

# found FILTER: what jq is to find true of the report.
# shellcheck disable=SC2317 # holds calls it
found() {
	command -v jq >/dev/null || return 0
	jq -e "$1" "$tmp/out"
}

# hiding WHAT BY COMMAND...: with BY bound over WHAT, in a mount namespace of its own.
# shellcheck disable=SC2317 # says and reports call it
hiding() {
	unshare -m sh -c 'mount --bind "$2" "$1" && shift 2 && exec "$@"' sh "$@"
}

for part in usage census privileges limits trace run harness filters record merge lines; do
	# shellcheck source=/dev/null
	. "$here/$part.sh"
done
exit 0
