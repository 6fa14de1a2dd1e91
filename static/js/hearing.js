// Hearing what is new in a live talk: by a stream where there is a place, else by asking. A page that is in sight says
// so now and then, and learns from the answer whether its own line holds.

import { ask, isTurnedAway, post } from "./asking.js";
import { form, isLeaving, place, talk } from "./talkplace.js";

const HERE_EVERY_MS = 15_000;
const ASK_EVERY_MS = { open: 3000, waiting: 10_000, none: 15_000 };

let on; // who is told what was heard, and that this page was turned away
let known = ""; // the id of the last state
let turn = 0; // an answer to what was asked before the last stop is no news
let stream, asking, telling;

export const whenHeard = (handlers) => (on = handlers);

export function stop() {
  turn += 1;
  stream?.close();
  clearInterval(asking);
  clearInterval(telling);
  stream = asking = telling = undefined;
}

export function begin() {
  stop();
  if (talk.isOver || isLeaving() || (!place.session && form)) return;
  hear();
  tellHere();
  telling = setInterval(tellHere, HERE_EVERY_MS);
}

function hear() {
  if (!place.session) return askAgainAndAgain(); // nothing goes on: there are few streams
  stream = new EventSource(place.listen);
  stream.onmessage = (event) => tell({ ...JSON.parse(event.data), id: event.lastEventId });
  stream.onerror = () => {
    tellHere(); // finds out whether it was the line
    if (stream?.readyState !== EventSource.CLOSED) return; // it comes again by itself
    stream = undefined;
    askAgainAndAgain();
  };
}

function tell(state) {
  if (talk.isOver) return;
  known = state.id ?? known;
  on.heard(state);
}

function askAgainAndAgain() {
  clearInterval(asking);
  asking = setInterval(askState, ASK_EVERY_MS[place.state]);
  askState();
}

async function askState() {
  const asked = turn;
  const answer = await ask(place.ask);
  if (asked !== turn) return;
  if (isTurnedAway(answer)) return on.turnedAway(answer);
  if (!answer?.ok) return;
  const state = JSON.parse(answer.text);
  if (state.id !== known) tell(state);
}

export async function tellHere() {
  if (isLeaving() || talk.isOver || !place.session) return;
  const asked = turn;
  const answer = await post(place.here);
  if (asked !== turn) return;
  if (isTurnedAway(answer)) return on.turnedAway(answer);
  if (answer?.ok) tell(JSON.parse(answer.text));
}
