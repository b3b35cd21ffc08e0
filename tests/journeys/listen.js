// Keeps in `heard` what a screen reader says by itself: a change in a live region that was there
// before, or an alert that appears. What lies behind an open dialog is not heard.
window.heard = [];

const REGION = "[role=status], [role=alert], [aria-live=polite], [aria-live=assertive]";

function say(region) {
  const modal = [...document.querySelectorAll("dialog:modal")].at(-1);
  const words = region.textContent.trim().replace(/\s+/g, " ");
  if (words && region.checkVisibility() && (!modal || modal.contains(region))) heard.push(words);
}

function listen({ target, addedNodes }) {
  const element = target instanceof Element ? target : target.parentElement;
  const region = element?.closest(REGION);
  if (region) return say(region);
  const added = [...addedNodes].filter((node) => node instanceof Element);
  const within = added.flatMap((each) => [each, ...each.querySelectorAll("[role=alert]")]);
  within.filter((each) => each.matches("[role=alert]")).forEach(say);
}

addEventListener("DOMContentLoaded", () => {
  const changes = { childList: true, characterData: true, subtree: true };
  new MutationObserver((all) => all.forEach(listen)).observe(document, changes);
});
