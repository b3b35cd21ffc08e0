// A person who sends a form with mistakes is taken to the list of what to fix.
// Each entry then leads into its field: a group takes focus on its first control.

const CONTROLS = "input:not([type=hidden]), select, textarea, button";

function focusField(event) {
  const link = event.target.closest("a[href^='#']");
  if (!link) return;
  const target = document.getElementById(decodeURIComponent(link.hash.slice(1)));
  if (!target) return;
  const control = target.matches(CONTROLS) ? target : target.querySelector(CONTROLS);
  if (!control) return;
  event.preventDefault();
  (target.closest(".field") ?? target).scrollIntoView({ block: "start" });
  control.focus({ preventScroll: true });
}

/** Focus the error summary inside `root`, if there is one. */
export function focusErrorSummary(root = document) {
  // The style guide shows what one looks like; nobody made those mistakes.
  const summary = root.querySelector("[data-error-summary]:not([data-specimen] *)");
  if (!summary) return;
  summary.addEventListener("click", focusField);
  summary.focus();
}

focusErrorSummary();
document.addEventListener("htmx:afterSwap", (event) => focusErrorSummary(event.target));
