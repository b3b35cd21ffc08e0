// Choosing a time without reloading the page: other days come in place, and a press holds the time
// (or moves the visit to it) through the API. Every link and button works without this module, and
// whatever fails here is done by the link or the form itself.

import { ask, enhanceForm, isGone, pageOf } from "./api.js";
import { counter } from "./counting.js";

const LANGUAGE = document.documentElement.lang;

const answers = document.querySelector("[data-answers]");
const days = answers.querySelector("[data-days]");
const problem = answers.querySelector("[data-problem]");
const title = answers.querySelector("#answers-title");
const said = answers.querySelector("[data-said]");
const words = said.dataset;
const countWords = counter(words.counts);
const byVideo = "byVideo" in answers.dataset;
const parts = words.parts.split("|").filter(Boolean).map((text) => text.split(":"));

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
  return answers.querySelector(`[data-${name}-template]`).content.cloneNode(true).firstElementChild;
}

const formOf = (site) => answers.querySelector(`form[data-site="${site}"]`);
const dayOf = (slot) => slot.local.slice(0, 10);
const hourOf = (slot) => Number(slot.local.slice(11, 13));

function slotButton(slot) {
  const button = clone("slot");
  button.value = slot.starts_at;
  button.setAttribute("form", formOf(slot.site).id);
  button.querySelector("time").dateTime = slot.starts_at;
  button.querySelector(".visually-hidden").textContent = `${dayWords(dayOf(slot))}, `;
  button.querySelector(".slot__time").textContent = timeWords(slot.local);
  return button;
}

function grouped(items, keyOf) {
  const found = new Map();
  for (const item of items) {
    const key = keyOf(item);
    if (!found.has(key)) found.set(key, []);
    found.get(key).push(item);
  }
  return found;
}

/** Why every one of some times fits. */
function sharedReasons(slots) {
  const kinds = slots.map((slot) => new Set(slot.reasons.map((reason) => reason.text)));
  return slots[0].reasons
    .filter(({ kind, text }) => kind !== "soonest" && kinds.every((texts) => texts.has(text)))
    .map((reason) => reason.text);
}

function withWhom(slots, people) {
  const names = [...new Set(slots.map((slot) => people.get(slot.clinician).name))];
  if (names.length > 3) return "";
  const either = new Intl.ListFormat(LANGUAGE, { type: "disjunction" }).format(names);
  return words.with.replace("_1", either);
}

function offer(slots, { sites, people }, several) {
  const whole = clone(several ? "one-of-several" : "offer");
  const site = sites.get(slots[0].site);
  whole.querySelector("h4").textContent = byVideo
    ? words.video.replace("_1", site.name)
    : site.name;
  const about = [byVideo ? words.clock.replace("_1", site.city) : site.address];
  about.push(withWhom(slots, people));
  whole.querySelector(".note").append(
    ...about.filter(Boolean).flatMap((line, n) => (n ? [document.createElement("br"), line] : [line])),
  );
  const why = whole.querySelector(".why");
  for (const text of sharedReasons(slots)) {
    const reason = clone("reason");
    reason.querySelector("bdi").textContent = text;
    why.append(reason);
  }
  if (!why.children.length) why.remove();
  // Each instant once: several clinicians may share it.
  const once = [...grouped(slots, (slot) => slot.starts_at).values()].map(([slot]) => slot);
  if (several) whole.querySelector(".day__count").textContent = countWords(once.length);
  let begins = 0;
  for (const [ends, name] of parts) {
    const inside = once.filter((slot) => hourOf(slot) >= begins && hourOf(slot) < Number(ends));
    if (inside.length) {
      const part = clone("part");
      part.querySelector("h5").textContent = name;
      part.querySelector(".slots").append(...inside.map(slotButton));
      whole.append(part);
    }
    begins = Number(ends);
  }
  return whole;
}

function wholeDay(day, slots, known) {
  const whole = clone("day");
  whole.querySelector("time").dateTime = day;
  whole.querySelector("time").textContent = dayWords(day);
  const there = [...grouped(slots, (slot) => slot.site)];
  if (known.near) there.sort(([a], [b]) => known.sites.get(a).miles - known.sites.get(b).miles);
  const offers = there.map(([, own]) => offer(own, known, there.length > 1));
  if (there.length > 1) offers[0].open = true;
  whole.append(...offers);
  const count = offers.reduce((sum, each) => sum + each.querySelectorAll(".slot").length, 0);
  whole.querySelector(".day__count").textContent = countWords(count);
  return whole;
}

