#!/bin/sh
# guest.sh - in a guest, as root, in the payload's directory: a directory of 400 names changes at
# an NFS server and is listed by a client, again and again; first by the client as it is, then by
# the one that loses names (scripts/nfs-client.sh). What does slabsight say? A line a check: ok or
# not ok; reports are shown with # before them. Always exits 0.
#
# The payload: slabsight, judge, export.sh, relist.sh, checks.sh, nfs.ko (the client that loses
# names).
# shellcheck disable=SC2086 # numbers
set -u
slabsight=./slabsight
tmp=/tmp/nfs
listings=40
repetitions=5
mkdir -p $tmp
pid= # of the last start

# shellcheck source=tests/checks.sh disable=SC1091
. ./checks.sh
# shellcheck source=tests/nfs/export.sh disable=SC1091
. ./export.sh

# traced OPTION...: slabsight trace while the directory is listed, as often as $listings says, and
# slowly enough: a trace of less than 20 s accuses nobody.
# shellcheck disable=SC2317 # holds calls it
traced() {
	start -d 600 "$@"
	done=0
	while [ $done -lt $listings ]; do
		./relist.sh >/dev/null
		sleep 0.6
		done=$((done + 1))
	done
	kill -INT $pid
	wait $pid
}

# ran OPTION...: slabsight run of listings. The client forgets each: what stays then is lost.
# shellcheck disable=SC2317 # holds calls it
ran() {
	$slabsight run "$@" -o $tmp/out --repeat $repetitions -- ./relist.sh drop \
		>/dev/null 2>$tmp/err </dev/null || {
		status=$?
		tail -n 1 $tmp/err
		return $status
	}
}

# in_words: the report in $tmp/out names at its top what leaks, where, and what is lost.
in_words() {
	sed 20q $tmp/out >$tmp/top
	holds '... which names it at the top' grep -q '^LEAK .*kmalloc-.* at nfs_readdir' $tmp/top
	holds '... and what it loses' grep -q '"file-name-' $tmp/top
	sed -e 's/^/# /' -e 40q $tmp/out
}

# look CLIENT: stock or buggy.
look() {
	holds "$1 client: a trace ends well" traced --json
	./judge $1 $listings $tmp/out
	holds "$1 client: a run ends well" ran --json
	./judge $1 $repetitions $tmp/out
}

# look_in_words: at the client that loses names.
look_in_words() {
	holds 'a trace in words ends well' traced
	in_words
	holds 'a run in words ends well' ran
	in_words
}

holds 'a server' serve
holds 'a client: 400 names' attach
look stock
holds 'the other client' exchange ./nfs.ko
holds '... 400 names' attach
look buggy
look_in_words
exit 0
