/** The bottom of the chat: the text field, command list, bot keyboard, start and blocked bars. */

import { button, byId, h, icon } from './dom.js';
import { confirmBox } from './dialogs.js';

const MAX_TEXT = 4096;
const MAX_HEIGHT = 150;

/**
 * actions: say(text) -> bool, start(), unblock(), attach(), contact(), location();
 * bot() gives the bot, phone() the phone shown.
 */
export class Composer {
  constructor(actions) {
    this.actions = actions;
    this.form = byId('composer');
    this.input = byId('input');
    this.commands = byId('commands');
    this.keyboard = byId('keyboard');
    this.chosen = -1;
    byId('attach').append(icon('clip'));
    byId('send').append(icon('send'));
    byId('menu-button').querySelector('.glyph').append(icon('menu'));
    byId('menu-button').addEventListener('click', () => this.toggleMenu());
    byId('attach').addEventListener('click', () => actions.attach());
    byId('start').addEventListener('click', () => actions.start());
    byId('unblock').addEventListener('click', () => actions.unblock());
    byId('toggle-keyboard').addEventListener('click', () => this.toggleKeyboard());
    // The field keeps the focus, so that a phone's keyboard does not jump away after each line.
    byId('send').addEventListener('pointerdown', (event) => event.preventDefault());
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.submit();
    });
    this.input.addEventListener('input', () => this.onInput());
    this.input.addEventListener('keydown', (event) => this.onKey(event));
    this.input.addEventListener('focus', () => this.onFocus());
    document.addEventListener('pointerdown', (event) => {
      if (!event.target.closest('#commands, #menu-button, #input')) this.hideCommands();
    });
  }

  /** Fits the bottom to the phone: start bar, blocked bar, or the field with its keyboard. */
  show() {
    const phone = this.actions.phone();
    const blocked = Boolean(phone?.user.blocked);
    const isGroup = Boolean(phone?.user.members);
    const empty = Boolean(phone?.loaded) && phone.messages.length === 0 && !isGroup;
    // Files go into a person's own chat only.
    byId('attach').hidden = isGroup;
    byId('blocked-bar').hidden = !phone || !blocked;
    byId('start-bar').hidden = !phone || blocked || !empty;
    this.form.hidden = !phone || blocked || empty;
    byId('menu-button').hidden = this.actions.bot().commands.length === 0;
    this.showKeyboard();
    if (this.form.hidden) this.hideCommands();
  }

  /** Puts another phone's draft into the field. */
  switchTo(phone) {
    this.input.value = phone?.draft ?? '';
    this.hideCommands();
    this.resize();
    this.show();
  }

  focus() {
    // On a touch screen focus would raise the system keyboard unasked.
    if (!this.form.hidden && matchMedia('(pointer: fine)').matches) this.input.focus();
  }

  onInput() {
    const phone = this.actions.phone();
    if (phone) phone.draft = this.input.value;
    this.resize();
    const typed = /^\/([a-z0-9_]*)$/i.exec(this.input.value);
    if (typed) this.listCommands(typed[1].toLowerCase());
    else this.hideCommands();
  }

  resize() {
    const { input } = this;
    const filled = input.value.trim() !== '';
    byId('send').hidden = !filled;
    byId('attach').hidden = filled;
    this.form.classList.toggle('filled', filled);
    input.style.height = 'auto';
    input.style.height = `${Math.min(input.scrollHeight, MAX_HEIGHT)}px`;
    input.style.overflowY = input.scrollHeight > MAX_HEIGHT ? 'auto' : 'hidden';
  }

  onKey(event) {
    // While a Chinese input method composes, Enter and arrows belong to it.
    if (event.isComposing || event.keyCode === 229) return;
    if (!this.commands.hidden && this.onListKey(event)) return;
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      this.submit();
    }
  }

  onListKey(event) {
    const options = [...this.commands.children];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const current = options[this.chosen];
    if (step) this.choose((this.chosen + step + options.length) % options.length);
    else if (event.key === 'Escape') this.hideCommands();
    else if (event.key === 'Tab' && current) {
      this.input.value = `/${current.dataset.command} `;
      this.onInput();
    } else if (event.key === 'Enter' && current && !event.shiftKey) current.click();
    else return false;
    event.preventDefault();
    return true;
  }

  onFocus() {
    const phone = this.actions.phone();
    // Two keyboards do not fit on a phone: the system's takes the place of the bot's.
    if (phone?.keyboard && !matchMedia('(pointer: fine)').matches) {
      phone.keyboardHidden = true;
      this.showKeyboard();
    }
  }

  submit() {
    const text = this.input.value.trim();
    if (!text) return;
    const letters = [...text];
    for (let at = 0; at < letters.length; at += MAX_TEXT) {
      if (!this.actions.say(letters.slice(at, at + MAX_TEXT).join(''))) return;
    }
    this.input.value = '';
    this.onInput();
  }

  // --- commands ---

  toggleMenu() {
    if (this.commands.hidden) this.listCommands('', true);
    else this.hideCommands();
  }

  listCommands(prefix, fromMenu = false) {
    const found = this.actions.bot().commands
      .filter(({ command }) => command.startsWith(prefix));
    if (found.length === 0) {
      this.hideCommands();
      return;
    }
    this.commands.replaceChildren(...found.map(({ command, description }, index) => h('div', {
      role: 'option', id: `command-${index}`, class: 'command-row', 'data-command': command,
      onclick: () => this.runCommand(command),
      // The field keeps the focus, and with it the phone's keyboard stays as it is.
      onpointerdown: (event) => event.preventDefault(),
    }, h('span', { class: 'command-text' }, description),
    h('span', { class: 'command-name' }, `/${command}`))));
    this.commands.hidden = false;
    this.commands.classList.toggle('from-menu', fromMenu);
    byId('menu-button').setAttribute('aria-expanded', 'true');
    this.input.setAttribute('aria-controls', 'commands');
    this.choose(0);
    if (fromMenu) this.focus();
  }

  choose(index) {
    this.chosen = index;
    [...this.commands.children].forEach((row, at) => {
      row.setAttribute('aria-selected', String(at === index));
      if (at === index) row.scrollIntoView({ block: 'nearest' });
    });
    this.input.setAttribute('aria-activedescendant', `command-${index}`);
  }

  runCommand(command) {
    this.hideCommands();
    if (!this.actions.say(`/${command}`)) return;
    this.input.value = '';
    this.onInput();
  }

  hideCommands() {
    this.commands.hidden = true;
    this.chosen = -1;
    this.input.removeAttribute('aria-activedescendant');
    byId('menu-button').setAttribute('aria-expanded', 'false');
  }

  // --- the bot's keyboard ---

  toggleKeyboard() {
    const phone = this.actions.phone();
    phone.keyboardHidden = !phone.keyboardHidden;
    if (phone.keyboardHidden) this.focus();
    else this.input.blur();
    this.showKeyboard();
  }

  /** The bot sent a keyboard or took it away: a new one shows itself. */
  newKeyboard() {
    const phone = this.actions.phone();
    phone.keyboardHidden = false;
    const touch = !matchMedia('(pointer: fine)').matches;
    if (phone.keyboard && touch && !this.input.value) this.input.blur();
    this.showKeyboard();
  }

  showKeyboard() {
    const phone = this.actions.phone();
    const keyboard = this.form.hidden ? null : phone?.keyboard;
    const visible = Boolean(keyboard) && !phone.keyboardHidden;
    const toggle = byId('toggle-keyboard');
    toggle.hidden = !keyboard;
    toggle.replaceChildren(icon(visible ? 'typing' : 'keys'));
    toggle.setAttribute('aria-label', visible ? '收起机器人键盘' : '显示机器人键盘');
    toggle.setAttribute('aria-expanded', String(visible));
    this.input.placeholder = keyboard?.placeholder || '消息';
    this.keyboard.hidden = !visible;
    this.keyboard.replaceChildren(...(keyboard?.rows ?? []).map((row) => (
      h('div', { class: 'key-row' }, row.map((key) => this.replyKey(key, keyboard))))));
  }

  replyKey(key, keyboard) {
    const mark = { contact: 'person', location: 'place' }[key.kind];
    const press = () => this.pressKey(key, keyboard);
    return button({ class: 'reply-key', title: key.text, onclick: press },
      mark ? icon(mark) : null, h('span', { class: 'key-label' }, key.text));
  }

  async pressKey(key, keyboard) {
    let sent = false;
    if (key.kind === 'contact') {
      const ask = '把您的姓名和手机号码发送给机器人?';
      sent = Boolean(await confirmBox(ask, '分享')) && this.actions.contact();
    } else if (key.kind === 'location') {
      sent = Boolean(await confirmBox('把您的位置发送给机器人?', '选择位置'))
        && Boolean(await this.actions.location());
    } else {
      sent = this.actions.say(key.text);
    }
    if (sent && keyboard.one_time) {
      this.actions.phone().keyboardHidden = true;
      this.showKeyboard();
    }
  }
}
