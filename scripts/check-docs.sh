#!/bin/sh
# check-docs.sh SLABSIGHT - do the man page, the completion and the README know every command and
# every option that the program's own help names, and no others? And does the completion offer the
# values that the program takes?
#
# The sets have to be equal, command by command. DOCS: the directory of the three, for a trial with
# changed copies.
set -u

program=$1
case $program in */*) program=$(cd "$(dirname "$program")" && pwd)/$(basename "$program") ;; esac
cd "${DOCS:-$(dirname "$0")/..}" || exit 1
man=user/slabsight.8 completion=user/slabsight.bash readme=README.md

# words: the lines of stdin as words, sorted, each once.
words() {
	sort -u | tr '\n' ' ' | sed 's/ $//'
}

# without WORDS OTHERS: the words that are not among the others.
without() {
	for word in $1; do
		case " $2 " in *" $word "*) ;; *) echo "$word" ;; esac
	done | words
}

# same WHAT FILE EXPECTED FOUND: the words that FILE has should be those that the program has.
same() {
	lacks=$(without "$3" "$4") invents=$(without "$4" "$3")
	if [ -z "$3" ]; then
		echo "not ok - the program names no $1"
	elif [ -n "$lacks$invents" ]; then
		echo "not ok - $2, $1: ${lacks:+lacks $lacks }${invents:+has $invents, not the program}"
	else
		echo "ok - $2, $1: $3"
	fi
}

# offered WORD...: what the completion offers for the last word.
offered() {
	bash --norc -c '. "$0"
		COMP_WORDS=(slabsight "$@") COMP_CWORD=$#
		_slabsight
		printf "%s\n" "${COMPREPLY[@]}"' "$completion" "$@"
}

# long_options: the options in a text.
long_options() {
	grep -oe '--[a-z][a-z-]*'
}

# inherited COMMAND: the options that its part of the man page takes over from another one, said in
# a comment there: .\" options of COMMAND, without --OPTION...
inherited() {
	awk -v command="$1" '/^\.S[hs] / { on = $1 == ".Ss" && $2 == command }
		on && sub(/^\.\\" options of /, "")' $man | tr -d , |
		while read -r from _ except; do
			without "$(man_options "$from" | words)" "$except" | tr ' ' '\n'
		done
}

# man_options COMMAND: the options that the command's part of the man page has an entry for.
man_options() {
	awk -v command="$1" '/^\.S[hs] / { on = $1 == ".Ss" && $2 == command } on' $man |
		sed 's/\\-/-/g' | sed -n 's/^\.It Fl \([a-zA-Z] , Fl \)\{0,1\}-\([a-z-]*\).*/--\2/p'
}

# synopsis_options COMMAND: those that stand behind it in the man page's synopsis.
synopsis_options() {
	awk -v command="$1" '/^\.Sh / { synopsis = $2 == "SYNOPSIS" }
		synopsis && /^\.Cm / { on = $2 == command }
		synopsis && on && sub(/^\.Op Fl -/, "--") { print $1 }' $man
}

# The words that stand for commands in `slabsight --help`.
commands=$("$program" --help | sed -n 's/^  \([a-z]*\)  .*/\1/p' | words)
same commands $man "$commands" "$(sed -n '/^\.Sh COMMANDS/,/^\.Sh REPORT/s/^\.Ss //p' $man | words)"
same commands $readme "$commands" "$(sed -n 's/^### `slabsight \([a-z]*\).*/\1/p' $readme | words)"

bash=
if command -v bash >/dev/null; then
	bash=1
	same commands $completion "$commands" "$(offered '' | grep -v '^-' | words)"
else
	echo "skip - $completion: bash is not installed"
fi

for command in $commands; do
	# A command without any has nothing to compare, except that the others must have none.
	options=$("$program" "$command" --help | long_options | words)
	options=${options:-none}
	found=$(man_options "$command" | words)
	taken=$(inherited "$command" | words)
	same "options of $command" $man "$options" "$(echo "${found:-none} $taken" | tr ' ' '\n' |
		sed '/^$/d' | words)"
	# -d is in the synopsis by its short name.
	found=$(synopsis_options "$command" | words)
	same "options of $command" "the synopsis of $man" \
		"$(without "$(echo "$options" | sed 's/--duration //')" "$taken")" "${found:-none}"
	[ -n "$bash" ] || continue
	found=$(offered "$command" -- | grep -vx -e --help | words)
	same "options of $command" $completion "$options" "${found:-none}"
done

# Every long option in the README is one of ours: those of other programs are not to be in it.
all=$(for command in $commands; do "$program" "$command" --help; done | long_options | words)
same "options of all commands" $readme "$all" "$(long_options <$readme | words)"

# The program names the words that an option takes when it is given another one.
for command in 'export --format' 'export --value' 'export --rows' 'trace --stacks' 'trace --reclaim' 'trace --sort' 'census --sort' 'merge --sort'; do
	option=${command#* } command=${command% *}
	values=$("$program" "$command" "$option" '?' 2>&1 | sed -n 's/.*is not one of //p' |
		tr ' ' '\n' | words)
	for value in $values; do
		grep -qx "\.Cm $value\( .*\)\{0,1\}" $man || echo "not ok - $man: no $option $value"
	done
	[ -z "$bash" ] ||
		same "values of $command $option" $completion "$values" \
			"$(offered "$command" "$option" '' | words)"
done
