// Drags a visit to another time or column: what opens is the page that tells every conflict and
// moves it at a press. Without this module each visit's own page does the same.

const ROW_MINUTES = 5;
const STEP_MINUTES = 15;
const AGAIN = "+";

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

const calendar = document.querySelector("[data-calendar]");
const wide = window.matchMedia("(min-width: 48em)");
let dragged = null;

/** How far below its own top the visit was taken hold of, so that it lands where it is seen. */
function grab(event) {
  const visit = event.target.closest("[data-visit]");
  if (!visit || !wide.matches) return;
  const { top } = visit.getBoundingClientRect();
  dragged = { id: visit.dataset.visit, below: event.clientY - top };
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", "");
}

/**
 * The wall-clock time in a column at a height, to the quarter of an hour. The hours down the side
 * say it: on the day that the clocks change one of them is missing, or comes again.
 */
function timeAt(body, clientY) {
  const hours = calendar.dataset.hours.trim().split(" ");
  const rowHeight = parseFloat(getComputedStyle(body.querySelector(".cal__lines")).gridAutoRows);
  const into = ((clientY - body.getBoundingClientRect().top) / rowHeight) * ROW_MINUTES;
  const down = Math.round(into / STEP_MINUTES) * STEP_MINUTES;
  const within = Math.min(Math.max(down, 0), hours.length * 60 - STEP_MINUTES);
  const hour = hours[Math.floor(within / 60)];
  return {
    time: `${hour.slice(0, 2)}:${String(within % 60).padStart(2, "0")}`,
    fold: hour.endsWith(AGAIN) ? "1" : "0",
  };
}

function leave() {
  for (const body of calendar.querySelectorAll("[data-over]")) delete body.dataset.over;
}

function over(event) {
  const body = dragged && event.target.closest("[data-column]");
  if (!body || !body.dataset.column) return;
  event.preventDefault();
  if (!("over" in body.dataset)) leave();
  body.dataset.over = timeAt(body, event.clientY - dragged.below).time;
}

function drop(event) {
  const body = dragged && event.target.closest("[data-column]");
  if (!body || !body.dataset.column) return;
  event.preventDefault();
  const where = new URLSearchParams({
    site: calendar.dataset.site,
    who: body.dataset.column,
    day: body.dataset.day,
    ...timeAt(body, event.clientY - dragged.below),
  });
  location.assign(`${calendar.dataset.move}${dragged.id}/?${where}`);
}

function release() {
  dragged = null;
  leave();
}

if (calendar) {
  calendar.addEventListener("dragstart", grab);
  calendar.addEventListener("dragover", over);
  calendar.addEventListener("drop", drop);
  calendar.addEventListener("dragend", release);
}
