// SPDX-License-Identifier: GPL-2.0-or-later
// How far the report can be trusted: what was watched, what was not seen, and how the books stand.
import { el, section } from './dom.js';
import { bytes, count, seconds } from './format.js';

const COUNTERS = {
	frees_unknown: 'frees of objects that are not in the books (born before the trace, or left out)',
	ghosts: 'ghosts: the address was handed out again before a free was seen; survivors of such origins may be free',
	stale: 'stale: found free in the slab pages at the end, and not counted as live',
	refused: 'refused: not booked, because the table of objects was full',
	thinned: 'objects taken out of the books again when the sample was halved',
	retold: 'objects told again by another event',
	survivors_unread: 'survivors that could not be looked at, and count as live',
	in_flight: 'slots caught while being written',
	unbalanced_origins: 'origins whose books do not balance: please report it',
	recursion_misses: 'times that the kernel skipped a program because it was running already',
	skipped_allocs: 'allocations not booked, because the program was running already',
	skipped_frees: 'frees at most not seen for the same reason',
	halvings: 'times the table of objects filled and the sample was halved; --objects makes room',
	stack_failures: 'stacks due but not kept',
	stacks_failed: 'stacks that the kernel could not give',
	stacks_full: 'stacks for which there was no room',
	tasks_full: 'stacks without a program\u2019s name: table full',
	origins_full: 'allocations booked without call site and size: the origin table is full',
	caches_full: 'origins whose cache found no room in the table',
	bulk_long: 'objects in bulk calls too long to follow',
	bulk_unread: 'bulk frees whose list could not be read',
	calls_full: 'bulk allocations not followed: too many at once',
	free_sites_full: 'frees whose call site found no room, and is in no share',
	caches_destroyed: 'caches destroyed while traced',
	own_allocs: 'allocations by slabsight itself, left out',
	filtered_allocs: 'allocations left out by --comm or --cgroup',
};

function hooks(list) {
	return el('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Table of hooks' },
		el('table', null, el('thead', null, el('tr', null,
			['Kernel function', 'Watched', 'Covers', 'If not: why, and what that hides'].map((title) =>
				el('th', { scope: 'col' }, title)))),
		el('tbody', null, list.map((h) => el('tr', null,
			el('th', { scope: 'row' }, el('code', null, h.target || h.name)),
			el('td', null, h.attached ? `yes (${h.copies})` : el('strong', null, 'no')),
			el('td', null, h.covers),
			el('td', null, h.why ? `${h.why}. Hides: ${h.hides}.` : ''))))));
}

function notes(data) {
	const r = data.report, c = r.coverage, lines = [];

	lines.push(c.sample < 1
		? `The table filled: 1 object in ${count(1 / c.sample)} is booked; numbers of objects and frees are ` +
			'scaled up. --objects makes room.'
		: `Books: ${count(c.allocs)} allocations = ${count(c.frees)} frees + ${count(data.total.objects)} live + ` +
			`${count(c.ghosts)} ghosts + ${count(c.stale)} stale + ${count(c.refused)} refused.`);
	lines.push(c.unbalanced_origins ? `NOT balanced in ${count(c.unbalanced_origins)} origins.`
		: `Balanced in all ${count(data.total.origins)} origins.`);
	lines.push(c.survivors_checked
		? `Survivors were held against the slab pages in ${seconds(r.cost.check_s)}.`
		: 'Survivors were not held against the slab pages: what was freed unseen still counts as live.');
	if (!c.pins_looked)
		lines.push('Nobody looked which dentries are held: a leak of references to them looks like the cache ' +
			'that they are in.');
	if (!c.symbols)
		lines.push('The kernel hid symbol addresses: root or CAP_SYSLOG is needed to name call sites.');
	if (c.reclaim)
		lines.push(c.reclaim.done ? `Reclaim (${c.reclaim.how}) freed ${count(c.reclaim.freed_objects)} objects.`
			: `Reclaim (${c.reclaim.how}) was not done: ${c.reclaim.why}.`);
	if (c.settle?.cut_short)
		lines.push('What was under way when the trace ended was not all awaited: it was cut short.');
	lines.push(`Cost: ${bytes(r.cost.map_bytes)} of maps in the kernel; started in ${seconds(r.cost.start_s)}, ` +
		`snapshot in ${seconds(r.cost.snapshot_s)}.`);
	return lines;
}

export function coverageSection(data) {
	const c = data.report.coverage;
	// What else the report counts, and this page has no words for, has its own name.
	const skipped = new Set(['allocs', 'frees', 'sample']);
	const counters = Object.entries(c).filter(([name, n]) => typeof n === 'number' && n && !skipped.has(name));
	const s = data.report.suppressions;

	return { element: section('coverage', `Coverage: ${c.grade}`,
		el('ul', null, notes(data).map((line) => el('li', null, line))),
		counters.length ? [el('h3', null, 'Counted aside'),
			el('table', { class: 'counters' }, el('thead', null, el('tr', null,
				el('th', { scope: 'col', class: 'number' }, 'How many'), el('th', { scope: 'col' }, 'What'))),
			el('tbody', null, counters.map(([name, n]) => el('tr', { 'data-counter': name },
				el('td', { class: 'number' }, count(n)),
				el('td', null, COUNTERS[name] || name)))))] : null,
		el('h3', null, 'What was watched'), hooks(c.hooks),
		s ? [el('h3', null, 'Suppressions'), el('p', null, s.file), el('ul', null, s.patterns.map((p) =>
			el('li', null, `leak:${p.pattern} (line ${p.line}): ` +
				(p.objects ? `${count(p.objects)} objects, ${bytes(p.bytes)}` : 'matched nothing'))))]
			: null) };
}
