#!/bin/sh
# check-docs.sh SLABSIGHT - do the man page, the completion and the README know every command and
# every option that the program's own help names, and no others?
set -u

program=$1
cd "$(dirname "$0")/.." || exit 1
man=user/slabsight.8 completion=user/slabsight.bash readme=README.md

# The words that stand for commands in `slabsight --help`.
commands=$("$program" --help | sed -n 's/^  \([a-z]*\)  .*/\1/p')
[ -n "$commands" ] || { echo "not ok - slabsight --help names no command"; exit 0; }

# knows FILE WORD WHAT
knows() {
	if sed 's/\\-/-/g; s/ Ns / /g' "$1" | grep -qe "$2"; then
		echo "ok - $1 knows $3"
	else
		echo "not ok - $1 does not know $3"
	fi
}

for command in $commands; do
	for file in $man $completion $readme; do
		knows "$file" "$command" "the command $command"
	done
	[ "$command" != version ] || continue
	for option in $("$program" "$command" --help | grep -oe '--[a-z][a-z-]*' | sort -u); do
		knows $man "$(echo "$option" | sed 's/^--/[Fl-] *-*/')" "$command $option"
		knows $completion "$option" "$command $option"
	done
done

# And the other way: an option in the man page that no command has.
sed -n 's/^\.It Fl -\([a-z-]*\).*/--\1/p; s/^\.It Fl [a-z] , Fl -\([a-z-]*\).*/--\1/p' $man |
	sort -u | while read -r option; do
	for command in $commands; do
		"$program" "$command" --help 2>/dev/null
	done | grep -qe "$option" ||
		echo "not ok - $man describes $option, which no command has"
done
