#!/bin/sh
# vm.sh LABEL PAYLOAD_DIR [TIMEOUT_S] - run PAYLOAD_DIR/run under the cached kernel LABEL, in a VM
# of emulated CPUs, no network, no disk; prints what it prints; kernel complaints go to stderr.
#
# The guest is an initramfs: busybox, the payload in /payload, the libraries its programs need, the
# kernel modules named in PAYLOAD_DIR/modules (NAME [PARAMETER...] a line). VM_MEM: memory in MB;
# VM_APPEND: more kernel command line; VM_CONSOLE: a file that gets the kernel's console.
# VM_ICOUNT=N: the guest's time is counted, 2^N ns an instruction, and goes on at once to the next
# timer where all CPUs are idle: hours of a life with pauses take minutes, and none of its clocks
# can tell. 2 is a machine of 250 million instructions a second, about what is emulated in one.
# TIMEOUT_S is in our seconds.
# Exit status: the payload's; 124 out of time (300 s); 125 the kernel complained or died; 126 the
# VM could not be set up; 77 it cannot run on this machine (a skip, with the reason).
set -u

fail() {
	status=$1
	shift
	echo "slabsight: vm $label: $*" >&2
	exit "$status"
}

# libraries DIR: the shared libraries that programs below DIR need and DIR does not have.
libraries() {
	find "$1" -type f \( -perm -u+x -o -name '*.so*' \) -exec ldd {} + 2>/dev/null |
		awk -v dir="$1/" '
			/not found/ { print "missing " $1; exit }
			{ path = $2 == "=>" ? $3 : $1 }
			path ~ /^\/.*[^:]$/ && index(path, dir) != 1 { print path }' | sort -u
}

# module_files NAMES KERNEL: a line for each name and for what it depends on, in the order to load:
# file and parameters. What is built in needs no line.
module_files() {
	awk '
		function name(path) {
			sub(/.*\//, "", path)
			sub(/\.ko.*/, "", path)
			gsub(/-/, "_", path)
			return path
		}
		function load(module,	i, n, list) {
			if (module in loaded)
				return
			loaded[module]
			n = split(needs[module], list, " ")
			for (i = 1; i <= n; i++)
				load(name(list[i]))
			print file[module] parameters[module]
		}
		{ sub(/\r$/, "") }
		FILENAME ~ /modules.builtin$/ { builtin[name($1)]; next }
		FILENAME ~ /modules.dep$/ {
			path = substr($1, 1, length($1) - 1)
			file[name(path)] = path
			needs[name(path)] = substr($0, length($1) + 1)
			next
		}
		/^[ \t]*(#|$)/ { next }
		{
			wanted[++count] = module = name($1)
			sub(/^[ \t]*[^ \t]+/, "")
			parameters[module] = $0
			if (!(module in file) && !(module in builtin)) {
				print "missing " module
				exit missing = 1
			}
		}
		END {
			for (i = 1; i <= count && !missing; i++)
				if (!(wanted[i] in builtin))
					load(wanted[i])
		}' "$2/modules.builtin" "$2/modules.dep" "$1"
}

# unpack FILE: its contents, whatever it was compressed with.
unpack() {
	case $1 in
	*.xz) xz -dc "$1" ;;
	*.zst) zstd -dcq "$1" ;;
	*.gz) gzip -dc "$1" ;;
	*) cat "$1" ;;
	esac
}

# build ROOT: fill it with what the guest needs.
build() {
	mkdir -p "$1/bin" "$1/sbin" "$1/usr/bin" "$1/usr/sbin" "$1/etc" "$1/root" "$1/payload"
	cp "$(command -v busybox)" "$1/bin/busybox" || fail 126 "cannot copy busybox"
	cp "$(dirname "$0")/vm-init.sh" "$1/init" || fail 126 "cannot copy vm-init.sh"
	echo 'root:x:0:0:root:/root:/bin/sh' >"$1/etc/passwd"
	echo 'root:x:0:' >"$1/etc/group"
	cp -RLp "$payload/." "$1/payload" || fail 126 "cannot copy $payload"

	libraries "$1" >"$tmp/libraries"
	while read -r path why; do
		[ "$path" != missing ] || fail 126 "a program in $payload needs $why: not found"
		mkdir -p "$1${path%/*}"
		cp -L "$path" "$1$path" || fail 126 "cannot copy $path"
	done <"$tmp/libraries"

	: >"$1/modules"
	[ -f "$payload/modules" ] || return 0
	module_files "$payload/modules" "$kernel/modules" >"$tmp/modules"
	while read -r path parameters; do
		[ "$path" != missing ] || fail 126 "no module $parameters in this kernel"
		target=/lib/modules/$(basename "${path%.ko*}").ko
		mkdir -p "$1/lib/modules"
		unpack "$kernel/modules/$path" >"$1$target" || fail 126 "cannot unpack $path"
		echo "$target $parameters" >>"$1/modules"
	done <"$tmp/modules"
}

