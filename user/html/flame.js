// SPDX-License-Identifier: GPL-2.0-or-later
// Survivors by call stack: outermost frame on top, the cache at the end, as wide as what is live.
import flamegraph from 'd3-flame-graph';
import { select } from 'd3-selection';

import { el, replace, section } from './dom.js';
import { amount, many, percent } from './format.js';

const ROW = 20;

const frameName = (f) => f.symbol === null ? f.address || '(no symbol)'
	: f.symbol + (f.module ? ` [${f.module}]` : '');
const frameNames = (f) => [...(f.inlined || []).map((i) => `${i.symbol ?? '(no name)'} [inlined]`), frameName(f)];

function child(node, name) {
	let found = node.by.get(name);

	if (!found) {
		found = { name, value: 0, leak: 0, origins: new Set(), by: new Map(), parent: node };
		node.by.set(name, found);
	}
	return found;
}

function add(root, path, value, leak, origin) {
	let node = root;

	if (!value)
		return;
	for (const name of [null, ...path]) {
		node = name === null ? root : child(node, name);
		node.value += value;
		node.leak += leak ? value : 0;
	}
	if (origin !== null)
		node.origins.add(origin);
}

// What one stack holds, by program where that is asked for: parts that add up to it.
function byProgram(stack, value, programs) {
	const sum = stack.tasks.reduce((n, t) => n + t.objects, 0);

	if (!programs || !sum)
		return [[programs ? ['(program not known)'] : [], value]];
	return stack.tasks.map((t) => [[t.comm ?? '(program not known)'], value * t.objects / sum]);
}

function tree(data, measure, options) {
	const root = { name: 'all that is live', value: 0, leak: 0, origins: new Set(), by: new Map() };
	const rest = options.leaks ? data.left_out.leaks : data.left_out.origins;

	for (const o of data.origins) {
		if (options.leaks && !o.leak)
			continue;
		for (const s of o.stacks) {
			if (options.leaks && !s.leak)
				continue;
			const path = s.frames.flatMap(frameNames).reverse();

			for (const [first, value] of byProgram(s, s[`live_${measure}`], options.programs))
				add(root, [...first, ...path, o.cacheName], value, s.leak, o.index);
		}
		if (!options.leaks || o.by_stack === null)
			add(root, [o.stacks_left_out ? '(stacks left out)' : '(stack not known)', o.cacheName], o.rest[`live_${measure}`],
				o.leak && o.by_stack === null, o.index);
	}
	add(root, [`(${many(rest.origins, 'origin')} not on this page)`], rest[measure], options.leaks, null);
	if (options.leaks)
		root.name = 'all leaks';
	return finish(root);
}

function finish(node) {
	node.children = [...node.by.values()].sort((a, b) => b.value - a.value);
	node.children.forEach(finish);
	return node;
}

