// The one way pages talk to the API: JSON there and back, with the form's token against forgery.

const NO_ID = "00000000-0000-0000-0000-000000000000";

function token() {
  return document.querySelector("input[name=csrfmiddlewaretoken]").value;
}

/** Ask the API. Gives the status and the JSON answer; rejects when there is no answer to read. */
export async function ask(path, { body, headers } = {}) {
  const writes = { "Content-Type": "application/json", "X-CSRFToken": token() };
  const answer = await fetch(path, {
    method: body ? "POST" : "GET",
    headers: { Accept: "application/json", ...(body && writes), ...headers },
    body: body && JSON.stringify(body),
  });
  return { status: answer.status, body: await answer.json() };
}

/** The address of a page about a row, from a pattern that names no row. */
export function pageOf(pattern, id) {
  return pattern.replace(NO_ID, id);
}

/** Whether the API said that the time cannot be had, and which can. */
export function isGone({ status, body }) {
  return (status === 409 || status === 422) && Array.isArray(body.alternatives);
}

/**
 * Let `send(submitter)` handle a form. When it gives false or fails, the form is sent as if
 * there were no script. A second press while the first is under way does nothing.
 */
export function enhanceForm(form, send) {
  let busy = false;
  let plain = false;
  form.addEventListener("submit", async (event) => {
    if (plain) return;
    event.preventDefault();
    if (busy) return;
    busy = true;
    form.setAttribute("aria-busy", "true");
    const handled = await send(event.submitter).catch(() => false);
    busy = false;
    form.removeAttribute("aria-busy");
    if (handled) return;
    plain = true;
    form.requestSubmit(event.submitter);
  });
}
