#!/bin/sh
# deps.sh [run|test|bench|kernel] - install what is missing to build and run slabsight (run, the
# default), to test it as well (test), to measure it as well (bench), or to test it on a kernel that
# is built for it (kernel).
#
# One table says how each thing is recognised and which package brings it. A thing counts as there
# when its package is installed, or else when its command runs or pkg-config finds it: a clang built
# by hand is as good. apt is asked only when something is missing; without apt-get the list of what
# is missing is printed and the exit status is 1.
set -u

# set (run is part of every set)	Debian package	how to recognise it	its name elsewhere
table() {
	cat <<-'EOF'
	run	clang	clang --version	clang
	run	llvm	llvm-strip --version	llvm
	run	bpftool	bpftool version	bpftool
	run	libbpf-dev	pkg-config --exists libbpf >= 1.1	libbpf headers >= 1.1
	run	libelf-dev	pkg-config --exists libelf	libelf headers
	run	libdw-dev	pkg-config --exists libdw	elfutils headers (libdw)
	run	zlib1g-dev	pkg-config --exists zlib	zlib headers
	run	libjansson-dev	pkg-config --exists jansson	jansson headers
	run	libprotobuf-c-dev	pkg-config --exists libprotobuf-c	protobuf-c headers
	run	protobuf-c-compiler	protoc-c --version	protoc-c (protobuf-c)
	run	libsqlite3-dev	pkg-config --exists sqlite3	SQLite headers
	run	gcc	cc --version	a C compiler
	run	make	make --version	make
	run	pkg-config	pkg-config --version	pkg-config
	test	libcmocka-dev	pkg-config --exists cmocka	cmocka headers
	test	qemu-system-x86	qemu-system-x86_64 --version	qemu for x86-64
	test	busybox-static	busybox true	busybox (static)
	test	cpio	cpio --version	cpio
	test	e2fsprogs	mkfs.ext4 -V	mkfs.ext4 (e2fsprogs)
	test	mandoc	command -v mandoc	mandoc
	test	xz-utils	xz --version	xz
	test	zstd	zstd --version	zstd
	test	jq	jq --version	jq
	test	libdebuginfod1	has_debuginfod	libdebuginfod (elfutils)
	test	libcap2-bin	command -v capsh	capsh and setcap (libcap)
	test	golang-go	go version	go, for its pprof
	test	libclang-rt-14-dev	has_fuzzer	libFuzzer and sanitizers of clang
	test	nodejs	node --version	Node.js
	test	npm	npm --version	npm
	test	chromium	chromium --version	chromium
	bench	bpftrace	bpftrace --version	bpftrace
	bench	linux-perf	perf --version	perf
	kernel	qemu-system-x86	qemu-system-x86_64 --version	qemu for x86-64
	kernel	busybox-static	busybox true	busybox (static)
	kernel	cpio	cpio --version	cpio
	kernel	xz-utils	xz --version	xz
	kernel	bc	bc --version	bc
	kernel	bison	bison --version	bison
	kernel	flex	flex --version	flex
	kernel	pahole	pahole --version	pahole
	EOF
}

# shellcheck disable=SC2317 # a row of the table calls it
has_fuzzer() {
	ls "$(clang -print-runtime-dir)"/libclang_rt.fuzzer*.a
}

# shellcheck disable=SC2317 # a row of the table calls it
has_debuginfod() {
	ldconfig -p | grep -q 'libdebuginfod\.so\.1 '
}

# The rows of the table whose thing is not there.
missing() {
	# shellcheck disable=SC2046 # words on purpose
	installed=" $(dpkg-query -W -f '${db:Status-Status}=${binary:Package} ' 2>/dev/null \
		$(table | cut -f2)) "
	table | while IFS='	' read -r part package check name; do
		case $part in run | "$set") ;; *) continue ;; esac
		# The quick way; but an old distribution may have the package and not the version.
		case "$check $installed" in
		*'>='*) ;;
		*" installed=$package "* | *" installed=$package:"*) continue ;;
		esac
		$check </dev/null >/dev/null 2>&1 || printf '%s\t%s\n' "$package" "$name"
	done
}

set=${1:-run}
case $#,$set in
0,* | 1,run | 1,test | 1,bench | 1,kernel) ;;
*)
	echo "slabsight: usage: deps.sh [run|test|bench|kernel]" >&2
	exit 2
	;;
esac
# bpftool and capsh live in /usr/sbin on some systems, which is not on everybody's PATH.
PATH=$PATH:/usr/sbin:/sbin

rows=$(missing)
[ -n "$rows" ] || exit 0

if command -v apt-get >/dev/null; then
	sudo=
	if [ "$(id -u)" -ne 0 ]; then
		sudo=sudo
		command -v sudo >/dev/null || {
			echo "slabsight: not root and no sudo; as root, run: apt-get install" \
				"$(printf '%s\n' "$rows" | cut -f1 | tr '\n' ' ')" >&2
			exit 1
		}
	fi
	# The lock timeout: another apt may be at work, as on a machine that has just booted.
	apt="$sudo env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300"
	$apt update || echo "slabsight: apt-get update failed; trying with the lists at hand" >&2
	packages=
	for package in $(printf '%s\n' "$rows" | cut -f1); do
		# Ubuntu has no bpftool and no linux-perf of its own: both are in its kernel tools. The
		# sanitizers are those of the clang that is there.
		if [ -z "$(apt-cache madison "$package")" ]; then
			case $package in
			bpftool | linux-perf) package="linux-tools-common linux-tools-generic" ;;
			libclang-rt-14-dev) package=libclang-rt-$(clang -dumpversion | cut -d. -f1)-dev ;;
			esac
		fi
		packages="$packages $package"
	done
	# shellcheck disable=SC2086 # words on purpose
	$apt install --no-install-recommends $packages ||
		echo "slabsight: apt-get install failed: see above" >&2
	rows=$(missing)
	[ -n "$rows" ] || exit 0
fi

echo "slabsight: missing; install these:" >&2
printf '%s\n' "$rows" | sed 's/.*	/  /' >&2
exit 1
