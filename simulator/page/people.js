/** The chat list: every person's phone, the newest conversation on top. */

import { avatar, byId, h, icon, reconcile } from './dom.js';
import { preview, store, unreadOf } from './store.js';
import { listTime } from './times.js';

// A load test makes thousands of people; the list shows the most recent and search finds the rest.
const MOST_ROWS = 100;

const opened = Math.floor(Date.now() / 1000);
let scheduled = false;
let open = () => {};
/** Drawn rows by person: {look, node}; look tells when a row must be drawn anew. */
let rows = new Map();

export function setUpPeople(onOpen) {
  open = onOpen;
  byId('people-search').addEventListener('input', drawPeople);
}

/** Draws at the next frame, once for any number of events. */
export function drawPeople() {
  if (scheduled) return;
  scheduled = true;
  // A hidden page gets no frames; the title with its unread count must still change.
  setTimeout(() => {
    scheduled = false;
    draw();
  }, 30);
}

function draw() {
  const words = byId('people-search').value.trim().toLowerCase();
  const phones = [...store.phones.values()];
  // What was there before the page was opened moves nobody: whoever comes to look finds the
  // people to play with on top.
  const newest = (phone) => {
    const date = phone.messages.at(-1)?.date ?? 0;
    return date < opened ? 0 : date;
  };
  const shown = phones
    .filter(({ user }) => user.name.toLowerCase().includes(words))
    .sort((a, b) => newest(b) - newest(a))
    .slice(0, MOST_ROWS);
  const list = byId('people-list');
  const focused = list.contains(document.activeElement) && document.activeElement.dataset.user;
  rows = new Map(shown.map((phone) => [phone.user.id, rowOf(phone)]));
  const nodes = [...rows.values()].map(({ node }) => node);
  reconcile(list, nodes.length ? nodes : [nothing(words)]);
  if (focused) list.querySelector(`[data-user="${focused}"]`)?.focus();
  const unread = phones.reduce((sum, phone) => sum + unreadOf(phone), 0);
  document.title = `${unread ? `(${unread}) ` : ''}${store.bot.name} · 手机模拟器`;
}

function nothing(words) {
  return h('li', { class: 'nothing' }, words ? '没有找到' : '还没有人物。点右上角的加号新建一个。');
}

function rowOf(phone) {
  const { user } = phone;
  const last = phone.messages.at(-1);
  const look = JSON.stringify([
    user, unreadOf(phone), last, last && listTime(last.date), phone.typingUntil > Date.now(),
    phone.draft, user.id === store.current, phone.loaded,
  ]);
  const known = rows.get(user.id);
  return known?.look === look ? known : { look, node: drawRow(phone, last) };
}

function drawRow(phone, last) {
  const { user } = phone;
  const unread = unreadOf(phone);
  return h('li', null, h('button', {
    type: 'button', class: 'person', 'data-user': user.id, onclick: () => open(user.id),
    'aria-current': user.id === store.current ? 'true' : null,
  }, avatar(user.id, user.name),
  h('span', { class: 'person-text' },
    h('span', { class: 'person-top' },
      h('span', { class: 'person-name' }, user.name),
      user.blocked ? h('span', { class: 'person-mark', title: '已屏蔽机器人' }, icon('block')) : null,
      h('span', { class: 'person-time' }, last ? listTime(last.date) : '')),
    h('span', { class: 'person-bottom' }, summary(phone, last),
      unread ? h('span', { class: 'badge', 'aria-label': `${unread} 条未读` },
        unread > 99 ? '99+' : String(unread)) : null))));
}

function summary(phone, last) {
  if (phone.typingUntil > Date.now()) return h('span', { class: 'person-last typing' }, '正在输入…');
  if (phone.draft.trim() && phone.user.id !== store.current) {
    return h('span', { class: 'person-last' }, h('span', { class: 'draft' }, '草稿:'), phone.draft);
  }
  if (!last) return h('span', { class: 'person-last quiet' }, phone.loaded ? '还没有消息' : '');
  const mine = last.from === 'me' ? h('span', { class: 'mine' }, '我:') : null;
  const line = preview(last).slice(0, 80).replace(/\s+/g, ' ');
  return h('span', { class: 'person-last' }, mine, line);
}
