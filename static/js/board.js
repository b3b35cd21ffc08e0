// The arrivals board keeps itself fresh, finds a name as it is typed, and checks people in without
// leaving it. Without this module the board is a plain page.

const EVERY = 20_000;

const board = document.querySelector("[data-board]");
const tools = document.querySelector("[data-board-tools]");
const filter = tools.querySelector("input");
const found = tools.querySelector("[data-found]");
const said = document.querySelector("[data-said]");

const checkIn = document.querySelector("[data-check-in]");

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

/** What a board shows, without the marks that a filter or a request leaves on it. */
const plainRows = (each) => each.textContent.replace(/\s+/g, " ");

/** Swap the rows in, and give focus back to the same visit if it had it. */
function show(fresh) {
  if (plainRows(fresh) === plainRows(board)) return;
  const focused = board.contains(document.activeElement) ? document.activeElement.id : "";
  const before = board.dataset.waiting;
  board.replaceChildren(...fresh.childNodes);
  board.dataset.waiting = fresh.dataset.waiting;
  applyFilter();
  htmx.process(board);
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  if (board.dataset.waiting !== before) {
    said.textContent = said.dataset.words.replace("__", board.dataset.waiting);
  }
}

async function refresh() {
  if (document.hidden || checkIn.open) return;
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector("[data-board]");
  // Signed out meanwhile: the page itself says so.
  if (fresh) show(fresh);
  else location.reload();
}

/** The answer to a check-in: the board is new, the dialog done, and focus is on the patient. */
function checkedIn({ said: words, row, waiting }) {
  board.dataset.waiting = waiting;
  applyFilter();
  checkIn.close();
  document.getElementById(row)?.focus();
  said.textContent = words;
}

// Settled, not only swapped: before that, Enter would send the form as a page.
checkIn.addEventListener("htmx:afterSettle", () => {
  if (!checkIn.open) checkIn.showModal();
});
checkIn.addEventListener("click", (event) => {
  if (event.target === checkIn || event.target.closest("[data-close-check-in]")) checkIn.close();
});
document.addEventListener("board:changed", (event) => checkedIn(event.detail));

tools.hidden = false;
filter.addEventListener("input", applyFilter);
document.addEventListener("visibilitychange", () => refresh().catch(() => {}));
// A missed refresh is made good by the next one.
setInterval(() => refresh().catch(() => {}), EVERY);