export function flameSection(data, state) {
	const holder = el('div', { id: 'flame-graph', tabindex: 0, role: 'group',
		'aria-label': 'Flame graph. Arrow keys move, Enter zooms, Escape shows all again.',
		'aria-describedby': 'flame-status' });
	const status = el('p', { id: 'flame-status', role: 'status' });
	const found = el('p', { id: 'flame-found', role: 'status' });
	const input = el('input', { type: 'search', id: 'flame-search', autocomplete: 'off',
		placeholder: 'function, module, cache or program', on: { input: () => search(input.value) } });
	const reset = el('button', { type: 'button', id: 'flame-reset', disabled: true,
		on: { click: () => zoomOut() } }, 'Show all again');
	const box = (id, text, name) => el('label', { class: 'check' },
		el('input', { type: 'checkbox', id, on: { change: (e) => {
			options[name] = e.target.checked;
			draw();
		} } }), text);
	const options = { leaks: false, programs: false };
	let chart, whole, root, current, term = null, width = 0;

	const valueOf = (d) => d.data.value;
	const label = (d) => `${d.data.name}: ${amount(valueOf(d), state.measure)}, ` +
		`${percent(valueOf(d), whole.value)} of ${whole.name}` +
		(d.data.leak ? d.data.leak >= d.data.value * 0.9999 ? ', leak'
			: `, ${percent(d.data.leak, d.data.value)} of it leak` : '');
	const matches = (d) => {
		if (term === null)
			return false;
		return typeof term === 'number' ? d.data.origins.has(term)
			: d.data.name.toLowerCase().includes(term);
	};

	function color(d) {
		const style = getComputedStyle(document.documentElement);
		const name = d.highlight ? '--flame-found' : d.data.leak >= d.data.value * 0.9999 && d.data.value
			? '--flame-leak' : d.data.leak ? '--flame-part' : '--flame';

		return style.getPropertyValue(name).trim();
	}

	function tell(d) {
		status.textContent = d ? label(d) : ' ';
		if (d)
			mark(d);
	}

	// The frame that the keyboard is at; the library forgets it whenever it draws.
	function mark(d) {
		current = d;
		select(holder).selectAll('g').classed('current', (x) => x === d);
	}

	function zoomed(d) {
		reset.disabled = !d.parent;
		tell(d);
	}

	function zoomOut() {
		chart.resetZoom();
		holder.focus();
	}

	function result(results) {
		const set = new Set(results);
		const outer = results.filter((d) => {
			for (let up = d.parent; up; up = up.parent)
				if (set.has(up))
					return false;
			return true;
		});
		const sum = outer.reduce((n, d) => n + valueOf(d), 0);

		found.textContent = !results.length ? 'Nothing found'
			: `Found in ${many(results.length, 'frame')}: ${amount(sum, state.measure)}, ` +
				`${percent(sum, whole.value)} of ${whole.name}`;
		return outer;
	}

	function search(what) {
		term = typeof what === 'number' ? what : what.trim().toLowerCase();
		if (term === '') {
			term = null;
			found.textContent = '';
			chart.clear();
		} else {
			chart.search(String(term));
		}
		mark(current);
	}

	function draw() {
		whole = tree(data, state.measure, options);

		width = holder.clientWidth;
		chart?.destroy();
		replace(holder);
		chart = flamegraph().width(width).cellHeight(ROW).inverted(true).transitionDuration(0)
			.minFrameSize(1).setLabelHandler(label).setColorMapper(color).setSearchMatch(matches)
			.setSearchHandler(result).onClick(zoomed).onHover(tell).setDetailsHandler(() => {});
		select(holder).datum(whole).call(chart);
		root = select(holder).datum();
		select(holder).select('svg').attr('aria-hidden', 'true').select('text.title').remove();
		reset.disabled = true;
		current = null;
		tell(null);
		if (term !== null)
			search(term);
	}

	const moves = {
		ArrowDown: (d) => d.children?.find((c) => c.value > 0),
		ArrowUp: (d) => d.parent,
		ArrowRight: (d) => beside(d, 1),
		ArrowLeft: (d) => beside(d, -1),
	};

	function beside(d, step) {
		const row = (d.parent?.children || [d]).filter((c) => c.value > 0);

		return row[row.indexOf(d) + step];
	}

	holder.addEventListener('keydown', (event) => {
		if (event.key === 'Enter' && current) {
			chart.zoomTo(current);
		} else if (event.key === 'Escape') {
			zoomOut();
		} else if (moves[event.key]) {
			const to = current ? moves[event.key](current) : root;

			if (to)
				tell(to);
		} else {
			return;
		}
		event.preventDefault();
	});
	new ResizeObserver(() => {
		if (chart && holder.clientWidth !== width)
			draw();
	}).observe(holder);

	// Highlights an origin and zooms in to where it is.
	function show(o) {
		input.value = '';
		if (options.leaks && !o.leak) {
			options.leaks = false;
			document.getElementById('flame-leaks').checked = false;
		}
		term = null;
		draw();
		search(o.index);
		let at = null;

		root.each((d) => {
			if (d.highlight)
				at = at ? common(at, d) : d.parent;
		});
		if (at && at !== root)
			chart.zoomTo(at);
		found.textContent = `${o.name} is highlighted. ${found.textContent}`;
		element.scrollIntoView();
		holder.focus({ preventScroll: true });
	}

	function common(a, b) {
		const above = new Set(a.ancestors());

		return b.ancestors().find((d) => above.has(d));
	}

	const element = section('flame', 'Where it was allocated',
		el('p', { class: 'muted' }, 'What is still live, by call stack: callers on top, the cache at the ' +
			'end, as wide as what it holds. Click a frame to zoom in. Frames under one pixel show when ' +
			'zoomed in.'),
		el('div', { class: 'controls' },
			el('label', { for: 'flame-search' }, 'Search'), input, reset,
			data.leaks.length ? box('flame-leaks', 'only leaks', 'leaks') : null,
			box('flame-programs', 'by program', 'programs')),
		found, el('p', { class: 'legend' },
			el('span', { class: 'key leak' }), 'leak ', el('span', { class: 'key part' }), 'partly leak ',
			el('span', { class: 'key' }), 'no leak ', el('span', { class: 'key found' }), 'found'),
		status, holder);

	return { element, draw, show };
}
