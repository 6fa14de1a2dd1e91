// Tries what a live talk uses: a stream that tells three numbers, asking and sending, and how long an answer takes. It
// says in words how the line is, and keeps nothing. Without this script the page says how a talk works without.

const TRIES = 3;
const SLOW_MS = 1000;
const POOR_MS = 4000;
const PATIENCE_MS = 8000;
const EVENTS = 3;
const HELD_BACK_MS = 300; // events that were told half a second apart, and come closer than that

const place = document.getElementById("check");

function show(...names) {
  for (const one of place.querySelectorAll("[data-verdict]")) one.hidden = !names.includes(one.dataset.verdict);
}

// How long an answer took, "away" for who was signed out meanwhile, or null.
async function time(options = {}) {
  const began = performance.now();
  const patience = new AbortController();
  setTimeout(() => patience.abort(), PATIENCE_MS);
  const headers = { "Stoa-Script": "1" };
  const answer = await fetch(place.dataset.ask, { ...options, cache: "no-store", headers, signal: patience.signal }).catch(() => null);
  if (answer?.redirected || [401, 403, 404].includes(answer?.status)) return "away";
  const isHeard = answer?.ok && (await answer.text().catch(() => null));
  return isHeard ? performance.now() - began : null;
}

const send = () => time({ method: "POST", body: new URLSearchParams({ csrf_token: place.dataset.token }) });

// Whether three numbers come by a stream, one after the other: who holds them back would hold back a talk.
function hear() {
  return new Promise((done) => {
    const stream = new EventSource(place.dataset.listen);
    const came = [];
    const end = () => {
      stream.close();
      clearTimeout(patience);
      done(came.length >= EVENTS && came.at(-1) - came[0] > HELD_BACK_MS);
    };
    const patience = setTimeout(end, PATIENCE_MS);
    stream.onmessage = () => came.push(performance.now()) >= EVENTS && end();
    stream.onerror = end;
    window.addEventListener("pagehide", end);
  });
}

function verdictOf(took) {
  const heard = took.filter((one) => one !== null).sort((a, b) => a - b);
  if (!heard.length) return ["mute"];
  const middle = heard[Math.floor(heard.length / 2)];
  if (heard.length < TRIES || middle >= POOR_MS) return ["poor", middle];
  return [middle >= SLOW_MS ? "slow" : "good", middle];
}

async function tryLine() {
  show("trying");
  const asked = await time();
  if (asked === null) return show("off");
  const took = [];
  for (let n = 0; n < TRIES; n += 1) took.push(await send());
  if ([asked, ...took].includes("away")) return show("signed-out");
  const [verdict, middle] = verdictOf(took);
  if (verdict === "mute") return show("mute");
  const figures = place.querySelector("[data-verdict=figures]");
  if (figures) figures.textContent = figures.dataset.words.replace("{n}", Math.round(middle));
  show(verdict, (await hear()) ? "at-once" : "by-asking", "figures");
}

tryLine();
