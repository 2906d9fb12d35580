// <time data-when> in the reader's zone and language; the exact moment on hover. Ages stay current.
const STEPS = [[60, "second", 1], [3600, "minute", 60], [86400, "hour", 3600], [86400 * 14, "day", 86400]];
const language = document.documentElement.lang || undefined;
const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" });
const exact = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "long" });
const day = new Intl.DateTimeFormat(language, { dateStyle: "medium" });
const moment = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });

function ago(at) {
  const seconds = (at - Date.now()) / 1000;
  const step = STEPS.find(([below]) => Math.abs(seconds) < below);
  return step ? relative.format(Math.trunc(seconds / step[2]), step[1]) : day.format(at);
}

function show(element) {
  const at = new Date(element.dateTime);
  if (Number.isNaN(at.valueOf())) return;
  element.title = exact.format(at);
  element.textContent = element.dataset.when === "ago" ? ago(at) : moment.format(at);
}

const showAll = (root) => root.querySelectorAll("time[data-when]").forEach(show);
showAll(document);
document.addEventListener("htmx:load", (event) => showAll(event.target));
setInterval(() => document.querySelectorAll('time[data-when="ago"]').forEach(show), 30_000);
