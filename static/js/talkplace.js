// What the modules of a live talk share: its place in the page, its form, and whether it is over.

export const place = document.getElementById("talk").dataset;
export const list = document.getElementById("lines");
export const form = document.getElementById("say");
export const isOpen = place.state === "open";
export const talk = { isOver: false };

if (form) place.own = form.dataset.own;

export const isLeaving = () => document.documentElement.hidden; // quickly: nothing is asked or sent any more

export function setText(element, text) {
  if (element && element.textContent !== text) element.textContent = text; // the same words twice would be spoken twice
}

export const say = (text) => setText(document.getElementById("say-state"), text);

// What is told above the form pushes it nowhere: a finger may be on its way to the button. Whoever reads further up
// stays there.
export function keepStill(change) {
  const top = form?.getBoundingClientRect().top;
  change();
  const isInSight = form && top < window.innerHeight;
  if (isInSight) window.scrollBy({ top: form.getBoundingClientRect().top - top, behavior: "instant" });
}
