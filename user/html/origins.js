// SPDX-License-Identifier: GPL-2.0-or-later
// The table of origins: filtered, sorted, and all that is known of one below its row.
import { el, replace, section } from './dom.js';
import { bytes, count, many, percent, rate, seconds } from './format.js';
import { curve, plot } from './growth.js';
import { freedAt, madeBy, stackList } from './summary.js';

const VERDICTS = ['leak', 'suppressed', 'unknown', 'burst', 'cache', 'steady'];
const STACKS = 5;

const COLUMNS = [
	{ id: 'verdict', title: 'Verdict', key: (o) => -VERDICTS.indexOf(o.verdictName),
		cell: (o) => el('span', { class: `tag ${o.verdictName}` }, o.verdictName) },
	{ id: 'origin', title: 'Origin', key: (o) => o.name, text: true },
	{ id: 'bytes', title: 'Bytes', number: true, key: (o) => o.live_bytes,
		cell: (o) => o.size_known ? bytes(o.live_bytes) : 'not known', full: (o) => `${o.live_bytes} bytes` },
	{ id: 'objects', title: 'Objects', number: true, key: (o) => o.live_objects,
		cell: (o) => count(o.live_objects) },
	{ id: 'growth', title: 'More/s', number: true, key: (o) => o.evidence.growth_per_s,
		cell: (o) => o.evidence.growth_per_s ? `+${rate(o.evidence.growth_per_s)}` : '' },
	{ id: 'allocs', title: 'Allocated', number: true, key: (o) => o.allocs, cell: (o) => count(o.allocs) },
	{ id: 'oldest', title: 'Oldest', number: true, key: (o) => o.live_objects ? o.age_s.max : 0,
		cell: (o) => o.live_objects ? seconds(o.age_s.max) : '' },
	{ id: 'by', title: 'Made by', text: true, key: (o) => madeBy(o.stacks, 1),
		cell: (o) => madeBy(o.stacks, 2) },
];

function evidence(o) {
	const e = o.evidence, lines = [];

	if (e.never_freed_share !== null)
		lines.push(`${percent(e.never_freed_share, 1)} of all allocations outlive everything`);
	if (o.half_life_s_at_least !== null)
		lines.push(`half-life at least ${seconds(o.half_life_s_at_least)} (95%)`);
	if (e.trace_s_wanted !== null)
		lines.push(`to know more, trace for ${seconds(e.trace_s_wanted)}`);
	return lines;
}

const counts = (o) => [
	`${count(o.allocs)} allocated, ${count(o.frees)} freed`,
	o.ghosts ? `${many(o.ghosts, 'ghost')} (freed unseen)` : null,
	o.stale ? `${count(o.stale)} stale (freed unseen)` : null,
	o.refused ? `${count(o.refused)} refused (not booked)` : null,
	o.reclaimed ? `${count(o.reclaimed)} freed by the reclaim` : null,
	o.live_bytes > o.requested_bytes
		? `${bytes(o.requested_bytes)} requested: ` +
			`${percent(o.live_bytes - o.requested_bytes, o.live_bytes)} waste` : null,
].filter(Boolean).join('; ');

function stackBlock(o, s) {
	return el('div', { class: 'one-stack' },
		el('p', null, el('strong', null, `${s.estimated ? 'about ' : ''}${percent(s.share, 1)}`),
			`, ${many(s.objects, 'object')}`, s.tasks.length ? `, by ${madeBy([s])}` : '',
			s.leak || s.verdict !== o.verdict ? `; ${s.verdict}: ${s.reason}` : '',
			s.suppressed_by !== null ? `; suppressed by leak:${s.suppressed_by}` : ''),
		stackList(s));
}

