// Keys for the lists of staff: from row to row, to the search, and to what the keys are. A comfort: Tab reaches all of
// it, and whoever does not want single keys to act gets pages without this script (the link stands beside the list of keys).

const TYPING = "input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]";

const rows = () => [...document.querySelectorAll("[data-rows] > *")];
const mainOf = (row) => row.querySelector("a[href], button, summary");

function go(step) {
  const places = rows().map(mainOf).filter(Boolean);
  const here = places.findIndex((place) => place.closest("[data-rows] > *").contains(document.activeElement));
  const next = here < 0 ? (step > 0 ? 0 : places.length - 1) : here + step;
  if (!places[next]) return false;
  places[next].focus();
  places[next].closest("[data-rows] > *").scrollIntoView({ block: "nearest" });
  return true;
}

function search() {
  const field = document.querySelector(".search [name=q]");
  field?.focus();
  return Boolean(field);
}

function takeNext() {
  const button = document.querySelector('main form[action$="/queue/next"] button');
  button?.click(); // harms nothing: somebody who has a text in hand is led to it
  return Boolean(button);
}

function explain() {
  const help = document.getElementById("keys");
  if (!help) return false;
  help.open = true;
  help.querySelector("summary").focus();
  return true;
}

// What each key does; it answers whether there was anything to do. A page may add its own.
export const keys = new Map([
  ["j", () => go(1)],
  ["k", () => go(-1)],
  ["n", takeNext],
  ["/", search],
  ["?", explain],
]);

// On a Greek keyboard the letters lie on the same keys and are others.
function nameOf(event) {
  const isLetter = /^Key[A-Z]$/.test(event.code) && !/^[a-z]$/i.test(event.key);
  return isLetter ? event.code.slice(3).toLowerCase() : event.key;
}

document.addEventListener("keydown", (event) => {
  const isOurs = !event.defaultPrevented && !event.isComposing && !event.ctrlKey && !event.altKey && !event.metaKey;
  if (!isOurs || event.target.closest?.(TYPING)) return;
  if (keys.get(nameOf(event))?.()) event.preventDefault();
});
