// The list of the queue tells what has changed while it is open: how many texts are new, and which rows somebody took or
// decided. No row moves under anybody's hands; "Refresh" does that. The server sends ids and states only. Where it has
// no stream left, the page asks again and again. Without this script there is the link.

const ASK_EVERY_MS = 10_000;

const news = document.getElementById("news");
const say = JSON.parse(news.dataset.words);
const rows = [...document.querySelectorAll("[data-rows] > [data-state]")];
let stream;
let asking;

const rowOf = (id) => document.getElementById(`item-${id}`);
const idOf = (row) => row.id.slice("item-".length);

// Behind the last row that is shown nothing is new when the list goes on there.
function countNew(items) {
  const last = items.findLastIndex((item) => rowOf(item.id));
  const seen = "goesOn" in news.dataset && last >= 0 ? items.slice(0, last) : items;
  return seen.filter((item) => !rowOf(item.id)).length;
}

// Where a row says what has changed: a cell of its own, or the end of its line.
function placeIn(row) {
  const place = row.querySelector("[data-says]") ?? document.createElement("strong");
  if (place.dataset.says === undefined) {
    place.dataset.says = "";
    row.querySelector(".meta").append(" ", place);
  }
  return place;
}

const bandOf = (row) => row.dataset.standsIn ?? row.querySelector("[data-band]").dataset.band;

function mark(row, item, goesOn) {
  const place = placeIn(row);
  const state = item ? item.state : goesOn ? row.dataset.state : "gone";
  const isRaised = Boolean(item) && item.band !== bandOf(row);
  if (state === row.dataset.state && !isRaised) {
    place.textContent = place.dataset.says;
  } else {
    place.textContent = isRaised ? say.band : say[state];
  }
  row.toggleAttribute("data-gone", state === "gone");
}

function show(state) {
  const known = new Map(state.items.map((item) => [item.id, item]));
  for (const row of rows) mark(row, known.get(idOf(row)), state.goes_on);
  const count = countNew(state.items);
  const text = count ? say.fresh.replace("{n}", new Intl.NumberFormat(document.documentElement.lang).format(count)) : "";
  if (news.textContent !== text) news.textContent = text;
}

async function ask() {
  const answer = await fetch(news.dataset.ask, { cache: "no-store" }).catch(() => null);
  if (answer?.redirected || answer?.status === 403 || answer?.status === 404) return stop(); // signed out
  if (answer?.ok) show(await answer.json());
}

function stop() {
  stream?.close();
  clearInterval(asking);
  stream = asking = undefined;
}

function begin() {
  stop();
  stream = new EventSource(news.dataset.listen);
  stream.onmessage = (event) => show(JSON.parse(event.data));
  stream.onerror = () => {
    if (stream?.readyState !== EventSource.CLOSED) return; // it comes again by itself
    stop();
    asking = setInterval(ask, ASK_EVERY_MS);
    ask();
  };
}

// A page that nobody sees asks for nothing: there are few streams.
document.addEventListener("visibilitychange", () => (document.hidden ? stop() : begin()));
window.addEventListener("pagehide", stop);
window.addEventListener("pageshow", (event) => event.persisted && begin());
if (!document.hidden) begin();
