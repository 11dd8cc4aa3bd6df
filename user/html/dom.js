// SPDX-License-Identifier: GPL-2.0-or-later
// Elements. Whatever comes from the report is text: nothing here or elsewhere parses markup.

// el('p', { class: 'note', on: { click } }, 'text', element, null, [more])
export function el(tag, attributes, ...children) {
	const element = document.createElement(tag);

	for (const [name, value] of Object.entries(attributes || {})) {
		if (name === 'on')
			for (const [event, handler] of Object.entries(value))
				element.addEventListener(event, handler);
		else if (value === true)
			element.setAttribute(name, '');
		else if (value !== false && value !== null && value !== undefined)
			element.setAttribute(name, value);
	}
	append(element, children);
	return element;
}

export function append(element, children) {
	for (const child of children.flat(Infinity))
		if (child !== null && child !== undefined && child !== false)
			element.append(child); // strings become text nodes
	return element;
}

export function replace(element, ...children) {
	element.replaceChildren();
	return append(element, children);
}

// A section of the page, which the list at its top leads to.
export function section(id, title, ...children) {
	return el('section', { id, 'aria-labelledby': `${id}-title` },
		el('h2', { id: `${id}-title` }, title), children);
}
