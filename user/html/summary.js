// SPDX-License-Identifier: GPL-2.0-or-later
// What somebody needs who has one minute: is there a leak, whose is it, can this be trusted?
import { leftOut, programs, frameLines, place } from './data.js';
import { el } from './dom.js';
import { bytes, count, many, percent, seconds } from './format.js';

const CARDS = 10, OPEN = 3, FRAMES = 8, WITH = 6;

export const madeBy = (stacks, most = 4) => {
	const all = programs(stacks), sum = all.reduce((n, [, objects]) => n + objects, 0);
	const text = all.slice(0, most).map(([comm, n]) => `${comm} (${percent(n, sum)})`).join(', ');

	return all.length > most ? `${text} and ${many(all.length - most, 'more')}`
		.replace(/mores$/, 'more') : text;
};

function headline(data) {
	const leaks = data.total.verdicts.leak;

	if (!leaks.origins)
		return el('h1', { class: 'quiet' }, 'No leak found');
	return el('h1', { class: 'alarm' }, `${many(leaks.origins, 'leak')} found: ` +
		`${data.about}${bytes(leaks.bytes)}`);
}

function lead(data) {
	const t = data.total, r = data.report, run = r.run;
	const lines = [`${data.answer}.`];

	if (t.verdicts.suppressed.origins)
		lines.push(`${many(t.verdicts.suppressed.origins, 'leak')} ` +
			`(${bytes(t.verdicts.suppressed.bytes)}) passed over by suppressions in ` +
			`${r.suppressions.file}.`);
	lines.push(`${data.about}${count(t.objects)} objects (${bytes(t.bytes)}) of ` +
		`${count(r.coverage.allocs)} allocated in ${seconds(r.duration_s)} are still live, ` +
		`in ${many(t.caches, 'cache')}.`);
	if (run)
		lines.push(`Ran ${run.argv.join(' ')}: ${count(run.repetitions)} of ` +
			`${many(run.repetitions_wanted, 'repetition')}, ` +
			(run.failed ? `${count(run.failed)} with an error, ` : '') +
			`exit code ${run.exit_code}${run.interrupted ? ', interrupted' : ''}.`);
	return el('div', { class: 'lead' }, lines.map((line) => el('p', null, line)));
}

function trust(data) {
	const grade = data.report.coverage.grade;

	return el('p', { class: `trust ${grade}` }, `${data.trust.replace(/; see last block/, '').replace(/^./, (c) => c.toUpperCase())}. `,
		el('a', { href: '#coverage' }, 'What was watched'));
}

function frame(f, attributes = null) {
	const lines = frameLines(f);

	return el('li', attributes, lines.length > 1 ? lines.map((l) => el('div', null, l)) : lines);
}

export function stackList(stack, most = Infinity) {
	const shown = stack.frames.slice(0, most), rest = stack.frames.slice(most);
	const list = el('ol', { class: 'stack' },
		shown.map((f, i) => frame(f, i === 0 ? { class: 'site' } : null)));

	if (!stack.frames.length)
		return el('p', { class: 'muted' }, 'no call stack is known');
	return rest.length ? [list, el('details', { class: 'more' },
		el('summary', null, `${count(rest.length)} outer frames`),
		el('ol', { class: 'stack', start: shown.length + 1 },
			rest.map((f) => frame(f))))] : list;
}

export function freedAt(o) {
	const how = { kfree_rcu: 'by kfree_rcu ', bulk: 'in bulk ', call: '', unknown: '' };
	const sites = o.free_sites.slice(0, 3).map((f) =>
		`${how[f.how]}at ${f.how === 'unknown' ? 'a place not known' : place(f)} ` +
		`(${f.estimated ? 'about ' : ''}${percent(f.share, 1)})`);

	if (!sites.length)
		return o.frees ? null : 'None of its objects was ever freed.';
	return `Freed ${sites.join(', ')}${o.free_sites.length > 3 ? ', and elsewhere' : ''}; ` +
		`${count(o.live_objects)} still live.`;
}

// Strings and symbols tell whose objects they are; shapes say less, and what fewer than 1% hold
// is chance: the details of an origin have these too.
export function contents(o, most = 2) {
	return o.contents.filter((c) => (c.kind === 'string' || c.kind === 'symbols') &&
		100 * c.objects / c.sampled >= 1).slice(0, most)
		.map((c) => `${percent(c.objects, c.sampled)} hold ${c.text}`);
}

function fact(name, value) {
	return value ? [el('dt', null, name), el('dd', null, value)] : null;
}

// A growth in words that is a number of objects is what the line begins with.
const rising = (o) => o.growth.endsWith('object') || o.growth.endsWith('objects') ? null
	: [', growing by ', el('strong', null, o.growth)];

// Leaks of one fault: those that were born at the same moments in the same way.
function madeWith(data, o) {
	const all = data.leaks.filter((other) => other.made_with === o.index);

	const line = (other) => el('li', null, `${other.name} (${bytes(other.live_bytes)}, ${other.growth})`,
		contents(other, 1).map((text) => `; ${text}`));
	const rest = all.slice(WITH);

	return all.length ? [el('ul', { class: 'plain' }, all.slice(0, WITH).map(line)),
		rest.length ? el('details', { class: 'more' },
			el('summary', null, `${count(rest.length)} more`),
			el('ul', { class: 'plain' }, rest.map(line))) : null] : null;
}

