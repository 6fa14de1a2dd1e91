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
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("preview");
  return answer.ok && fresh && !fresh.hidden ? fresh : null;
}

function startPreview(form) {
  let asPage = false; // set when the quiet way failed: the server then answers with a page that keeps the text

  form.addEventListener("submit", async (event) => {
    const button = event.submitter;
    const place = document.getElementById("preview");
    if (asPage || button?.name !== "preview" || !place) return;
    event.preventDefault();
    place.setAttribute("aria-busy", "true");
    const fresh = await fetchPreview(form, button).catch(() => null);
    place.removeAttribute("aria-busy");
    if (fresh) {
      place.replaceChildren(...fresh.childNodes);
      place.hidden = false;
      place.focus();
    } else {
      asPage = true;
      form.requestSubmit(button);
    }
  });
}

document.querySelectorAll("[data-counts]").forEach(startCounter);
const buttons = [...document.querySelectorAll("button[name=preview]")];
new Set(buttons.map((button) => button.form).filter(Boolean)).forEach(startPreview);
