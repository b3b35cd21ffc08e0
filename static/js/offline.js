// Fills the offline page with the visit that this phone has seen before, if it is still to come.

// As in install.js, which this module cannot import: files are kept under their hashed names.
const KEY = "visitwell-next-visit";
// A visit stays for the day: one may be lost on the way to it.
const STAYS = 12 * 60 * 60 * 1000;

const language = document.documentElement.lang;
const visit = document.querySelector("[data-kept]");
const find = (name) => visit.querySelector(`[data-kept-${name}]`);

function show(kept) {
  find("when").dateTime = kept.at;
  find("when").textContent = kept.when;
  find("address").textContent = kept.address;
  find("phone").href = `tel:${kept.phone}`;
  find("phone").textContent = kept.phoneWords;
  find("seen").dateTime = kept.seen;
  find("seen").textContent = new Date(kept.seen).toLocaleString(language, {
    dateStyle: "long",
    timeStyle: "short",
  });
  visit.hidden = false;
  document.querySelector("[data-none]").hidden = true;
}

const kept = JSON.parse(localStorage.getItem(KEY) ?? "null");
if (kept && Date.parse(kept.at) + STAYS > Date.now()) show(kept);
