// SPDX-License-Identifier: GPL-2.0-or-later
// How origins grew: as a recording counted them, or, of a trace, when what is left was born.
import uPlot from 'uplot';

import { el, replace, section } from './dom.js';
import { bytes, count, many, rate, seconds } from './format.js';

const SHOWN = 8, OFFERED = 40;
// What people divide time by, in seconds.
const STEPS = [0.001, 0.01, 0.1, 0.5, 1, 2, 5, 10, 15, 30, ...[1, 2, 5, 10, 15, 30].map((n) => n * 60),
	...[1, 2, 3, 6, 12, 24, 48, 168, 720].map((n) => n * 3600)];
const POWERS = [...Array(50).keys()].map((n) => 2 ** n);

// Steps in time, [[s...], [value...]], or null where nothing is known.
export function curve(data, o, measure) {
	if (data.growth) {
		const points = data.growing.get(o.index);

		return points?.length ? [points.map((p) => p[0]), points.map((p) => p[measure === 'bytes' ? 2 : 1])]
			: null;
	}
	if (!o.born)
		return null;
	// In the books is a sample: what was born when is a share of what is live.
	const all = o.born.reduce((a, b) => a + b, 0), times = [0], values = [0];
	let sum = 0;

	o.born.forEach((n, i) => {
		sum += n;
		times.push((i + 1) / o.born.length * data.booked_s);
		values.push(sum / all * o[`live_${measure}`]);
	});
	return [times, values];
}

const before = (times, t) => {
	let low = 0, high = times.length;

	while (low < high) {
		const middle = (low + high) >> 1;

		if (times[middle] <= t)
			low = middle + 1;
		else
			high = middle;
	}
	return low - 1;
};

// Of all curves, at all their moments: a count holds until the next.
function table(curves, length) {
	const times = [...new Set(curves.flatMap((c) => c[0]).concat(length))].sort((a, b) => a - b);

	return [times, ...curves.map(([at, values]) => times.map((t) => {
		const i = before(at, t);

		return i < 0 ? null : values[i];
	}))];
}

const inWords = ([times, values], measure) => `${amountOf(values[0], measure)} at ${seconds(times[0])}, ` +
	`${amountOf(values[values.length >> 1], measure)} at ${seconds(times[times.length >> 1])}, ` +
	`${amountOf(values.at(-1), measure)} at ${seconds(times.at(-1))}`;

const amountOf = (n, measure) => measure === 'bytes' ? bytes(n) : many(Math.round(n), 'object');

const variable = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// A chart of curves into an element: series are [name, curve, color variable].
export function plot(holder, data, series, measure, height) {
	const length = data.growth ? data.growth.length_s : data.booked_s;
	const rows = table(series.map(([, c]) => c), length);
	const axis = { stroke: variable('--text'), grid: { stroke: variable('--line'), width: 1 },
		ticks: { stroke: variable('--line'), width: 1 }, font: '12px system-ui, sans-serif' };
	const chart = new uPlot({
		width: Math.max(holder.clientWidth, 200), height,
		legend: { show: false },
		cursor: { drag: { x: true, y: false } },
		scales: { x: { time: false, range: (u, min, max) => [min, max] },
			y: { range: (u, min, max) => [0, Math.max(max, 1) * 1.05] } },
		axes: [{ ...axis, incrs: STEPS, values: (u, all) => all.map((s) => s ? seconds(s) : '0') },
			{ ...axis, size: 76, incrs: measure === 'bytes' ? POWERS : undefined, values: (u, all) => all.map((n) => measure === 'bytes' ? bytes(n) : rate(n)) }],
		series: [{}, ...series.map(([, , color]) => ({ stroke: variable(color), width: 2,
			points: { show: false }, paths: data.growth ? uPlot.paths.stepped({ align: 1 }) : undefined }))],
	}, rows);

	replace(holder, chart.root);
	holder.setAttribute('role', 'img');
	holder.setAttribute('aria-label', series.map(([name, c]) => `${name}: ${inWords(c, measure)}`).join('. '));
	return chart;
}

const explain = (data) => data.growth
	? 'What each origin had live, as it was recorded.'
	: 'When what is still live was born: each curve ends at what is live now. It is no count over time, ' +
		'because what was freed since is not in it. A straight rise is typical of a leak; a jump, of ' +
		'something made once and held.';

export function growthSection(data, state) {
	const offered = data.origins.filter((o) => o.live_objects && curve(data, o, 'bytes'))
		.sort((a, b) => b.leak - a.leak || b.live_bytes - a.live_bytes).slice(0, OFFERED);
	const first = data.leaks.length ? offered.filter((o) => o.leak) : offered;
	const chosen = new Map(first.slice(0, SHOWN).map((o, i) => [o, i]));
	const holder = el('div', { id: 'growth-chart', class: 'chart' });
	const list = el('ul', { class: 'series' });
	const note = el('p', { class: 'muted', role: 'status' });
	let chart = null;

	function toggle(o, on) {
		if (on) {
			const used = new Set(chosen.values());
			const free = [...Array(SHOWN).keys()].find((i) => !used.has(i));

			if (free === undefined) {
				note.textContent = `At most ${SHOWN} at once: take one away first.`;
				return false;
			}
			chosen.set(o, free);
		} else {
			chosen.delete(o);
		}
		note.textContent = '';
		draw();
		return true;
	}

	function choice(o) {
		const id = `series-${o.index}`;
		const swatch = el('span', { class: 'swatch', 'data-series': chosen.get(o) });

		return el('li', null, el('input', { type: 'checkbox', id, checked: chosen.has(o), on: {
			change: (e) => {
				if (!toggle(o, e.target.checked))
					e.target.checked = false;
				swatch.setAttribute('data-series', chosen.get(o) ?? '');
			} } }), el('label', { for: id }, swatch, o.leak ? el('span', { class: 'tag leak' }, 'leak') : null,
			` ${o.name} `, el('span', { class: 'muted' }, bytes(o.live_bytes))));
	}

	function draw() {
		const series = [...chosen].map(([o, i]) => [o.name, curve(data, o, state.measure), `--series-${i}`]);

		chart?.destroy();
		chart = null;
		if (series.length)
			chart = plot(holder, data, series, state.measure, 280);
		else
			replace(holder, el('p', { class: 'muted' }, 'Choose an origin below.'));
	}

	let width = 0;

	new ResizeObserver(() => {
		if (chart && holder.clientWidth !== width) {
			width = holder.clientWidth;
			chart.setSize({ width: Math.max(width, 200), height: 280 });
		}
	}).observe(holder);

	const items = offered.map(choice);
	const element = section('growth', data.growth ? 'Growth over time' : 'When what is live was born',
		el('p', { class: 'muted' }, explain(data)),
		offered.length ? [holder, note, replace(list, items.slice(0, 12)),
			items.length > 12 ? el('details', null,
				el('summary', null, `${count(items.length - 12)} more to choose from`),
				el('ul', { class: 'series' }, items.slice(12))) : null,
			data.growth ? null : el('p', { class: 'muted' },
				'Every other origin has its curve in the table below.')]
			: el('p', null, 'Nothing is known of that.'));

	return { element, draw: () => offered.length && draw() };
}
