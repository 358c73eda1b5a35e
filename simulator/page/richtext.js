/** Telegram's HTML as DOM nodes: an allow-list walker, so markup can only become known tags. */

import { button, h, icon } from './dom.js';
import { toast } from './dialogs.js';

const SIMPLE = {
  B: 'b', STRONG: 'b', I: 'i', EM: 'i', U: 'u', INS: 'u', S: 's', STRIKE: 's', DEL: 's',
};
const SAFE_LINK = /^(https?:|mailto:|tel:|tg:)/i;
// What Telegram's own apps make tappable in plain text: addresses, phone numbers, /commands.
const TAPPABLE = new RegExp([
  // Chinese writes without spaces: an address ends where its alphabet ends.
  '(?<url>https?://[\\w\\-.~:/?#@!$&*+,;=%()]*[\\w\\-/=&#])',
  '(?<phone>(?<![\\d-])(?:1[3-9]\\d{9}|0\\d{2,3}-\\d{7,8}|400-?\\d{3}-?\\d{4})(?![\\d-]))',
  '(?<command>(?<![\\w/.:])/[a-zA-Z][a-zA-Z0-9_]{0,31}(?![\\w/]))',
].join('|'), 'g');

/**
 * Nodes for a message body. hooks: onCommand(text) for a tapped /command,
 * onStart(payload) for a deep link to this bot, username of the bot.
 */
export function richText(html, hooks) {
  const parsed = new DOMParser().parseFromString(html ?? '', 'text/html');
  const out = document.createDocumentFragment();
  walk(parsed.body, out, hooks, false);
  return out;
}

function walk(from, to, hooks, literal) {
  for (const node of from.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) {
      appendText(node, to, hooks, literal);
    } else if (node.nodeType === Node.ELEMENT_NODE) {
      appendElement(node, to, hooks, literal);
    }
  }
}

const isBlock = (node) => node?.nodeName === 'BLOCKQUOTE' || node?.nodeName === 'PRE';

function appendText(node, to, hooks, literal) {
  let text = node.data;
  // A quote is a block already: the line breaks around it would show as empty lines.
  if (isBlock(node.previousSibling)) text = text.replace(/^\n/, '');
  if (isBlock(node.nextSibling)) text = text.replace(/\n$/, '');
  if (literal) to.append(text);
  else appendTappable(text, to, hooks);
}

function appendTappable(text, to, hooks) {
  let end = 0;
  for (const match of text.matchAll(TAPPABLE)) {
    const { url, phone, command } = match.groups;
    to.append(text.slice(end, match.index));
    end = match.index + match[0].length;
    if (url) to.append(link(url, hooks, [url]));
    else if (phone) to.append(link(`tel:${phone}`, hooks, [phone]));
    else to.append(button({ class: 'command', onclick: () => hooks.onCommand(command) }, command));
  }
  to.append(text.slice(end));
}

function appendElement(node, to, hooks, literal) {
  const name = node.nodeName;
  const inner = (element, asLiteral = literal) => {
    walk(node, element, hooks, asLiteral);
    return element;
  };
  if (SIMPLE[name]) to.append(inner(h(SIMPLE[name])));
  else if (name === 'BR') to.append('\n');
  else if (name === 'A') to.append(anchor(node, hooks, inner));
  else if (name === 'CODE') to.append(copyable(inner(h('code'), true), to));
  else if (name === 'PRE') to.append(copyable(inner(h('pre'), true), to));
  else if (name === 'BLOCKQUOTE') to.append(quote(node, inner));
  else if (name === 'TG-SPOILER' || node.classList.contains('tg-spoiler')) {
    to.append(spoiler(inner));
  } else if (name !== 'SCRIPT' && name !== 'STYLE') inner(to);
}

function anchor(node, hooks, inner) {
  const address = (node.getAttribute('href') ?? '').trim();
  if (!SAFE_LINK.test(address)) return inner(h('span'), true);
  return link(address, hooks, [...inner(h('span'), true).childNodes]);
}

/** The payload of a deep link to this bot, or null for any other address. */
export function startPayload(address, username) {
  let url = null;
  try {
    url = new URL(address);
  } catch {
    return null;
  }
  const own = (name) => username && name?.toLowerCase() === username.toLowerCase();
  const inWeb = /^(t|telegram)\.me$/.test(url.hostname) && own(url.pathname.slice(1));
  const inApp = url.protocol === 'tg:' && own(url.searchParams.get('domain'));
  return inWeb || inApp ? url.searchParams.get('start') ?? '' : null;
}

/** A link that opens a new tab, except a deep link to this bot, which starts it here. */
export function link(address, hooks, children, extra = {}) {
  const open = (event) => {
    const payload = startPayload(address, hooks.username);
    if (payload === null) return;
    event.preventDefault();
    hooks.onStart(payload);
  };
  return h('a', {
    href: address, target: '_blank', rel: 'noopener noreferrer', onclick: open, ...extra,
  }, children);
}

function copyable(element, parent) {
  // <pre><code> is one block: the outer one copies.
  if (parent.nodeName === 'PRE') return element;
  const copy = async () => toast(await copyText(element.textContent) ? '已复制' : '无法复制');
  element.title = '点按复制';
  element.addEventListener('click', copy);
  return element;
}

export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

function quote(node, inner) {
  const body = inner(h('blockquote'));
  // About twenty Chinese characters make a line on a phone.
  const lines = body.textContent.split('\n')
    .reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / 20)), 0);
  if (!node.hasAttribute('expandable') || lines <= 3) return body;
  const toggle = button({ class: 'unfold', 'aria-expanded': 'false', 'aria-label': '展开引用' },
    icon('down'));
  const flip = () => {
    const open = body.classList.toggle('folded') === false;
    toggle.setAttribute('aria-expanded', String(open));
    toggle.setAttribute('aria-label', open ? '收起引用' : '展开引用');
  };
  toggle.addEventListener('click', (event) => {
    event.stopPropagation();
    flip();
  });
  body.addEventListener('click', (event) => {
    if (body.classList.contains('folded') && !event.target.closest('a, button')) flip();
  });
  body.classList.add('expandable', 'folded');
  body.append(toggle);
  return body;
}

function spoiler(inner) {
  const hidden = inner(h('span', {
    class: 'spoiler', role: 'button', tabindex: 0, 'aria-label': '隐藏的内容,按下显示',
  }));
  const reveal = (event) => {
    if (hidden.classList.contains('shown')) return;
    if (event.type === 'keydown' && event.key !== 'Enter' && event.key !== ' ') return;
    // The first tap only uncovers: it must not follow a link that could not be seen.
    event.preventDefault();
    event.stopPropagation();
    hidden.classList.add('shown');
    for (const name of ['role', 'tabindex', 'aria-label']) hidden.removeAttribute(name);
  };
  hidden.addEventListener('click', reveal, true);
  hidden.addEventListener('keydown', reveal, true);
  return hidden;
}
