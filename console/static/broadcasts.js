// Helps for writing a broadcast and for watching one being sent. All pages work without them.
"use strict";

// <div class="marks" data-marks="id">: each button puts its marks around what is selected there.
for (const bar of document.querySelectorAll("[data-marks]")) {
  const area = document.getElementById(bar.dataset.marks);
  bar.hidden = false;
  bar.addEventListener("click", (event) => {
    const button = event.target.closest("[data-open]");
    if (!button) return;
    const { selectionStart: start, selectionEnd: end, value } = area;
    const { open, close } = button.dataset;
    area.setRangeText(open + value.slice(start, end) + close, start, end, "end");
    if (start === end) area.selectionEnd = area.selectionStart = start + open.length;
    area.focus();
    area.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

// <div data-renew="/console/..." data-renew-seconds="2">: the piece of the page inside is fetched
// again and again. When the thing itself is in another state, the whole page is.
for (const board of document.querySelectorAll("[data-renew]")) {
  const wait = Number(board.dataset.renewSeconds || 3) * 1000;
  const renew = async () => {
    if (!document.hidden) {
      try {
        const answer = await fetch(board.dataset.renew, { headers: { Accept: "text/html" } });
        if (answer.ok && !answer.redirected) {
          const state = answer.headers.get("X-State");
          if (state && state !== board.dataset.state) {
            // Not while somebody is in the middle of confirming something.
            if (!document.querySelector("details.confirm[open]")) {
              location.reload();
              return;
            }
          }
          board.innerHTML = await answer.text();
        }
      } catch {
        // The network is away for a moment: the numbers stay as they were.
      }
    }
    setTimeout(renew, wait);
  };
  setTimeout(renew, wait);
}
