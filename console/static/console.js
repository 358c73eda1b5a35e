// Small helps; every page works without them.
"use strict";

// One click is enough: a second one while the first is on its way does nothing.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  for (const button of form.querySelectorAll("button")) button.setAttribute("aria-disabled", "true");
});

// Coming back by the browser's history: the form may be sent again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("button")) button.removeAttribute("aria-disabled");
  }
});

// A filter that was chosen is applied at once.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-sieve]");
  if (form && event.target.matches("select")) form.requestSubmit();
});

// <form data-live="/console/..." data-live-into="id">: what is typed is sent a moment later, and
// the answer, a piece of HTML from our own templates, takes the place of what is in the element.
const waiting = new WeakMap();
document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-live]");
  if (!form) return;
  const before = waiting.get(form);
  if (before) {
    clearTimeout(before.timer);
    before.stop.abort();
  }
  const stop = new AbortController();
  waiting.set(form, { stop, timer: setTimeout(() => refresh(form, stop.signal), 400) });
});

async function refresh(form, signal) {
  const into = document.getElementById(form.dataset.liveInto);
  into.setAttribute("aria-busy", "true");
  try {
    const body = new URLSearchParams(new FormData(form));
    const answer = await fetch(form.dataset.live, { method: "POST", body, signal });
    // Led elsewhere, to the door: its page is no piece of this one.
    if (answer.ok && !answer.redirected) into.innerHTML = await answer.text();
  } catch (error) {
    if (error.name === "AbortError") return;
  }
  into.removeAttribute("aria-busy");
}

// <div data-poll="/console/..." data-poll-seconds="2">: asks until the answer says where to go, or
// that the form inside can be sent.
for (const element of document.querySelectorAll("[data-poll]")) {
  const seconds = Number(element.dataset.pollSeconds || 2);
  const ask = async () => {
    try {
      const answer = await fetch(element.dataset.poll, { headers: { Accept: "application/json" } });
      const told = answer.ok ? await answer.json() : {};
      if (told.go) {
        location.assign(told.go);
        return;
      }
      if (told.send) {
        element.querySelector("form").requestSubmit();
        return;
      }
    } catch {
      // The network is away for a moment: ask again.
    }
    setTimeout(ask, seconds * 1000);
  };
  setTimeout(ask, seconds * 1000);
}

// The drawer on phones closes with Escape, and its opener gets the focus back.
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && location.hash === "#menu") {
    history.replaceState(null, "", location.pathname + location.search);
    location.hash = "main";
  }
});

// Printing what must be kept on paper.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});
for (const button of document.querySelectorAll("[data-print]")) button.hidden = false;
