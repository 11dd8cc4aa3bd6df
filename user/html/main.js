// SPDX-License-Identifier: GPL-2.0-or-later
// The page of a report: reads the data that is in it, and builds everything from that.
import { coverageSection } from './coverage.js';
import { read } from './data.js';
import { append, el } from './dom.js';
import { flameSection } from './flame.js';
import { rate, seconds } from './format.js';
import { growthSection } from './growth.js';
import { originsSection } from './origins.js';
import { summary } from './summary.js';

const state = { measure: 'bytes' };
const dark = matchMedia('(prefers-color-scheme: dark)');
let drawn = [];

const redraw = () => drawn.forEach((part) => part.draw?.());

// One of several, as a group of radio buttons.
function radios(name, title, values, chosen, change) {
	return el('fieldset', { class: 'radios' }, el('legend', null, title), values.map((value) =>
		el('label', null, el('input', { type: 'radio', name, value, checked: value === chosen,
			on: { change: () => change(value) } }), el('span', null, value))));
}

let theme = 'auto';

function paint() {
	const now = theme === 'auto' ? dark.matches ? 'dark' : 'light' : theme;

	document.documentElement.setAttribute('data-theme', now);
}

function header(data) {
	const r = data.report;

	return el('header', null,
		el('p', { class: 'where' }, el('strong', null, r.host),
			`  Linux ${r.kernel.release} ${r.kernel.machine}, traced ${seconds(r.duration_s)}, ` +
			`${rate(r.events_per_s)} events/s`),
		el('div', { class: 'switches' },
			radios('measure', 'Graphs in', ['bytes', 'objects'], state.measure, (value) => {
				state.measure = value;
				redraw();
			}),
			radios('theme', 'Colours', ['auto', 'light', 'dark'], theme, (value) => {
				theme = value;
				paint();
				redraw();
			})));
}

function build() {
	const data = read(document.getElementById('data').textContent);
	const show = {};
	const flame = flameSection(data, state), growth = growthSection(data, state);
	const origins = originsSection(data, state, show);

	Object.assign(show, { flame: flame.show, row: origins.reveal, verdict: origins.only });
	document.title = `slabsight: ${data.report.host}`;
	const links = [['flame', 'Where'], ['growth', 'When'], ['origins', 'All origins'], ['coverage', 'Coverage']];

	append(document.getElementById('page'), [header(data),
		el('main', null, summary(data, show),
			el('nav', { 'aria-label': 'Parts of the report' },
				links.map(([id, text]) => el('a', { href: `#${id}` }, text))),
			flame.element, growth.element, origins.element, coverageSection(data).element),
		el('footer', null, `slabsight, report schema ${data.report.schema}. This page loads nothing.`)]);
	drawn = [flame, growth, origins];
	redraw();
}

paint();
dark.addEventListener('change', () => {
	paint();
	redraw();
});
try {
	build();
} catch (error) {
	// Half a page would look like a whole one.
	document.getElementById('page').replaceChildren(
		el('h1', null, 'This report cannot be shown'), el('p', null, String(error)),
		el('p', null, 'slabsight export --format=json has the same numbers.'));
	throw error;
}
