#!/bin/sh
# guest.sh - in a guest, as root, in the payload's directory: a directory of 400 names changes at
# an NFS server and is listed by a client, again and again; first by the client as it is, then by
# the one that loses names (scripts/nfs-client.sh). What does slabsight say? A line a check: ok,
# not ok, skip; reports are shown with # before them. Always exits 0.
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

# shown FILE LINES: the first lines of a report.
shown() {
	sed -e 's/^/# /' -e "$2q" "$1"
}

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

# in_words CLIENT: the report in $tmp/out names the client that loses names at its top, and what it
# loses where slabsight can; of the other it says no such thing.
in_words() {
	if [ $1 = stock ]; then
		holds '... which names no leak' sh -c "! grep '^LEAK' $tmp/out"
	else
		sed 20q $tmp/out >$tmp/top
		holds '... which names it at the top' grep -q 'kmalloc-.* at nfs_readdir' $tmp/top
		! grep -q '"contents"' $tmp/json ||
			holds '... and what it loses' grep -q '"file-name-' $tmp/top
	fi
	shown $tmp/out 60
}

# look CLIENT: stock or buggy.
look() {
	holds "$1 client: a trace ends well" traced --json
	cp $tmp/out $tmp/json
	./judge $1 $listings $tmp/json
	holds "$1 client: a trace in words ends well" traced
	in_words $1
	if ! $slabsight run --help >/dev/null 2>&1; then
		skip "$1 client: slabsight run: this slabsight has no such command"
		return
	fi
	holds "$1 client: a run ends well" ran --json
	cp $tmp/out $tmp/json
	./judge $1 $repetitions $tmp/json
	holds "$1 client: a run in words ends well" ran
	in_words $1
}

holds 'a server' serve
holds 'a client: 400 names' attach
look stock
holds 'the other client' exchange ./nfs.ko
holds '... 400 names' attach
look buggy
exit 0
