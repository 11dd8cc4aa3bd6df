// SPDX-License-Identifier: GPL-2.0-or-later
// page.mjs DIR - shows the pages that `pages DIR` wrote to a browser without a network, works on
// them as a person would, and compares what they say with the JSON of the same reports. A line for
// each thing that was checked: ok, not ok. NODE_PATH says where playwright-core is; CHROMIUM, which
// browser. SHOTS: a directory for pictures of all pages, for people to look at.
import { readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const { chromium } = createRequire(path.join(process.env.NODE_PATH, 'x'))('playwright-core');
const dir = path.resolve(process.argv[2]);
const json = (name) => JSON.parse(readFileSync(path.join(dir, `${name}.json`), 'utf8'));
const count = (n) => n.toLocaleString('en-US');
const LIMIT = 1_000_000;

let failed = 0;

async function check(what, body) {
	let trouble;

	try {
		trouble = await body();
	} catch (error) {
		trouble = String(error.message || error).split('\n').slice(0, 3).join(' ');
	}
	failed += trouble ? 1 : 0;
	console.log(trouble ? `not ok - ${what}: ${trouble}` : `ok - ${what}`);
}

const same = (what, found, expected) =>
	JSON.stringify(found) === JSON.stringify(expected) ? ''
		: `${what}: ${JSON.stringify(found)}, not ${JSON.stringify(expected)}; `;

// What is drawn in the next frame, or the one after, becomes what is expected, sooner or later.
async function becomes(what, get, expected) {
	let found;

	for (let i = 0; i < 200; i++) {
		found = await get();
		if (JSON.stringify(found) === JSON.stringify(expected))
			return '';
		await new Promise((resolve) => setTimeout(resolve, 25));
	}
	return same(what, found, expected);
}

const browser = await chromium.launch({
	executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
	args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
		'--disable-background-networking', '--disable-component-update', '--disable-sync'],
});

// A page, and what went wrong on it: words on the console, errors, requests, dialogs.
async function open(name, options = {}) {
	const context = await browser.newContext({ offline: true, viewport: { width: 1280, height: 900 },
		...options });
	const page = await context.newPage();
	const address = `file://${path.join(dir, name)}.html`;

	page.trouble = [];
	page.on('console', (m) => page.trouble.push(`console: ${m.text()}`));
	page.on('pageerror', (e) => page.trouble.push(`error: ${e.message}`));
	page.on('dialog', (d) => {
		page.trouble.push(`dialog: ${d.message()}`);
		d.dismiss();
	});
	page.on('request', (r) => {
		if (r.url() !== address)
			page.trouble.push(`request: ${r.url().slice(-40)}`);
	});
	page.on('requestfailed', (r) => page.trouble.push(`failed: ${r.failure().errorText}`));
	await page.goto(address);
	await page.waitForSelector('footer');
	page.wide = await page.evaluate(() => document.getElementById('flame-graph').clientWidth);
	await becomes('', async () => Math.round((await frames(page))[0].width), page.wide);
	if (process.env.SHOTS)
		await page.screenshot({ fullPage: true, path: path.join(process.env.SHOTS,
			`${name}-${options.colorScheme || 'light'}-${options.viewport?.width || 1280}.png`) });
	return page;
}

const close = (page) => page.context().close();
const quiet = (page) => page.trouble.join('; ');
const text = (page, selector) => page.locator(selector).first().innerText();

// The rows of the table of origins, by the index of the origin.
const rows = (page) => page.$$eval('table.origins tr[data-origin]', (all) =>
	Object.fromEntries(all.map((tr) => [tr.dataset.origin, {
		name: tr.querySelector('button.open').textContent,
		verdict: tr.querySelector('.verdict').textContent,
		objects: tr.querySelector('td.objects').textContent,
		allocs: tr.querySelector('td.allocs').textContent,
		bytes: tr.querySelector('td.bytes').title,
	}])));

// Frames that are drawn: name, width, color.
const frames = (page) => page.$$eval('#flame-graph g.frame', (all) => all.map((g) => ({
	name: g.getAttribute('name'),
	title: g.querySelector('title').textContent,
	width: Number(g.querySelector('rect').getAttribute('width')),
	fill: g.querySelector('rect').getAttribute('fill'),
})));

const color = (page, name) => page.evaluate((variable) =>
	getComputedStyle(document.documentElement).getPropertyValue(variable).trim(), name);

