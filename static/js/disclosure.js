// <details data-disclosure> opens and closes by itself; this adds what people expect of a
// small dialog: Escape or a "go back" button closes it and gives focus back to its summary.

const OPEN = "details[data-disclosure][open]";

function close(details) {
  details.open = false;
  details.querySelector("summary").focus();
}

function revealCloseButtons(root) {
  for (const button of root.querySelectorAll("[data-close-disclosure]")) button.hidden = false;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-close-disclosure]");
  if (button) close(button.closest("details"));
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const details = event.target.closest(OPEN);
  if (details) close(details);
});

revealCloseButtons(document);
document.addEventListener("htmx:load", (event) => revealCloseButtons(event.target));
