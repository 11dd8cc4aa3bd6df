// SPDX-License-Identifier: GPL-2.0-or-later
// The report, as user/export_html_data.c put it into the page, and names for what is in it.
import { count } from './format.js';

// What would change how a text reads without being seen in it: controls, and marks of direction.
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\p{Cs}]/gu;
const code = (c) => `\\u{${c.codePointAt(0).toString(16)}}`;
const visible = (key, value) => typeof value === 'string' ? value.replace(HIDDEN, code) : value;

export function place(p) {
	if (p.symbol === null)
		return p.address || '(no symbol)';
	return `${p.symbol}+0x${p.offset.toString(16)}${p.module ? ` [${p.module}]` : ''}`;
}

const line = (f) => f.file ? `  ${f.file}${f.line ? `:${f.line}` : ''}` : '';

// A text for each function at a frame: those that were inlined there, and itself.
export const frameLines = (f) => [
	...(f.inlined || []).map((i) => `${i.symbol ?? '(no name)'}${line(i)}  [inlined]`),
	place(f) + line(f),
];

// Objects and bytes of a stack: shares of the origin's, which add up to them.
function divide(stacks, whole) {
	const parts = stacks.map((s) => Math.round(whole * s.share));
	const rest = whole - parts.reduce((a, b) => a + b, 0);

	// Rounding goes to the first, which is the largest; more than that are of no known stack.
	if (parts.length && Math.abs(rest) <= parts.length) {
		parts[0] += rest;
		return [parts, 0];
	}
	return [parts, Math.max(rest, 0)];
}

function makeOrigin(data, raw, index, caches) {
	const cache = caches.get(raw.cache) || {};
	const more = data.more[index];
	const name = raw.cache + (cache.guessed ? '?' : '') + (cache.destroyed ? ' (destroyed)' : '');
	const [bytes, restBytes] = divide(raw.stacks, raw.live_bytes);
	const [objects, restObjects] = divide(raw.stacks, raw.live_objects);
	const leak = raw.verdict === 'leak' && raw.suppressed_by === null;
	const stacks = raw.stacks.map((s, i) => ({
		...s,
		frames: s.frames.map((f) => data.frames[f]),
		live_bytes: bytes[i],
		live_objects: objects[i],
		// Where one stack gave the leak away, the others are not it.
		leak: leak && s.suppressed_by === null && (more.by_stack === null || more.by_stack === i),
	}));
	const where = raw.size_known ? place(raw.call_site) : '(call sites beyond the table)';
	const words = [raw.cache, where, ...(cache.aliases || []),
		...stacks.flatMap((s) => [...s.frames.map(place), ...s.tasks.map((t) => t.comm ?? '')])];

	return {
		...raw, index, leak, stacks, where,
		born: more.born,
		by_stack: more.by_stack,
		growth: more.growth,
		stacks_left_out: more.stacks_left_out,
		info: cache,
		rest: { live_bytes: restBytes, live_objects: restObjects },
		cacheName: name,
		name: `${name} at ${where}`,
		verdictName: raw.verdict === 'leak' && !leak ? 'suppressed' : raw.verdict,
		words: words.join('\n').toLowerCase(),
	};
}

// Programs behind an origin: [name, objects], most first.
export function programs(stacks) {
	const sums = new Map();

	for (const task of stacks.flatMap((s) => s.tasks))
		sums.set(task.comm ?? '(not known)', (sums.get(task.comm ?? '(not known)') || 0) + task.objects);
	return [...sums].sort((a, b) => b[1] - a[1]);
}

export function read(text) {
	const data = JSON.parse(text, visible);
	const caches = new Map(data.report.caches.map((c) => [c.name, c]));

	data.origins = data.report.origins.map((o, i) => makeOrigin(data, o, i, caches));
	data.leaks = data.origins.filter((o) => o.leak);
	data.growing = new Map((data.growth?.series || []).map((s) => [s.origin, s.points]));
	data.about = data.report.coverage.sample < 1 ? 'about ' : '';
	return data;
}

// What is not on the page, in sentences; [] where all is.
export function leftOut(data) {
	const l = data.left_out;
	const lines = [];

	if (l.origins.origins && !l.origins.objects)
		lines.push(`${count(l.origins.origins)} of ${count(data.total.origins)} origins are not on this ` +
			'page. None of them has anything that is live.');
	else if (l.origins.origins)
		lines.push(`This page has ${count(data.origins.length)} of ${count(data.total.origins)} ` +
			'origins: leaks first, then those that hold most. The totals are of all of them.' +
			(l.leaks.origins ? ` ${count(l.leaks.origins)} leaks did not fit.` : ''));
	if (l.stacks)
		lines.push(`${count(l.stacks)} call stacks of these origins are left out: ` +
			'of each, those that made most objects are here.');
	if (l.series)
		lines.push(`The growth of ${count(l.series)} origins is left out.`);
	if (l.points)
		lines.push(`${count(l.points)} points of growth curves are left out, evenly.`);
	if (lines.length)
		lines.push('--format=json has everything.');
	return lines;
}
