#!/bin/sh
# nfs-client.sh LABEL OUT_DIR - an NFS client that loses memory, for the test kernel LABEL:
# OUT_DIR/nfs.ko, built from the kernel's own source with one change (tests/nfs/lose-names.sh), and
# kept in ${SLABSIGHT_CACHE:-~/.cache/slabsight}/nfs/LABEL/.
#
# Exit status: 0 built; 1 failed; 2 usage; 77 cannot be had on this machine (a skip, with the
# reason on stderr).
set -u

build() {
	"$here/source.sh" "$label" "$tmp/source" fs/nfs || return
	"$change" "$tmp/source/fs/nfs/dir.c" || return
	# Its own module only: nfsv4 and the others are as they were, and so is what they use of it.
	MODULE_ARGS='CONFIG_NFS_V2= CONFIG_NFS_V3= CONFIG_NFS_V4= CONFIG_PNFS_FILE_LAYOUT=
		CONFIG_PNFS_BLOCK= CONFIG_PNFS_FLEXFILE_LAYOUT=' \
		"$here/module.sh" "$label" "$tmp/source/fs/nfs" "$tmp/out" || return
	strip --strip-debug "$tmp/out/nfs.ko"
}

# wanted: what the client in the cache must have been made from and by.
wanted() {
	cat "$kernel/package" "$0" "$change" 2>/dev/null | cksum
}

if [ $# -ne 2 ]; then
	echo "slabsight: usage: nfs-client.sh LABEL OUT_DIR" >&2
	exit 2
fi
label=$1 out=$2
here=$(dirname "$0")
change=$here/../tests/nfs/lose-names.sh
cache=${SLABSIGHT_CACHE:-$HOME/.cache/slabsight}
kernel=$cache/kernels/$label kept=$cache/nfs/$label

"$here/kernels.sh" "$label" >&2 || exit 2
mkdir -p "$kept" && exec 8>"$kept/.lock" && flock 8 || exit 1
if [ "$(wanted)" != "$(cat "$kept/made-from" 2>/dev/null)" ]; then
	tmp=$(mktemp -d) || exit 1
	trap 'rm -rf "$tmp"' EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	build || exit
	mv "$tmp/out/nfs.ko" "$kept/nfs.ko" && wanted >"$kept/made-from" || exit 1
fi
mkdir -p "$out" && cp "$kept/nfs.ko" "$out/"
