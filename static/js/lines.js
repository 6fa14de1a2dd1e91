// The lines of a live talk, by number: each stands once and in its place, wherever it was heard of first.

import { ask, isTurnedAway } from "./asking.js";
import { form, isLeaving, list, place, setText } from "./talkplace.js";

let after = Number(place.after);
let isFetching = false;

// Fetch what is behind the last line that stands here. Gives the answer that turned this page away, if one did.
export async function fetchLines() {
  if (isFetching || isLeaving()) return undefined;
  isFetching = true;
  try {
    let more = true;
    while (more) {
      const answer = await ask(`${place.lines}?after=${after}`);
      if (isTurnedAway(answer)) return answer;
      if (!answer?.ok) break;
      const found = JSON.parse(answer.text);
      for (const row of rowsOf(found.html)) insert(row);
      after = Math.max(after, ...found.lines);
      more = found.more;
    }
  } finally {
    isFetching = false;
  }
  return undefined;
}

export const isBehind = (last) => last > after;

const rowsOf = (html) => [...new DOMParser().parseFromString(`<ol>${html}</ol>`, "text/html").querySelectorAll("li.letter")];

function insert(row) {
  const known = document.getElementById(row.id);
  if (known && !("isOurs" in known.dataset)) return;
  if (known) return void known.replaceWith(row); // what was written here, as the server shows it
  const number = Number(row.dataset.number);
  const next = [...list.children].find((one) => !one.dataset.number || Number(one.dataset.number) > number);
  list.insertBefore(row, next ?? null);
  const newest = document.getElementById("newest");
  if (row.dataset.side !== place.own) setText(newest, `${newest.dataset.one}: ${row.querySelector(".words").textContent.trim()}`);
  follow();
}

// Whoever is writing, or at the end, sees the newest line above the form; nobody else is moved.
export function follow() {
  const isAtEnd = form.contains(document.activeElement) || form.getBoundingClientRect().top < window.innerHeight;
  if (isAtEnd) showEnd();
}

export const showEnd = () => form.scrollIntoView({ block: "end" });
export const hasLines = () => after > 0;

// What was written here stands here at once, as not sent yet.
export function putOwn(text) {
  const row = document.createElement("li");
  row.className = "letter";
  row.dataset.side = place.own;
  row.append(document.createElement("header"), document.createElement("div"));
  row.firstChild.textContent = form.dataset.unsent; // until the server has it
  row.lastChild.className = "words";
  row.lastChild.dir = "auto";
  row.lastChild.textContent = text;
  list.append(row);
  follow();
  return row;
}

// The server has it. It stands here as it was typed, until it is fetched like every line.
export function markTaken(row, number) {
  if (document.getElementById(`line-${number}`)) return void row.remove(); // fetched already
  row.id = `line-${number}`;
  Object.assign(row.dataset, { number, isOurs: "" });
  setText(row.firstChild, "");
}
