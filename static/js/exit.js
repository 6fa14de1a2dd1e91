// Leaving quickly, for hands that know the way: Escape twice, or Shift three times, within two seconds.
// Without this script the link alone does it; with it, this page also loses its place in the history.

const WITHIN_MS = 2000;
const TIMES = { Escape: 2, Shift: 3 };
const link = document.getElementById("exit");

let pressed = { key: "", at: [] };
let alone = true;

function leave() {
  document.documentElement.hidden = true; // at once, however slow the line is
  document.title = "…";
  window.location.replace(link.href);
}

function count(key) {
  const now = performance.now();
  const before = pressed.key === key ? pressed.at.filter((at) => now - at < WITHIN_MS) : [];
  pressed = { key, at: [...before, now] };
  if (pressed.at.length >= TIMES[key]) leave();
}

if (link) {
  link.addEventListener("click", (event) => {
    if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    leave();
  });

  document.addEventListener("keydown", (event) => {
    if (event.repeat || event.isComposing) return;
    alone = event.key === "Shift"; // Shift that wrote a capital is no sign of leaving
    if (event.key === "Escape") count("Escape");
    else if (event.key !== "Shift") pressed = { key: "", at: [] };
  });

  document.addEventListener("keyup", (event) => {
    if (event.key === "Shift" && alone) count("Shift");
  });

  // A page that the browser kept whole comes back blank: load it anew, as whoever is here now.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted && document.documentElement.hidden) window.location.reload();
  });
}
