#!/bin/busybox sh
# shellcheck shell=sh
# vm-init.sh - process 1 of a test VM (vm.sh puts it there as /init, busybox is the shell).
#
# Two serial lines: ttyS0 is the kernel's console, ttyS1 carries the payload's output and nothing
# else. VM-START and VM-EXIT go to the kernel log, whose lines nothing breaks up; level 0 passes
# whatever console level the payload has set.

export PATH=/bin:/sbin:/usr/bin:/usr/sbin HOME=/root LC_ALL=C TERM=dumb
/bin/busybox --install -s

# place TYPE DIR [OPTIONS]: mount it where the kernel has it.
place() {
	mkdir -p "$2" 2>/dev/null
	mount -t "$1" ${3:+-o "$3"} "$1" "$2" 2>/dev/null
}

tell() {
	echo "<0>slabsight: $*" >/dev/kmsg
}

finish() {
	# To change a tty's settings waits until all is out; power-off would not.
	stty -F /dev/ttyS1 -opost
	tell "VM-EXIT $1"
	poweroff -f
}

place proc /proc
place sysfs /sys
place devtmpfs /dev
place devpts /dev/pts
place tmpfs /dev/shm
place tmpfs /tmp mode=1777
place tmpfs /run
place bpf /sys/fs/bpf
place tracefs /sys/kernel/tracing
place debugfs /sys/kernel/debug
place cgroup2 /sys/fs/cgroup

exec </dev/null >/dev/ttyS1 2>&1
stty -F /dev/ttyS1 -opost
hostname vm
ip link set lo up

while read -r module parameters; do
	# shellcheck disable=SC2086 # words on purpose
	insmod "$module" $parameters || {
		tell "cannot load $module"
		finish 126
	}
done </modules

tell VM-START
cd /payload && ./run
finish $?
