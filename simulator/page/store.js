/** What the page knows: the bot, and every person's phone with its messages. */

export const store = {
  bot: { name: '机器人', username: '', description: '', short_description: '', commands: [] },
  phones: new Map(),
  current: null,
};

/** A phone whose messages are not loaded yet has loaded=false. */
function blankPhone(user) {
  return {
    user,
    messages: [],
    keyboard: null,
    keyboardHidden: false,
    loaded: false,
    readId: 0,
    typingUntil: 0,
    draft: '',
  };
}

export const currentPhone = () => store.phones.get(store.current) ?? null;

/** Whose eyes look at a chat: its own person's, in a group those of the member who was chosen. */
export const viewerOf = (phone) => (phone?.user.members
  ? phone.as ?? phone.user.members[0]?.id : phone?.user.id);

/** In a group the server does not know who looks: the own messages are found by their author. */
function seen(phone, message) {
  if (!phone.user.members || message.from === 'bot') return message;
  return { ...message, from: message.author_id === viewerOf(phone) ? 'me' : 'other' };
}

export function setBot(bot) {
  store.bot = { ...store.bot, ...bot, commands: bot.commands ?? store.bot.commands };
}

/** The server's list of people is the truth; what is known of those who stay is kept. */
export function setUsers(users) {
  const known = store.phones;
  store.phones = new Map();
  for (const user of users) {
    const phone = known.get(user.id) ?? blankPhone(user);
    phone.user = user;
    store.phones.set(user.id, phone);
  }
}

export function setUser(user) {
  const phone = store.phones.get(user.id);
  if (phone) phone.user = { ...phone.user, ...user };
  else store.phones.set(user.id, blankPhone(user));
}

/** A whole screen: what was there before the page came counts as read. */
export function setScreen(id, { messages, keyboard, blocked }) {
  const phone = store.phones.get(id);
  if (!phone) return null;
  if (!phone.loaded) {
    // Messages that arrived before the first look came while the page was open: unread.
    phone.readId = phone.messages.length ? phone.messages[0].id - 1 : newest(messages);
  } else if (newest(messages) < phone.readId) {
    // A restarted server counts from the beginning again: old marks would hide new messages.
    phone.readId = newest(messages);
  }
  // Unchanged messages keep their identity, so their bubbles need not be drawn again.
  const before = new Map(phone.messages.map((message) => [message.id, message]));
  phone.messages = messages.map((given) => {
    const message = seen(phone, given);
    const old = before.get(message.id);
    return old && JSON.stringify(old) === JSON.stringify(message) ? old : message;
  });
  phone.keyboard = keyboard ?? null;
  phone.user.blocked = Boolean(blocked);
  phone.loaded = true;
  return phone;
}

/** Adds or replaces; true when the message is new. */
export function putMessage(id, message) {
  const phone = store.phones.get(id);
  const { messages } = phone;
  const place = messages.findIndex((other) => other.id === message.id);
  if (place >= 0) {
    messages[place] = seen(phone, message);
    return false;
  }
  messages.push(seen(phone, message));
  return true;
}

export function dropMessages(id, ids) {
  const phone = store.phones.get(id);
  const gone = new Set(ids);
  phone.messages = phone.messages.filter((message) => !gone.has(message.id));
}

const newest = (messages) => messages.reduce((most, { id }) => Math.max(most, id), 0);

export function markRead(phone) {
  phone.readId = Math.max(phone.readId, newest(phone.messages));
}

export function unreadOf(phone) {
  let count = 0;
  // From the newest back: what was read before need not be looked at, however much it is.
  for (let i = phone.messages.length - 1; i >= 0; i -= 1) {
    const message = phone.messages[i];
    if (message.id <= phone.readId) break;
    if (message.from !== 'me') count += 1;
  }
  return count;
}

const MEDIA_NAMES = {
  photo: '[照片]', document: '[文件]', location: '[位置]', venue: '[地点]', contact: '[联系人]',
  poll: '[投票]', voice: '[语音]', sticker: '[贴纸]', dice: '[骰子]', other: '[消息]',
};

/** One line for the chat list and for screen readers. */
export function preview(message) {
  const { media, text } = message;
  if (!media) return text || '[消息]';
  const name = media.emoji ?? MEDIA_NAMES[media.kind] ?? '[消息]';
  return [name, text || media.title || media.name || ''].join(' ').trim();
}
