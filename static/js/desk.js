// What all pages of the desk share: single keys, the list of them, and what htmx brings in.

const SINGLE_KEYS = "visitwell-single-keys";
const TYPED_INTO = "input:not([type=checkbox], [type=radio]), select, textarea, [contenteditable]";

const shortcuts = document.querySelector("[data-shortcuts]");
const palette = document.querySelector("[data-open-palette]");
const toggle = shortcuts.querySelector("[data-single-keys]");

function showShortcuts() {
  if (!document.querySelector("dialog[open]")) shortcuts.showModal();
}

/** What a single key does; nothing for a key that has no meaning on this page. */
function actionOf(key) {
  if (key === "?") return showShortcuts;
  if (key === "/") return () => palette.click();
  if (key.toLowerCase() === "f") {
    const filter = document.getElementById("filter");
    return filter && (() => filter.focus());
  }
  const page = /^[1-9]$/.test(key) && document.querySelectorAll("[data-desk-nav] a")[key - 1];
  return page && (() => page.click());
}

toggle.checked = localStorage.getItem(SINGLE_KEYS) !== "off";
toggle.addEventListener("change", () => {
  localStorage.setItem(SINGLE_KEYS, toggle.checked ? "on" : "off");
});

document.addEventListener("keydown", (event) => {
  if (!toggle.checked || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches(TYPED_INTO) || document.querySelector("dialog[open]")) return;
  const act = actionOf(event.key);
  if (!act) return;
  event.preventDefault();
  act();
});

for (const opener of document.querySelectorAll("[data-open-shortcuts]")) {
  opener.hidden = false;
  opener.addEventListener("click", showShortcuts);
}

if (/Mac|iP(hone|ad)/.test(navigator.platform)) {
  for (const key of document.querySelectorAll("[data-ctrl]")) key.textContent = "⌘";
}

// A session that has ended answers with the sign-in page: go there, do not show it in a corner.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, pathInfo } = event.detail;
  const landed = new URL(xhr.responseURL || location.href).pathname;
  if (landed === pathInfo.requestPath || landed.startsWith("/desk/")) return;
  event.detail.shouldSwap = false;
  location.reload();
});

// Focus that a swap took away goes to the top of what came instead, and what it tells is said: by
// a region that was there before, since one that arrives with its words is often not read.
const told = document.querySelector("[data-told]");
document.addEventListener("htmx:afterSettle", ({ target }) => {
  if (target.id !== "main") return;
  if (document.activeElement === document.body) target.focus();
  told.textContent = target.querySelector(".notifications")?.textContent.trim() ?? "";
});