function pointLinks(address, keys) {
  for (const [rel, name, key] of [["prev", "before", keys.previous], ["next", "after", keys.next]]) {
    const url = new URL(address);
    for (const other of ["before", "after", "day"]) url.searchParams.delete(other);
    url.searchParams.set("find", "1");
    if (key) url.searchParams.set(name, key);
    for (const link of answers.querySelectorAll(`[rel=${rel}]`)) {
      link.href = url.search;
      link.hidden = !key;
    }
  }
}

/** Show the page of answers an address names. False when only the page itself can. */
async function show(address) {
  const wanted = new URL(address, location.href).searchParams;
  const search = new URL(answers.dataset.slotsApi, location.href);
  const name = ["after", "before"].find((each) => wanted.has(each));
  if (!name) return false;
  search.searchParams.set(name, wanted.get(name));
  const { status, body } = await ask(search);
  if (status !== 200 || !body.slots.length) return false;
  if (body.slots.some((slot) => !formOf(slot.site))) return false;
  const known = {
    sites: new Map(body.sites.map((site) => [site.id, site])),
    people: new Map(body.clinicians.map((who) => [who.id, who])),
    near: body.place?.name,
  };
  const byDay = [...grouped(body.slots, dayOf)].sort(([a], [b]) => (a < b ? -1 : 1));
  days.replaceChildren(...byDay.map(([day, slots]) => wholeDay(day, slots, known)));
  days.firstElementChild.open = true;
  problem.replaceChildren();
  const soonest = answers.querySelector("[data-soonest]");
  if (soonest) soonest.hidden = true;
  const short = { month: "long", day: "numeric" };
  const span = answers.querySelector("[data-span]");
  span.textContent = words.fromTo
    .replace("_1", dayWords(byDay[0][0], short))
    .replace("_2", dayWords(byDay.at(-1)[0], short));
  said.textContent = span.textContent;
  pointLinks(new URL(address, location.href), body);
  return true;
}

// --- The place on the page, kept for whoever comes back to it

function remember() {
  const open = [...days.querySelectorAll("details")].map((each) => each.open);
  history.replaceState({ open, at: scrollY }, "");
}

function putBack(state) {
  if (!state?.open) return;
  const all = days.querySelectorAll("details");
  if (all.length === state.open.length) all.forEach((each, n) => (each.open = state.open[n]));
  scrollTo(0, state.at);
}

addEventListener("pagehide", remember);
addEventListener("popstate", async (event) => {
  if (await show(location.href).catch(() => false)) putBack(event.state);
  else location.reload();
});
putBack(history.state);

for (const link of answers.querySelectorAll(".week__nav a")) {
  link.addEventListener("click", async (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    const { href } = link;
    remember();
    if (!(await show(href).catch(() => false))) return location.assign(href);
    history.pushState({}, "", href);
    // Below the list one has read it to its end, and goes on from its top.
    if (link.hidden || link.closest("nav") !== answers.querySelector(".week__nav")) title.focus();
  });
}

// --- Taking a time

function showAlternatives(answer) {
  const notice = clone("problem");
  notice.querySelector(".notice__title").textContent =
    answer.body.code === "slot_taken" ? words.taken : words.gone;
  const buttons = answer.body.alternatives.map((slot) => {
    const button = slotButton(slot);
    const note = document.createElement("span");
    note.className = "slot__note";
    note.textContent = dayWords(dayOf(slot), { weekday: "short", month: "short", day: "numeric" });
    button.append(note);
    return button;
  });
  notice.querySelector(".slots").append(...buttons);
  problem.replaceChildren(notice);
  problem.focus();
  problem.scrollIntoView({ block: "start" });
}

async function take(form, button) {
  const said = new FormData(form);
  const wishes = answers.dataset.ofATime.split(" ").filter((name) => said.get(name));
  const { api, done, visitType } = answers.dataset;
  const answer = await ask(api, {
    body: {
      ...Object.fromEntries(wishes.map((name) => [name, said.get(name)])),
      visit_type: visitType,
      site: Number(form.dataset.site),
      starts_at: button.value,
    },
  });
  if (answer.status === 200 || answer.status === 201) {
    // Without a page to go to the form is sent too: it is given the time that is held now, and
    // keeps the choices for whoever thinks again.
    if (done) location.assign(pageOf(done, answer.body.id));
    return Boolean(done);
  }
  if (!isGone(answer) || !answer.body.alternatives.length) return false;
  if (!problem.contains(button) && button.matches(".slot")) button.remove();
  showAlternatives(answer);
  return true;
}

for (const form of answers.querySelectorAll("form[data-site]")) {
  enhanceForm(form, (button) => take(form, button));
}
