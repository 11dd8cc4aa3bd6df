# shellcheck shell=sh
# shellcheck disable=SC2016 # what is in single quotes is for another shell
# shellcheck disable=SC2086 # words on purpose
# shellcheck disable=SC2154 # what is not set here is cli.sh's
# privileges.sh - read by cli.sh: what is left without a privilege, or a file of the kernel's.

doctor() {
	reports 'doctor --json' '^$' sh -c '"$@" && echo >&2' sh $run doctor --json
	says_doctor 'doctor without privileges' 'needs CAP_BPF and CAP_PERFMON' ''
	says_doctor 'doctor without CAP_PERFMON' 'needs CAP_PERFMON' +bpf
}

# says_doctor WHAT PATTERN CAPABILITIES: exit 4, a full report whose last line matches.
says_doctor() {
	capable "$3" $run doctor >"$tmp/out" 2>"$tmp/err"
	status=$?
	trouble=
	[ $status -eq 4 ] || trouble="exit $status, not 4; "
	tail -n 1 "$tmp/out" | grep -q "$2" || trouble="$trouble$(tail -n 1 "$tmp/out"); "
	grep -q 'kmem_cache_alloc_bulk' "$tmp/out" || trouble="${trouble}no hooks; "
	[ ! -s "$tmp/err" ] || trouble="${trouble}talks"
	verdict "$1" "$trouble"
}

privileges() {
	says 'no capability' 4 'needs CAP_BPF and CAP_PERFMON' capable '' $run trace -d 0.1
	says 'CAP_BPF only' 4 'needs CAP_PERFMON (' capable +bpf $run trace -d 0.1
	says 'CAP_PERFMON only' 4 'needs CAP_BPF (' capable +perfmon $run trace -d 0.1
	says 'root of a user namespace' 4 'initial user namespace' \
		unshare -r $run trace -d 0.1
	reports 'CAP_BPF, CAP_PERFMON, CAP_SYSLOG' '^tracing' \
		capable +bpf,+perfmon,+syslog $run trace -d 0.1 --json
	holds '... names call sites' grep -q '"symbols": true' "$tmp/out"
	if capable '' awk '$2 == "T" { exit $1 ~ /^0*$/ }' /proc/kallsyms; then
		skip 'CAP_BPF, CAP_PERFMON: symbols are shown to everybody here'
		return
	fi
	reports 'CAP_BPF, CAP_PERFMON: a report, no names' 'no names:.*CAP_SYSLOG' \
		$may $run trace -d 0.1 --json
	holds '... and says so in it' grep -q '"symbols": false' "$tmp/out"
}

hidden() {
	says 'no BTF' 4 'no BTF.*CONFIG_DEBUG_INFO_BTF' \
		hiding /sys/kernel/btf "$tmp/nothing" $run trace -d 0.1
	says 'BTF that is none' 4 'btf/vmlinux cannot be read' \
		hiding /sys/kernel/btf/vmlinux "$tmp/none" $run trace -d 0.1
	reports 'no addresses in /proc/kallsyms' 'no names:.*kptr_restrict' \
		hiding /proc/kallsyms "$tmp/none" $run trace -d 0.1 --json
	holds '... and says so in it' grep -q '"symbols": false' "$tmp/out"
	chmod 0 "$tmp/none"
	reports '/proc/kallsyms is not for us' 'no names:' \
		hiding /proc/kallsyms "$tmp/none" $may $run trace -d 0.1 --json
	reports 'no /proc' 'no names:' hiding /proc "$tmp/nothing" $run trace -d 0.1 --json
	reports 'no /sys/kernel/slab' '^tracing' \
		hiding /sys/kernel/slab "$tmp/nothing" $run trace -d 0.1 --json
	reports 'no names of caches: a glob is not refused' 'cannot check --cache' \
		hiding /sys/kernel/slab "$tmp/nothing" $may $run trace -d 0.1 --json --cache nosuch
}

doctor
privileges
hidden
