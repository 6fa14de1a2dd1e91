// Sends a form again by itself after the seconds that it asks for, unless something has to be typed first.
for (const form of document.querySelectorAll("form[data-again]")) {
  if (!form.querySelector("input:not([type=hidden])")) {
    setTimeout(() => form.requestSubmit(), Number(form.dataset.again) * 1000);
  }
}
