#!/bin/sh
# lose-names.sh FILE - change FILE, fs/nfs/dir.c of Linux 6.12, so that the client loses memory.
#
# This brings back what Linux had from 5.1 to 5.2.2 (be4c2d4723a4 "NFS: readdirplus optimization by
# cache mechanism", reverted by db531db951f9): a page that the client reads on into is its own, not
# one of the directory's cache, and is put without anybody freeing the names that it points to. Only
# directories of more names than fit a page are affected. Listings stay right.
set -u

sed -i '/^static int nfs_readdir_folio_filler(/,/^}/ {
	/nfs_readdir_folio_get_next(mapping, cookie,$/ {
		N
		s/nfs_readdir_folio_get_next(.*);/nfs_readdir_folio_array_alloc(cookie, GFP_KERNEL);/
	}
	s/nfs_readdir_folio_unlock_and_put(/folio_put(/
}' "$1" || exit 1

# What is new must be there: the next page (that of the other branch had it), the two puts.
[ "$(sed -n '/^static int nfs_readdir_folio_filler(/,/^}/p' "$1" |
	grep -cE 'nfs_readdir_folio_array_alloc\(|[[:space:]]folio_put\(')" -eq 4 ] || {
	echo "slabsight: this NFS client is another one than that of 6.12: the change does not fit" >&2
	exit 1
}
