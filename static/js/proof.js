// Proof of work after the limit, by ALTCHA's protocol: the browser looks for the number behind a puzzle while somebody
// types, and puts it into the form. crypto.subtle counts outside of this thread, so typing stays quick. A browser
// that cannot do it sends the form without, and the text waits for a moderator.

const FIELD = "altcha";
const AT_MOST = 1000;

const toBytes = (hex) => Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
const toHex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");

async function derive({ salt, cost, keyLength }, password) {
  const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt: toBytes(salt), iterations: cost };
  return new Uint8Array(await crypto.subtle.deriveBits(how, key, keyLength * 8));
}

export async function solve(challenge) {
  const { parameters } = challenge;
  const nonce = toBytes(parameters.nonce);
  const password = new Uint8Array(nonce.length + 4);
  const counting = new DataView(password.buffer);
  password.set(nonce);
  const began = performance.now();
  for (let counter = 0; counter < AT_MOST; counter += 1) {
    counting.setUint32(nonce.length, counter);
    const derivedKey = toHex(await derive(parameters, password));
    if (derivedKey.startsWith(parameters.keyPrefix)) {
      const solution = { counter, derivedKey, time: Math.round(performance.now() - began) };
      return btoa(JSON.stringify({ challenge, solution }));
    }
  }
  throw new RangeError();
}

export function putInto(form, found) {
  const field = form.elements[FIELD] ?? document.createElement("input");
  Object.assign(field, { type: "hidden", name: FIELD, value: found });
  form.append(field);
}

function start(place) {
  const form = place.closest("form");
  let isDone = false;
  form.proving = solve(JSON.parse(place.dataset.challenge))
    .then((found) => putInto(form, found))
    .catch(() => {})
    .finally(() => {
      isDone = true;
      place.textContent = "";
    });

  form.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (isDone || "editor" in form.dataset) return; // the script that sends texts waits by itself
    event.preventDefault();
    if (place.textContent) return;
    place.textContent = place.dataset.working;
    form.proving.then(() => form.requestSubmit(button));
  });
}

document.querySelectorAll("[data-challenge]").forEach(start);
