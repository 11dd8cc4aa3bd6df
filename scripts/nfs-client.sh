#!/bin/sh
# nfs-client.sh LABEL OUT_DIR - an NFS client that loses memory, for the test kernel LABEL:
# OUT_DIR/nfs.ko, built from the kernel's own source with one change, and kept in
# ${SLABSIGHT_CACHE:-~/.cache/slabsight}/nfs/LABEL/.
#
# The change brings back what Linux had from 5.1 to 5.2.2 (be4c2d4723a4 "NFS: readdirplus
# optimization by cache mechanism", reverted by db531db951f9): a page that the client reads on into
# is its own, not one of the directory's cache, and is put without anybody freeing the names that
# it points to. Only directories of more names than fit a page are affected. Listings stay right.
# Exit status: 0 built; 1 failed; 2 usage; 77 cannot be had on this machine (a skip, with the
# reason on stderr).
set -u

# lose_names FILE: the change, in fs/nfs/dir.c of 6.12.
lose_names() {
	sed -i '/^static int nfs_readdir_folio_filler(/,/^}/ {
		/nfs_readdir_folio_get_next(mapping, cookie,$/ {
			N
			s/nfs_readdir_folio_get_next(.*);/nfs_readdir_folio_array_alloc(cookie, GFP_KERNEL);/
		}
		s/nfs_readdir_folio_unlock_and_put(/folio_put(/
	}' "$1"
	# What is new must be there: the next page (that of the other branch had it), the two puts.
	[ "$(sed -n '/^static int nfs_readdir_folio_filler(/,/^}/p' "$1" |
		grep -cE 'nfs_readdir_folio_array_alloc\(|[[:space:]]folio_put\(')" -eq 4 ]
}

# build OUT
build() {
	"$here/source.sh" "$label" "$tmp/source" fs/nfs || return
	lose_names "$tmp/source/fs/nfs/dir.c" || {
		echo "slabsight: the NFS client of $label has changed: this change does not fit" >&2
		return 1
	}
	# Its own module only: nfsv4 and the others are as they were, and so is what they use of it.
	MODULE_ARGS='CONFIG_NFS_V2= CONFIG_NFS_V3= CONFIG_NFS_V4= CONFIG_PNFS_FILE_LAYOUT=
		CONFIG_PNFS_BLOCK= CONFIG_PNFS_FLEXFILE_LAYOUT=' \
		"$here/module.sh" "$label" "$tmp/source/fs/nfs" "$tmp/out" || return
	strip --strip-debug "$tmp/out/nfs.ko"
}

# wanted: what the client in the cache must have been made from and by.
wanted() {
	cat "$kernel/package" "$0" 2>/dev/null | cksum
}

if [ $# -ne 2 ]; then
	echo "slabsight: usage: nfs-client.sh LABEL OUT_DIR" >&2
	exit 2
fi
label=$1 out=$2
here=$(dirname "$0")
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
