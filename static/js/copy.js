// Copying, shared by the pages that offer it.

// The clipboard of the browser needs a safe address; a university's first trial on plain HTTP has none.
function copyTheOldWay(text) {
  const box = document.createElement("textarea");
  box.value = text;
  box.readOnly = true;
  box.className = "vh";
  document.body.append(box);
  box.select();
  const done = document.execCommand("copy");
  box.remove();
  return done;
}

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyTheOldWay(text);
  }
}

// Said politely, and again when it is the same as before.
export function say(status, done) {
  status.textContent = "";
  setTimeout(() => (status.textContent = done ? status.dataset.copied : status.dataset.failed), 50);
}
