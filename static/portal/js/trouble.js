// What could not be loaded is said once, in words, and goes away when it works again.
function say(text) {
  const place = document.getElementById("toasts");
  const note = document.getElementById("trouble");
  if (!place || !note) return;
  const shown = note.content.firstElementChild.cloneNode(true);
  shown.querySelector("[data-text]").textContent = text;
  place.replaceChildren(shown);
}

for (const failure of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(failure, () => say(document.getElementById("toasts")?.dataset.trouble ?? ""));
}
document.addEventListener("htmx:afterOnLoad", () => document.getElementById("toasts")?.replaceChildren());