async function numbers(name) {
	const page = await open(name), report = json(name);
	const lead = await text(page, '.lead');
	let trouble = '';

	await page.locator('#origins-dead').check({ timeout: 1000 }).catch(() => {});
	const shown = await rows(page);

	report.origins.forEach((o, i) => {
		const row = shown[i] || {};

		trouble += same(`objects of ${i}`, row.objects, count(o.live_objects)) +
			same(`allocations of ${i}`, row.allocs, count(o.allocs)) +
			same(`bytes of ${i}`, row.bytes, `${o.live_bytes} bytes`) +
			same(`verdict of ${i}`, row.verdict, o.verdict);
	});
	const sum = (key) => report.origins.reduce((n, o) => n + o[key], 0);
	const root = (await frames(page))[0];

	trouble += lead.includes(`${count(sum('live_objects'))} objects (`) ? '' : `the lead says: ${lead}; `;
	trouble += lead.includes(`of ${count(report.coverage.allocs)} allocated`) ? '' : `the lead says: ${lead}; `;
	await page.locator('input[name=measure][value=objects]').check();
	const title = (await frames(page))[0].title;

	trouble += title.startsWith(`all that is live: ${count(sum('live_objects'))} object`) ? ''
		: `the flame graph says ${title}; `;
	trouble += same('width', Math.round(root.width), page.wide);
	for (const [counter, n] of Object.entries(report.coverage))
		if (typeof n === 'number' && n && !['allocs', 'frees', 'sample'].includes(counter))
			trouble += same(counter, await page.locator(`tr[data-counter="${counter}"] td`).first()
				.innerText({ timeout: 1000 }), count(n));
	trouble += quiet(page);
	await close(page);
	return trouble;
}

async function verdictFirst() {
	const page = await open('leak');
	const heads = await page.$$eval('h1, h2, details.leak', (all) => all.map((e) =>
		e.matches('details') ? `card: ${e.querySelector('.name').textContent}` : e.textContent));
	const trouble = (/^2 leaks found: \d/.test(heads[0]) ? '' : `first is ${heads[0]}; `) +
		same('then', heads[1], 'card: kmalloc-192 at caller_0+0x1') +
		((await text(page, 'details.leak')).includes('ls (60%), find (20%), rm (20%)') ? ''
			: 'not whose it is; ') + quiet(page);

	await close(page);
	return trouble;
}

// In its card what tells whose objects they are, in its row all.
async function holds() {
	const page = await open('leak');
	const card = await text(page, 'details.leak');
	let trouble = card.includes('99% hold +0x28 points at udp_prot') ? '' : 'nothing in its card; ';

	trouble += card.includes('points at net') ? 'what two objects hold is in its card; ' : '';
	await page.locator('button.open', { hasText: 'kmalloc-192 at caller_0' }).click();
	trouble += (await text(page, 'tr.more-row')).includes('0.8% of 256 looked at: +0x68 points at net') ? ''
		: 'not all is in its row; ';
	trouble += quiet(page);
	await close(page);
	return trouble;
}

async function noLeak() {
	const page = await open('none');
	const trouble = same('first', await text(page, 'h1'), 'No leak found') +
		same('cards', await page.locator('details.leak').count(), 0) + quiet(page);

	await close(page);
	return trouble;
}

async function search() {
	const page = await open('leak');
	const before = await frames(page);
	let trouble = '';

	await page.fill('#flame-search', 'KMALLOC-192');
	const found = await color(page, '--flame-found');
	const lit = (await frames(page)).filter((f) => f.fill === found);

	trouble += same('highlighted', [...new Set(lit.map((f) => f.name))], ['kmalloc-192']);
	trouble += same('so many', lit.length, 2);
	trouble += /^Found in 2 frames: 93 KiB, \d+% of all that is live$/.test(await text(page, '#flame-found'))
		? '' : `says ${await text(page, '#flame-found')}; `;
	await page.fill('#flame-search', '.*[');
	trouble += same('of no such name', await text(page, '#flame-found'), 'Nothing found');
	await page.fill('#flame-search', '');
	trouble += await becomes('left over', () => frames(page), before);
	await page.locator('details.leak button', { hasText: 'flame graph' }).first().click();
	const shown = (await frames(page)).filter((f) => f.fill === found);

	trouble += shown.length === 2 ? '' : `the card's button highlights ${shown.length}; `;
	await page.locator('#flame-programs').check();
	trouble += (await frames(page)).some((f) => f.name === 'find') ? '' : 'no program; ';
	await page.locator('#flame-leaks').check();
	trouble += (await frames(page))[0].name === 'all leaks' &&
		!(await frames(page)).some((f) => f.name === 'dentry') ? '' : 'not only leaks; ';
	trouble += quiet(page);
	await close(page);
	return trouble;
}

