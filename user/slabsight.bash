# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# bash completion for slabsight. Needs bash 4 and nothing else.

# Offer the lines of stdin that begin with $2, each after $1 and quoted for the command line. Not by
# compgen -W, which expands what it is given: a process may be called $(reboot).
_slabsight_offer() {
	local line quoted

	while IFS= read -r line; do
		[[ $line == "$2"* ]] || continue
		printf -v quoted %q "$line"
		COMPREPLY+=("$1$quoted")
	done
}

_slabsight_caches() {
	local dir

	for dir in /sys/kernel/slab/*; do
		# A name that begins with ':' is the kernel's own, for what it has merged.
		[[ ! -d $dir || ${dir##*/} == :* ]] || echo "${dir##*/}"
	done
}

_slabsight_processes() {
	local file name
	local -A seen

	for file in /proc/[0-9]*/comm; do
		# A process may end meanwhile; above 15 bytes there is more in it than the name.
		IFS= read -r name 2>/dev/null <"$file" || continue
		[[ $name && ${#name} -le 15 && ! ${seen["$name"]} ]] || continue
		seen["$name"]=1
		printf '%s\n' "$name"
	done 2>/dev/null
}

# Directories below the cgroup v2 mount for a relative path, any for an absolute one.
_slabsight_cgroups() {
	local word=$1 root='' type where dir

	while [[ $word != /* ]] && read -r _ where type _; do
		[[ $type != cgroup2 ]] || root=$where/
	done </proc/self/mounts
	for dir in "$root$word"*/; do
		[[ ! -d $dir ]] || printf '%s\n' "${dir#"$root"}"
	done
}

# What `dentries --fs` takes: types and mount points.
_slabsight_filesystems() {
	local where type
	local -A seen

	while read -r _ where type _; do
		printf '%b\n' "$where" # a space is \040
		[[ ${seen["$type"]} ]] || echo "$type"
		seen["$type"]=1
	done </proc/self/mounts
}

# The argument of census is a cache.
_slabsight_census() {
	if [[ $1 == -* ]]; then
		_slabsight_offer '' "$1" < <(printf '%s\n' --json --cache --top --sort --sample \
			--pace --help)
	else
		_slabsight_offer '' "$1" < <(_slabsight_caches)
	fi
}

# Where a word of the command that is run is typed: complete it as if it stood alone. A value of an
# option is taken for no command where the option is known to have one.
_slabsight_command() {
	local i word

	for ((i = 2; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		case $word in
		--)
			((i++))
			break
			;;
		-o | --output | --suppressions | --debug-dir | --repeat | --warmup | --settle | --reclaim | --cache | --comm | \
			--cgroup | --stacks | --objects | --top | --sort | --min-size | --max-size)
			[[ ${COMP_WORDS[i + 1]} != = ]] || ((i++))
			((i++))
			;;
		-*) ;;
		*) break ;;
		esac
	done
	((i <= COMP_CWORD)) || return 1
	if ((i == COMP_CWORD)); then
		[[ ${COMP_WORDS[i - 1]} == -- ]] || return 1
		mapfile -t COMPREPLY < <(compgen -c -- "${COMP_WORDS[COMP_CWORD]}")
	else
		mapfile -t COMPREPLY < <(compgen -f -- "${COMP_WORDS[COMP_CWORD]}")
	fi
}

_slabsight() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} before=''

	COMPREPLY=()
	if ((COMP_CWORD == 1)); then
		_slabsight_offer '' "$cur" < <(printf '%s\n' trace run export record report diff merge census dentries doctor version --help --version)
		return
	fi
	# '=' is a word of its own where COMP_WORDBREAKS has it, as it has by default.
	if [[ $cur == = ]]; then
		cur=
	elif [[ $prev == = ]]; then
		prev=${COMP_WORDS[COMP_CWORD - 2]}
	elif [[ $cur == --*=* ]]; then
		prev=${cur%%=*} before=${cur%%=*}= cur=${cur#*=}
	fi
	# Typed as 'a b or as a\ b: what is meant is a b.
	# shellcheck disable=SC2162 # without -r on purpose
	IFS= read cur <<<"${cur#[\'\"]}"

	case ${COMP_WORDS[1]} in
	trace | export | record | census) ;;
	report)
		case $prev in
		--at | --from | --to | --top) ;; # a time, a number
		--sort) _slabsight_offer "$before" "$cur" < <(printf '%s\n' bytes objects allocs age) ;;
		--debug-dir) mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
		-o | --output | --suppressions) mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
		*)
			if [[ $cur == -* ]]; then
				_slabsight_offer '' "$cur" < <(printf '%s\n' --at --from --to --json --tap \
					--output --fail-on-leak --suppressions --top --sort \
					--debug-dir --no-lines --show-addresses --help)
			else
				mapfile -t COMPREPLY < <(compgen -f -- "$cur")
			fi
			;;
		esac
		return
		;;
	diff)
		case $prev in
		--at | --to | --top | --growth) ;; # a time, a number
		--suppressions) mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
		*)
			if [[ $cur == -* ]]; then
				_slabsight_offer '' "$cur" < <(printf '%s\n' --at --to \
					--fail-on-growth --growth --count-caches --suppressions --json --top --help)
			else
				mapfile -t COMPREPLY < <(compgen -f -- "$cur")
			fi
			;;
		esac
		return
		;;
	merge)
		case $prev in
		--top) ;; # a number
		--sort) _slabsight_offer "$before" "$cur" < <(printf '%s\n' hosts bytes objects growth) ;;
		*)
			if [[ $cur == -* && $prev != -o && $prev != --output && $prev != --suppressions ]]; then
				_slabsight_offer '' "$cur" < <(printf '%s\n' --output --json \
					--fail-on-leak --suppressions --top --sort --help)
			else
				mapfile -t COMPREPLY < <(compgen -f -- "$cur")
			fi
			;;
		esac
		return
		;;
	run)
		# Behind the command begins what is not ours.
		if _slabsight_command; then
			return
		fi
		;;
	dentries)
		case $prev in
		--fs) _slabsight_offer "$before" "$cur" < <(_slabsight_filesystems) ;;
		--debug-dir) mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
		-d | --duration | --top | --pace) ;; # a number
		*)
			_slabsight_offer '' "$cur" < <(printf '%s\n' --duration --refs --fs --top \
				--json --debug-dir --no-lines --pace --help)
			;;
		esac
		return
		;;
	doctor)
		_slabsight_offer '' "$cur" < <(printf '%s\n' --json --help)
		return
		;;
	version)
		_slabsight_offer '' "$cur" < <(printf '%s\n' --help)
		return
		;;
	*) return ;;
	esac
	case $prev in
	--stacks) _slabsight_offer "$before" "$cur" < <(printf '%s\n' sampled all none) ;;
	--format) _slabsight_offer "$before" "$cur" < <(printf '%s\n' pprof folded csv json openmetrics html) ;;
	--value) _slabsight_offer "$before" "$cur" < <(printf '%s\n' bytes objects) ;;
	--rows) _slabsight_offer "$before" "$cur" < <(printf '%s\n' origins stacks) ;;
	--reclaim) _slabsight_offer "$before" "$cur" < <(printf '%s\n' none cgroup slab) ;;
	--sort)
		if [[ ${COMP_WORDS[1]} == census ]]; then
			_slabsight_offer "$before" "$cur" < <(printf '%s\n' bytes objects unused name)
		else
			_slabsight_offer "$before" "$cur" < <(printf '%s\n' bytes objects allocs age)
		fi
		;;
	--cache)
		_slabsight_offer "$before" "$cur" < <(_slabsight_caches)
		# Has no cache: only a trace knows it by this name.
		[[ ${COMP_WORDS[1]} == census ]] || _slabsight_offer "$before" "$cur" <<<kmalloc-large
		;;
	--comm) _slabsight_offer "$before" "$cur" < <(_slabsight_processes) ;;
	--cgroup)
		_slabsight_offer "$before" "$cur" < <(_slabsight_cgroups "$cur")
		compopt -o nospace 2>/dev/null # there may be more directories below
		;;
	--debug-dir) mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
	-o | --output | --suppressions) mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
	-d | --duration | --settle | --repeat | --warmup | --min-size | --max-size | --objects | --top | --sample | \
		--pace | --every | --max-file) ;; # a number
	*)
		if [[ ${COMP_WORDS[1]} == census ]]; then
			_slabsight_census "$cur"
			return
		fi
		if [[ ${COMP_WORDS[1]} == run ]]; then
			_slabsight_offer '' "$cur" < <(printf '%s\n' --repeat --warmup --only-command)
		else
			_slabsight_offer '' "$cur" < <(printf '%s\n' --duration)
		fi
		case ${COMP_WORDS[1]} in
		export)
			_slabsight_offer '' "$cur" < <(printf '%s\n' --format --value --rows --at)
			[[ $cur == -* ]] || mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- "$cur")
			;;
		record)
			_slabsight_offer '' "$cur" < <(printf '%s\n' --every --max-file --anonymous \
				--print)
			;;
		esac
		[[ ${COMP_WORDS[1]} == export ]] ||
			_slabsight_offer '' "$cur" < <(printf '%s\n' --json --tap)
		[[ ${COMP_WORDS[1]} == record ]] ||
			_slabsight_offer '' "$cur" < <(printf '%s\n' --show-addresses)
		_slabsight_offer '' "$cur" < <(printf '%s\n' --output --fail-on-leak --suppressions --cache --min-size \
			--max-size --comm --cgroup --stacks --objects --twice --force --settle --reclaim \
			--top --sort --debug-dir --no-lines --help)
		;;
	esac
}

complete -F _slabsight slabsight