function stacksOf(o) {
	const rest = o.stacks.slice(STACKS);

	return [el('h4', null, o.stacks.length === 1 ? 'Call stack' : 'Call stacks'),
		o.stacks.length ? o.stacks.slice(0, STACKS).map((s) => stackBlock(o, s))
			: el('p', { class: 'muted' }, 'no call stack is known'),
		rest.length ? el('details', null, el('summary', null, many(rest.length, 'more call stack')),
			rest.map((s) => stackBlock(o, s))) : null,
		o.stacks_left_out ? el('p', { class: 'muted' },
			`${many(o.stacks_left_out, 'call stack')} of fewer objects left out`) : null];
}

function more(data, o, state, show) {
	const line = curve(data, o, state.measure);
	const holder = el('div', { class: 'chart small' });
	const aliases = o.info.aliases || [];
	const runs = o.repetitions && data.report.run && data.report.run.repetitions > 1;
	const element = el('div', { class: 'more-of' },
		el('p', { class: 'full-name' }, el('strong', null, o.name),
			aliases.length ? `, a cache also called ${aliases.join(', ')}` : ''),
		el('p', null, `${o.verdictName}: ${o.reason}.`,
			o.suppressed_by !== null ? ` Suppressed by leak:${o.suppressed_by}.` : ''),
		el('ul', null,
			evidence(o).map((text) => el('li', null, text)),
			el('li', null, counts(o)),
			o.live_objects ? el('li', null, `age ${seconds(o.age_s.min)} to ${seconds(o.age_s.max)}, ` +
				`mean ${seconds(o.age_s.mean)}`) : null,
			runs ? el('li', null, `left by each repetition: at least ${count(o.per_run)} ` +
				`(${o.repetitions.slice(0, 12).map(count).join(' ')}` +
				`${o.repetitions.length > 12 ? ' ...' : ''})`) : null,
			freedAt(o) ? el('li', null, freedAt(o)) : null,
			o.contents.map((c) => el('li', null,
				`${percent(c.objects, c.sampled)} of ${count(c.sampled)} looked at: ${c.text}`))),
		line && o.live_objects ? [el('h4', null,
			data.growth ? 'Growth over time' : 'When what is live was born'), holder] : null,
		stacksOf(o),
		o.live_objects ? el('p', { class: 'actions' }, el('button', { type: 'button',
			on: { click: () => show.flame(o) } }, 'Show in flame graph')) : null);
	const draw = () => line && o.live_objects && plot(holder, data,
		[[o.name, curve(data, o, state.measure), o.leak ? '--leak' : '--series-0']], state.measure, 140);

	return { element, draw };
}

