// Copy and print for the passphrase. The buttons stay hidden without this script: they could do nothing.

const status = document.getElementById("passphrase-status");

function wordsOf(id) {
  return [...document.querySelectorAll(`#${id} li`)].map((word) => word.textContent.trim()).join(" ");
}

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

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyTheOldWay(text);
  }
}

for (const button of document.querySelectorAll("[data-copies]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const done = await copy(wordsOf(button.dataset.copies));
    status.textContent = done ? status.dataset.copied : status.dataset.failed;
    button.focus();
  });
}

for (const button of document.querySelectorAll("[data-prints]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