async function zoom() {
	const page = await open('leak');
	const width = async (name) => Math.round((await frames(page)).find((f) => f.name === name)?.width);
	const whole = page.wide;
	const before = await width('caller_1');
	let trouble = before < whole ? '' : 'the frame is all there is; ';

	await page.locator('#flame-graph g.frame[name="caller_1"] rect').first().click();
	trouble += await becomes('zoomed', () => width('caller_1'), whole);
	await page.locator('#flame-reset').click();
	trouble += await becomes('back', () => width('caller_1'), before);
	await page.locator('#flame-graph').focus();
	for (const key of ['ArrowDown', 'ArrowDown', 'Enter'])
		await page.keyboard.press(key);
	const at = await page.$eval('#flame-graph g.current', (g) => g.getAttribute('name'));

	trouble += await becomes(`${at} by keys`, () => width(at), whole);
	trouble += (await text(page, '#flame-status')).startsWith(`${at}: `) ? '' : 'nothing is said of it; ';
	await page.keyboard.press('Escape');
	trouble += await becomes('back by keys', () => width('caller_1'), before) + quiet(page);
	await close(page);
	return trouble;
}

async function filter() {
	const page = await open('leak');
	const names = async () => Object.values(await rows(page)).map((r) => r.name);
	const order = () => page.$$eval('table.origins td.objects', (all) =>
		all.map((td) => Number(td.textContent.replaceAll(',', ''))));
	const all = await names();
	let trouble = '';

	await page.fill('#origins-filter', 'FIND');
	trouble += same('by program', (await names()).sort(), all.filter((n) => /^kmalloc-(16|192) /.test(n)).sort());
	await page.fill('#origins-filter', 'readdir_folio');
	trouble += same('by function', await names(), all.filter((n) => n.includes('readdir_folio')));
	await page.fill('#origins-filter', '');
	for (const verdict of ['unknown', 'burst', 'cache', 'steady'])
		await page.locator(`#origins input[value=${verdict}]`).uncheck({ timeout: 500 }).catch(() => {});
	trouble += same('by verdict', Object.values(await rows(page)).map((r) => r.verdict), ['leak', 'leak']);
	trouble += /^2 of \d+ origins, /.test(await text(page, '#origins-status')) ? '' : 'the number is wrong; ';
	for (const box of await page.locator('#origins fieldset input').all())
		await box.check();
	await page.locator('th.objects button').click();
	const down = await order();

	trouble += same('sorted', down, [...down].sort((a, b) => b - a));
	trouble += same('said', await page.getAttribute('th.objects', 'aria-sort'), 'descending');
	await page.locator('button.open', { hasText: 'kmalloc-192 at caller_0' }).focus();
	await page.keyboard.press('Enter');
	trouble += (await text(page, 'tr.more-row')).includes('caller_1+0x0') ? '' : 'no stack in its row; ';
	trouble += quiet(page);
	await close(page);
	return trouble;
}

// Has anything been drawn on the first canvas?
const painted = (page) => page.$eval('#growth-chart canvas', (canvas) => {
	const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
	const colors = new Set();

	for (let i = 0; i < data.length; i += 4)
		if (data[i + 3] === 255)
			colors.add(`${data[i]} ${data[i + 1]} ${data[i + 2]}`);
	return [...colors].some((c) => new Set(c.split(' ')).size > 1);
});

async function growth() {
	let trouble = '';

	for (const [name, title] of [['leak', 'When what is live was born'], ['recorded', 'Growth over time']]) {
		const page = await open(name);
		const label = await page.getAttribute('#growth-chart', 'aria-label');

		trouble += same('title', await text(page, '#growth-title'), title);
		trouble += (await painted(page)) ? '' : `${name}: nothing is drawn; `;
		trouble += /^kmalloc-192 at caller_0\+0x1: 0 B at 0ms, .*93 KiB at /.test(label) ? ''
			: `${name}: ${label}; `;
		await page.locator('input[name=measure][value=objects]').check();
		trouble += (await page.getAttribute('#growth-chart', 'aria-label')).includes('497 objects at ') ? ''
			: `${name}: not in objects; `;
		if (name === 'recorded')
			trouble += (await text(page, '#left-out')).includes(' points of growth curves') ? ''
				: 'points are missing, and nothing is said; ';
		trouble += quiet(page);
		await close(page);
	}
	return trouble;
}

