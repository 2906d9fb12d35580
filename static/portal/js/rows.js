// J and K move through the rows of a list, Enter opens one, / goes to the search field.
const typing = (target) => target.closest("input, select, textarea, [contenteditable], dialog");

function move(by) {
  const links = [...document.querySelectorAll("[data-rows] a.to")];
  if (!links.length) return;
  const at = links.indexOf(document.activeElement);
  links[Math.min(links.length - 1, Math.max(0, at < 0 ? 0 : at + by))].focus();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (event.key === "j") move(1);
  else if (event.key === "k") move(-1);
  else if (event.key === "/") {
    const search = document.querySelector('input[type="search"]');
    if (!search) return;
    event.preventDefault();
    search.focus();
  }
});
