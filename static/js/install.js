// What makes the portal an app on a phone: the worker, and the one thing that is kept on the
// phone itself. When a page shows the next visit, its time, address and phone number are kept for
// the offline page; nothing else is, and signing out forgets them.

const KEY = "visitwell-next-visit";
const OFFLINE = "/offline/";

const seen = document.querySelector("[data-keep-visit]");
if (seen) {
  const { at, when, address, phone, phoneWords } = seen.dataset;
  const fields = { at, when, address, phone, phoneWords, seen: new Date().toISOString() };
  if (at) localStorage.setItem(KEY, JSON.stringify(fields));
  else localStorage.removeItem(KEY);
}

for (const form of document.querySelectorAll("form[data-forget]")) {
  form.addEventListener("submit", () => localStorage.removeItem(KEY));
}

/** Keep the offline page in the language of the page that is open. */
async function speakLikeThisPage() {
  const kept = await caches.match(OFFLINE, { ignoreVary: true });
  if (!kept || kept.headers.get("Content-Language") === document.documentElement.lang) return;
  const name = (await caches.keys()).find((each) => each.startsWith("visitwell-"));
  const cache = await caches.open(name);
  await cache.add(new Request(OFFLINE, { cache: "reload" }));
}

async function register() {
  await navigator.serviceWorker.register("/sw.js");
  await speakLikeThisPage();
}

// A page works without its worker: in a private window, or where there is no TLS.
if ("serviceWorker" in navigator && navigator.onLine) {
  addEventListener("load", () => register().catch(() => {}));
}
