#!/bin/sh
# kmemleak.sh - in a guest whose kernel has KMEMLEAK and the NFS client that loses names, as root,
# in the payload's directory: what do the two say of the same listings? A line a check, and what
# each of them reports, with # before it. Always exits 0.
#
# The payload: slabsight, export.sh, relist.sh, checks.sh.
# shellcheck disable=SC2086 # numbers
set -u
slabsight=./slabsight
tmp=/tmp/nfs
listings=40
kmemleak=/sys/kernel/debug/kmemleak
mkdir -p $tmp
pid= # of the last start

# shellcheck source=tests/checks.sh disable=SC1091
. ./checks.sh
# shellcheck source=tests/nfs/export.sh disable=SC1091
. ./export.sh

# in_use CACHE: its objects when nothing is merely kept, by the kernel's own count.
in_use() {
	echo 3 >/proc/sys/vm/drop_caches
	echo 1 >"/sys/kernel/slab/$1/shrink"
	awk -v cache="$1" '$1 == cache { print $2 }' /proc/slabinfo
}

# scan FILE: what KMEMLEAK finds in two scans, of objects that are 5 s old or more. (What is new to
# the first one may be about to be used.)
scan() {
	sleep 6
	echo scan >$kmemleak && echo scan >$kmemleak && cat $kmemleak >"$1"
}

# Only kmalloc: KMEMLEAK keeps an object of its own for each that it watches, and those of what is
# lost are lost as well.
# shellcheck disable=SC2317 # holds calls it
traced() {
	start -d 600 --cache 'kmalloc-*'
	done=0
	while [ $done -lt $listings ]; do
		./relist.sh >/dev/null
		sleep 0.6
		done=$((done + 1))
	done
	kill -INT $pid
	wait $pid || tail -n 1 $tmp/err
}

holds 'a server' serve
holds 'a client that loses names: 400 names' attach
# What is found now is from before: the test module was loaded at boot.
rmmod kmemleak_test
scan $tmp/old
echo clear >$kmemleak
before=$(in_use kmalloc-16)
holds "a trace of $listings listings" traced
umount /mnt
after=$(in_use kmalloc-16)
scan $tmp/found
insmod /lib/modules/kmemleak-test.ko
scan $tmp/test

lost=$((listings * 275)) grown=$((after - before))
# A few others come and go.
holds "kmalloc-16 has grown by $lost, and neither unmounting nor dropping caches helps" \
	test $grown -ge $((lost - lost / 100)) -a $grown -le $((lost + lost / 100))
holds 'slabsight: a leak of names at nfs_readdir... [nfs]' \
	sh -c "grep -A 12 '^LEAK .*kmalloc-.* at nfs_readdir.*\[nfs\]' $tmp/out | grep file-name-"
holds 'KMEMLEAK: nothing of it' sh -c "! grep -E 'nfs_readdir|file-name' $tmp/found"
holds 'KMEMLEAK finds what a test module loses' grep -q 'kmemleak_test\|"insmod"' $tmp/test

echo "# $listings listings of a directory of 400 names; objects in kmalloc-16: $before, then $after"
echo '#'
echo '# $ slabsight trace --cache "kmalloc-*"'
sed -e 's/^/# /' -e 24q $tmp/out
echo '#'
echo '# $ echo scan >/sys/kernel/debug/kmemleak # twice'
echo "# $(grep -c '^unreferenced' $tmp/found) unreferenced objects"
sed -e 's/^/# /' -e 30q $tmp/found
echo "# and when a test module has lost some: $(grep -c '^unreferenced' $tmp/test)"
sed -e 's/^/# /' -e 12q $tmp/test
exit 0
