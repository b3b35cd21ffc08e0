// The service worker. It keeps the files that the offline page is made of, and that page; it
// never keeps a page with somebody's data. The view that serves it says which files (SHELL) and
// which version of them (VERSION).

const OFFLINE = "/offline/";
const CACHE = `visitwell-${self.VERSION}`;
// The staff's pages and the API say for themselves that there is no net.
const NOT_OURS = ["/desk/", "/accounts/", "/admin/", "/api/"];

const fresh = (url) => new Request(url, { cache: "reload" });

async function fill() {
  const cache = await caches.open(CACHE);
  await cache.addAll([fresh(OFFLINE), ...self.SHELL]);
  await self.skipWaiting();
}

async function dropOthers() {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith("visitwell-") && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
  await self.clients.claim();
}

/** From the net; without one, what was kept under `address`. */
async function answer(request, address) {
  try {
    return await fetch(request);
  } catch (noNet) {
    const kept = await caches.match(address, { ignoreVary: true });
    if (kept) return kept;
    throw noNet;
  }
}

self.addEventListener("install", (event) => event.waitUntil(fill()));
self.addEventListener("activate", (event) => event.waitUntil(dropOthers()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== self.location.origin || NOT_OURS.some((path) => pathname.startsWith(path))) return;
  if (request.mode === "navigate") event.respondWith(answer(request, OFFLINE));
  else if (self.SHELL.includes(pathname)) event.respondWith(answer(request, pathname));
});
