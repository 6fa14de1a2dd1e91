// Drafts: kept on the server when typing pauses and when the page goes out of sight, so that a crash or an empty
// battery costs a sentence at most. "Do not keep" deletes what was kept, at once, and sends no text any more.
// Without this script a button keeps the draft.

const PAUSE_MS = 3000;
const AT_LATEST_MS = 15_000;
const PATIENCE_MS = 10_000;

const state = document.getElementById("editor-state");
const hint = document.getElementById("personal-hint");

// The same words twice would be spoken twice.
const say = (text) => {
  if (state && state.textContent !== text) state.textContent = text;
};

// A form that is saved where it belongs, and not as a draft, has no such box.
const declines = (form) => form.elements.no_draft?.checked;

function fieldsOf(form) {
  const fields = new URLSearchParams(new FormData(form));
  if (!declines(form)) return fields;
  const few = ["csrf_token", "back_to", "place", "no_draft"];
  return new URLSearchParams([...fields].filter(([name]) => few.includes(name)));
}

async function post(form, keepalive) {
  const patience = new AbortController();
  setTimeout(() => patience.abort(), PATIENCE_MS);
  const how = { method: "POST", headers: { "Stoa-Script": "1" }, keepalive, signal: patience.signal };
  const answer = await fetch(form.dataset.drafts, { ...how, body: fieldsOf(form) });
  return { answer, page: new DOMParser().parseFromString(await answer.text(), "text/html") };
}

function show(page) {
  say(page.getElementById("draft-kept")?.textContent || state?.dataset.notKept || "");
  const found = page.getElementById("draft-hint");
  if (hint && found && hint.innerHTML !== found.innerHTML) hint.replaceChildren(...found.childNodes);
}

function start(form) {
  let timer;
  let keptAt = Date.now();
  let typed = 0; // how often something was typed: what is typed while a draft is on its way is not kept yet
  let isOver = false;

  async function keep({ keepalive = false } = {}) {
    clearTimeout(timer);
    // Not what was sent; and nothing any more when somebody leaves quickly: the page is blank then.
    if (isOver || "sent" in form.dataset || document.documentElement.hidden) return true;
    const before = typed;
    keptAt = Date.now();
    const { answer, page } = await post(form, keepalive).catch(() => ({}));
    if (!answer) return false;
    if (answer.redirected) {
      isOver = true; // signed out: the text was kept on the way to the door
      delete form.dataset.unsaved;
      say(state.dataset.signedOut);
    } else if (answer.ok || page.getElementById("draft-kept")) {
      if (answer.ok && before === typed) delete form.dataset.unsaved;
      show(page); // what was not kept may say why
    }
    return true;
  }

  const keepNow = (options) => (form.keeping = keep(options));

  form.addEventListener("input", (event) => {
    typed += 1;
    if (event.target.name === "no_draft") return void keepNow();
    if (declines(form)) return;
    clearTimeout(timer);
    const wait = Math.min(PAUSE_MS, Math.max(0, keptAt + AT_LATEST_MS - Date.now()));
    timer = setTimeout(() => keepNow(), wait);
  });

  form.addEventListener("submit", async (event) => {
    clearTimeout(timer);
    if (event.submitter?.name !== "keep") return;
    event.preventDefault();
    if (!(await keepNow())) say(state.dataset.lineDown);
  });

  const keepLast = () => {
    const isUnsaved = "unsaved" in form.dataset && !declines(form);
    if (isUnsaved) keepNow({ keepalive: true });
    return isUnsaved;
  };

  document.addEventListener("visibilitychange", () => document.hidden && keepLast());
  window.addEventListener("beforeunload", () => {
    if (navigator.onLine && keepLast()) delete form.dataset.unsaved; // on its way: nobody need be asked
  });
}

document.querySelectorAll("form[data-drafts]").forEach(start);
