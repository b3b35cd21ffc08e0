// Keeps the [data-live] parts of a page fresh. Every page is complete without it.

const PERIOD_MS = 1500;
const CLOCK_MS = 20000;
let pulse = document.body.dataset.pulse;
let lastSwap = Date.now();

function swapPart(old, next) {
  if (old.innerHTML === next.innerHTML) return;
  const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
  const open = [...old.querySelectorAll("details[open]")].map((element) => element.id);
  old.replaceChildren(...next.childNodes);
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  if (focused) document.getElementById(focused)?.focus();
}

async function swap() {
  const response = await fetch(location.href);
  if (!response.ok) return;
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const old of document.querySelectorAll("[data-live]")) {
    const next = fresh.getElementById(old.id);
    if (next) swapPart(old, next);
  }
  pulse = fresh.body.dataset.pulse;
  lastSwap = Date.now();
}

async function look() {
  if (document.visibilityState !== "visible") return;
  const now = await (await fetch("/pulse")).text();
  if (now !== pulse || Date.now() - lastSwap > CLOCK_MS) await swap();
}

async function countDown() {
  const bars = document.querySelectorAll("[data-countdown]");
  for (const bar of bars) {
    const left = bar.value - 1;
    if (left <= 0) return swap();
    bar.value = left;
    bar.parentElement.querySelector("[data-seconds]").textContent = String(left);
  }
}

// A stopped sandbox is nothing to shout about: the next look tries again.
const quietly = (work) => () => work().catch(() => undefined);
setInterval(quietly(look), PERIOD_MS);
setInterval(quietly(countDown), 1000);
