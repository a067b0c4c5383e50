// Keeps the results on an open page up to date. Without it there is the link "Refresh".
"use strict";

const PAUSE_MILLISECONDS = 5000;
const LONGEST_PAUSE_MILLISECONDS = 60000;
const chart = document.querySelector("[data-live]");
let pause = PAUSE_MILLISECONDS;
let shown = "";

async function refresh() {
  // A page in the background asks for nothing.
  if (!document.hidden) {
    try {
      const answer = await fetch(chart.dataset.live);
      if (!answer.ok) throw new Error(String(answer.status));
      const text = await answer.text();
      if (text !== shown) chart.innerHTML = shown = text;
      pause = PAUSE_MILLISECONDS;
    } catch {
      pause = Math.min(2 * pause, LONGEST_PAUSE_MILLISECONDS);
    }
  }
  if (chart.querySelector("[data-open]")) setTimeout(refresh, pause);
}

if (chart) setTimeout(refresh, pause);
