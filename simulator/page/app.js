/** The phone page: joins the server's events with what is shown. The event table comes first. */

import { announce, avatar, byId, botPicture, h, icon } from './dom.js';
import { answered } from './bubble.js';
import { alertBox, askText, confirmBox, menu, sheet, toast } from './dialogs.js';
import { Attachments } from './attach.js';
import { Composer } from './composer.js';
import { MessageList } from './messages.js';
import { Connection, addPerson, editOwn, screenOf, upload } from './net.js';
import { copyText } from './richtext.js';
import { drawPeople, setUpPeople } from './people.js';
import * as known from './store.js';

const { store } = known;
const WIDE = matchMedia('(min-width: 900px)');
const LAST_PERSON = 'simulator.person';
const FIRST_LOOKS = 30;
const NAMES = ['李师傅', '王秀英', '张建国', '刘芳', '陈晓明', '赵大姐', '孙磊', '周玉兰', '吴刚', '郑雪'];

/** What each event of the server changes. */
const EVENTS = {
  hello, chat, message, deleted, keyboard, toast: onToast, typing, user, bot, cleared,
  refused: ({ text }) => toast(`操作没有成功:${text}`),
};

const asked = readAddress();
const composer = new Composer({
  say, start: () => start(), unblock: () => line.send('unblock'), contact: () => send('contact'),
  attach: () => attachments.choose(), location: () => attachments.place(),
  bot: () => store.bot, phone: known.currentPhone,
});
const attachments = new Attachments({
  send: (kind, file, caption) => upload(store.current, kind, file, caption),
  contact: () => send('contact'),
  location: (latitude, longitude) => send('location', { latitude, longitude }),
});
const list = new MessageList({
  onPress: (pressed, row, column) => send('press', { message_id: pressed.id, row, column }),
  onVote: (poll, options) => send('vote', { message_id: poll.id, options }),
  get viewer() { return known.viewerOf(known.currentPhone()); },
  onOther: pressOther, onCommand: say, onStart: start,
  get username() { return store.bot.username; },
  get botName() { return store.bot.name; },
});
setUpPage();
const line = new Connection((event) => EVENTS[event.type]?.(event), showLine);

// --- events ---

function hello(event) {
  known.setBot(event.bot);
  known.setUsers(event.users);
  showBot();
  drawPeople();
  if (store.current && !store.phones.has(store.current)) leave();
  if (store.current) line.send('open', whatToOpen(store.current));
  else openFirst();
  lookAround();
}

function chat(event) {
  const phone = store.phones.get(event.user);
  if (!phone) return;
  const firstTime = list.phone !== phone;
  known.setScreen(event.user, event);
  if (event.user !== store.current) return;
  const isUnread = (one) => one.id > phone.readId && one.from !== 'me';
  const unread = firstTime && phone.messages.find(isUnread);
  if (firstTime) list.open(phone, unread?.id ?? null);
  else list.refresh();
  known.markRead(phone);
  showChat();
  if (firstTime) composer.focus();
  if (asked.start !== null) {
    start(asked.start);
    asked.start = null;
  }
}

function message(event) {
  const phone = store.phones.get(event.user);
  if (!phone) return;
  const isNew = known.putMessage(event.user, event.message);
  if (event.message.from === 'bot' && isNew) phone.typingUntil = 0;
  if (event.user === store.current) {
    // Before the chat is loaded its "chat" event will bring this message too.
    if (list.phone === phone) list.show(event.message, isNew);
    if (!document.hidden) known.markRead(phone);
    showChat();
    if (isNew && event.message.from !== 'me') {
      announce(`${event.message.author || store.bot.name}:${known.preview(event.message)}`);
    }
  }
  drawPeople();
}

function deleted(event) {
  if (!store.phones.has(event.user)) return;
  known.dropMessages(event.user, event.ids);
  if (event.user === store.current) {
    list.refresh();
    showChat();
  }
  drawPeople();
}

function keyboard(event) {
  const phone = store.phones.get(event.user);
  if (!phone) return;
  phone.keyboard = event.keyboard;
  phone.keyboardHidden = false;
  if (event.user === store.current) composer.newKeyboard();
}

function onToast(event) {
  if (event.user !== store.current) return;
  answered();
  if (!event.text) return;
  if (event.alert) alertBox(event.text);
  else toast(event.text);
}

function typing(event) {
  const phone = store.phones.get(event.user);
  if (!phone) return;
  phone.typingUntil = Date.now() + event.seconds * 1000;
  showStatus();
  drawPeople();
  setTimeout(() => {
    showStatus();
    drawPeople();
  }, event.seconds * 1000 + 20);
}

function user(event) {
  known.setUser(event.user);
  if (event.user.id === store.current) showChat();
  drawPeople();
}

function bot(event) {
  known.setBot(event.bot);
  showBot();
}

function cleared() {
  leave();
  known.setUsers([]);
  drawPeople();
}

// --- what the person does ---

function send(type, fields) {
  const sent = line.send(type, fields);
  if (!sent) toast('正在连接,请稍后再试');
  return sent;
}

