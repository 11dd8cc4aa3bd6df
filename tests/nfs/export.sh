# shellcheck shell=sh
# shellcheck disable=SC2317 # who reads this calls the functions
# export.sh - read by the scripts of an NFS guest: an NFS server and a client of it, in one kernel,
# with a directory of 400 names.
#
# The server needs no program: what rpc.nfsd, exportfs and rpc.mountd would tell the kernel is
# written to its files here. NFS 4 needs no rpcbind.

# serve: /export/names. The server has to know who the client is, what it may see, and where file
# handles lead.
serve() {
	name=100
	mkdir -p /export && mount -t tmpfs tmpfs /export && mkdir /export/names || return 1
	while [ $name -lt 500 ]; do
		: >/export/names/file-name-$name
		name=$((name + 1))
	done
	never=2147483647
	options=9218 # insecure, no_subtree_check, fsid
	rpc=/proc/net/rpc
	mount -t nfsd nfsd /proc/fs/nfsd &&
		echo -3 >/proc/fs/nfsd/versions &&
		echo tcp 2049 >/proc/fs/nfsd/portlist &&
		echo 2 >/proc/fs/nfsd/threads &&
		echo "nfsd 127.0.0.1 $never local" >$rpc/auth.unix.ip/channel &&
		echo "local /export $never $options 65534 65534 0" >$rpc/nfsd.export/channel &&
		printf '%s\n' "local 1 \\x00000000 $never /export" >$rpc/nfsd.fh/channel
}

# attach: the export at /mnt.
attach() {
	mkdir -p /mnt &&
		mount -t nfs4 -o vers=4.2,addr=127.0.0.1,clientaddr=127.0.0.1 127.0.0.1:/ /mnt &&
		test "$(./relist.sh | grep -c '^file-name-')" -eq 400
}

# exchange FILE: this client instead of the one that is loaded. Its last work after umount may take
# a moment.
exchange() {
	umount /mnt || return 1
	tries=0
	until rmmod nfsv4 2>/dev/null; do
		[ $tries -lt 50 ] || return 1
		sleep 0.1
		tries=$((tries + 1))
	done
	rmmod nfs && insmod "$1" && insmod /lib/modules/nfsv4.ko
}
