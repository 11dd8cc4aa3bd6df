#!/bin/sh
# guest.sh - in a guest, as root, in the payload's directory: records 75 seconds of life.c, and
# prints the recording as SQL. What else is said goes before the first line that begins with --.
set -u
./golden-life /tmp /tmp/go &
life=$!
sleep 1
./slabsight record --anonymous -d 75 --every 5 -o /tmp/rec 2>/tmp/err &
record=$!
while kill -0 $record 2>/dev/null && ! grep -q '^tracing' /tmp/err; do
	sleep 0.2
done
: >/tmp/go
wait $record
status=$?
kill $life
cat /tmp/err
[ $status -eq 0 ] || exit 1
./golden dump /tmp/rec