function say(text) {
  return send('say', { text });
}

function start(payload = '') {
  return send('start', payload ? { payload } : {});
}

function open(id, push = true) {
  if (store.current === id && byId('app').dataset.view === 'chat') return;
  store.current = id;
  localStorage.setItem(LAST_PERSON, String(id));
  const address = `?user=${id}`;
  // The phone's own back gesture leads to the list, as in a messenger.
  if (push && !WIDE.matches) history.pushState({ user: id }, '', address);
  else history.replaceState({ user: id }, '', address);
  list.reset();
  composer.switchTo(known.currentPhone());
  showView('chat');
  showChat();
  drawPeople();
  line.send('open', whatToOpen(id));
}

function whatToOpen(id) {
  return { user: id, as: known.viewerOf(store.phones.get(id)) };
}

/** Another member of the group holds the phone. */
function lookAs(id) {
  const phone = known.currentPhone();
  phone.as = id;
  phone.messages = [];
  phone.loaded = false;
  list.reset();
  line.send('open', whatToOpen(phone.user.id));
}

function leave() {
  asked.direct = false;
  store.current = null;
  list.reset();
  composer.switchTo(null);
  history.replaceState({}, '', location.pathname);
  showView('list');
  showChat();
  drawPeople();
}

async function add() {
  const free = NAMES.find((name) => ![...store.phones.values()].some((p) => p.user.name === name));
  const name = await askText('新建人物', '这个人会有自己的手机和与机器人的聊天。', '新建',
    { required: true, maxlength: 64, placeholder: '姓名' }, free);
  if (name) openNew(name);
}

async function openNew(name) {
  try {
    const { id } = await addPerson(name);
    known.setUser({ language_code: 'zh-hans', blocked: false, name, id });
    open(id);
  } catch (error) {
    console.warn('cannot add a person', error.message);
    toast('新建失败,请重试');
  }
}

async function pressOther(key) {
  if (key.kind === 'copy') toast(await copyText(key.copy ?? key.url ?? key.text) ? '已复制' : '无法复制');
  else if (key.url) window.open(key.url, '_blank', 'noopener');
  else toast('模拟器不支持这个按钮');
}

async function askStart() {
  const payload = await askText('用链接参数启动', `t.me/${store.bot.username}?start=…`, '启动',
    {
      maxlength: 64, pattern: '[A-Za-z0-9_\\-]*', placeholder: '字母、数字、_ 和 -',
      autocapitalize: 'off',
    });
  if (payload !== null) start(payload);
}

async function block() {
  if (await confirmBox(`屏蔽“${store.bot.name}”?它将不能再给您发消息。`, '屏蔽')) line.send('block');
}

function showMenu() {
  const phone = known.currentPhone();
  const restart = { label: '重新开始 /start', icon: 'replay', run: () => start() };
  const withLink = { label: '用链接参数启动…', icon: 'link', run: askStart };
  const about = { label: '机器人资料', icon: 'person', run: showBotCard };
  if (phone.user.members) {
    menu(byId('chat-menu'), '更多', [about]);
    return;
  }
  const blocked = phone.user.blocked
    ? { label: '解除屏蔽', icon: 'block', run: () => line.send('unblock') }
    : { label: '屏蔽机器人', icon: 'block', run: block, danger: true };
  menu(byId('chat-menu'), '更多', phone.user.blocked ? [about, blocked]
    : [restart, withLink, about, blocked]);
}

function showBotCard() {
  const { name, username, description, short_description: about, commands } = store.bot;
  sheet('机器人资料', (close) => h('div', { class: 'about' },
    h('span', { class: 'avatar bot large' }, botPicture()), h('h3', null, name),
    username ? h('p', { class: 'hint' }, `@${username}`) : null,
    h('p', null, about || description || '还没有简介'),
    h('ul', { class: 'choices' }, commands.map((one) => h('li', null, h('button', {
      type: 'button',
      onclick: () => {
        close();
        say(`/${one.command}`);
      },
    }, h('span', null, one.description), h('span', { class: 'hint' }, `/${one.command}`)))))));
}

/** The menu of one message: right click, or a long press on a touch screen. */
function showMessageMenu(event) {
  const row = event.target.closest('.bubble')?.closest('.row');
  // Links keep the browser's own menu, and so does a selection that someone wants to copy.
  if (!row || event.target.closest('a, img') || !getSelection().isCollapsed) return;
  event.preventDefault();
  const one = known.currentPhone().messages.find(({ id }) => id === Number(row.dataset.id));
  const copy = {
    label: '复制', icon: 'copy',
    run: async () => toast(await copyText(one.text) ? '已复制' : '无法复制'),
  };
  const edit = { label: '编辑', icon: 'edit', run: () => editMessage(one) };
  const { user: { blocked, members } } = known.currentPhone();
  const editable = one.from === 'me' && !one.media && !blocked && !members;
  menu({ x: event.clientX, y: event.clientY }, '消息', editable ? [copy, edit] : [copy]);
}

