#!/bin/sh
# html.sh OUT - make the page of `slabsight export --format=html`, or, where npm cannot, an empty
# file and a line that says why; slabsight then does without that format. The packages are those of
# user/html/package-lock.json, and go next to OUT.
set -u

out=$1 source=$(dirname "$0")/../user/html
packages=$(dirname "$out")/packages
log=$(dirname "$out")/npm.log

# Whatever stands in the way: nothing else of slabsight needs the page.
give_up() {
	echo "slabsight: built without --format=html: $1; 'make html' tries again" >&2
	: >"$out"
	exit 0
}

mkdir -p "$packages" && cp "$source/package.json" "$source/package-lock.json" "$packages/" || exit 1
npm ci --prefix "$packages" --prefer-offline --ignore-scripts --no-audit --no-fund >"$log" 2>&1 ||
	give_up "npm could not bring its packages (see $log)"
NODE_PATH=$(cd "$packages/node_modules" && pwd) node "$source/build.mjs" "$out" >>"$log" 2>&1 ||
	give_up "its page could not be made (see $log)"
