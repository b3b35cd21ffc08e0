// The arrivals board keeps itself fresh and finds a name as it is typed. Without this module the
// board is a plain page.

const EVERY = 20_000;

const board = document.querySelector("[data-board]");
const tools = document.querySelector("[data-board-tools]");
const filter = tools.querySelector("input");
const found = tools.querySelector("[data-found]");
const said = document.querySelector("[data-said]");

const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

function applyFilter() {
  const wanted = plain(filter.value.trim());
  let shown = 0;
  for (const row of board.querySelectorAll("[data-name]")) {
    row.hidden = !plain(row.dataset.name).includes(wanted);
    if (!row.hidden) shown += 1;
  }
  found.textContent = wanted && !shown ? found.dataset.none : "";
}

/** Swap the rows in, and give focus back to the same visit if it had it. */
function show(fresh) {
  if (fresh.innerHTML === board.innerHTML) return;
  const focused = board.contains(document.activeElement) ? document.activeElement.id : "";
  const before = board.dataset.waiting;
  board.replaceChildren(...fresh.childNodes);
  board.dataset.waiting = fresh.dataset.waiting;
  applyFilter();
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  if (board.dataset.waiting !== before) {
    said.textContent = said.dataset.words.replace("__", board.dataset.waiting);
  }
}

async function refresh() {
  if (document.hidden) return;
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector("[data-board]");
  // Signed out meanwhile: the page itself says so.
  if (fresh) show(fresh);
  else location.reload();
}

tools.hidden = false;
filter.addEventListener("input", applyFilter);
document.addEventListener("visibilitychange", () => refresh().catch(() => {}));
// A missed refresh is made good by the next one.
setInterval(() => refresh().catch(() => {}), EVERY);
