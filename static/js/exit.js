// Leaving quickly, for hands that know the way: Escape twice, or Shift three times, within two seconds.
// Without this script the link alone does it. With it, this page also loses its place in the history, is blank at
// once, and is left even when the server does not answer.

const WITHIN_MS = 2000;
const LONGEST_WAIT_MS = 2000;
const TIMES = { Escape: 2, Shift: 3 };
const link = document.getElementById("exit");

let pressed = { key: "", at: [] };
let alone = false; // Shift is down, and nothing else was pressed with it
let leaving = false;
let title = "";

async function leave() {
  if (leaving) return;
  leaving = true;
  blank();
  // The answer signs out and clears. It leads elsewhere, which this page may not follow, and need not.
  const signedOut = fetch(link.href, { redirect: "manual", cache: "no-store", keepalive: true });
  await Promise.race([signedOut.catch(() => {}), new Promise((done) => setTimeout(done, LONGEST_WAIT_MS))]);
  window.location.replace(link.dataset.away);
}

function blank() {
  if (!document.documentElement.hidden) title = document.title;
  document.documentElement.hidden = true;
  document.title = "…";
}

function show() {
  document.documentElement.hidden = false;
  document.title = title;
}

async function isStillSignedIn() {
  const own = { method: "HEAD", redirect: "manual", cache: "no-store" };
  const answer = await fetch(link.dataset.signedIn, own).catch(() => null);
  return answer !== null && answer.ok;
}

function count(key) {
  const now = performance.now();
  const before = pressed.key === key ? pressed.at.filter((at) => now - at < WITHIN_MS) : [];
  pressed = { key, at: [...before, now] };
  if (pressed.at.length >= TIMES[key]) leave();
}

function startAnew() {
  pressed = { key: "", at: [] };
  alone = false;
}

// An Escape that closes something of the browser's, or empties the search, is meant for that.
function closesSomething(event) {
  const field = event.target;
  return event.defaultPrevented || document.fullscreenElement || document.querySelector("dialog[open]")
    || (field instanceof HTMLInputElement && field.type === "search" && field.value !== "");
}

if (link) {
  link.addEventListener("click", (event) => {
    if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    leave();
  });

  document.addEventListener("keydown", (event) => {
    if (leaving) event.preventDefault(); // or one more Escape would stop the way out
    if (leaving || event.repeat || event.isComposing) return;
    const isBare = !event.ctrlKey && !event.altKey && !event.metaKey;
    // Shift that writes a capital, or changes the keyboard's language with Alt or Ctrl, is no sign of leaving.
    if (event.key === "Shift" && isBare) alone = true;
    else if (event.key === "Escape" && isBare && !event.shiftKey && !closesSomething(event)) {
      count("Escape");
      if (leaving) event.preventDefault();
    } else startAnew();
  });

  document.addEventListener("keyup", (event) => {
    if (event.key === "Shift" && alone) count("Shift");
    alone = false;
  });

  document.addEventListener("pointerdown", startAnew); // Shift and a click mark text

  // A page of somebody signed in that the browser keeps whole, for Back, is kept blank. It is shown again, with all
  // that was typed, only to somebody who is still signed in; for anybody else it is loaded anew.
  if (link.dataset.signedIn) window.addEventListener("pagehide", blank);
  window.addEventListener("pageshow", async (event) => {
    if (!event.persisted || !document.documentElement.hidden) return;
    if (!leaving && link.dataset.signedIn && (await isStillSignedIn())) show();
    else window.location.reload();
  });
}
