// The numbers of an event while its page stays open.
"use strict";

const SECONDS = 15;
const board = document.querySelector("[data-numbers]");

async function renew() {
  if (!document.hidden) {
    try {
      const answer = await fetch(board.dataset.numbers, { headers: { Accept: "application/json" } });
      if (answer.ok && !answer.redirected) {
        const numbers = await answer.json();
        for (const element of board.querySelectorAll("[data-number]")) {
          element.textContent = numbers[element.dataset.number];
        }
      }
    } catch {
      // The network is away for a moment: the numbers stay as they were.
    }
  }
  setTimeout(renew, SECONDS * 1000);
}

if (board) setTimeout(renew, SECONDS * 1000);
