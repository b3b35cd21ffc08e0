// A form that is sent once: a code is good once, and a second press while the first is under way
// would be answered as a stranger's. Whoever comes back to the page may send it again.

for (const form of document.querySelectorAll("form[data-once]")) {
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    sent = true;
  });
  addEventListener("pageshow", () => {
    sent = false;
  });
}
