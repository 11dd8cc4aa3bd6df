# shellcheck shell=sh
# shellcheck disable=SC2016 # what is in single quotes is for another shell
# shellcheck disable=SC2086 # words on purpose
# shellcheck disable=SC2154 # what is not set here is cli.sh's
# census.sh - read by cli.sh: slabsight census: its values, its reports, and what it can do without.

# census_numbers OPTION VALUE...: each is refused, by name.
census_numbers() {
	option=$1
	shift
	for value; do
		says "census $option='$value'" 2 "'$option': '" $run census "$option=$value"
	done
}

census() {
	census_numbers --top -1 many 100001 ''
	census_numbers --sort size '' allocs
	census_numbers --sample -1 1.5 1T ''
	census_numbers --pace '' 0 0% 0.05% -1 2 101% nan inf 1e-300 x 20%%
	census_numbers --cache ''
	says 'census of an unknown cache, nearest' 2 "did you mean 'dentry'" $run census dentyr
	says 'census of an unknown cache' 2 "no cache matches 'no_such_cache_here'" \
		$run census no_such_cache_here
	says 'census of a cache without a name' 2 "no cache matches ''" $run census ''
	says 'census of an unknown glob, nearest' 2 "did you mean 'dentry'" $run census --cache dentyr
	says 'census of an unknown glob' 2 "no cache matches 'no\*such'" $run census --cache 'no*such'
	reports 'census --json' '^$' sh -c '"$@" && echo >&2' sh $run census --json
	holds '... explains the kernel'\''s total' found \
		'.census.explained_share > 0.5 and .census.explained_share < 1.1'
	holds '... adds up' found '([.census.caches[].live_objects] | add) == .census.live_objects'
	holds '... most bytes first' found \
		'[.census.caches[].slab_bytes] | . == (sort | reverse)'
	reports 'census --json --cache --sort=name' '^$' sh -c '"$@" && echo >&2' sh \
		$run census --json --cache 'kmalloc-*' --sort name
	holds '... has those caches, by name' found '[.census.caches[] | .name] |
		length > 5 and . == sort'
	reports 'census of a cache, in JSON' '^$' sh -c '"$@" && echo >&2' sh \
		$run census dentry --json --sample 1000
	holds '... has its row only, and contents' found '(.census.caches | length) == 1 and
		.census.contents.cache == "dentry" and
		([.census.contents.clusters[].objects] | add) == .census.contents.sampled_objects'
	$run census dentry --top 3 >"$tmp/out" 2>"$tmp/err"
	holds 'census of a cache, in text' test "$?,$(grep -c '^CONTENTS of ' "$tmp/out")" = 0,1
	holds '... on 80 columns' awk 'length > 80 { print; bad = 1 } END { exit bad }' "$tmp/out"
	holds '... without a control character' sh -c '! LC_ALL=C tr -d "\n" <"$0" |
		LC_ALL=C grep -q "[[:cntrl:]]"' "$tmp/out"
	$run census --top 0 >"$tmp/out" 2>"$tmp/err"
	holds 'census --top 0' test "$?,$(grep -c -- '--top 0' "$tmp/out")" = 0,0
	holds '... on 80 columns' awk 'length > 80 || / $/ { print; bad = 1 } END { exit bad }' \
		"$tmp/out"
	holds '... prints no address' sh -c '! grep -q "ffff[89a-f]" "$0"' "$tmp/out"
	alias=$(awk '/^  also / { sub(",", "", $2); print $2; exit }' "$tmp/out")
	if [ -n "$alias" ]; then
		reports "census of a cache by its alias ($alias)" '^$' sh -c '"$@" && echo >&2' sh \
			$run census "$alias" --json
	else
		skip 'census of a cache by its alias: none is merged here'
	fi
	$slabsight census --pace 0.1% --json >"$tmp/out" 2>"$tmp/err" &
	pid=$!
	sleep 1
	kill -TERM $pid
	wait $pid
	holds 'SIGTERM ends a census without a report' test "$?,$(grep -c '' "$tmp/out")" = 130,0
	holds '... and says so' grep -q '^slabsight: interrupted before' "$tmp/err"
	says 'census without capabilities' 4 'needs CAP_BPF and CAP_PERFMON' capable '' $run census
	says 'census with CAP_BPF only' 4 'needs CAP_PERFMON (' capable +bpf $run census
	reports 'census with CAP_BPF and CAP_PERFMON' '^$' sh -c '"$@" && echo >&2' sh \
		$may $run census --json
	reports 'census of a cache without CAP_SYSLOG' '^$\|no names:.*CAP_SYSLOG' \
		sh -c '"$@" && echo >&2' sh $may $run census kmalloc-64 --json
	says 'census without BTF' 4 'no BTF.*CONFIG_DEBUG_INFO_BTF' \
		hiding /sys/kernel/btf "$tmp/nothing" $run census
	reports 'census without /sys/kernel/slab' '^$' hiding /sys/kernel/slab "$tmp/nothing" \
		sh -c '"$@" && echo >&2' sh $run census --json
	holds '... has no aliases' found '[.census.caches[].aliases[]] == []'
	says 'census without /proc/zoneinfo' 1 'cannot read /proc/zoneinfo' \
		hiding /proc/zoneinfo "$tmp/none" $run census
	reports 'census without /proc/meminfo' '^$' hiding /proc/meminfo "$tmp/none" \
		sh -c '"$@" && echo >&2' sh $run census --json
	holds '... explains nothing' found '.census.explained_share == null'
	for kib in 8000 20000 30000; do # start, programs, arrays
		says "census in $kib KiB of memory" 1 'memory$' \
			sh -c 'ulimit -v $0 && exec "$@"' $kib $run census --json
	done
}

census
