// <button data-copy="…"> puts its text on the clipboard and says so.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  const label = button.getAttribute("aria-label");
  button.setAttribute("aria-label", button.dataset.copied);
  button.classList.add("done");
  setTimeout(() => {
    button.setAttribute("aria-label", label);
    button.classList.remove("done");
  }, 1500);
});
