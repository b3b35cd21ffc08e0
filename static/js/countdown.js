// <time data-countdown-seconds="300"> shows minutes and seconds left. Without this module it
// shows the clock time at which the hold ends, so nothing is lost. A screen reader hears two
// things only: that one minute is left, and that time is up.

const MINUTE = 60;

function announcer() {
  const region = document.createElement("p");
  region.className = "visually-hidden";
  region.setAttribute("role", "status");
  document.body.append(region);
  return (words) => {
    region.textContent = words;
  };
}

/** "9:05" for 545 seconds; never negative. */
export function clockFace(seconds) {
  const left = Math.max(0, seconds);
  return `${Math.floor(left / MINUTE)}:${String(left % MINUTE).padStart(2, "0")}`;
}

function start(element, announce) {
  // What is left when the page was made counts, not the instant: the visitor's clock may be wrong.
  const seconds = Number.parseInt(element.dataset.countdownSeconds, 10);
  if (Number.isNaN(seconds)) return;
  const end = Date.now() + seconds * 1000;
  let before = Infinity;
  const tick = () => {
    const left = Math.ceil((end - Date.now()) / 1000);
    element.textContent = clockFace(left);
    element.classList.toggle("countdown__left--soon", left <= MINUTE);
    if (before > MINUTE && left <= MINUTE && left > 0) announce(element.dataset.countdownMinute);
    before = left;
    if (left > 0) return;
    clearInterval(timer);
    announce(element.dataset.countdownOver);
    element.dispatchEvent(new CustomEvent("countdown:over", { bubbles: true }));
  };
  const timer = setInterval(tick, 1000);
  tick();
}

const countdowns = document.querySelectorAll("time[data-countdown-seconds]");
if (countdowns.length) {
  const announce = announcer();
  for (const element of countdowns) start(element, announce);
}
