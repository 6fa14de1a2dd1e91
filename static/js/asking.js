// Asking the server, for a live talk: each request has an end, and tells how the line is.

import { setLine } from "./otherside.js";
import { place } from "./talkplace.js";

const SLOW_AFTER_MS = 4000;
const PATIENCE_MS = 12_000;

const inFlight = new Set(); // what can end each request that waits for its answer

// The answer with its words, or null. Both have to be here in time, or the line is down.
export async function ask(address, options = {}) {
  const patience = new AbortController();
  inFlight.add(patience);
  const slow = setTimeout(() => setLine("slow"), SLOW_AFTER_MS);
  const over = setTimeout(() => patience.abort(), PATIENCE_MS);
  try {
    const headers = { "Stoa-Script": "1" };
    const answer = await fetch(address, { cache: "no-store", headers, signal: patience.signal, ...options });
    const { ok, status, redirected, url } = answer;
    const text = await answer.text();
    if (status < 500) setLine("connected");
    return { ok, status, text, isElsewhere: redirected && new URL(url).pathname !== place.page };
  } catch {
    setLine("off");
    return null;
  } finally {
    clearTimeout(slow);
    clearTimeout(over);
    inFlight.delete(patience);
  }
}

const token = () => document.querySelector("[name=csrf_token]").value;

// `fields` are pairs: a name may stand among them more than once.
export const post = (address, fields = []) =>
  ask(address, { method: "POST", body: new URLSearchParams([["csrf_token", token()], ...fields]) });

export const isTurnedAway = (answer) => answer?.isElsewhere || [401, 403, 404].includes(answer?.status);
export const isRefused = (answer) => answer?.status >= 400 && answer.status < 500 && answer.status !== 429;

export function wordsOf(answer) {
  try {
    return JSON.parse(answer.text);
  } catch {
    return {}; // a page, and no answer for scripts
  }
}

window.addEventListener("offline", () => {
  for (const patience of inFlight) patience.abort();
  setLine("off");
});
