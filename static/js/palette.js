// The palette: Ctrl-K or ⌘K, type, Enter. Pages are filtered here, patients come from the server.
// Every option is a link and takes the real focus, so that a screen reader says what it is.
// Without this module the button is a link to the same search as a page.

import { counter } from "./counting.js";

const dialog = document.querySelector("[data-palette]");
const form = dialog.querySelector("form");
const input = form.elements.wanted;
const pages = dialog.querySelector("[data-palette-pages]");
const patients = dialog.querySelector("#palette-found");
const said = dialog.querySelector("[data-palette-said]");
const countWords = counter(said.dataset.counts);
const finds = form.hasAttribute("hx-post");

let answered = ""; // what the patients shown were asked with
let hurried = false; // Enter was pressed before they came

const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").trim().toLowerCase();
const options = () =>
  [...dialog.querySelectorAll("[data-option]")].filter((each) => each.checkVisibility());

function say() {
  const { length } = options();
  said.textContent = length ? countWords(length) : said.dataset.none;
}

function filterPages() {
  const wanted = plain(input.value);
  let shown = 0;
  for (const item of pages.querySelectorAll("li")) {
    const words = plain(item.textContent).split(/\s+/);
    item.hidden = Boolean(wanted) && !words.some((word) => word.startsWith(wanted));
    shown += item.hidden ? 0 : 1;
  }
  pages.hidden = shown === 0;
}

export function openPalette() {
  if (dialog.open) return;
  input.value = "";
  answered = "";
  hurried = false;
  patients.replaceChildren();
  filterPages();
  dialog.showModal();
  input.focus();
}

function openFirst() {
  const [first] = options();
  if (first) first.click();
}

/** Arrow keys go from the input through the options and back. */
function move(step) {
  const stops = [input, ...options()];
  const now = stops.indexOf(document.activeElement);
  stops[Math.min(Math.max(now + step, 0), stops.length - 1)].focus();
}

const MOVES = { ArrowDown: 1, ArrowUp: -1 };

dialog.addEventListener("keydown", (event) => {
  if (event.key in MOVES) {
    event.preventDefault();
    move(MOVES[event.key]);
  } else if (event.key === "Enter" && event.target === input) {
    event.preventDefault();
    if (!finds || !pages.hidden || answered === input.value) openFirst();
    else {
      hurried = true;
      form.requestSubmit();
    }
  } else if (
    event.target.matches("[data-option]") &&
    !event.ctrlKey &&
    !event.metaKey &&
    (event.key.length === 1 || event.key === "Backspace")
  ) {
    input.focus(); // and the key goes on into it, after what was typed before
    input.setSelectionRange(input.value.length, input.value.length);
  }
});

input.addEventListener("input", () => {
  hurried = false;
  filterPages();
  if (!finds) say();
});
form.addEventListener("submit", (event) => event.preventDefault());
patients.addEventListener("htmx:afterSwap", () => {
  answered = input.value;
  say();
  if (hurried) openFirst();
});

// Someone who clicks beside the dialog means to leave it.
dialog.addEventListener("click", (event) => {
  if (event.target === dialog) dialog.close();
});

for (const opener of document.querySelectorAll("[data-open-palette]")) {
  opener.hidden = false;
  opener.setAttribute("aria-haspopup", "dialog");
  opener.addEventListener("click", (event) => {
    event.preventDefault();
    openPalette();
  });
}

document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey) return;
  event.preventDefault();
  openPalette();
});
