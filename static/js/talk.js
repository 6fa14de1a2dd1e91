// Talking live: lines appear when they are said, and what is written while the line is down is sent once when it is
// back, in order. The stream says numbers and states, and the page fetches lines by number. What waits to be sent is
// kept in this page alone, never in the browser's own storage: the computer may be shared. Without this script the page
// of a reader loads itself anew, and that of a writer has a button.

const HERE_EVERY_MS = 15_000;
const ASK_EVERY_MS = { open: 3000, waiting: 10_000, none: 15_000 };
const AGAIN_AFTER_MS = 2000;
const SLOW_AFTER_MS = 4000;
const PATIENCE_MS = 12_000;
const MINUTE_MS = 60_000;

const place = document.getElementById("talk").dataset;
const list = document.getElementById("lines");
const form = document.getElementById("say");
const line = document.getElementById("connection");
const other = document.getElementById("other");
const cutOff = document.getElementById("cut-off");
const purpose = document.getElementById("purpose");
const isOpen = place.state === "open";
const outbox = []; // what was written here and not yet taken, the oldest first
const inFlight = new Set(); // what can end each request that waits for its answer
let after = Number(place.after);
let known = ""; // the id of the last state
let lastOther; // what was last heard of the other side
let isOff = false;
let isOver = false;
let isFetching = false;
let isSending = false;
let stream, asking, telling;

const isLeaving = () => document.documentElement.hidden; // quickly: nothing is asked or sent any more
const setText = (element, text) => element && element.textContent !== text && (element.textContent = text);
const say = (text) => setText(document.getElementById("say-state"), text);

// How the line is, as each request finds it.
function setLine(state) {
  isOff = state === "off";
  keepStill(() => {
    setText(line, line?.dataset[state] ?? "");
    if (isOff) setText(other, ""); // nobody can tell
    else if (lastOther) showOther(lastOther);
    showCutOff();
  });
}

// What is told above the form pushes it nowhere: a finger may be on its way to the button.
function keepStill(change) {
  const top = form?.getBoundingClientRect().top;
  change();
  if (form) window.scrollBy({ top: form.getBoundingClientRect().top - top, behavior: "instant" });
}

function showCutOff() {
  if (cutOff) cutOff.hidden = !isOff && !other?.dataset.since;
}

// The answer with its words, or null. Both have to be here in time, or the line is down.
async function ask(address, options = {}) {
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

const isTurnedAway = (answer) => answer?.isElsewhere || [401, 403, 404].includes(answer?.status);
const isRefused = (answer) => answer?.status >= 400 && answer.status < 500 && answer.status !== 429;
const token = () => document.querySelector("[name=csrf_token]").value;
const post = (address, fields) =>
  ask(address, { method: "POST", body: new URLSearchParams({ csrf_token: token(), ...fields }) });

function stop() {
  stream?.close();
  clearInterval(asking);
  clearInterval(telling);
  stream = asking = telling = undefined;
}

// Nothing more is to be had here: because of the sign-in, of the case, or until the purpose is stated again. Then the
// page goes on sending, and listens again when it is looked at again.
function turnedAway(answer) {
  stop();
  if (purpose && answer.status === 403 && wordsOf(answer).purpose) return keepStill(() => (purpose.hidden = false));
  isOver = true;
  say((answer.status === 404 ? form?.dataset.gone : form?.dataset.signedOut) ?? "");
}

// What there is to know.

async function show(state) {
  if (isOver) return;
  known = state.id ?? known;
  if (purpose && !purpose.hidden) keepStill(() => (purpose.hidden = true));
  if ((state.session ?? "") !== place.session || state.state !== place.state) return changed();
  if (state.last > after) fetchLines();
  if (state.other) showOther(state.other);
  const quiet = document.getElementById("quiet");
  if (quiet && "quiet" in state) quiet.hidden = !state.quiet;
  if ((state.ends ?? "") !== place.ends || String(state.version) !== place.version) {
    place.ends = state.ends ?? "";
    place.version = String(state.version);
    renew();
  } else if ("before" in state && String(state.before) !== place.before) {
    if (place.before !== undefined) renew();
    place.before = String(state.before);
  }
}

function showOther({ here, since }) {
  lastOther = { here, since };
  if (since) other.dataset.since = since;
  else delete other.dataset.since;
  const minutes = Math.max(1, Math.round((Date.now() - Date.parse(since)) / MINUTE_MS));
  const long = new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit: "minute", unitDisplay: "long" });
  setText(other, here ? other.dataset.here : since ? other.dataset.away.replace("{time}", long.format(minutes)) : other.dataset.notYet);
  showCutOff();
}

