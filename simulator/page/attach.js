/** Sending more than text: pictures, files, a place, one's own contact. */

import { button, byId, h, icon } from './dom.js';
import { confirmBox, sheet, toast } from './dialogs.js';
import { fileSize } from './times.js';

/** Places a member may well be at; the last lies outside the district. */
const PLACES = [
  ['大兴区黄村', 39.72840, 116.33800],
  ['亦庄经济技术开发区', 39.79360, 116.51100],
  ['西红门', 39.78360, 116.34600],
  ['庞各庄', 39.63600, 116.32900],
  ['大兴国际机场', 39.50980, 116.41050],
  ['天安门', 39.90870, 116.39750],
];

/** actions: send(kind, file, caption) -> promise, contact(), location(latitude, longitude). */
export class Attachments {
  constructor(actions) {
    this.actions = actions;
    byId('pick-photo').addEventListener('change', (event) => this.picked(event.target, true));
    byId('pick-file').addEventListener('change', (event) => this.picked(event.target, false));
    this.listenForDrops();
    byId('input').addEventListener('paste', (event) => {
      const files = [...event.clipboardData.files];
      if (files.length === 0) return;
      event.preventDefault();
      this.preview(files, true);
    });
  }

  async choose() {
    const what = await sheet('发送', (close) => h('div', { class: 'tiles' },
      tile('photo', '照片', () => close('photo')), tile('file', '文件', () => close('file')),
      tile('place', '位置', () => close('place')), tile('person', '联系人', () => close('person'))));
    if (what === 'photo') byId('pick-photo').click();
    if (what === 'file') byId('pick-file').click();
    if (what === 'place') this.place();
    if (what === 'person' && await confirmBox('把您的姓名和手机号码发送给机器人?', '分享')) {
      this.actions.contact();
    }
  }

  /** Asks for a place; resolves with true when one was sent. */
  async place() {
    const point = await sheet('发送位置', (close) => [
      h('ul', { class: 'choices' }, PLACES.map(([name, latitude, longitude]) => h('li', null,
        button({ onclick: () => close([latitude, longitude]) }, icon('place'),
          h('span', null, name), h('span', { class: 'hint' }, `${latitude}, ${longitude}`))))),
      ownPoint(close),
    ]);
    return point ? this.actions.location(...point) : false;
  }

  picked(input, asPhotos) {
    const files = [...input.files];
    // Emptied, so that the same file can be picked again.
    input.value = '';
    if (files.length) this.preview(files, asPhotos);
  }

  async preview(files, asPhotos) {
    const pictures = files.every((file) => file.type.startsWith('image/'));
    const url = pictures ? URL.createObjectURL(files[0]) : null;
    const asFiles = h('input', { type: 'checkbox', checked: !asPhotos });
    const caption = h('textarea', {
      rows: 2, placeholder: '添加说明…', 'aria-label': '说明', maxlength: 1024,
      autofocus: matchMedia('(pointer: fine)').matches,
    });
    const title = files.length > 1 ? `发送 ${files.length} 个文件` : '发送文件';
    const go = await sheet(pictures ? title.replace('文件', '照片') : title, (close) => [
      url ? h('img', { class: 'preview', src: url, alt: files[0].name })
        : h('ul', { class: 'file-list' }, files.map((file) => h('li', null, icon('file'),
          h('span', { class: 'key-label' }, file.name),
          h('span', { class: 'hint' }, fileSize(file.size))))),
      pictures ? h('label', { class: 'check' }, asFiles, '作为文件发送(不压缩)') : null,
      caption,
      button({ class: 'primary', onclick: () => close(true) }, '发送'),
    ].filter(Boolean));
    if (url) URL.revokeObjectURL(url);
    if (!go) return;
    this.sendAll(pictures && !asFiles.checked ? 'photo' : 'document', files, caption.value.trim());
  }

  async sendAll(kind, files, caption) {
    toast('正在上传…');
    try {
      let words = caption;
      for (const file of files) {
        await this.actions.send(kind, file, words);
        words = '';
      }
      byId('toasts').replaceChildren();
    } catch (error) {
      console.warn('upload failed', error.message);
      toast('上传失败,请重试');
    }
  }

  listenForDrops() {
    const chat = byId('chat');
    const veil = byId('drop');
    const carries = (event) => [...(event.dataTransfer?.types ?? [])].includes('Files')
      && !byId('composer').hidden;
    chat.addEventListener('dragover', (event) => {
      if (!carries(event)) return;
      event.preventDefault();
      veil.hidden = false;
    });
    chat.addEventListener('dragleave', (event) => {
      if (!chat.contains(event.relatedTarget)) veil.hidden = true;
    });
    chat.addEventListener('drop', (event) => {
      veil.hidden = true;
      if (!carries(event)) return;
      event.preventDefault();
      const files = [...event.dataTransfer.files];
      if (files.length) this.preview(files, files.every((file) => file.type.startsWith('image/')));
    });
  }
}

function tile(picture, label, run) {
  return button({ class: `tile tile-${picture}`, onclick: run },
    h('span', { class: 'tile-icon' }, icon(picture)), h('span', null, label));
}

function ownPoint(close) {
  const field = (label, low, high) => h('input', {
    type: 'number', step: 'any', min: low, max: high, required: true, placeholder: label,
    'aria-label': label,
  });
  const latitude = field('纬度', -90, 90);
  const longitude = field('经度', -180, 180);
  return h('form', {
    class: 'point',
    onsubmit: (event) => {
      event.preventDefault();
      close([Number(latitude.value), Number(longitude.value)]);
    },
  }, latitude, longitude, h('button', { type: 'submit', class: 'text-button' }, '发送'));
}