// Contrast as WCAG 2 has it.
function contrast(a, b) {
	const light = (hex) => {
		const full = hex.length === 4 ? `#${[...hex.slice(1)].map((c) => c + c).join('')}` : hex;
		const [r, g, blue] = [1, 3, 5].map((i) => parseInt(full.slice(i, i + 2), 16) / 255)
			.map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);

		return 0.2126 * r + 0.7152 * g + 0.0722 * blue;
	};
	const [low, high] = [light(a), light(b)].sort((x, y) => x - y);

	return (high + 0.05) / (low + 0.05);
}

const PAIRS = [['text', 'back'], ['text', 'raised'], ['muted', 'back'], ['muted', 'raised'], ['link', 'back'],
	['link', 'raised'], ['link', 'warn-back'], ['leak', 'back'], ['leak', 'leak-back'], ['warn', 'warn-back'],
	['text', 'warn-back'], ...['flame', 'flame-leak', 'flame-part', 'flame-found'].map((f) => ['flame-text', f])];

async function themes() {
	const back = (page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
	let trouble = '';

	for (const [scheme, other] of [['light', 'dark'], ['dark', 'light']]) {
		const page = await open('leak', { colorScheme: scheme });
		const first = await back(page);

		for (const [front, behind] of PAIRS) {
			const is = contrast(await color(page, `--${front}`), await color(page, `--${behind}`));

			trouble += is >= 4.5 ? '' : `${scheme}: ${front} on ${behind} is ${is.toFixed(1)}; `;
		}
		for (let i = 0; i < 8; i++)
			trouble += contrast(await color(page, `--series-${i}`), await color(page, '--back')) >= 3 ? ''
				: `${scheme}: curve ${i} is faint; `;
		await page.locator(`input[name=theme][value=${other}]`).check();
		trouble += (await back(page)) !== first ? '' : `${other} is as ${scheme}; `;
		await page.locator('input[name=theme][value=auto]').check();
		trouble += same(`auto is ${scheme}`, await back(page), first);
		await page.emulateMedia({ colorScheme: other });
		for (let i = 0; i < 100 && (await back(page)) === first; i++)
			await page.waitForTimeout(50);
		trouble += (await back(page)) !== first ? '' : 'it does not follow the system; ';
		trouble += quiet(page);
		await close(page);
	}
	return trouble;
}

async function narrow() {
	let trouble = '';

	for (const name of ['leak', 'hostile', 'huge', 'recorded']) {
		const page = await open(name, { viewport: { width: 400, height: 800 } });
		const width = await page.evaluate(() => document.documentElement.scrollWidth);

		trouble += width <= 400 ? '' : `${name} is ${width} wide; `;
		trouble += quiet(page);
		await close(page);
	}
	return trouble;
}

async function hostile() {
	const page = await open('hostile'), report = json('hostile');
	let trouble = '';

	await page.fill('#flame-search', '<script>');
	await page.fill('#origins-filter', '<b>');
	await page.fill('#origins-filter', '');
	for (const button of await page.locator('button.open').all())
		await button.click();
	const state = await page.evaluate(() => ({
		pwned: 'pwned' in window,
		scripts: document.scripts.length,
		images: document.querySelectorAll('img, b, iframe, object').length,
	}));
	const all = await page.evaluate(() => document.body.innerText);
	const shown = await rows(page);

	trouble += same('what ran', state, { pwned: false, scripts: 2, images: 0 });
	// A mark that turns text round, and such, shows as what it is.
	for (const [i, o] of report.origins.entries()) {
		const name = o.cache.replace(/[\p{Cc}\p{Cf}\p{Zl}]/gu, (c) => `\\u{${c.codePointAt(0).toString(16)}}`);

		trouble += shown[i].name.startsWith(`${name} at `) ? '' : `${name} is shown as ${shown[i].name}; `;
	}
	for (const name of ['</script><script>pwned=1//', '"><img src=x>', '<b>x</b>', '<!--', report.host,
		report.kernel.release, '@REPORT@', '&lt;b&gt;', 'a\\u{2028}b\\u{202e}c\\u{1b}[2J'])
		trouble += all.includes(name) ? '' : `${name} is nowhere; `;
	trouble += quiet(page);
	await close(page);
	return trouble;
}

// Were a name to get through all the same, the page's policy stands behind.
async function policy() {
	const page = await open('leak');
	const ran = await page.evaluate(async () => {
		const script = document.createElement('script');
		const image = document.createElement('img');

		script.textContent = 'window.pwned = 1';
		image.setAttribute('onerror', 'window.pwned = 1');
		image.src = 'x';
		document.body.append(script, image);
		await fetch('x').catch(() => {});
		await new Promise((resolve) => setTimeout(resolve, 200));
		return 'pwned' in window;
	});
	const refused = page.trouble.filter((t) => t.includes('Content Security Policy')).length;
	// The browser tells of a request also where it does not make it.
	const failures = page.trouble.filter((t) => t.startsWith('failed: '));
	const trouble = (ran ? 'a script ran; ' : '') + (refused >= 3 ? '' : `refused only ${refused} of 3; `) +
		same('requests', page.trouble.filter((t) => t.startsWith('request: ')).length, failures.length) +
		failures.filter((t) => t !== 'failed: csp').join('; ');

	await close(page);
	return trouble;
}

async function huge() {
	const page = await open('huge'), report = json('huge');
	const note = await text(page, '#left-out'), lead = await text(page, '.lead');
	const sum = (key) => report.origins.reduce((n, o) => n + o[key], 0);
	const shown = Object.values(await rows(page));
	const leaks = report.origins.filter((o) => o.verdict === 'leak').length;
	const rest = (await frames(page)).find((f) => f.name.endsWith('origins not on this page)'));
	let trouble = '';

	trouble += note.includes(`This page has ${count(shown.length)} of ${count(report.origins.length)} origins`)
		? '' : `the note says: ${note}; `;
	trouble += same('leaks', shown.filter((r) => r.verdict === 'leak').length, leaks);
	trouble += lead.includes(`${count(sum('live_objects'))} objects (`) ? '' : `the lead says: ${lead}; `;
	trouble += same('in the graph', rest?.name,
		`(${count(report.origins.length - shown.length)} origins not on this page)`);
	const live = report.origins.filter((o) => o.verdict !== 'leak').map((o) => o.live_bytes).sort((a, b) => b - a);
	const least = shown.filter((r) => r.verdict !== 'leak').map((r) => parseInt(r.bytes, 10)).sort((a, b) => b - a);

	trouble += same('most bytes', least, live.slice(0, least.length)) + quiet(page);
	await close(page);
	return trouble;
}

function sizes() {
	let trouble = '';

	for (const name of ['leak', 'hostile', 'huge', 'recorded', 'none']) {
		const { size } = statSync(path.join(dir, `${name}.html`));

		console.log(`# ${name}.html: ${count(size)} bytes`);
		trouble += size < LIMIT ? '' : `${name} has ${count(size)} bytes; `;
	}
	return trouble;
}

async function accessible() {
	const page = await open('leak');
	const bad = await page.evaluate(() => {
		const named = (e) => e.labels?.length || e.getAttribute('aria-label') || e.textContent.trim();
		const all = (selector, test) => [...document.querySelectorAll(selector)].filter((e) => !test(e))
			.map((e) => e.outerHTML.slice(0, 60));

		return [
			...all('button, input', named),
			...all('thead th', (th) => th.scope === 'col'),
			...all('tbody th', (th) => th.scope === 'row'),
			...all('table', (t) => t.tHead && t.tHead.textContent.trim()),
			...all('[role=group], [role=region], [role=img]', (e) => e.getAttribute('aria-label')),
			...all('html', (e) => e.lang),
			...[...document.querySelectorAll('[id]')].map((e) => e.id)
				.filter((id, i, ids) => ids.indexOf(id) !== i).map((id) => `two of ${id}`),
		];
	});

	await close(page);
	return bad.join('; ');
}

const version = browser.version();

await check(`under ${count(LIMIT)} bytes each`, sizes);
await check(`Chromium ${version.split('.')[0]}: the verdict comes first, and whose it is`, verdictFirst);
await check('a leak shows what its objects hold', holds);
await check('no leak is said in as many words', noLeak);
for (const name of ['leak', 'none', 'recorded'])
	await check(`numbers are those of the JSON (${name}); nothing on the console, no request`,
		() => numbers(name));
await check('search finds the leak in the flame graph', search);
await check('the flame graph zooms, by mouse and by keys', zoom);
await check('the table filters, sorts and opens', filter);
await check('growth is drawn, as births and as recorded', growth);
await check('light and dark, as the system says and as chosen; contrast', themes);
await check('400 pixels are wide enough', narrow);
await check('hostile names are text', hostile);
await check('the policy lets nothing else run or load', policy);
await check('8,000 origins: cut, and said so', huge);
await check('controls, tables and graphs have names', accessible);
await browser.close();
process.exit(failed ? 1 : 0);
