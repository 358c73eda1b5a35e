/** Builds DOM nodes without ever parsing markup. */

const SVG = 'http://www.w3.org/2000/svg';

/** Outlines on a 24 px grid, drawn with a 1.8 px line. */
const ICONS = {
  add: 'M12 5v14M5 12h14',
  back: 'M15 5l-7 7 7 7',
  more: 'M12 5.5v.01M12 12v.01M12 18.5v.01',
  down: 'M6 9.5l6 6 6-6',
  clip: 'M19 11.5l-7.4 7.4a4.6 4.6 0 0 1-6.5-6.5l8-8a3.1 3.1 0 0 1 4.4 4.4l-8 8a1.6 1.6 0 0 1-2.2-2.2l7.3-7.4',
  send: 'M4.5 12L20 4.5 15.5 20l-3.6-6.2L4.5 12zM12 13.7L20 4.5',
  menu: 'M5 8h14M5 12h14M5 16h14',
  close: 'M6 6l12 12M18 6L6 18',
  keys: 'M5 5h5v5H5zM14 5h5v5h-5zM5 14h5v5H5zM14 14h5v5h-5z',
  typing: 'M4 7h16v10H4zM7.5 10.3v.01M11 10.3v.01M14.5 10.3v.01M8.5 13.8h7',
  photo: 'M4 6h16v13H4zM4 16l4.5-4.5 4 4L15 13l5 5M15.5 9.8v.01',
  file: 'M6 3.5h8l4 4v13H6zM14 3.5v4h4',
  place: 'M12 21c-5-5.4-7-8.3-7-11.3a7 7 0 0 1 14 0c0 3-2 5.9-7 11.3zM12 12.2a2.4 2.4 0 1 0 0-4.8 2.4 2.4 0 0 0 0 4.8z',
  person: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20.5c.6-4 3.5-6 7.5-6s6.9 2 7.5 6',
  out: 'M9 6h9v9M18 6L7 17',
  copy: 'M9 9h10v11H9zM6 15H5V4h10v2',
  download: 'M12 4v11M7.5 11l4.5 4.5 4.5-4.5M5 20h14',
  block: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM5.8 5.8l12.4 12.4',
  link: 'M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.7-5.7l-1.3 1.3M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.7 5.7l1.3-1.3',
  edit: 'M5 19l1-4L16 5l3 3L9 18z',
  check: 'M3 12.5l4.5 4.5L16 8M11.5 16l1 1L21 8',
  replay: 'M5 12a7 7 0 1 0 2.3-5.2M5 4.5v4h4',
  voice: 'M6 10v4M9.5 7v10M13 4.5v15M16.5 8v8M20 10.5v3',
};

/** An element; props starting with "on" are listeners, true is an empty attribute. */
export function h(tag, props, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name === 'class') node.className = value;
    else if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

export function svg(tag, attributes, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes ?? {})) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

export function icon(name) {
  return svg('svg', { viewBox: '0 0 24 24', class: 'icon', 'aria-hidden': 'true' },
    svg('path', { d: ICONS[name] }));
}

/** A button that never submits the form around it. */
export function button(props, ...children) {
  return h('button', { type: 'button', ...props }, ...children);
}

/**
 * Makes the wanted nodes the children of root and moves only what must move: a node that stays
 * in place keeps its focus, its loaded picture and a finger that is just pressing it.
 */
export function reconcile(root, wanted) {
  const keep = new Set(wanted);
  for (const node of [...root.childNodes]) if (!keep.has(node)) node.remove();
  let cursor = root.firstChild;
  for (const node of wanted) {
    if (node === cursor) cursor = cursor.nextSibling;
    else root.insertBefore(node, cursor);
  }
}

export const byId = (id) => document.getElementById(id);

/** A coloured circle with the last character of a name: in Chinese the given name's end.
 *  What stands behind it in brackets is no name. */
export function avatar(id, name, extra = '') {
  const letters = [...((name || '').replace(/（[^（]*）$/, '') || '?').trim()];
  const shown = /[a-z]/i.test(letters[0] ?? '') ? letters[0].toUpperCase() : letters.at(-1);
  const colour = Math.abs(Number(id) || 0) % 7;
  return h('span', { class: `avatar tint${colour} ${extra}`, 'aria-hidden': 'true' },
    shown ?? '?');
}

/** The bot's own picture: a heart, the same as the page's icon. */
export function botPicture() {
  return h('img', { src: '/static/icon.svg', alt: '', width: 40, height: 40 });
}

/** Reads a sentence to screen readers; the node is replaced so that repeats are read too. */
export function announce(text) {
  byId('announcer').replaceChildren(h('span', null, text.slice(0, 600)));
}
