// Copy the address of a post. Without this script there is a link whose address the browser can copy.

import { copy, say } from "./copy.js";

const status = document.getElementById("link-status");

for (const button of document.querySelectorAll("[data-copies-link]")) {
  const words = button.textContent;
  button.hidden = false;
  button.previousElementSibling.hidden = true; // one of the two is enough
  button.addEventListener("click", async () => {
    const done = await copy(new URL(button.dataset.copiesLink, location.href).href);
    say(status, done);
    button.textContent = done ? status.dataset.copied : status.dataset.failed;
    button.addEventListener("blur", () => (button.textContent = words), { once: true });
    button.focus();
  });
}
