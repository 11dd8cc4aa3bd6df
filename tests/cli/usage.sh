# shellcheck shell=sh
# shellcheck disable=SC2086 # words on purpose
# shellcheck disable=SC2154 # run and tmp are cli.sh's
# usage.sh - read by cli.sh: how slabsight is called: help, and words and values that are refused.

usage() {
	says 'no command' 2 'unknown command' $run ''
	$run >"$tmp/out" 2>"$tmp/err"
	holds 'no arguments: help on stderr, exit 2' \
		test "$?,$(grep -c usage: "$tmp/err"),$(grep -c '' "$tmp/out")" = 2,1,0
	for command in '' census trace run record report diff doctor version; do
		$run $command --help >"$tmp/out" 2>"$tmp/err"
		holds "${command:-slabsight} --help" \
			test "$?,$(grep -c usage: "$tmp/out"),$(grep -c '' "$tmp/err")" = 0,1,0
	done
	says 'unknown command, nearest' 2 "did you mean 'trace'" $run trac
	says 'unknown command, no near one' 2 "unknown command 'frobnicate'. See" $run frobnicate
	says 'unknown command of 200 letters' 2 "x'. See" $run "$(printf '%0200d' 0 | tr 0 x)"
	says 'escapes in a command' 2 '\\x1b\[31m' $run "$(printf '\033[31m\377')"
	says 'unknown option, nearest' 2 "'--jsn'; did you mean '--json'" $run trace --jsn
	says 'unknown option after a stray word' 2 "'--jsn'" $run trace stray --jsn
	says 'unknown option of doctor' 2 "'--jsn'; did you mean '--json'" $run doctor --jsn
	says 'unknown short option' 2 "'-z'" $run trace -z
	says 'an abbreviation of two options' 2 'min-size.*max-size' $run trace --m 5
	says 'a value that is missing' 2 "'--duration' needs a value" $run trace --duration
	says 'a value where none belongs' 2 'takes no value' $run trace --json=1
	says 'a stray word' 2 "unexpected argument 'stray'" $run trace -- stray
	says 'unknown option of census' 2 "'--paec'; did you mean '--pace'" $run census --paec 1
	says 'an option of trace for census' 2 "'--duration'" $run census --duration 5
	says 'an abbreviation of two options of census' 2 'json\|sort.*sample' $run census --s 5
	says 'a stray word behind a cache' 2 "unexpected argument 'stray'" $run census dentry stray
	says 'escapes in the name of a cache' 2 "'\\\\x1b\[31m'" $run census "$(printf '\033[31m')"
	says 'run without a command' 2 'no command to run' $run run --json --
	says 'an option of trace for run' 2 "'-d'" $run run -d 5 true
	says 'an unknown option before a command' 2 "'--repaet'; did you mean '--repeat'" \
		$run run --repaet 5 -- true
	for value in 0 1001 x; do
		says "--repeat $value" 2 "'--repeat': '" $run run --repeat $value -- true
	done
	says 'a stray word for version' 2 "unexpected argument 'stray'" $run version stray
}

# numbers OPTION VALUE...: each is refused, by name.
numbers() {
	option=$1
	shift
	for value; do
		says "$option='$value'" 2 "'$option': '" $run trace "$option=$value"
	done
}

values() {
	numbers --duration '' 0 -1 nan inf 1e400 5s 1e9 "$(printf '\033')"
	numbers --objects '' 0 999 -1 1.5 0x400 1T 18446744073709551616
	numbers --min-size -1 4294967296 x
	numbers --max-size 0 ''
	numbers --top -1 many
	numbers --sort size
	numbers --stacks some
	numbers --settle '' -1 5s nan 86401
	numbers --reclaim '' all
	says '--reclaim=cgroup without a cgroup' 2 'needs --cgroup' $run trace --reclaim=cgroup
	numbers --comm '' 'sixteen letters!'
	numbers --cgroup ''
	numbers --cache ''
	says '--min-size above --max-size' 2 'nothing is left' \
		$run trace --min-size 100 --max-size 50
	says 'unknown cache, nearest' 2 "did you mean 'dentry'" $run trace --cache dentyr -d 1
	says 'unknown glob' 2 "no cache matches 'no\\*such'" $run trace --cache 'no*such' -d 1
	says 'a cgroup that is not there' 2 'No such file' $run trace --cgroup no/such -d 1
	says 'a cgroup that is none' 2 'not a cgroup v2' $run trace --cgroup "$tmp" -d 1
}

usage
values
