// Light, dark or as the system says. The server reads the cookie, so the first paint is already right.
const YEAR = 60 * 60 * 24 * 365;

function choose(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `theme=${theme}; Path=/; Max-Age=${YEAR}; SameSite=Lax${secure}`;
  for (const button of document.querySelectorAll("[data-choose-theme]")) {
    button.setAttribute("aria-pressed", String(button.dataset.chooseTheme === theme));
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-choose-theme]");
  if (button) choose(button.dataset.chooseTheme);
});
