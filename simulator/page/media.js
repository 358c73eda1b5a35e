/** What a bubble can carry besides text: pictures, files, drawn cards. */

import { avatar, button, h, icon, svg } from './dom.js';
import { lightbox } from './dialogs.js';
import { fileSize } from './times.js';

const DRAWERS = {
  photo, document: file, location: place, venue: place, contact, poll, voice, sticker,
  dice: sticker, other,
};

/** Votes of this page by message: the server does not repeat them. */
const votes = new Map();

/** The element for a Media object, or null without one; onVote gets a list of option numbers. */
export function mediaCard(media, text, onVote, messageId) {
  if (!media) return null;
  return (DRAWERS[media.kind] ?? other)(media, text, onVote, messageId);
}

function photo(media, text) {
  if (!media.url) return plain('photo', '照片', '没有图像数据');
  const picture = h('img', { src: media.url, alt: text || '照片', loading: 'lazy' });
  const frame = button({
    class: 'photo loading', 'aria-label': `照片${text ? `:${text.slice(0, 60)}` : ''},按下放大`,
    onclick: () => lightbox(media.url, text),
  }, picture);
  picture.addEventListener('load', () => frame.classList.remove('loading'));
  picture.addEventListener('error', () => frame.replaceWith(plain('photo', '照片', '无法显示')));
  return frame;
}

function file(media) {
  const name = media.name || '文件';
  const dot = name.lastIndexOf('.');
  const ending = dot > 0 ? name.slice(dot + 1, dot + 5).toUpperCase() : '';
  const size = fileSize(media.size);
  const note = [size, media.url ? '下载' : ''].filter(Boolean).join(' · ');
  const props = media.url
    ? { href: media.url, download: name, 'aria-label': `下载 ${name} ${size}` } : {};
  return h(media.url ? 'a' : 'div', { class: 'file', ...props },
    h('span', { class: 'file-icon', 'aria-hidden': 'true' },
      ending ? h('span', { class: 'ending' }, ending) : icon('file')),
    h('span', { class: 'file-text' },
      h('span', { class: 'file-name' }, name),
      h('span', { class: 'file-size' }, note)));
}

// Streets drawn from the coordinates: the same place always looks the same, with no map tiles.
function streets(latitude, longitude) {
  let seed = Math.abs(Math.round(latitude * 7919 + longitude * 104729)) % 9973;
  const next = (range) => {
    seed = (seed * 7 + 1031) % 9973;
    return seed % range;
  };
  const line = (d, name) => svg('path', { d, class: name });
  const tilt = next(40) - 20;
  const drawn = svg('svg', {
    viewBox: '0 0 280 130', class: 'map', 'aria-hidden': 'true',
    preserveAspectRatio: 'xMidYMid slice',
  });
  drawn.append(svg('rect', { width: 280, height: 130, class: 'land' }));
  drawn.append(svg('circle', {
    cx: 30 + next(80), cy: 20 + next(90), r: 24 + next(16), class: 'park',
  }));
  drawn.append(line(`M-5 ${100 + next(30)} q 70 -${20 + next(30)} 140 0 t 150 -10`, 'water'));
  for (let x = 20 + next(20); x < 280; x += 42 + next(26)) {
    drawn.append(line(`M${x} -5 l${tilt / 2} 140`, 'lane'));
  }
  for (let y = 14 + next(14); y < 130; y += 34 + next(14)) {
    drawn.append(line(`M-5 ${y} l290 ${tilt / 3}`, 'lane'));
  }
  drawn.append(line(`M-5 ${70 - tilt / 4} L285 ${62 + tilt / 4}`, 'street'));
  drawn.append(line(`M${140 - tilt / 3} -5 L${142 + tilt / 3} 135`, 'street'));
  drawn.append(svg('path', {
    class: 'pin', d: 'M140 68c-11-13-15-20-15-27a15 15 0 0 1 30 0c0 7-4 14-15 27z',
  }), svg('circle', { cx: 140, cy: 41, r: 5.5, class: 'pin-eye' }));
  return drawn;
}

function place(media) {
  const latitude = Number(media.latitude) || 0;
  const longitude = Number(media.longitude) || 0;
  const title = media.title || (media.kind === 'venue' ? '地点' : '位置');
  const point = `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`;
  return h('a', {
    class: 'place', target: '_blank', rel: 'noopener noreferrer',
    href: `https://uri.amap.com/marker?position=${longitude},${latitude}`
      + `&name=${encodeURIComponent(title)}`,
    'aria-label': `${title} ${media.address ?? point},在地图中打开`,
  }, streets(latitude, longitude),
  h('span', { class: 'place-text' },
    h('span', { class: 'place-title' }, title),
    h('span', { class: 'place-address' }, media.address || point)));
}

function contact(media) {
  const name = media.title || media.name || '联系人';
  const number = media.phone_number ?? '';
  return h('div', { class: 'contact' }, avatar(number.slice(-4), name),
    h('span', { class: 'file-text' },
      h('span', { class: 'file-name' }, name),
      number && h('a', { href: `tel:${number}` }, number)));
}

function poll(media, text, onVote, messageId) {
  const options = (media.options ?? []).map((option) => option.text ?? option);
  const rows = options.map((option, number) => button({
    class: 'poll-option', role: 'radio', disabled: media.closed,
    'aria-checked': String(votes.get(messageId) === number),
    onclick: () => vote(number),
  }, h('span', { class: 'poll-mark', 'aria-hidden': 'true' }), h('span', null, option)));
  // A second tap on the same option takes the vote back.
  const vote = (number) => {
    const chosen = votes.get(messageId) === number ? null : number;
    if (!onVote(chosen === null ? [] : [chosen])) return;
    votes.set(messageId, chosen);
    rows.forEach((row, at) => row.setAttribute('aria-checked', String(at === chosen)));
  };
  return h('div', { class: 'poll' },
    h('p', { class: 'poll-title' }, media.title || '投票'),
    h('p', { class: 'hint' }, media.closed ? '投票已结束' : '投票'),
    h('div', { role: 'radiogroup', 'aria-label': media.title || '投票' }, rows));
}

function voice(media) {
  if (media.url) return h('audio', { controls: true, src: media.url, preload: 'metadata' });
  return plain('voice', '语音消息', fileSize(media.size));
}

function sticker(media) {
  if (media.url) {
    return h('img', { class: 'sticker-image', src: media.url, alt: media.emoji ?? '贴纸' });
  }
  return h('div', { class: 'sticker' }, media.emoji ?? '🎲',
    media.value ? h('span', { class: 'dice-value' }, String(media.value)) : null);
}

function other(media) {
  return plain('file', media.title || media.name || '消息', '这种消息在模拟器中只显示名称');
}

function plain(picture, title, note) {
  return h('div', { class: 'file' },
    h('span', { class: 'file-icon', 'aria-hidden': 'true' }, icon(picture)),
    h('span', { class: 'file-text' },
      h('span', { class: 'file-name' }, title), h('span', { class: 'file-size' }, note)));
}
