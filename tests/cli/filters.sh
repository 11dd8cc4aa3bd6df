# shellcheck shell=sh
# shellcheck disable=SC2016 # what is in single quotes is for another shell
# shellcheck disable=SC2086 # words on purpose
# shellcheck disable=SC2154 # what is not set here is cli.sh's
# filters.sh - read by cli.sh: --comm and --cgroup, and names of processes that are traps.

# hold NAME: a process of this name that opens five files, until $tmp/hold is written to.
hold() {
	sh -c 'printf "%s" "$1" >/proc/$$/comm
		exec 3</dev/null 4</dev/null 5</dev/null 6</dev/null 7</dev/null
		read -r _ <"$0"' "$tmp/hold" "$1" &
	pids="$pids $!"
}

# files_of NAME: files in the report that are held by a process of this name.
files_of() {
	awk -v name="$1" '
		index($0, "\"cache\": ") { cache = $2 }
		index($0, "\"comm\": ") { its = index($0, "\"" name "\"") && cache == "\"filp\"," }
		its && index($0, "\"objects\": ") { sum += $2; its = 0 }
		END { print sum + 0 }' "$tmp/out"
}

names() {
	mkfifo "$tmp/hold"
	hostile=$(printf '\033[31m\n"\\\377')
	start -d 1.5 --json --stacks=all --comm "$hostile"
	hold "$hostile"
	hold innocent
	wait $pid
	judge 'a process name full of traps, in JSON' 0 '^tracing' $?
	holds '... without a control character' clean "$tmp/out"
	escaped='\\\\x1b[31m\\\\n\\"\\\\\\\\\\\\xff' # as awk takes it
	holds '... escaped, with its five files' test "$(files_of "$escaped")" -ge 5
	holds '... and --comm leaves out the others' \
		sh -c '[ "$1" -gt 0 ] && ! grep -q innocent "$0"' "$tmp/out" \
		"$(number filtered_allocs)"
	start -d 1.5 --top 0 --stacks=all --comm "$hostile"
	hold "$hostile"
	wait $pid
	holds 'a process name full of traps, in text' clean "$tmp/out"
	holds '... escaped' grep -q -F 'by \x1b[31m\n"\\\xff (' "$tmp/out"
}

cgroups() {
	root=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)
	if [ -z "$root" ] || ! mkdir "$root/slabsight.$$"; then
		skip '--cgroup: no cgroup v2 to make one in'
		return
	fi
	cgroup=$root/slabsight.$$
	mkdir "$cgroup/kid"
	for path in "$cgroup" "${cgroup##*/}" "/${cgroup##*/}/"; do
		start -d 1.5 --json --stacks=all --cgroup "$path"
		(sh -c 'echo $$ >"$0"' "$cgroup/cgroup.procs")
		for where in "$cgroup" "$cgroup/kid" "$root"; do
			name=in_${where##*/}
			[ "$where" != "$root" ] || name=outside
			sh -c 'echo $$ >"$1/cgroup.procs"; printf "%s" "$2" >/proc/$$/comm
				exec 3</dev/null 4</dev/null 5</dev/null
				read -r _ <"$0"' "$tmp/hold" "$where" "$(echo "$name" |
					cut -c 1-12)" &
			pids="$pids $!"
		done
		wait $pid
		judge "--cgroup $(echo "$path" | sed "s/$$/N/;s:$root:ROOT:")" 0 '^tracing' $?
		holds '... has what is in it' test "$(files_of in_slabsight)" -ge 3
		holds '... and below it, and nothing else' \
			test "$(files_of in_kid)" -ge 3 -a "$(files_of outside)" -eq 0
	done
	: >"$tmp/hold"
}

names
cgroups
