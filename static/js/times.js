// Choosing a time without reloading the page: the week and the clinic change in place, and a
// press holds the time (or moves the visit to it) through the API. Every link and button works
// without this module, and whatever fails here is done by the link or the form itself.

import { ask, enhanceForm, isGone, pageOf } from "./api.js";
import { counter } from "./counting.js";

const DAY = 24 * 60 * 60 * 1000;
const LANGUAGE = document.documentElement.lang;

const week = document.querySelector("[data-week]");
const form = week.querySelector("form");
const days = week.querySelector("[data-days]");
const problem = week.querySelector("[data-problem]");
const said = week.querySelector("[data-said]");
const words = said.dataset;
const countWords = counter(words.counts);
const sites = [...document.querySelectorAll("a[data-site]")];

const shift = (day, count) => new Date(Date.parse(day) + count * DAY).toISOString().slice(0, 10);

function dayWords(day, options = { weekday: "long", month: "long", day: "numeric" }) {
  const text = new Intl.DateTimeFormat(LANGUAGE, { ...options, timeZone: "UTC" }).format(
    Date.parse(day),
  );
  return text.charAt(0).toLocaleUpperCase(LANGUAGE) + text.slice(1);
}

/** "2:30 PM" for "2026-11-23T14:30:00-05:00": the site's clock, as the server writes it. */
function timeWords(local) {
  const hour = Number(local.slice(11, 13));
  return `${hour % 12 || 12}:${local.slice(14, 16)} ${hour < 12 ? words.am : words.pm}`;
}

function clone(name) {
  return week.querySelector(`[data-${name}-template]`).content.cloneNode(true).firstElementChild;
}

function slotButton(slot) {
  const button = clone("slot");
  button.value = slot.starts_at;
  button.dataset.site = slot.site;
  button.querySelector("time").dateTime = slot.starts_at;
  button.querySelector(".visually-hidden").textContent = `${dayWords(slot.local.slice(0, 10))}, `;
  button.querySelector(".slot__time").textContent = timeWords(slot.local);
  return button;
}

const hourOf = (slot) => Number(slot.local.slice(11, 13));

function partOfDay(name, slots) {
  const part = clone("part");
  part.querySelector("h4").textContent = name;
  part.querySelector(".slots").append(...slots.map(slotButton));
  return part;
}

function wholeDay(day, slots) {
  const whole = clone("day");
  whole.querySelector("time").dateTime = day;
  whole.querySelector("time").textContent = dayWords(day);
  whole.querySelector(".day__count").textContent = countWords(slots.length);
  const parts = words.parts.split("|").filter(Boolean).map((text) => text.split(":"));
  let begins = 0;
  for (const [ends, name] of parts) {
    const inside = slots.filter((slot) => hourOf(slot) >= begins && hourOf(slot) < Number(ends));
    if (inside.length) whole.append(partOfDay(name, inside));
    begins = Number(ends);
  }
  return whole;
}

/** Slots by local day, each instant once: several clinicians may share it. */
function byDay(slots) {
  const found = new Map();
  for (const slot of slots) {
    const day = slot.local.slice(0, 10);
    if (!found.has(day)) found.set(day, new Map());
    if (!found.get(day).has(slot.starts_at)) found.get(day).set(slot.starts_at, slot);
  }
  return [...found].map(([day, once]) => [day, [...once.values()]]);
}

function pointWeekLinks(address, first) {
  const aim = (link, day, possible) => {
    const url = new URL(address);
    url.searchParams.set("day", day);
    link.href = url.search;
    link.hidden = !possible;
  };
  const { from, until } = week.dataset;
  const earlier = shift(first, -7);
  aim(week.querySelector("[rel=prev]"), earlier < from ? from : earlier, first > from);
  aim(week.querySelector("[rel=next]"), shift(first, 7), shift(first, 7) <= until);
}

function showSite(link) {
  week.dataset.site = link.dataset.site;
  form.elements.site.value = link.dataset.slug;
  week.querySelector("#week-title").textContent = link.dataset.title;
  week.querySelector("[data-clock]").textContent = link.dataset.clock;
  document.querySelector("[data-chosen]").replaceChildren(
    ...[...link.childNodes].map((node) => node.cloneNode(true)),
  );
  for (const each of sites) each.toggleAttribute("aria-current", false);
  link.setAttribute("aria-current", "true");
  link.closest("details").open = false;
}

/** Show the week and clinic an address names. False when only the page itself can. */
async function show(address) {
  const wanted = new URL(address, location.href).searchParams;
  const link = sites.find((each) => each.dataset.slug === wanted.get("site"));
  const first = wanted.get("day") ?? week.querySelector("[data-span]").dataset.firstDay;
  const last = shift(first, 6);
  const search = new URLSearchParams({
    visit_type: week.dataset.visitType,
    site: link?.dataset.site ?? week.dataset.site,
    first_day: first,
    last_day: last,
  });
  const { status, body } = await ask(`${week.dataset.slotsApi}?${search}`);
  if (status !== 200 || !body.slots.length) return false;
  if (link && link.dataset.site !== week.dataset.site) showSite(link);
  days.replaceChildren(...byDay(body.slots).map(([day, slots]) => wholeDay(day, slots)));
  days.firstElementChild.open = true;
  problem.replaceChildren();
  const span = week.querySelector("[data-span]");
  const short = { month: "long", day: "numeric" };
  span.textContent = words.fromTo
    .replace("_1", dayWords(first, short))
    .replace("_2", dayWords(last, short));
  span.dataset.firstDay = first;
  said.textContent = span.textContent;
  const here = new URL(address, location.href);
  here.searchParams.set("day", first);
  pointWeekLinks(here, first);
  history.pushState({}, "", here);
  return true;
}

function follow(link, after) {
  link.addEventListener("click", async (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    const { href } = link;
    if (await show(href).catch(() => false)) after?.();
    else location.assign(href);
  });
}

function showAlternatives(answer) {
  const notice = clone("problem");
  notice.querySelector(".notice__title").textContent =
    answer.body.code === "slot_taken" ? words.taken : words.gone;
  const buttons = answer.body.alternatives.map((slot) => {
    const button = slotButton(slot);
    const note = document.createElement("span");
    note.className = "slot__note";
    note.textContent = dayWords(slot.local.slice(0, 10), {
      weekday: "short",
      month: "short",
      day: "numeric",
    });
    button.append(note);
    return button;
  });
  notice.querySelector(".slots").append(...buttons);
  problem.replaceChildren(notice);
  problem.focus();
  problem.scrollIntoView({ block: "start" });
}

async function take(button) {
  const answer = await ask(form.dataset.api, {
    body: {
      visit_type: week.dataset.visitType,
      site: Number(week.dataset.site),
      starts_at: button.value,
    },
  });
  if (answer.status === 200 || answer.status === 201) {
    location.assign(pageOf(form.dataset.done, answer.body.id));
    return true;
  }
  if (!isGone(answer) || !answer.body.alternatives.length) return false;
  if (!problem.contains(button)) button.remove();
  showAlternatives(answer);
  return true;
}

for (const link of week.querySelectorAll(".week__nav a")) {
  // At the first or last week the link goes away, and focus with it unless it is told where.
  follow(link, () => link.hidden && week.querySelector("#week-title").focus());
}
for (const link of sites) follow(link, () => week.querySelector("#week-title").focus());
addEventListener("popstate", () => location.reload());
enhanceForm(form, take);
