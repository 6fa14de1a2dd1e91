// Sending a text without losing it: once, however often the button is pressed, and never into a line that is down.
// The text stays in the page until the server has taken it. Nothing is put into the browser's own storage: the
// computer may be shared. Without this script the browser sends the form as ever.

const PATIENCE_MS = 30_000;
const BUSY = [429, 502, 503, 504];
const PROOF_FIRST = 428;
const NOT_SENDING = ["preview", "keep"]; // buttons that other scripts answer

const state = document.getElementById("editor-state");
const forms = [...document.querySelectorAll("form[data-editor]")];
let isGoing = false; // away from here on purpose

const say = (name) => {
  if (state) state.textContent = state.dataset[name] ?? "";
};

function go(form, address) {
  const goal = new URL(address, window.location.href);
  const isHere = goal.pathname + goal.search === window.location.pathname + window.location.search;
  isGoing = true;
  form.dataset.sent = "";
  form.reset(); // a browser that fills in forms after a reload must not bring back what was sent
  window.location.assign(goal);
  if (isHere) window.location.reload();
}

async function send(form, button) {
  const fields = new URLSearchParams(new FormData(form, button));
  await form.keeping; // a draft that is on its way must not arrive after the text
  const patience = new AbortController();
  setTimeout(() => patience.abort(), PATIENCE_MS);
  const headers = { "Stoa-Script": "1" };
  return fetch(form.action, { method: "POST", body: fields, headers, signal: patience.signal });
}

// After the limit: what the page has worked out meanwhile, or else now. A browser that cannot sends without it.
async function prove(form, answer) {
  say("proving");
  const { putInto, solve } = await import("./proof.js");
  await form.proving;
  if (form.elements.altcha) return;
  putInto(form, await solve(await answer.json()).catch(() => "none"));
}

function start(form) {
  let isSending = false;
  let asPage = false; // the server answered with a page: the browser sends again and shows it

  const setSending = (sending) => {
    isSending = sending;
    for (const button of form.querySelectorAll("button")) button.setAttribute("aria-disabled", String(sending));
  };

  form.addEventListener("input", () => {
    const isEmpty = [...form.querySelectorAll("textarea, input[type=text]")].every((field) => !field.value.trim());
    form.toggleAttribute("data-unsaved", !isEmpty);
  });

  form.addEventListener("submit", async (event) => {
    const button = event.submitter;
    if (isSending) return event.preventDefault();
    if (NOT_SENDING.includes(button?.name) && event.defaultPrevented) return;
    if (asPage || NOT_SENDING.includes(button?.name) || button?.value === "take_out") {
      setSending(true);
      isGoing = true;
      form.dataset.sent = "";
      return;
    }
    event.preventDefault();
    setSending(true);
    say("sending");
    let answer = await send(form, button).catch(() => null);
    if (answer?.status === PROOF_FIRST) {
      await prove(form, answer).catch(() => {});
      answer = await send(form, button).catch(() => null);
    }
    if (answer?.status === 201) return go(form, answer.headers.get("Location"));
    if (answer?.redirected) return go(form, answer.url);
    setSending(false);
    say(answer ? "busy" : "lineDown");
    // One post an hour is no crowd at the door: the page says when, and gives the text back.
    const isLong = Number(answer?.headers.get("Retry-After")) > 60;
    if (answer && (isLong || !BUSY.includes(answer.status))) {
      asPage = true;
      form.requestSubmit(button);
    }
  });

  window.addEventListener("pageshow", () => {
    setSending(false);
    isGoing = asPage = false;
    delete form.dataset.sent;
  });
}

forms.forEach(start);

window.addEventListener("online", () => {
  if (state?.textContent === state?.dataset.lineDown) say("lineBack");
});

// Only for a text that nobody has kept; and nothing ever stands in the way of leaving quickly, which hides the page.
window.addEventListener("beforeunload", (event) => {
  const isLeavingQuickly = document.documentElement.hidden;
  if (!isGoing && !isLeavingQuickly && forms.some((form) => "unsaved" in form.dataset)) event.preventDefault();
});