// Another session or another state is another page. What was written goes along.
async function changed() {
  if (isOpen) await fetchLines();
  const texts = [...outbox.map((one) => one.text), form?.elements.body.value.trim()].filter(Boolean);
  if (!isOpen || !texts.length) {
    stop();
    isOver = true;
    return window.location.replace(place.page);
  }
  giveBack(texts.join("\n\n"));
}

// A talk that is over takes no more lines: the same words can go as a letter.
function giveBack(text) {
  stop();
  isOver = true;
  for (const one of outbox.splice(0)) one.row.remove();
  form.action = form.dataset.letter;
  form.elements.body.value = text;
  form.elements.submission_id.value = freshId();
  form.querySelector(".primary").textContent = form.dataset.asLetter;
  say(form.dataset.over);
}

async function renew(page) {
  const html = page ?? (await ask(place.page))?.text;
  if (!html) return;
  const found = new DOMParser().parseFromString(html, "text/html");
  for (const part of document.querySelectorAll("[data-part]")) {
    const fresh = found.getElementById(part.id);
    if (fresh) part.replaceChildren(...fresh.childNodes);
  }
  const agreed = found.getElementById("cut-off");
  if (cutOff && agreed) cutOff.replaceChildren(...agreed.childNodes);
  showButtons();
}

// Lines, by number: each stands once, wherever it was heard of first.

async function fetchLines() {
  if (isFetching || isLeaving()) return;
  isFetching = true;
  let more = true;
  while (more) {
    const answer = await ask(`${place.lines}?after=${after}`);
    if (isTurnedAway(answer)) {
      isFetching = false;
      return turnedAway(answer);
    }
    if (!answer?.ok) break;
    const found = JSON.parse(answer.text);
    for (const row of rowsOf(found.html)) insert(row);
    after = Math.max(after, ...found.lines);
    more = found.more;
  }
  isFetching = false;
}

const rowsOf = (html) => [...new DOMParser().parseFromString(`<ol>${html}</ol>`, "text/html").querySelectorAll("li.letter")];

function insert(row) {
  const known = document.getElementById(row.id);
  if (known && !("isOurs" in known.dataset)) return;
  if (known) return known.replaceWith(row); // what was written here, as the server shows it
  const number = Number(row.dataset.number);
  const next = [...list.children].find((one) => !one.dataset.number || Number(one.dataset.number) > number);
  list.insertBefore(row, next ?? null);
  const newest = document.getElementById("newest");
  if (row.dataset.side !== place.own) setText(newest, `${newest.dataset.one}: ${row.querySelector(".words").textContent.trim()}`);
  follow();
}

// Whoever is writing, or at the end, sees the newest line above the form; nobody else is moved.
function follow() {
  const isAtEnd = form.contains(document.activeElement) || form.getBoundingClientRect().top < window.innerHeight;
  if (isAtEnd) showEnd();
}

const showEnd = () => form.scrollIntoView({ block: "end" });

// Sending: one after the other, each with an id of its own, until it was taken.

function freshId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function write(text) {
  const row = document.createElement("li");
  row.className = "letter";
  row.dataset.side = place.own;
  row.append(document.createElement("header"), document.createElement("div"));
  row.firstChild.textContent = form.dataset.unsent; // until the server has it
  row.lastChild.className = "words";
  row.lastChild.dir = "auto";
  row.lastChild.textContent = text;
  list.append(row);
  outbox.push({ id: freshId(), text, row });
  follow();
  send();
}

// The server has it. It stands here as it was typed, until it is fetched like every line.
function markTaken(row, number) {
  const known = document.getElementById(`line-${number}`);
  if (known) return row.remove(); // fetched already
  row.id = `line-${number}`;
  Object.assign(row.dataset, { number, isOurs: "" });
  setText(row.firstChild, "");
}