# complaints CONSOLE: the first thing that a healthy kernel does not say, with the lines after it;
# looked for from the payload's start on, and in all of it when the payload was not reached. What a
# test provokes stands between two lines that say so.
complaints() {
	awk '
		/slabsight: VM-START/ { count = 0; next }
		/slabsight: VM-COMPLAINTS-EXPECTED/ { expected = 1 }
		/slabsight: VM-COMPLAINTS-OVER/ { expected = 0 }
		expected { next }
		/\] WARNING:|BUG[ :]|Oops|Kernel panic|general protection fault,|detected stall/ ||
		/unable to handle|refcount_t:|UBSAN|KASAN|INFO: task .* blocked/ || count {
			if (++count <= 60)
				line[count] = $0
		}
		END { for (i = 1; i in line && i <= count; i++) print line[i] }' "$1"
}

case $# in
2 | 3) ;;
*)
	echo "slabsight: usage: vm.sh LABEL PAYLOAD_DIR [TIMEOUT_S]" >&2
	exit 126
	;;
esac
label=$1 payload=$2 limit=${3:-300}
kernel=${SLABSIGHT_CACHE:-$HOME/.cache/slabsight}/kernels/$label
[ -f "$kernel/release" ] || fail 77 "$(cat "$kernel/why-not" 2>/dev/null ||
	echo "not fetched: scripts/kernels.sh $label")"
for tool in qemu-system-x86_64 busybox cpio setpriv; do
	command -v $tool >/dev/null || fail 77 "$tool is not installed"
done
[ -x "$payload/run" ] || fail 126 "$payload/run is not there or not executable"

# clean_up: ends what runs, the VM before its files go.
# shellcheck disable=SC2317 # the trap calls it
clean_up() {
	# shellcheck disable=SC2086 # words on purpose
	[ -z "$children" ] || kill $children 2>/dev/null
	wait
	rm -rf "$tmp"
}

# One time for all clocks: the battery's must not go by ours.
icount=
case ${VM_ICOUNT-} in
'') ;;
[0-9] | 10) icount="-icount shift=$VM_ICOUNT,sleep=off -rtc clock=vm" ;;
*) fail 126 "VM_ICOUNT is 0 to 10, not '$VM_ICOUNT'" ;;
esac

# All that can be emulated, but what makes a fast CPU faster and an emulated one slower: a rep movsb
# or stosb goes byte by byte here, and with them pages are cleared and copied; AVX2 is what strings
# are compared with.
cpu=max,-erms,-fsrm,-avx2

children=
tmp=$(mktemp -d) || exit 126
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

build "$tmp/root"
# No compression: the emulated CPU would have to undo it.
(cd "$tmp/root" && find . -exec touch -h -d @0 {} + && find . | LC_ALL=C sort |
	cpio -o -H newc -R 0:0 --reproducible --quiet) >"$tmp/initrd" || fail 126 "cpio failed"
rm -rf "$tmp/root"

# The pipe keeps qemu away from our own stdout, which it would make non-blocking; setpriv ends the
# VM should this script be killed outright. thread=single: with a thread a CPU, a guest crashed
# while it was switching tracepoints.
: >"$tmp/console"
mkfifo "$tmp/output"
cat "$tmp/output" &
children=$!
# shellcheck disable=SC2086 # words on purpose
setpriv --pdeathsig TERM timeout -k 5 "$limit" qemu-system-x86_64 \
	-accel tcg,thread=single -cpu "$cpu" -smp 2 -m "${VM_MEM:-1024}" $icount \
	-nodefaults -no-user-config -display none -no-reboot \
	-serial "file:$tmp/console" -serial stdio \
	-kernel "$kernel/vmlinuz" -initrd "$tmp/initrd" -append "console=ttyS0 quiet loglevel=5 \
panic=-1 oops=panic mitigations=off printk.devkmsg=on ${VM_APPEND-}" \
	</dev/null >"$tmp/output" 2>"$tmp/qemu" &
qemu=$!
children="$children $qemu"
wait "$qemu"
ended=$?
wait
children=

tr -d '\r' <"$tmp/console" >"$tmp/log"
[ -z "${VM_CONSOLE-}" ] || cp "$tmp/log" "$VM_CONSOLE"
complaints "$tmp/log" >"$tmp/complaints"
code=$(sed -n 's/.*slabsight: VM-EXIT //p' "$tmp/log" | tail -n 1)
payload_said="payload: exit ${code:-not reached}"

if [ -s "$tmp/complaints" ]; then
	cat "$tmp/complaints" >&2
	fail 125 "the kernel complained ($payload_said)"
fi
case $ended in
0) ;;
124 | 137)
	tail -n 30 "$tmp/log" >&2
	fail 124 "no end within $limit s ($payload_said)"
	;;
*)
	cat "$tmp/qemu" >&2
	fail 126 "qemu failed: exit $ended ($payload_said)"
	;;
esac
if [ -z "$code" ]; then
	tail -n 30 "$tmp/log" >&2
	fail 125 "the guest ended without a word"
fi
grep -q 'slabsight: VM-START' "$tmp/log" ||
	fail 126 "$(sed -n 's/.*slabsight: cannot/cannot/p' "$tmp/log")"
exit "$code"
