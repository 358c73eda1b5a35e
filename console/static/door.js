// Check-in that goes on without a network. Every tick is kept on this phone first, with a key of
// its own and the time, and is sent until the server has answered for it; the server counts a key
// once. What is kept holds no names: keys, claims, times.
"use strict";

const door = document.getElementById("door");
const said = door.dataset;
const STORE = `nuanxin-door-${said.event}`;
// A phone's own clock may be wrong; what is added to it is told once a page, so that the order of
// this phone's ticks stays what it was, however slow the network is.
const AHEAD = Number(said.now) - Date.now();
const AGAIN = 5000;
const AT_ONCE = 200;
const rows = new Map();
const codes = new Map();
for (const row of door.querySelectorAll("[data-seat]")) {
  rows.set(row.dataset.seat, row);
  codes.set(row.dataset.code, row);
}

const hint = document.getElementById("door-said");
const state = document.getElementById("sync-state");
let timer = 0;
let sending = false;
let canKeep = true;
let unkept = [];

function kept() {
  try {
    return JSON.parse(localStorage.getItem(STORE) || "[]").concat(unkept);
  } catch {
    return unkept;
  }
}

function keep(ticks) {
  unkept = [];
  try {
    if (ticks.length) localStorage.setItem(STORE, JSON.stringify(ticks));
    else localStorage.removeItem(STORE);
    canKeep = true;
  } catch {
    // A private window, or no room: they live as long as this page does, and it says so.
    unkept = ticks;
    canKeep = false;
  }
}

function tell(text, tone) {
  hint.textContent = text;
  hint.className = `notice ${tone}`;
  hint.hidden = false;
}

function fill(sentence, values) {
  return sentence.replace(/\[(\w+)\]/g, (_, name) => values[name]);
}

function nameOf(row) {
  return row.querySelector("strong").textContent;
}

// How a row looks: who is in has a mark and can be undone.
function show(row, isIn) {
  row.dataset.in = isIn ? "1" : "0";
  const box = row.querySelector("input[type=checkbox]");
  box.checked = isIn;
  box.disabled = isIn;
  const act = row.querySelector(".door-act");
  act.textContent = "";
  if (isIn) {
    const badge = document.createElement("span");
    badge.className = "badge good";
    badge.textContent = said.wordIn;
    act.append(badge, " ");
  }
  const button = document.createElement("button");
  button.type = "button";
  button.className = isIn ? "link" : "button quiet";
  button.dataset.act = isIn ? "undo" : "tick";
  button.textContent = isIn ? said.wordUndo : said.wordTick;
  act.append(button);
}

function count() {
  let inside = 0;
  for (const row of rows.values()) inside += Number(row.dataset.in);
  return inside;
}

// Rows of other pages of the list are counted by the server only.
let elsewhere = Number(document.getElementById("inside").textContent) - count();

function sum() {
  document.getElementById("inside").textContent = count() + elsewhere;
  const left = kept().length;
  state.hidden = left === 0;
  if (left) {
    const words = canKeep ? said.saidWaiting : said.saidNothing;
    state.textContent = fill(words, { n: left });
    state.className = canKeep ? "notice warn" : "notice bad";
  }
}

function tick(row, isIn) {
  const key = crypto.randomUUID ? crypto.randomUUID() : `${Date.now()}-${Math.random()}`;
  keep([...kept(), { key, seat: row.dataset.seat, isIn: isIn ? 1 : 0, at: Date.now() + AHEAD }]);
  show(row, isIn);
  tell(fill(isIn ? said.saidIn : said.saidUndone, { name: nameOf(row) }), "good");
  if (navigator.vibrate) navigator.vibrate(60);
  sum();
  send();
}

function enter(text) {
  const code = text.replace(/\s/g, "");
  const row = codes.get(code) || rows.get(code);
  if (!row) return false;
  if (row.dataset.in === "1") tell(fill(said.saidTwice, { name: nameOf(row) }), "warn");
  else tick(row, true);
  return true;
}

async function send() {
  clearTimeout(timer);
  const ticks = kept().slice(0, AT_ONCE);
  if (!ticks.length || sending) return;
  sending = true;
  let wait = AGAIN;
  try {
    const body = new URLSearchParams({
      csrf: document.querySelector("#code-form [name=csrf]").value,
      ticks: ticks.map((one) => `${one.key} ${one.seat} ${one.isIn} ${one.at}`).join("\n"),
    });
    const answer = await fetch(said.sync, { method: "POST", body, redirect: "manual" });
    if (answer.type === "opaqueredirect" || answer.status === 403) {
      // Signed out meanwhile: the ticks stay here until somebody signs in again.
      tell(said.saidOut, "bad");
      wait = 0;
    } else if (answer.ok) {
      heard(await answer.json());
      wait = 1;
    } else {
      tell(said.saidRefused, "bad");
      wait = answer.status >= 500 || answer.status === 429 ? AGAIN * 3 : 0;
    }
  } catch {
    tell(said.saidAway, "warn");
  }
  sending = false;
  sum();
  if (wait && kept().length) timer = setTimeout(send, wait);
}

function heard(told) {
  const whose = new Map(kept().map((one) => [one.key, rows.get(one.seat)]));
  const left = kept().filter((one) => !(one.key in told.became));
  keep(left);
  const open = new Set(left.map((one) => one.seat));
  const inside = new Set(told.inside);
  let here = 0;
  for (const [seat, row] of rows) {
    // What another phone did in between shows here too; our own newest ticks come first.
    const isIn = inside.has(seat);
    if (!open.has(seat) && (row.dataset.in === "1") !== isIn) show(row, isIn);
    if (isIn) here += 1;
  }
  elsewhere = told.inside.length - here;
  const faults = Object.entries(told.became).filter(([, fault]) => fault);
  // Somebody may have given up while this phone had no network: who, or nobody can be asked.
  const named = faults.map(([key, fault]) => (whose.get(key) ? `${nameOf(whose.get(key))}\uff1a${fault}` : fault));
  if (faults.length) tell(named.join(" "), "bad");
  else if (!left.length) tell(`${hint.textContent.replace(said.saidSynced, "")}${said.saidSynced}`, "good");
}

// Without a script these are forms; with it they work without a network.
document.getElementById("code-form").addEventListener("submit", (event) => {
  const field = document.getElementById("code");
  if (enter(field.value)) {
    event.preventDefault();
    event.stopImmediatePropagation();
    field.value = "";
    field.focus();
  } else if (!navigator.onLine) {
    event.preventDefault();
    event.stopImmediatePropagation();
    tell(said.saidUnknown, "bad");
  }
});

const list = document.getElementById("list-form");
if (list) {
  list.addEventListener("click", (event) => {
    const button = event.target.closest("[data-act]");
    if (!button) return;
    event.preventDefault();
    tick(button.closest("[data-seat]"), button.dataset.act === "tick");
  });
  list.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    for (const box of list.querySelectorAll("input[name=seat]:checked:not(:disabled)")) {
      tick(box.closest("[data-seat]"), true);
    }
  });
}

const seek = document.getElementById("seek-door");
seek.addEventListener("input", () => {
  const words = seek.value.replace(/\s/g, "").toLowerCase();
  for (const row of rows.values()) {
    row.hidden = !row.textContent.replace(/\s/g, "").toLowerCase().includes(words);
  }
});

for (const row of rows.values()) {
  // A tick that was made before the page was opened again, and is not sent yet.
  const own = kept().filter((one) => one.seat === row.dataset.seat).pop();
  show(row, own ? own.isIn === 1 : row.dataset.in === "1");
}
sum();
send();
window.addEventListener("online", send);
