// Copy and print for the passphrase. The buttons stay hidden without this script: they could do nothing.

import { copy, say } from "./copy.js";

const status = document.getElementById("passphrase-status");

function wordsOf(id) {
  return [...document.querySelectorAll(`#${id} li`)].map((word) => word.textContent.trim()).join(" ");
}

for (const button of document.querySelectorAll("[data-copies]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    say(status, await copy(wordsOf(button.dataset.copies)));
    button.focus();
  });
}

for (const button of document.querySelectorAll("[data-prints]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
