/** What a bubble can carry besides text: pictures, files, drawn cards. */

import { avatar, button, h, icon, svg } from './dom.js';
import { lightbox } from './dialogs.js';
import { fileSize } from './times.js';

const DRAWERS = {
  photo, document: file, location: place, venue: place, contact, poll, voice, sticker,
  dice: sticker, other,
};

/** Votes that left this page by message and person, until the server tells of them. */
const votes = new Map();

/** The element for a Media object, or null without one; onVote gets a list of option numbers. */
export function mediaCard(media, text, onVote, messageId, viewer) {
  if (!media) return null;
  return (DRAWERS[media.kind] ?? other)(media, text, onVote, messageId, viewer);
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

function poll(media, text, onVote, messageId, viewer) {
  const mine = media.votes?.[viewer] ?? votes.get(`${messageId}:${viewer}`) ?? [];
  const isQuiz = Boolean(media.right);
  // In a quiz an answer is for good, and only then is it told which one is right.
  const over = media.closed || (isQuiz && mine.length > 0);
  const all = (media.counts ?? []).reduce((sum, count) => sum + count, 0);
  const vote = (number) => {
    const chosen = !isQuiz && mine.includes(number) ? [] : [number];
    if (onVote(chosen)) votes.set(`${messageId}:${viewer}`, chosen);
  };
  const rows = (media.options ?? []).map((option, number) => {
    const isRight = over && isQuiz && media.right.includes(number);
    const isWrong = over && isQuiz && !isRight && mine.includes(number);
    const name = isRight ? ' right' : isWrong ? ' wrong' : '';
    const share = all ? Math.round((100 * media.counts[number]) / all) : 0;
    const told = isRight ? '正确答案' : isWrong ? '您选的，答错了' : null;
    return button({
      class: `poll-option${name}`, role: 'radio', disabled: over,
      'aria-checked': String(mine.includes(number)), onclick: () => vote(number),
    }, h('span', { class: 'poll-mark', 'aria-hidden': 'true' }),
    h('span', { class: 'poll-text' }, option.text ?? option),
    told ? h('span', { class: 'visually-hidden' }, told) : null,
    over ? h('span', { class: 'poll-share' }, `${share}%`) : null);
  });
  const kind = isQuiz ? '答题' : '投票';
  const note = media.closed ? `${kind}已结束 · ${all} 人参加` : `${kind} · ${all} 人参加`;
  return h('div', { class: 'poll' },
    h('p', { class: 'poll-title' }, media.title || '投票'),
    h('p', { class: 'hint' }, note),
    h('div', { role: 'radiogroup', 'aria-label': media.title || '投票' }, rows),
    over && media.explanation ? h('p', { class: 'poll-why' }, media.explanation) : null);
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
