// SPDX-License-Identifier: GPL-2.0-or-later
// build.mjs OUT - makes the page: template, style and scripts in one file that loads nothing.
// Packages are looked for where NODE_PATH says. The page allows its own script and style by
// their hashes, and nothing else.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const modules = process.env.NODE_PATH;
const esbuild = createRequire(path.join(modules, 'x'))('esbuild');
const read = (name) => readFileSync(path.join(here, name), 'utf8');

const bundle = await esbuild.build({
	entryPoints: [path.join(here, 'main.js')],
	bundle: true,
	minify: true,
	write: false,
	metafile: true,
	format: 'iife',
	target: 'es2020',
	charset: 'ascii',
	legalComments: 'none',
	nodePaths: [modules],
	loader: { '.css': 'empty' }, // d3-flame-graph brings a style for light pages
});
const style = await esbuild.transform(
	readFileSync(path.join(modules, 'uplot/dist/uPlot.min.css'), 'utf8') + read('page.css'),
	{ loader: 'css', minify: true, charset: 'ascii' });

// The packages that are in the bundle, with their licenses in full.
function licenses() {
	const names = new Set();

	for (const input of Object.keys(bundle.metafile.inputs)) {
		const found = input.match(/node_modules\/((?:@[^/]+\/)?[^/]+)\//);
		if (found)
			names.add(found[1]);
	}
	return [...names].sort().map((name) => {
		const about = JSON.parse(readFileSync(path.join(modules, name, 'package.json'), 'utf8'));
		const text = readFileSync(path.join(modules, name, 'LICENSE'), 'utf8').trim();
		return `${name} ${about.version} (${about.license})\n\n${text}\n`;
	}).join('\n' + '-'.repeat(78) + '\n\n');
}

// A script ends at the first of these, wherever it is; a comment at two dashes.
function inline(name, text, forbidden) {
	if (forbidden.test(text))
		throw new Error(`${name} has in it what would end its element`);
	return text;
}

const hash = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
const script = inline('the script', bundle.outputFiles[0].text.trim(), /<\/script|<!--/i);
const css = inline('the style', style.code.trim(), /<\/style/i);
const parts = {
	CSP: `default-src 'none'; script-src ${hash(script)}; style-src ${hash(css)}; ` +
		"base-uri 'none'; form-action 'none'",
	LICENSES: inline('a license', licenses().replace(/--+/g, (s) => '='.repeat(s.length)), /-->/),
	STYLE: css,
	SCRIPT: script,
};
const page = read('template.html').replace(/@(CSP|LICENSES|STYLE|SCRIPT)@/g, (_, name) => parts[name]);
if (page.split('@REPORT@').length !== 2)
	throw new Error('the page has not one place for the report');
writeFileSync(process.argv[2], page);
