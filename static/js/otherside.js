// One quiet line of a live talk: how the connection is, and whether the other side is there. When either is away, what
// both agreed on for that stands below it.

import { keepStill, setText } from "./talkplace.js";

const MINUTE_MS = 60_000;

const connection = document.getElementById("connection");
const other = document.getElementById("other");
const cutOff = document.getElementById("cut-off");
let lastOther; // what was last heard of the other side

export const line = { isOff: false };

// How the line is, as each request finds it.
export function setLine(state) {
  line.isOff = state === "off";
  keepStill(() => {
    setText(connection, connection?.dataset[state] ?? "");
    if (line.isOff) setText(other, ""); // nobody can tell
    else if (lastOther) showOther(lastOther);
    showCutOff();
  });
}

export function showOther({ here, since }) {
  if (!other) return;
  lastOther = { here, since };
  if (since) other.dataset.since = since;
  else delete other.dataset.since;
  setText(other, here ? other.dataset.here : since ? other.dataset.away.replace("{time}", ago(since)) : other.dataset.notYet);
  showCutOff();
}

function ago(since) {
  const minutes = Math.max(1, Math.round((Date.now() - Date.parse(since)) / MINUTE_MS));
  const long = { style: "unit", unit: "minute", unitDisplay: "long" };
  return new Intl.NumberFormat(document.documentElement.lang, long).format(minutes);
}

function showCutOff() {
  if (cutOff) cutOff.hidden = !line.isOff && !other?.dataset.since;
}