export function originsSection(data, state, show) {
	const none = data.origins.filter((o) => !o.live_objects).length;
	const on = new Set(VERDICTS);
	const body = el('tbody'), status = el('p', { role: 'status', id: 'origins-status' });
	const rows = new Map(), open = new Map();
	let words = '', dead = false, sorted = null, down = true;

	const input = el('input', { type: 'search', id: 'origins-filter', autocomplete: 'off',
		placeholder: 'cache, function or program', on: { input: (e) => {
			words = e.target.value.trim().toLowerCase();
			fill();
		} } });
	const boxes = VERDICTS.map((verdict) => {
		const all = data.origins.filter((o) => o.verdictName === verdict).length;
		const n = data.origins.filter((o) => o.verdictName === verdict && o.live_objects).length;
		const box = el('input', { type: 'checkbox', checked: true, value: verdict, on: { change: (e) => {
			on[e.target.checked ? 'add' : 'delete'](verdict);
			fill();
		} } });

		return all ? { box, verdict, label: el('label', { class: 'check' }, box, `${verdict} (${count(n)})`) } : null;
	}).filter(Boolean);
	const deadBox = el('input', { type: 'checkbox', id: 'origins-dead', on: { change: (e) => {
		dead = e.target.checked;
		fill();
	} } });
	const heads = COLUMNS.map((c) => el('th', { scope: 'col', class: `${c.id}${c.number ? ' number' : ''}` },
		el('button', { type: 'button', on: { click: () => sort(c) } }, c.title)));

	function sort(column) {
		down = sorted === column ? !down : !column.text;
		sorted = column;
		heads.forEach((th, i) => {
			if (COLUMNS[i] === sorted)
				th.setAttribute('aria-sort', down ? 'descending' : 'ascending');
			else
				th.removeAttribute('aria-sort');
		});
		fill();
	}

	function compare(a, b) {
		if (!sorted)
			return b.leak - a.leak || b.live_bytes - a.live_bytes || a.index - b.index;
		const x = sorted.key(a), y = sorted.key(b);
		const order = x < y ? -1 : x > y ? 1 : 0;

		return (down ? -order : order) || b.live_bytes - a.live_bytes;
	}

	function row(o) {
		if (rows.has(o))
			return rows.get(o);
		const button = el('button', { type: 'button', class: 'open', 'aria-expanded': 'false',
			on: { click: () => toggle(o) } }, o.name);
		const tr = el('tr', { 'data-origin': o.index }, COLUMNS.map((c) => {
			if (c.id === 'origin')
				return el('th', { scope: 'row', class: 'origin' }, button);
			return el('td', { class: `${c.id}${c.number ? ' number' : ''}`, title: c.full?.(o) }, c.cell(o));
		}));

		rows.set(o, tr);
		return tr;
	}

	function toggle(o, wanted = !open.has(o)) {
		const tr = row(o);

		tr.querySelector('button.open').setAttribute('aria-expanded', String(wanted));
		open.get(o)?.tr.remove();
		open.delete(o);
		if (wanted) {
			const { element, draw } = more(data, o, state, show);
			const below = el('tr', { class: 'more-row' }, el('td', { colspan: COLUMNS.length }, element));

			open.set(o, { tr: below, draw });
			tr.after(below);
			draw();
		}
	}

	function fill() {
		const shown = data.origins.filter((o) => on.has(o.verdictName) && (dead || o.live_objects) &&
			(!words || o.words.includes(words))).sort(compare);
		const sum = shown.reduce((n, o) => n + o.live_bytes, 0);

		replace(body, shown.map((o) => [row(o), open.get(o)?.tr]));
		status.textContent = `${count(shown.length)} of ${many(data.origins.length, 'origin')}, ${bytes(sum)}` +
			(data.left_out.origins.origins
				? `; ${count(data.left_out.origins.origins)} more are not on this page` : '');
	}

	function only(verdict) {
		for (const { box, verdict: v } of boxes) {
			box.checked = v === verdict;
			on[v === verdict ? 'add' : 'delete'](v);
		}
		words = input.value = '';
		fill();
		element.scrollIntoView();
		boxes.find((b) => b.verdict === verdict)?.box.focus({ preventScroll: true });
	}

	function reveal(o) {
		if (!row(o).isConnected) {
			boxes.forEach(({ box, verdict }) => {
				box.checked = true;
				on.add(verdict);
			});
			words = input.value = '';
			fill();
		}
		toggle(o, true);
		row(o).scrollIntoView();
		row(o).querySelector('button.open').focus({ preventScroll: true });
	}

	const element = section('origins', 'All origins',
		el('p', { class: 'muted' }, 'An origin is a cache and the place in the kernel that asked it for ' +
			'memory. Open one to see all that is known of it.'),
		el('div', { class: 'controls' }, el('label', { for: 'origins-filter' }, 'Filter'), input,
			el('fieldset', null, el('legend', { class: 'hidden' }, 'Verdicts'), boxes.map((b) => b.label)),
			none ? el('label', { class: 'check' }, deadBox, `with nothing live (${count(none)})`) : null),
		status,
		el('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Table of origins' },
			el('table', { class: 'origins' }, el('caption', { class: 'hidden' },
				'Origins: leaks first, then those that hold most, unless sorted by a column'),
			el('thead', null, el('tr', null, heads)), body)));

	fill();
	return { element, only, reveal, draw: () => open.forEach((_, o) => toggle(o, true)) };
}
