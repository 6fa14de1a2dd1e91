// Copy a link that is passed on. The buttons stay hidden without this script: the link can be marked and copied.

import { copy, say } from "./copy.js";

for (const button of document.querySelectorAll("[data-copies]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    say(button.nextElementSibling, await copy(document.getElementById(button.dataset.copies).textContent.trim()));
    button.focus();
  });
}