async function editMessage(one) {
  const text = await askText('编辑消息', null, '保存', { required: true, rows: 4 }, one.text);
  if (!text || text === one.text) return;
  editOwn(store.current, one.id, text).catch(() => toast('编辑失败'));
}

// --- what is shown ---

function setUpPage() {
  byId('add-person').append(icon('add'));
  byId('back').append(icon('back'));
  byId('chat-menu').append(icon('more'));
  byId('bot-card').querySelector('.avatar').append(botPicture());
  byId('add-person').addEventListener('click', add);
  byId('add-first').addEventListener('click', add);
  byId('back').addEventListener('click', () => history.state?.user && !asked.direct
    ? history.back() : leave());
  byId('bot-card').addEventListener('click', showBotCard);
  byId('as').addEventListener('change', ({ target }) => lookAs(Number(target.value)));
  byId('chat-menu').addEventListener('click', showMenu);
  byId('messages').addEventListener('contextmenu', showMessageMenu);
  document.addEventListener('visibilitychange', () => {
    const phone = known.currentPhone();
    if (document.hidden || !phone) return;
    known.markRead(phone);
    drawPeople();
  });
  window.addEventListener('popstate', ({ state }) => {
    if (state?.user && store.phones.has(state.user)) open(state.user, false);
    else leave();
  });
  document.addEventListener('keydown', typeAnywhere);
  WIDE.addEventListener('change', () => showView(byId('app').dataset.view));
  setUpPeople(open);
  showView('list');
  showChat();
}

// On a laptop letters go to the message wherever the focus is, as in every messenger.
function typeAnywhere(event) {
  const elsewhere = event.target.closest('input, textarea, dialog')
    || event.ctrlKey || event.metaKey || event.altKey || event.key === ' ';
  if (!elsewhere && [...event.key].length === 1) composer.focus();
}

function readAddress() {
  const query = new URLSearchParams(location.search);
  const id = Number(query.get('user')) || null;
  return { user: id, start: query.get('start'), direct: Boolean(id) };
}

function openFirst() {
  const last = Number(localStorage.getItem(LAST_PERSON));
  const ids = [...store.phones.keys()];
  const usual = ids.includes(last) ? last : ids[0];
  if (asked.user && ids.includes(asked.user)) open(asked.user, false);
  else if (asked.start !== null) {
    if (usual) open(usual);
    else openNew(NAMES[0]);
  } else if (WIDE.matches && usual) open(usual, false);
  asked.user = null;
}

// "hello" says who is there but not what was said: the list's last lines come from the screens.
async function lookAround() {
  const unseen = [...store.phones.values()].filter((phone) => phone.user.id !== store.current);
  await Promise.all(unseen.slice(-FIRST_LOOKS).map(async ({ user: { id } }) => {
    try {
      known.setScreen(id, await screenOf(id));
    } catch (error) {
      console.warn('no screen', id, error.message);
    }
  }));
  drawPeople();
}

function showLine(online) {
  byId('connection').hidden = online;
  document.documentElement.classList.toggle('offline', !online);
}

function showView(view) {
  byId('app').dataset.view = view;
  byId('people').inert = !WIDE.matches && view === 'chat';
  byId('chat').inert = !WIDE.matches && view === 'list';
}

function showBot() {
  showChat();
}

function showStatus() {
  const busy = (known.currentPhone()?.typingUntil ?? 0) > Date.now();
  const status = byId('bot-status');
  const members = known.currentPhone()?.user.members;
  const usual = members ? `群 · ${members.length} 人` : '机器人';
  status.textContent = busy ? '正在输入…' : usual;
  status.classList.toggle('typing', busy);
}

function showChat() {
  const phone = known.currentPhone();
  byId('app').classList.toggle('without-chat', !phone);
  composer.show();
  showStatus();
  byId('bot-name').textContent = phone?.user.members ? phone.user.name : store.bot.name;
  showMembers(phone);
  const whose = byId('whose');
  whose.hidden = Boolean(phone?.user.members);
  whose.replaceChildren(...(phone ? [avatar(phone.user.id, phone.user.name, 'small')] : []));
  whose.setAttribute('aria-label', phone ? `${phone.user.name}的手机` : '');
  whose.title = phone ? `${phone.user.name}的手机` : '';
  const empty = Boolean(phone?.loaded) && phone.messages.length === 0 && !phone.user.members;
  byId('welcome').hidden = !empty;
  if (empty) {
    byId('welcome').replaceChildren(h('div', { class: 'welcome-card' },
      h('span', { class: 'avatar bot large' }, botPicture()),
      h('h2', null, '这个机器人能做什么?'),
      h('p', null, store.bot.description || store.bot.short_description || '按下面的按钮开始对话。')));
  }
}

/** In a group: as whom one reads, writes and votes. */
function showMembers(phone) {
  const select = byId('as');
  const members = phone?.user.members;
  select.hidden = !members;
  if (!members) return;
  select.replaceChildren(...members.map(({ id, name }) => h('option', { value: id }, name)));
  select.value = String(known.viewerOf(phone));
}
