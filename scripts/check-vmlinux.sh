#!/bin/sh
# check-vmlinux.sh - does every field in vmlinux/vmlinux.h that CO-RE relocates exist in a real
# kernel's BTF: this machine's and, where bpftool can read them, those of the cached test kernels?
# Types with a ___flavour are for kernels that have them: a field missing there is no fault.
set -u

cd "$(dirname "$0")/.." || exit 1
header=vmlinux/vmlinux.h
bpftool=$(command -v bpftool || echo /usr/sbin/bpftool)
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

# TYPE FIELD, a line each, of what stands between the attribute's push and pop.
awk '
	/attribute push/ { on = 1 }
	/attribute pop/ { on = 0 }
	!on { next }
	/^struct .*\{/ { type = $2 }
	/^\t.*;/ { field = $NF; gsub(/[*;]|\[[0-9]*\]/, "", field); print type, field }' $header >"$tmp/fields"
[ -s "$tmp/fields" ] || { echo "not ok - no relocated field found in $header"; exit 0; }

if [ ! -r /sys/kernel/btf/vmlinux ] ||
	! "$bpftool" btf dump file /sys/kernel/btf/vmlinux format c >"$tmp/c" 2>/dev/null; then
	echo "skip - fields of $header: no BTF to hold them against"
	exit 0
fi
while read -r type field; do
	case $type in *___*) continue ;; esac
	# The type's text, nested structs included, up to the brace in the first column.
	if sed -n "/^struct $type {/,/^}/p" "$tmp/c" | grep -qE "[ *]$field(\[|;| :)"; then
		echo "ok - $type.$field is in this kernel's BTF"
	else
		echo "not ok - $type.$field is not in this kernel's BTF"
	fi
done <"$tmp/fields"
