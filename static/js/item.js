// Keys for the page of one text. A key chooses and goes to a place; what sends something is Enter on a button that has
// the focus. Undo and "Next for me" act at once, for they harm nothing. They rest while somebody types, and are not there
// for whoever switched single keys off.

import { keys } from "./rows.js";

const decision = document.getElementById("decision");
const one = (selector) => document.querySelector(selector);
const fieldIn = (part) => part.querySelector("input:not([type=hidden]), select, textarea, button");

function goTo(place) {
  if (!place) return false;
  for (let part = place.closest("details"); part; part = part.parentElement.closest("details")) part.open = true;
  place.focus();
  place.scrollIntoView({ block: "center" });
  return true;
}

// Choose, and go to what the choice asks for: what it unfolds, else the button that sends.
function choose(name, value) {
  const choice = decision?.querySelector(`input[name="${name}"][value="${value}"]`);
  if (!choice) return false;
  choice.checked = true;
  choice.dispatchEvent(new Event("change", { bubbles: true }));
  const asked = decision.querySelector(`details[data-opens-for~="${value}"]`);
  return goTo(asked ? fieldIn(asked) : decision.querySelector("button.primary"));
}

function undo() {
  const button = one('main form[action$="/undo"] button');
  button?.click();
  return Boolean(button);
}

function unfoldText() {
  const whole = document.getElementById("whole");
  if (!whole) return false;
  whole.open = !whole.open;
  whole.querySelector("summary").focus();
  return true;
}

function goToHold() {
  const hold = document.getElementById("hold");
  return goTo(hold && fieldIn(hold.querySelector("form")));
}

for (const [key, act] of Object.entries({
  j: () => goTo(one("a[rel=next]")),
  k: () => goTo(one("a[rel=prev]")),
  t: unfoldText,
  p: () => choose("conduct", "publish"),
  l: () => choose("conduct", "publish_with_warnings"),
  c: () => choose("conduct", "ask_change"),
  e: () => choose("risk", "escalate"),
  h: goToHold,
  s: () => goTo(one('main form[action$="/skip"] button')),
  u: undo,
})) keys.set(key, act);

// A browser sends a form when Enter is pressed on a box to tick. Here it leads to the button, and only that one sends.
decision?.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches("[type=radio], [type=checkbox]")) return;
  event.preventDefault();
  goTo(decision.querySelector("button.primary"));
});
