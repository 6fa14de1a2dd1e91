// Sending the lines of a live talk: one after the other, each with an id of its own, until it was taken. What waits is
// kept in this page alone, never in the browser's own storage: the computer may be shared.

import { isRefused, isTurnedAway, post, wordsOf } from "./asking.js";
import { fetchLines, markTaken, putOwn } from "./lines.js";
import { form, isLeaving, say, talk } from "./talkplace.js";

const AGAIN_AFTER_MS = 2000;

const outbox = []; // what was written here and not yet taken, the oldest first
let isSending = false;
let inTheAir = null; // the answer that is waited for
let on; // who is told that a line came too late, or that this page was turned away

export const whenNotTaken = (handlers) => (on = handlers);
export const settled = () => inTheAir;
export const isWaiting = () => outbox.length > 0;

export function freshId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function write(text, feelings) {
  outbox.push({ id: freshId(), text, feelings, row: putOwn(text) });
  send();
}

// What was not sent, in order; it waits no more.
export function takeBack() {
  const all = outbox.splice(0);
  for (const one of all) one.row.remove();
  return all.map((one) => one.text);
}

export async function send() {
  if (isSending) return;
  isSending = true;
  while (outbox.length && !talk.isOver && !isLeaving()) await sendFirst(outbox[0]);
  isSending = false;
}

async function sendFirst(one) {
  await form.keeping; // a draft that is on its way must not arrive after the line
  const fields = [["body", one.text], ["submission_id", one.id], ...one.feelings.map((each) => ["feelings", each])];
  inTheAir = post(form.action, fields);
  const answer = await inTheAir;
  if (answer?.status === 201) {
    outbox.shift();
    markTaken(one.row, JSON.parse(answer.text).number);
    keepAnew();
    const refusal = await fetchLines();
    if (refusal) on.turnedAway(refusal);
  } else if (answer?.status === 409) {
    await on.tooLate();
  } else if (isTurnedAway(answer)) {
    on.turnedAway(answer);
  } else if (isRefused(answer)) {
    outbox.shift();
    one.row.remove();
    form.elements.body.value = [one.text, form.elements.body.value].filter(Boolean).join("\n\n");
    say(`${form.dataset.refused} ${wordsOf(answer).sentence ?? ""}`);
  } else {
    await new Promise((done) => setTimeout(done, AGAIN_AFTER_MS));
  }
}

// With a line the server forgets the draft; what has been typed since is kept again.
function keepAnew() {
  if (form.elements.body.value.trim()) form.elements.body.dispatchEvent(new Event("input", { bubbles: true }));
}
