#!/bin/sh
# relist.sh [drop] - in the guest: change the directory at the server, so that the client has to
# read it anew, and list it there. With drop the client then forgets what it has read: what stays
# is lost.
from=/export/names/file-name-100 to=/export/names/file-name-500
if [ -e $from ]; then
	mv $from $to
else
	mv $to $from
fi
ls /mnt/names
[ "${1-}" != drop ] || echo 1 >/proc/sys/vm/drop_caches
