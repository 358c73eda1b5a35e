/** The scrolling list of one chat: what is drawn, and where the reader stays while it changes. */

import { button, byId, h, icon, reconcile } from './dom.js';
import { messageRow, settled } from './bubble.js';
import { dayKey, dayName } from './times.js';

const GROUP_SECONDS = 300;
const PAGE = 120;
const NEAR_BOTTOM = 48;

export class MessageList {
  constructor(hooks) {
    this.hooks = hooks;
    this.scroller = byId('scroller');
    this.root = byId('messages');
    this.downButton = byId('to-bottom');
    this.badge = h('span', { class: 'badge', hidden: true });
    this.downButton.append(icon('down'), this.badge);
    this.downButton.addEventListener('click', () => this.toBottom(true));
    this.earlier = button({ class: 'pill', onclick: () => this.showEarlier() }, '显示更早的消息');
    this.scroller.addEventListener('scroll', () => this.onScroll(), { passive: true });
    // Pictures that load and keyboards that rise change heights without an event of ours.
    const watcher = new ResizeObserver(() => this.stick && this.toBottom());
    watcher.observe(this.scroller);
    watcher.observe(this.root);
    this.reset();
  }

  reset() {
    this.phone = null;
    this.rows = new Map();
    this.separators = new Map();
    this.limit = PAGE;
    this.below = 0;
    this.stick = true;
    this.firstUnread = null;
    this.root.replaceChildren();
    this.updateDown();
    settled();
  }

  /** Shows a chat from its first unread message, else from the end. */
  open(phone, firstUnread) {
    this.reset();
    this.phone = phone;
    this.firstUnread = firstUnread;
    this.sync();
    const line = firstUnread && this.root.querySelector('.unread-line');
    this.stick = !line;
    if (line) this.scroller.scrollTop = line.offsetTop - 12;
    else this.toBottom();
    this.onScroll();
  }

  /** Draws again after messages came, changed or went, with the reader kept in place. */
  refresh() {
    this.keepPlace(() => this.sync());
  }

  /** One new or changed message. */
  show(message, isNew) {
    const wasAtEnd = this.stick;
    if (!isNew) settled(message.id);
    this.refresh();
    if (!isNew) return;
    const row = this.rows.get(message.id)?.node;
    row?.classList.add('fresh');
    if (message.from === 'me') {
      this.firstUnread = null;
      this.sync();
      this.toBottom();
    } else if (!wasAtEnd) {
      this.below += 1;
      this.updateDown();
    } else if (row && row.offsetHeight > this.scroller.clientHeight - 24) {
      // A long answer is read from its beginning.
      this.stick = false;
      this.scroller.scrollTop = row.offsetTop - 12;
    }
  }

  showEarlier() {
    this.limit += PAGE;
    this.stick = false;
    this.refresh();
  }

  sync() {
    const shown = this.phone ? this.phone.messages.slice(-this.limit) : [];
    const wanted = [];
    if (this.phone && shown.length < this.phone.messages.length) wanted.push(this.earlier);
    shown.forEach((message, index) => {
      const before = shown[index - 1];
      if (!before || dayKey(before.date) !== dayKey(message.date)) {
        wanted.push(this.separator(dayKey(message.date), dayName(message.date), 'day'));
      }
      if (message.id === this.firstUnread) {
        wanted.push(this.separator('unread', '未读消息', 'unread-line'));
      }
      const row = this.rowFor(message);
      row.classList.toggle('first', !together(before, message) || message.id === this.firstUnread);
      row.classList.toggle('last', !together(message, shown[index + 1]));
      wanted.push(row);
    });
    reconcile(this.root, wanted);
    const drawn = new Set(wanted);
    for (const [id, row] of this.rows) {
      if (!drawn.has(row.node)) this.rows.delete(id);
      else if (row.focus) restoreFocus(row);
    }
  }

  separator(key, text, kind) {
    let node = this.separators.get(key);
    if (!node) {
      node = h('div', { class: kind }, h('span', null, text));
      this.separators.set(key, node);
    }
    return node;
  }

  rowFor(message) {
    const known = this.rows.get(message.id);
    if (known?.message === message) return known.node;
    const node = messageRow(message, this.hooks);
    const focused = known?.node.contains(document.activeElement)
      && document.activeElement.dataset.key;
    this.rows.set(message.id, { message, node, focus: focused ?? null });
    return node;
  }

  keepPlace(change) {
    if (this.stick) {
      change();
      this.toBottom();
      return;
    }
    const top = this.scroller.scrollTop;
    const anchor = [...this.root.querySelectorAll('.row')]
      .find((row) => row.offsetTop + row.offsetHeight > top);
    const id = Number(anchor?.dataset.id);
    const offset = anchor ? anchor.offsetTop - top : 0;
    change();
    const now = this.rows.get(id)?.node;
    if (now) this.scroller.scrollTop = now.offsetTop - offset;
  }

  toBottom(smooth = false) {
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    // A long way is not flown over: the last screens give the feeling of movement.
    const near = scrollHeight - 3 * clientHeight;
    if (smooth && !calm && scrollTop < near) this.scroller.scrollTop = near;
    const behavior = smooth && !calm ? 'smooth' : 'instant';
    this.scroller.scrollTo({ top: scrollHeight, behavior });
    if (smooth) return;
    this.stick = true;
    this.size = this.measure();
  }

  onScroll() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    const resized = this.measure() !== this.size;
    this.size = this.measure();
    // The event of our own jump may come after a keyboard rose: that is not the reader leaving.
    if (this.stick && resized) {
      this.toBottom();
      return;
    }
    this.stick = scrollHeight - scrollTop - clientHeight < NEAR_BOTTOM;
    if (this.stick) this.below = 0;
    this.updateDown();
  }

  measure() {
    return `${this.scroller.scrollHeight}:${this.scroller.clientHeight}`;
  }

  updateDown() {
    this.downButton.hidden = this.stick;
    this.badge.hidden = this.below === 0;
    this.badge.textContent = String(this.below);
    this.downButton.setAttribute('aria-label',
      this.below ? `到最新消息,${this.below} 条新消息` : '到最新消息');
  }
}

function together(a, b) {
  return Boolean(a && b) && a.from === b.from && a.author === b.author
    && b.date - a.date < GROUP_SECONDS && dayKey(a.date) === dayKey(b.date);
}

// Someone who works with the keyboard stays on the button that the bot has just redrawn.
function restoreFocus(row) {
  const key = row.node.querySelector(`[data-key="${row.focus}"]`)
    ?? row.node.querySelector('[data-key]');
  row.focus = null;
  key?.focus({ preventScroll: true });
}
