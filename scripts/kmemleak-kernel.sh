#!/bin/sh
# kmemleak-kernel.sh - build a kernel with KMEMLEAK and with the NFS client that loses memory
# (tests/nfs/lose-names.sh), as small as tests/nfs/kmemleak.config allows, from the source of the
# test kernel 6.12. It is kept in ${SLABSIGHT_CACHE:-~/.cache/slabsight}/kernels/6.12-kmemleak/,
# laid out as kernels.sh does it, so that vm.sh can run it.
#
# JOBS: how many at a time (as many as there are CPUs). Exit status: 0 built; 1 failed; 77 cannot be
# had on this machine (a skip, with the reason on stderr).
set -u

here=$(cd "$(dirname "$0")" && pwd)
nfs=$here/../tests/nfs
base=6.12 name=6.12-kmemleak
kernels=${SLABSIGHT_CACHE:-$HOME/.cache/slabsight}/kernels
kept=$kernels/$name

# wanted: what the kernel in the cache must have been made from and by.
wanted() {
	cat "$kernels/$base/package" "$here/kmemleak-kernel.sh" "$nfs/lose-names.sh" \
		"$nfs/kmemleak.config" 2>/dev/null | cksum
}

fail() {
	echo "slabsight: kernel $name: $*" >&2
	exit 1
}

# quietly COMMAND...: its output is shown when it fails.
quietly() {
	nice -n 19 "$@" >"$work/log" 2>&1 || {
		tail -n 20 "$work/log" >&2
		fail "$1 $2 failed"
	}
}

# configure: what the file asks for has to be there in the end, whatever it depends on.
configure() {
	quietly make tinyconfig
	quietly ./scripts/kconfig/merge_config.sh -m .config "$nfs/kmemleak.config"
	quietly make olddefconfig
	grep '^CONFIG' "$nfs/kmemleak.config" | while read -r line; do
		grep -qxF "$line" .config || echo "$line"
	done >"$work/refused"
	[ ! -s "$work/refused" ] || fail "refused: $(tr '\n' ' ' <"$work/refused")"
}

# arrange: what was built, as vm.sh wants it.
arrange() {
	release=$(make -s kernelrelease) && mkdir "$work/out" &&
		cp arch/x86/boot/bzImage "$work/out/vmlinuz" &&
		busybox depmod -b "$work/root" "$release" &&
		rm -f "$work/root/lib/modules/$release/build" &&
		mv "$work/root/lib/modules/$release" "$work/out/modules" &&
		echo "$release" >"$work/out/release" && wanted >"$work/out/made-from"
}

"$here/kernels.sh" $base >&2 || exit 1
mkdir -p "$kernels" && exec 8>"$kernels/.$name.lock" && flock 8 || exit 1
[ "$(wanted)" != "$(cat "$kept/made-from" 2>/dev/null)" ] || exit 0

rm -rf "$kernels/.$name".*/
work=$(mktemp -d "$kernels/.$name.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
# Not the options of a make that calls this: they are for another Makefile.
unset MAKEFLAGS MFLAGS MAKELEVEL
"$here/source.sh" $base "$work/source" || exit
cd "$work/source" || exit 1
"$nfs/lose-names.sh" fs/nfs/dir.c || exit
configure
jobs=${JOBS:-$(nproc)}
echo "slabsight: kernel $name: $jobs at a time, some minutes ..." >&2
began=$(date +%s)
quietly make -j"$jobs" bzImage modules
quietly make modules_install INSTALL_MOD_PATH="$work/root" INSTALL_MOD_STRIP=1 DEPMOD=true
arrange || fail "it is not laid out as expected"
rm -rf "$kept" && mv "$work/out" "$kept"
echo "slabsight: kernel $name: $(cat "$kept/release"), $(($(date +%s) - began)) s" >&2
