// Changing the language in the middle of a form loses nothing: what was typed waits in this tab
// until the same page comes back in the other language, and is then forgotten.

const KEY = "visitwell-typed";
const TYPED = "main form[method=post] :is(input, select, textarea)";
const NOT_KEPT = "[type=hidden], [type=password], [autocomplete=one-time-code]";

const fields = () => [...document.querySelectorAll(TYPED)].filter((each) => !each.matches(NOT_KEPT));
const isChoice = (field) => field.type === "radio" || field.type === "checkbox";

function keep() {
  const typed = fields()
    .filter((field) => !isChoice(field) || field.checked)
    .map((field) => [field.name, field.value]);
  if (typed.length) sessionStorage.setItem(KEY, JSON.stringify([location.pathname, typed]));
}

function giveBack([path, typed]) {
  if (path !== location.pathname) return;
  for (const field of fields()) {
    const values = typed.filter(([name]) => name === field.name).map(([, value]) => value);
    if (isChoice(field)) field.checked = values.includes(field.value);
    else if (values.length) [field.value] = values;
  }
}

const kept = sessionStorage.getItem(KEY);
sessionStorage.removeItem(KEY);
if (kept) giveBack(JSON.parse(kept));
for (const form of document.querySelectorAll("form.language")) form.addEventListener("submit", keep);
