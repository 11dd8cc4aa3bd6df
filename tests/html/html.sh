#!/bin/sh
# html.sh BUILD - shows pages to a browser and looks at what comes of it: see page.mjs. A line for
# each thing that was checked: ok, not ok, or skip with the reason.
set -u

build=$1
here=$(dirname "$0")
out=$build/tests/html
packages=$out/packages

skip() {
	echo "skip - pages in a browser: $*"
	exit 0
}

for command in node npm; do
	command -v $command >/dev/null || skip "$command is not installed"
done
if [ ! -s "$build/html/npm/page.html" ]; then
	# With its packages at hand, there is no excuse.
	[ ! -d "$build/html/npm/packages/node_modules/esbuild" ] || {
		echo "not ok - the page could not be made: $(tail -n 1 "$build/html/npm/npm.log")"
		exit 1
	}
	skip "slabsight was built without --format=html (see $build/html/npm/npm.log)"
fi
chromium=$(command -v chromium || command -v chromium-browser) || skip "chromium is not installed"

mkdir -p "$packages" && cp "$here/package.json" "$here/package-lock.json" "$packages/" || exit 1
npm ci --prefix "$packages" --prefer-offline --ignore-scripts --no-audit --no-fund \
	>"$out/npm.log" 2>&1 || skip "npm could not bring playwright-core (see $out/npm.log)"

rm -f "$out"/*.html "$out"/*.json
if CMOCKA_MESSAGE_OUTPUT=STDOUT "$build/tests/pages" "$out" >"$out/pages.log" 2>&1; then
	echo "ok - pages are written"
else
	echo "not ok - pages are not written: $(grep -m 1 ERROR "$out/pages.log")"
	exit 1
fi
CHROMIUM=$chromium NODE_PATH=$(cd "$packages/node_modules" && pwd) node "$here/page.mjs" "$out"
