// A claim: renewed while somebody is at work on the page, and in its last three minutes how long it still lasts. Without
// this script the page says until when the text is theirs, and a button gives more time; what is folded is unfolded by
// hand.

const EVERY_MS = 1000;
const RENEW_AFTER_MS = 60_000;
const SOON_MS = 3 * 60_000;

const claim = document.getElementById("claim");
const form = claim?.closest("form");
let endsAt = Date.parse(claim?.dataset.ends);
let until = claim?.textContent;
let usedAt = 0;
let renewedAt = Date.now();
let isRenewing = false;

function show() {
  const left = Math.max(0, endsAt - Date.now());
  const isSoon = left < SOON_MS;
  const clock = `${Math.floor(left / 60_000)}:${String(Math.floor(left / 1000) % 60).padStart(2, "0")}`;
  const inTime = isSoon ? claim.dataset.left.replace("{time}", clock) : until;
  claim.textContent = left ? inTime : claim.dataset.over;
  claim.toggleAttribute("data-soon", isSoon);
}

async function renew() {
  isRenewing = true;
  try {
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("claim");
    // Taken by somebody else, signed out or no line: the clock simply runs on, and deciding tells.
    if (answer.ok && fresh) [endsAt, until] = [Date.parse(fresh.dataset.ends), fresh.textContent];
  } catch {
    renewedAt = Date.now() - RENEW_AFTER_MS / 2; // the line dropped: try again in half a minute
    return;
  } finally {
    isRenewing = false;
  }
  renewedAt = Date.now();
}

// What a choice asks for stands folded below it; choosing unfolds it.
document.addEventListener("change", (event) => {
  for (const part of document.querySelectorAll("details[data-opens-for]")) {
    if (part.dataset.opensFor.split(" ").includes(event.target.value)) part.open = true;
  }
});

if (form && !Number.isNaN(endsAt)) {
  for (const sign of ["input", "keydown", "pointerdown", "scroll"]) {
    document.addEventListener(sign, () => (usedAt = Date.now()), { passive: true, capture: true });
  }
  setInterval(() => {
    show();
    const wasUsed = usedAt > renewedAt;
    if (wasUsed && !isRenewing && Date.now() - renewedAt > RENEW_AFTER_MS && endsAt > Date.now()) renew();
  }, EVERY_MS);
  show();
}
