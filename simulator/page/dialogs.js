/** Everything that lies over the chat: toasts, alerts, sheets, menus, the picture viewer. */

import { button, byId, h, icon } from './dom.js';

const TOAST_TIME = 3200;

export function toast(text) {
  const note = h('div', { class: 'toast' }, text);
  byId('toasts').replaceChildren(note);
  // Longer texts stay longer, so that they can be read.
  setTimeout(() => note.remove(), TOAST_TIME + text.length * 45);
}

/**
 * A modal dialog; resolves with what close(value) got, null when dismissed.
 * build(close) returns the content.
 */
export function modal(kind, label, build) {
  return new Promise((resolve) => {
    const dialog = h('dialog', { class: kind, 'aria-label': label });
    let result = null;
    const close = (value = null) => {
      result = value;
      dialog.close();
    };
    dialog.append(...[build(close)].flat());
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(result);
    });
    // The backdrop belongs to the dialog element; its content sits in children.
    dialog.addEventListener('pointerdown', (event) => {
      if (event.target === dialog) close();
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

export function alertBox(text) {
  return modal('box', '提示', (close) => h('div', { class: 'box-body' },
    h('p', { class: 'box-text' }, text),
    h('div', { class: 'box-keys' },
      button({ class: 'text-button', autofocus: true, onclick: () => close(true) }, '知道了'))));
}

export function confirmBox(text, yes) {
  return modal('box', text, (close) => h('div', { class: 'box-body' },
    h('p', { class: 'box-text' }, text),
    h('div', { class: 'box-keys' },
      button({ class: 'text-button quiet', onclick: () => close(false) }, '取消'),
      button({ class: 'text-button', autofocus: true, onclick: () => close(true) }, yes))));
}

/** Asks for a text; input are attributes of the field, with rows it takes several lines. */
export function askText(title, hint, yes, input, value = '') {
  return modal('box', title, (close) => {
    const field = h(input.rows ? 'textarea' : 'input',
      { type: input.rows ? null : 'text', autofocus: true, 'aria-label': title, ...input });
    field.value = value;
    const submit = (event) => {
      event.preventDefault();
      if (field.reportValidity()) close(field.value.trim());
    };
    return h('form', { class: 'box-body', onsubmit: submit },
      h('h2', null, title), hint && h('p', { class: 'hint' }, hint), field,
      h('div', { class: 'box-keys' },
        button({ class: 'text-button quiet', onclick: () => close(null) }, '取消'),
        h('button', { type: 'submit', class: 'text-button' }, yes)));
  });
}

/** A sheet that rises from the bottom edge, with a title and a closing cross. */
export function sheet(title, build) {
  return modal('sheet', title, (close) => h('div', { class: 'sheet-body' },
    h('div', { class: 'sheet-head' },
      h('h2', null, title),
      button({ class: 'icon-button', 'aria-label': '关闭', onclick: () => close() },
        icon('close'))),
    build(close)));
}

/** A menu at an element or at a point {x, y}; items are {label, icon, run, danger}. */
export async function menu(at, label, items) {
  const chosen = await modal('menu', label, (close) => {
    const rows = items.map((item) => button({
      role: 'menuitem', class: item.danger ? 'danger' : '', onclick: () => close(item),
    }, icon(item.icon), h('span', null, item.label)));
    const list = h('div', { role: 'menu', class: 'menu-body', onkeydown: roam }, rows);
    requestAnimationFrame(() => place(list, at));
    return list;
  });
  chosen?.run();
}

function roam(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const rows = [...event.currentTarget.children];
  const next = rows.indexOf(document.activeElement) + step;
  rows[(next + rows.length) % rows.length].focus();
}

function place(list, at) {
  const box = at instanceof Element
    ? { x: at.getBoundingClientRect().right - list.offsetWidth,
      y: at.getBoundingClientRect().bottom + 4 }
    : at;
  const right = window.innerWidth - list.offsetWidth - 8;
  const bottom = window.innerHeight - list.offsetHeight - 8;
  list.style.left = `${Math.max(8, Math.min(box.x, right))}px`;
  list.style.top = `${Math.max(8, Math.min(box.y, bottom))}px`;
  list.classList.add('placed');
}

export function lightbox(url, caption) {
  return modal('lightbox', '照片', (close) => {
    const picture = h('img', { src: url, alt: caption || '照片' });
    const figure = h('figure', { onclick: (event) => event.target !== picture && close() },
      picture, caption && h('figcaption', null, caption));
    picture.addEventListener('click', () => figure.classList.toggle('zoomed'));
    return [figure, h('div', { class: 'lightbox-keys' },
      h('a', { class: 'icon-button', href: url, download: '', 'aria-label': '下载' },
        icon('download')),
      button({ class: 'icon-button', 'aria-label': '关闭', onclick: () => close() },
        icon('close')))];
  });
}
