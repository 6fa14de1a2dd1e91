// Writing: how many characters are left, and a preview that does not leave the page. Both are comforts: without
// this script the server counts, and the preview button sends the form.

const QUIET_MS = 1000;
const NEARLY_FULL = 0.9;

const say = (text, n) => text.replace("{n}", new Intl.NumberFormat(document.documentElement.lang).format(n));

// The server counts characters, not UTF-16 halves, and a line break as one.
const lengthOf = (text) => [...text.replace(/\r\n?/g, "\n")].length;

function startCounter(counter) {
  const area = document.getElementById(counter.dataset.counts);
  const limit = Number(counter.dataset.limit);
  const spoken = document.createElement("span");
  spoken.className = "vh";
  spoken.setAttribute("role", "status");
  counter.after(spoken);
  let pause;

  const show = () => {
    const left = limit - lengthOf(area.value);
    counter.textContent = left < 0 ? say(counter.dataset.tooMany, -left) : say(counter.dataset.left, left);
    counter.toggleAttribute("data-over", left < 0);
    return left;
  };
  area.addEventListener("input", () => {
    const left = show();
    clearTimeout(pause); // a screen reader hears it in a pause, and only near the end
    pause = setTimeout(() => {
      spoken.textContent = left < limit * (1 - NEARLY_FULL) ? counter.textContent : "";
    }, QUIET_MS);
  });
  show();
}

async function fetchPreview(form, button) {
  const fields = new URLSearchParams(new FormData(form));
  fields.set(button.name, button.value);
  const address = button.hasAttribute("formaction") ? button.formAction : form.action;
  const answer = await fetch(address, { method: "POST", body: fields, credentials: "same-origin" });
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

function startPreview(form) {
  let asPage = false; // the quiet way gave no preview: the server answers with a page that keeps the text

  form.addEventListener("submit", async (event) => {
    const button = event.submitter;
    const place = document.getElementById("preview");
    if (asPage || button?.name !== "preview" || !place) return;
    event.preventDefault();
    place.setAttribute("aria-busy", "true");
    const page = await fetchPreview(form, button).catch(() => null);
    place.removeAttribute("aria-busy");
    const fresh = page?.getElementById("preview");
    const hint = page?.getElementById("personal-hint");
    const state = document.getElementById("editor-state");
    if (!page && state) {
      state.textContent = state.dataset.noPreview; // going to a page that cannot be reached would lose the text
    } else if (!fresh || fresh.hidden) {
      asPage = true;
      form.requestSubmit(button);
    } else {
      place.replaceChildren(...fresh.childNodes);
      document.getElementById("personal-hint")?.replaceChildren(...(hint?.childNodes ?? []));
      place.hidden = false;
      place.focus();
    }
  });
}

document.querySelectorAll("[data-counts]").forEach(startCounter);
const buttons = [...document.querySelectorAll("button[name=preview]")];
new Set(buttons.map((button) => button.form).filter(Boolean)).forEach(startPreview);
