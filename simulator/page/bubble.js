/** One message as a row: the bubble and the buttons below it. */

import { button, h, icon } from './dom.js';
import { mediaCard } from './media.js';
import { link, richText } from './richtext.js';
import { clock } from './times.js';

const ANSWER_TIME = 15000;
const ONLY_EMOJI = /^(?:\p{Extended_Pictographic}[\u{1F3FB}-\u{1F3FF}\uFE0F\u200D]*\s?){1,3}$/u;
const BARE = new Set(['sticker', 'dice']);

/** Presses that wait for an answer, oldest first; the server does not say which one it answers. */
let waiting = [];

/**
 * hooks: onPress(message, row, column), onVote(message, options), onOther(button), onCommand,
 * onStart, username, botName.
 */
export function messageRow(message, hooks) {
  const { media, text } = message;
  const big = !media && !message.buttons?.length && ONLY_EMOJI.test(text ?? '');
  const bare = big || (media && BARE.has(media.kind));
  const bubble = h('div', { class: `bubble${bare ? ' bare' : ''}${big ? ' big' : ''}` });
  if (message.from === 'other') bubble.append(h('div', { class: 'author' }, message.author));
  const onVote = (options) => hooks.onVote(message, options);
  const card = mediaCard(media, text, onVote, message.id, hooks.viewer);
  if (card) bubble.append(card);
  if (text || !card) {
    bubble.append(h('div', { class: 'text' },
      text || message.html ? richText(message.html || '', hooks) : '(空消息)', meta(message)));
  } else {
    bubble.append(meta(message));
    bubble.classList.add('no-text');
  }
  if (media?.kind === 'photo') bubble.classList.add('with-photo');
  const sender = message.from === 'me' ? '我' : message.author || hooks.botName;
  const stack = h('div', { class: 'stack' }, bubble);
  if (message.buttons?.length) stack.append(keys(message, hooks));
  return h('article', {
    class: `row ${message.from === 'me' ? 'me' : 'them'}`, 'data-id': message.id,
    'aria-label': `${sender} ${clock(message.date)}`,
  }, stack);
}

function meta(message) {
  return h('span', { class: 'meta' },
    message.edited ? h('span', null, '已编辑 ') : null, h('time', null, clock(message.date)),
    message.from === 'me' ? icon('check') : null);
}

function keys(message, hooks) {
  return h('div', { class: 'keys' }, message.buttons.map((row, r) => (
    h('div', { class: 'key-row' }, row.map((key, c) => inlineKey(message, key, r, c, hooks))))));
}

function inlineKey(message, key, r, c, hooks) {
  const label = h('span', { class: 'key-label' }, key.text);
  const props = { class: 'key', title: key.text, 'data-key': `${r}:${c}` };
  if (key.kind === 'url' && /^(https?|tg|mailto|tel):/i.test(key.url ?? '')) {
    return link(key.url, hooks, [label, icon('out')], props);
  }
  if (key.kind !== 'callback') {
    const mark = key.kind === 'copy' ? 'copy' : 'out';
    return button({ ...props, onclick: () => hooks.onOther(key) }, label, icon(mark));
  }
  const node = button({
    ...props,
    onclick: () => {
      if (node.getAttribute('aria-busy') !== 'true' && hooks.onPress(message, r, c)) {
        startWaiting(node, message.id);
      }
    },
  }, label);
  return node;
}

function startWaiting(node, messageId) {
  node.setAttribute('aria-busy', 'true');
  const press = { node, messageId };
  // A bot that never answers must not leave a wheel turning for ever.
  press.timer = setTimeout(() => finish([press]), ANSWER_TIME);
  waiting.push(press);
}

function finish(presses) {
  for (const { node, timer } of presses) {
    clearTimeout(timer);
    node.removeAttribute('aria-busy');
  }
  waiting = waiting.filter((press) => !presses.includes(press));
}

/** An answer came: the oldest press is done. */
export function answered() {
  finish(waiting.slice(0, 1));
}

/** The message changed or the chat closed (no id): its presses are done. */
export function settled(messageId) {
  finish(waiting.filter((press) => messageId === undefined || press.messageId === messageId));
}
