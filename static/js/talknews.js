// What an open page of a live talk does with what it hears: lines, who is there, more time, another state, the end.

import { ask, wordsOf } from "./asking.js";
import { stop } from "./hearing.js";
import { fetchLines, isBehind } from "./lines.js";
import { showOther } from "./otherside.js";
import { freshId, settled, takeBack } from "./outbox.js";
import { form, isOpen, keepStill, place, say, talk } from "./talkplace.js";

const cutOff = document.getElementById("cut-off");
const purpose = document.getElementById("purpose");
let isChanging = false;

export function show(state) {
  if (purpose && !purpose.hidden) keepStill(() => (purpose.hidden = true));
  if ((state.session ?? "") !== place.session || state.state !== place.state) return void changed();
  if (isBehind(state.last)) fetchNew();
  keepStill(() => {
    if (state.other) showOther(state.other);
    const quiet = document.getElementById("quiet");
    if (quiet && "quiet" in state) quiet.hidden = !state.quiet;
  });
  if (isOtherwise(state)) renew();
}

async function fetchNew() {
  const refusal = await fetchLines();
  if (refusal) turnedAway(refusal);
}

// Whether something changed that the server says in words: the time, the agreement, the place in line, who takes part.
function isOtherwise(state) {
  const now = { ends: state.ends ?? "", version: String(state.version ?? "") };
  if ("before" in state) now.before = String(state.before);
  if (state.people) now.people = state.people.join();
  const changed = Object.keys(now).filter((name) => name in place && place[name] !== now[name]);
  Object.assign(place, now);
  return changed.length > 0;
}

// Nothing more is to be had here: because of the sign-in, of the case, or until the purpose is stated again. Then the
// page goes on sending, and listens again when it is looked at again.
export function turnedAway(answer) {
  stop();
  if (purpose && answer.status === 403 && wordsOf(answer).purpose) return keepStill(() => (purpose.hidden = false));
  talk.isOver = true;
  say((answer.status === 404 ? form?.dataset.gone : form?.dataset.signedOut) ?? "");
}

// Another session or another state is another page. What was written goes along.
export async function changed() {
  if (isChanging) return;
  isChanging = true;
  await settled();
  if (isOpen) await fetchLines();
  const typed = form?.elements.body.value.trim();
  const texts = [...takeBack(), typed].filter(Boolean);
  stop();
  talk.isOver = true;
  if (isOpen && texts.length) giveBack(texts.join("\n\n"));
  else window.location.replace(place.page);
}

// A talk that is over takes no more lines: the same words can go as a letter, where this side writes letters.
function giveBack(text) {
  form.elements.body.value = text;
  form.elements.body.dispatchEvent(new Event("input", { bubbles: true })); // so that it is kept
  const button = form.querySelector(".primary");
  if (form.dataset.letter) {
    form.action = form.dataset.letter;
    form.elements.submission_id.value = freshId();
    button.textContent = form.dataset.asLetter;
  } else {
    button.hidden = true;
  }
  say(form.dataset.over);
}

export async function renew(page) {
  const html = page ?? (await ask(place.page))?.text;
  if (!html) return;
  const found = new DOMParser().parseFromString(html, "text/html");
  keepStill(() => {
    for (const part of document.querySelectorAll("[data-part]")) {
      const fresh = found.getElementById(part.id);
      if (fresh) part.replaceChildren(...fresh.childNodes);
    }
    const agreed = found.getElementById("cut-off");
    if (cutOff && agreed) cutOff.replaceChildren(...agreed.childNodes);
    showButtons();
  });
}

export function showButtons() {
  for (const button of document.querySelectorAll("[data-puts]")) button.hidden = false;
}
