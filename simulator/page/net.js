/** The line to the server: one WebSocket that comes back by itself, and plain POSTs. */

const FIRST_WAIT = 400;
const LONGEST_WAIT = 5000;

export class Connection {
  /** onEvent gets every JSON object; onState gets true or false as the line comes and goes. */
  constructor(onEvent, onState) {
    this.onEvent = onEvent;
    this.onState = onState;
    this.wait = FIRST_WAIT;
    this.connect();
    // A phone that wakes up should not sit out the rest of a long wait.
    window.addEventListener('online', () => this.hurry());
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) this.hurry();
    });
  }

  connect() {
    clearTimeout(this.timer);
    this.timer = null;
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    const socket = new WebSocket(`${scheme}://${location.host}/ws`);
    this.socket = socket;
    socket.onopen = () => {
      this.wait = FIRST_WAIT;
      this.onState(true);
    };
    socket.onmessage = ({ data }) => {
      let event = null;
      try {
        event = JSON.parse(data);
      } catch {
        console.warn('unreadable event');
      }
      if (event) this.onEvent(event);
    };
    socket.onclose = () => {
      this.onState(false);
      this.timer = setTimeout(() => this.connect(), this.wait);
      this.wait = Math.min(this.wait * 1.7, LONGEST_WAIT);
    };
  }

  hurry() {
    if (this.timer && this.socket.readyState === WebSocket.CLOSED) this.connect();
  }

  /** True when the event left the page; the caller keeps the person's text otherwise. */
  send(type, fields = {}) {
    if (this.socket.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify({ type, ...fields }));
    return true;
  }
}

async function call(path, options) {
  const response = await fetch(path, options);
  if (!response.ok) throw new Error(`${response.status} ${(await response.text()).slice(0, 200)}`);
  return response.json();
}

export function addPerson(name) {
  return call('/sim/users', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ name }),
  });
}

export function editOwn(user, messageId, text) {
  return call(`/sim/users/${user}/edit`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ message_id: messageId, text }),
  });
}

/** kind is "photo" or "document". */
export function upload(user, kind, file, caption) {
  const form = new FormData();
  form.append('file', file, file.name);
  if (caption) form.append('caption', caption);
  return call(`/sim/users/${user}/${kind}`, { method: 'POST', body: form });
}

export function screenOf(user) {
  // A group is among the people; its number is below nothing.
  return call(user < 0 ? `/sim/groups/${user}/screen` : `/sim/users/${user}/screen`);
}