function card(data, o, n, show) {
	const stacks = o.by_stack === null ? o.stacks : [o.stacks[o.by_stack]];
	const body = [
		el('p', { class: 'size' },
			el('strong', { title: `${o.live_bytes} bytes` }, data.about + bytes(o.live_bytes)),
			` in ${many(o.live_objects, 'object')}`, rising(o)),
		el('p', null, `${o.reason}.`),
		el('dl', null,
			fact('Made by', madeBy(stacks)),
			fact('Holds', contents(o).join('; ')),
			fact('Others like it', freedAt(o)),
			fact('Made with it', madeWith(data, o)),
			fact('Also called', (o.info.aliases || []).join(', '))),
		el('h4', null, 'Call stack'),
		stacks.length ? stackList(stacks[0], FRAMES) : stackList({ frames: [] }),
		o.stacks.length > 1 && o.by_stack === null
			? el('p', { class: 'muted' }, `the first of ${count(o.stacks.length)} stacks, ` +
				`${percent(o.stacks[0].share, 1)} of the objects`) : null,
		el('p', { class: 'actions' },
			el('button', { type: 'button', on: { click: () => show.flame(o) } }, 'Show in flame graph'),
			el('button', { type: 'button', on: { click: () => show.row(o) } }, 'Show all about it')),
	];

	return el('details', { class: 'leak', open: n < OPEN },
		el('summary', null, el('span', { class: 'tag leak' }, 'leak'), ' ',
			el('span', { class: 'name' }, o.name),
			el('span', { class: 'brief' }, [bytes(o.live_bytes), o.growth].join(', '))),
		el('div', { class: 'body' }, body));
}

// "dentry (6.2 MiB), inode_cache (1.1 MiB) and 3 more"
function names(origins) {
	const sums = new Map();

	for (const o of origins)
		sums.set(o.cacheName, (sums.get(o.cacheName) || 0) + o.live_bytes);
	const sorted = [...sums].sort((a, b) => b[1] - a[1]);

	return sorted.slice(0, 3).map(([name, n]) => `${name} (${bytes(n)})`).join(', ') +
		(sorted.length > 3 ? ` and ${count(sorted.length - 3)} more` : '');
}

// Why origins are not called anything else: the commonest reason by bytes, numbers aside.
function reasons(origins) {
	const kinds = new Map();

	for (const o of origins) {
		const key = o.reason.replace(/[\d.,]+\s?\w*/g, '#');
		const kind = kinds.get(key) || { bytes: 0, origins: 0, reason: o.reason };

		kind.bytes += o.live_bytes;
		kind.origins++;
		kinds.set(key, kind);
	}
	return [...kinds.values()].sort((a, b) => b.bytes - a.bytes);
}

const OTHERS = {
	unknown: 'cannot be told',
	burst: 'born at once, and held',
	cache: 'the kernel frees these when memory is short',
	steady: 'in balance, or not growing any more',
};

function others(data, show) {
	const rows = Object.entries(OTHERS).map(([kind, means]) => {
		const sum = data.total.verdicts[kind];
		const of = data.origins.filter((o) => o.verdictName === kind && o.live_objects);
		const why = kind === 'unknown' ? reasons(of) : [];

		return sum.origins ? el('tr', null,
			el('th', { scope: 'row' }, el('span', { class: `tag ${kind}` }, kind)),
			el('td', { class: 'number', title: `${sum.bytes} bytes` }, bytes(sum.bytes)),
			el('td', { class: 'number' }, el('button', { type: 'button', class: 'link',
				'aria-label': `show the ${many(sum.origins, 'origin')} that are ${kind}`,
				on: { click: () => show.verdict(kind) } }, count(sum.origins))),
			el('td', null, `${means}: ${names(of)}`,
				why.length ? el('details', null, el('summary', null, 'Why not'),
					el('ul', null, why.slice(0, 6).map((w) =>
						el('li', null, `${many(w.origins, 'origin')}, ${bytes(w.bytes)}: ${w.reason}`)),
					why.length > 6 ? el('li', null,
						`${many(why.length - 6, 'other reason')}: see the table of origins`) : null))
					: null)) : null;
	});

	return rows.some(Boolean) ? [el('h2', null, data.leaks.length ? 'The rest' : 'What is live'),
		el('div', { class: 'scroll' }, el('table', { class: 'others' },
			el('thead', null, el('tr', null,
				el('th', { scope: 'col' }, 'Verdict'), el('th', { scope: 'col', class: 'number' }, 'Bytes'),
				el('th', { scope: 'col', class: 'number' }, 'Origins'),
				el('th', { scope: 'col' }, 'What they are'))),
			el('tbody', null, rows)))] : null;
}

export function summary(data, show) {
	const first = data.leaks.filter((o) => o.made_with === null).slice(0, CARDS);
	const told = first.length + data.leaks.filter((o) =>
		first.some((leader) => leader.index === o.made_with)).length;
	const left = data.total.verdicts.leak.origins - told;
	const missing = leftOut(data);

	return el('section', { id: 'summary', 'aria-label': 'Summary' },
		headline(data), lead(data), trust(data),
		missing.length ? el('div', { class: 'note', id: 'left-out' },
			missing.map((line) => el('p', null, line))) : null,
		first.map((o, n) => card(data, o, n, show)),
		left > 0 ? el('p', null, el('button', { type: 'button', class: 'link',
			on: { click: () => show.verdict('leak') } }, `${many(left, 'more leak')}: see the table`))
			: null,
		others(data, show));
}
