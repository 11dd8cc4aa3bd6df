// SPDX-License-Identifier: GPL-2.0-or-later
// Numbers as the text report has them.

export const count = (n) => Math.round(n).toLocaleString('en-US');

export const many = (n, noun) => `${count(n)} ${noun}${n === 1 ? '' : 's'}`;

function scaled(value, base, limit, units) {
	let i = 0;

	while (value >= limit && i + 1 < units.length) {
		value /= base;
		i++;
	}
	return [value, i, units[i]];
}

export function bytes(n) {
	const [value, i, unit] = scaled(n, 1024, 1023.5, ['B', 'KiB', 'MiB', 'GiB', 'TiB']);

	return `${value.toFixed(i && value < 9.95 ? 1 : 0)} ${unit}`;
}

export function rate(perSecond) {
	const [value, i, unit] = scaled(perSecond, 1000, 999.5, ['', ' k', ' M', ' G']);

	return value.toFixed(value < 9.95 && (i || !Number.isInteger(value)) ? 1 : 0) + unit;
}

export function seconds(s) {
	if (s < 0.9995)
		return `${Math.round(s * 1000)}ms`;
	if (s < 59.95)
		return `${s.toFixed(1)}s`;
	if (s < 3599.5)
		return `${Math.floor(Math.round(s) / 60)}m${pad(Math.round(s) % 60)}s`;
	const minutes = Math.round(s / 60);

	if (minutes < 100 * 60)
		return `${Math.floor(minutes / 60)}h${pad(minutes % 60)}m`;
	return `${Math.floor(minutes / 1440)}d${Math.floor(minutes % 1440 / 60)}h`;
}

const pad = (n) => String(n).padStart(2, '0');

export function percent(part, whole) {
	const share = whole ? 100 * part / whole : 0;

	if (share === 0 || share >= 9.95)
		return `${share.toFixed(0)}%`;
	return share < 0.1 ? 'under 0.1%' : `${share.toFixed(1)}%`;
}

// Bytes or objects, as chosen at the top of the page.
export const amount = (n, measure) => measure === 'bytes' ? bytes(n) : many(n, 'object');
