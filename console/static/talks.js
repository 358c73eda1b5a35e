// Talks that stay open: what is new comes by itself, and phrases go into the field.
"use strict";

// <div data-renew="/console/..." data-renew-seconds="4" data-keep-end>: asks again and again for
// {"html": ...} from our own templates; with data-keep-end the newest stays in sight.
for (const element of document.querySelectorAll("[data-renew]")) {
  let before = null;
  const toEnd = () => {
    if ("keepEnd" in element.dataset) element.scrollTop = element.scrollHeight;
  };
  toEnd();
  const renew = async () => {
    if (!document.hidden) {
      try {
        const answer = await fetch(element.dataset.renew, { headers: { Accept: "application/json" } });
        if (answer.ok && !answer.redirected) {
          const { html } = await answer.json();
          if (html !== before) {
            const isAtEnd = element.scrollHeight - element.scrollTop - element.clientHeight < 40;
            element.innerHTML = html;
            if (isAtEnd) toEnd();
          }
          before = html;
        }
      } catch {
        // The network is away for a moment: what is there stays.
      }
    }
    setTimeout(renew, Number(element.dataset.renewSeconds) * 1000);
  };
  setTimeout(renew, Number(element.dataset.renewSeconds) * 1000);
}

// A phrase is put where the cursor is; what was typed already stays.
for (const form of document.querySelectorAll("form[data-phrases]")) {
  form.addEventListener("submit", async (event) => {
    const chosen = form.elements.phrase.value;
    if (!chosen) return;
    event.preventDefault();
    const field = document.getElementById(form.dataset.phrasesInto);
    const answer = await fetch(form.dataset.phrases + encodeURIComponent(chosen));
    if (!answer.ok || answer.redirected) {
      // The page says why it cannot be used.
      if (!field.value) form.submit();
      return;
    }
    const { text } = await answer.json();
    field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
    field.focus();
  });
}
