// The last press books through the API, so that a time that is gone is told in place. The key
// makes a repeated press the same visit. Whatever else happens, the form itself is sent.

import { ask, enhanceForm, isGone, pageOf } from "./api.js";

const form = document.querySelector("form[data-book]");
const problem = document.querySelector("[data-problem]");

async function book() {
  const { api, done, hold, person, key } = form.dataset;
  const answer = await ask(api, {
    body: { hold, person },
    headers: { "Idempotency-Key": key },
  });
  if (answer.status === 201) {
    location.assign(pageOf(done, answer.body.id));
    return true;
  }
  if (!isGone(answer)) return false;
  const words = document.querySelector("[data-problem-template]").content.cloneNode(true);
  problem.replaceChildren(words);
  problem.focus();
  problem.scrollIntoView({ block: "start" });
  return true;
}

enhanceForm(form, book);