async function send() {
  if (isSending || isOver || isLeaving()) return;
  isSending = true;
  while (outbox.length && !isOver && !isLeaving()) {
    const [one] = outbox;
    const answer = await post(form.action, { body: one.text, submission_id: one.id });
    if (answer?.status === 201) {
      outbox.shift();
      markTaken(one.row, JSON.parse(answer.text).number);
      await fetchLines();
    } else if (answer?.status === 409) {
      await changed();
    } else if (isTurnedAway(answer)) {
      turnedAway(answer);
    } else if (isRefused(answer)) {
      outbox.shift();
      one.row.remove();
      form.elements.body.value = [one.text, form.elements.body.value].filter(Boolean).join("\n\n");
      say(`${form.dataset.refused} ${wordsOf(answer).sentence ?? ""}`);
    } else {
      await new Promise((done) => setTimeout(done, AGAIN_AFTER_MS));
    }
  }
  isSending = false;
}

function wordsOf(answer) {
  try {
    return JSON.parse(answer.text);
  } catch {
    return {}; // a page, and no answer for scripts
  }
}

// Hearing: a stream where there is a place, else asking.

async function askState() {
  const answer = await ask(place.ask);
  if (isTurnedAway(answer)) return turnedAway(answer);
  if (!answer?.ok) return;
  const state = JSON.parse(answer.text);
  if (state.id !== known) show(state);
}

function askAgainAndAgain() {
  clearInterval(asking);
  asking = setInterval(askState, ASK_EVERY_MS[place.state]);
  askState();
}

function hear() {
  if (!place.session) return askAgainAndAgain(); // nothing goes on: there are few streams
  stream = new EventSource(place.listen);
  stream.onmessage = (event) => show({ ...JSON.parse(event.data), id: event.lastEventId });
  stream.onerror = () => {
    tellHere(); // finds out whether it was the line
    if (stream?.readyState !== EventSource.CLOSED) return; // it comes again by itself
    stream = undefined;
    askAgainAndAgain();
  };
}

async function tellHere() {
  if (isLeaving() || isOver || !place.session) return;
  const answer = await post(place.here, {});
  if (isTurnedAway(answer)) return turnedAway(answer);
  if (answer?.ok) show(JSON.parse(answer.text));
}

function begin() {
  stop();
  if (isOver || isLeaving() || (!place.session && form)) return;
  hear();
  tellHere();
  telling = setInterval(tellHere, HERE_EVERY_MS);
  send();
}

// The page's own buttons keep the form as it is.

function showButtons() {
  for (const button of document.querySelectorAll("[data-puts]")) button.hidden = false;
}

document.addEventListener("click", (event) => {
  const words = event.target.closest?.("[data-puts]")?.dataset.puts;
  if (!words) return;
  form.elements.body.value = [form.elements.body.value.trim(), words].filter(Boolean).join(" ");
  form.elements.body.focus();
});

document.addEventListener("submit", async (event) => {
  const pressed = event.target;
  if (pressed === form && event.submitter?.name === "look") {
    // The server keeps what is typed while it asks for the purpose. What was not sent yet goes first.
    if (outbox.length || isOff) return event.preventDefault();
    isOver = true;
  } else if (pressed === form && isOpen && !isOver) {
    event.preventDefault();
    const text = form.elements.body.value;
    if (!text.trim()) return form.elements.body.focus();
    form.elements.body.value = "";
    say("");
    write(text);
    form.elements.body.focus();
  } else if ("stays" in pressed.dataset) {
    event.preventDefault();
    const answer = await ask(pressed.action, { method: "POST", body: new URLSearchParams(new FormData(pressed)) });
    if (isTurnedAway(answer)) tellHere(); // finds out why
    else if (answer?.ok) renew(answer.text);
  }
});

if (form && isOpen) {
  place.own = form.dataset.own;
  form.elements.body.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  form.elements.body.addEventListener("focus", showEnd); // and not on the button, which would move under the finger
  window.visualViewport?.addEventListener("resize", follow); // a keyboard opens
  if (after) showEnd();
}

window.addEventListener("beforeunload", (event) => {
  const isUnsent = outbox.length || (isOpen && form?.elements.body.value.trim());
  if (isUnsent && !isLeaving() && !isOver) event.preventDefault();
});
window.addEventListener("offline", () => {
  for (const patience of inFlight) patience.abort();
  setLine("off");
});
window.addEventListener("online", begin);
document.addEventListener("visibilitychange", () => (document.hidden ? stop() : begin()));
window.addEventListener("pagehide", stop);
window.addEventListener("pageshow", (event) => event.persisted && begin());
showButtons();
if ("again" in place) window.location.replace(place.page); // which loads itself anew, for want of this script
else if (!document.hidden) begin();
