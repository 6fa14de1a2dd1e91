// Talking live: lines appear when they are said, and what is written while the line is down is sent once when it is
// back, in order. The stream says numbers and states, and the page fetches lines by number. Without this script the page
// of a reader loads itself anew, and that of a writer has a button.
//
// talkplace.js is what the parts share; asking.js asks, hearing.js hears, talknews.js shows what was heard, lines.js has
// the lines, outbox.js sends, otherside.js tells how the line is and who is there, drafts.js keeps what is typed.

import { ask, isTurnedAway } from "./asking.js";
import { begin, stop, tellHere, whenHeard } from "./hearing.js";
import { follow, hasLines, showEnd } from "./lines.js";
import { line } from "./otherside.js";
import { isWaiting, send, whenNotTaken, write } from "./outbox.js";
import { changed, renew, show, showButtons, turnedAway } from "./talknews.js";
import { form, isLeaving, isOpen, place, say, talk } from "./talkplace.js";

whenHeard({ heard: show, turnedAway });
whenNotTaken({ tooLate: changed, turnedAway });

function go() {
  begin();
  send();
}

// The box.

function sayIt() {
  const text = form.elements.body.value;
  form.elements.body.focus();
  if (!text.trim()) return;
  const feelings = new FormData(form).getAll("feelings");
  form.elements.body.value = "";
  emptyBox();
  say("");
  write(text, feelings);
}

function emptyBox() {
  delete form.dataset.unsaved;
  for (const one of form.querySelectorAll("[name=feelings]")) one.checked = false;
  document.getElementById("own-feelings")?.removeAttribute("open");
  document.getElementById("draft-note")?.replaceChildren(); // it told of what is sent now
}

async function pressPart(part, button) {
  const answer = await ask(part.action, { method: "POST", body: new URLSearchParams(new FormData(part, button)) });
  if (isTurnedAway(answer)) tellHere(); // finds out why
  else if (answer?.ok) renew(answer.text);
}

document.addEventListener("submit", (event) => {
  const pressed = event.target;
  if (pressed === form && event.submitter?.name === "look") {
    // The server keeps what is typed while it asks for the purpose. What was not sent yet goes first.
    if (isWaiting() || line.isOff) return event.preventDefault();
    talk.isOver = true;
  } else if (pressed === form && isOpen && !talk.isOver) {
    event.preventDefault();
    sayIt();
  } else if ("stays" in pressed.dataset) {
    event.preventDefault();
    pressPart(pressed, event.submitter);
  } else if (pressed === form) {
    delete form.dataset.unsaved; // a letter
  }
});

document.addEventListener("click", (event) => {
  const words = event.target.closest?.("[data-puts]")?.dataset.puts;
  if (!words) return;
  form.elements.body.value = [form.elements.body.value.trim(), words].filter(Boolean).join(" ");
  form.elements.body.focus();
});

form?.addEventListener("input", () => form.toggleAttribute("data-unsaved", Boolean(form.elements.body.value.trim())));

if (form && isOpen) {
  form.elements.body.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  form.elements.body.addEventListener("focus", showEnd); // and not on the button, which would move under the finger
  window.visualViewport?.addEventListener("resize", follow); // a keyboard opens
  if (hasLines()) showEnd();
}

// Coming and going. What was kept on the server need not be asked about.

window.addEventListener("beforeunload", (event) => {
  const isUnsent = isWaiting() || (form && "unsaved" in form.dataset);
  if (isUnsent && !isLeaving() && !talk.isOver) event.preventDefault();
});
window.addEventListener("online", go);
document.addEventListener("visibilitychange", () => (document.hidden ? stop() : go()));
window.addEventListener("pagehide", stop);
window.addEventListener("pageshow", (event) => event.persisted && go());
showButtons();
if ("again" in place) window.location.replace(place.page); // which loads itself anew, for want of this script
else if (!document.hidden) go();
