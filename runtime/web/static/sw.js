/**
 * Keeps the whole page for offline use. `self.SITE`, written in front of this file, names the build, its files, and
 * those that are kept once they are asked for.
 *
 * Every answer carries the headers that isolate the page, which static hosts seldom send and threads need.
 */

const CACHE = `landmarks-${self.SITE.build}`;
const ISOLATION = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };

self.addEventListener("install", (event) => event.waitUntil(keepAll()));

self.addEventListener("activate", (event) => event.waitUntil(takeOver()));

self.addEventListener("message", ({ data }) => {
  if (data === "take over") self.skipWaiting();
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const path = pathOf(request.url);
  if (request.method === "GET" && [...self.SITE.files, ...self.SITE.asked].includes(path)) event.respondWith(answer(path, request));
});

async function keepAll() {
  const cache = await caches.open(CACHE);
  // what the browser holds already is asked for, not loaded again
  await cache.addAll(self.SITE.files.map((path) => new Request(path, { cache: "no-cache" })));
}

async function takeOver() {
  const old = (await caches.keys()).filter((name) => name.startsWith("landmarks-") && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
  await self.clients.claim();
}

function pathOf(url) {
  const { origin, pathname } = new URL(url);
  const scope = new URL(self.registration.scope);
  if (origin !== scope.origin || !pathname.startsWith(scope.pathname)) return null;
  return decodeURIComponent(pathname.slice(scope.pathname.length)) || "index.html";
}

async function answer(path, request) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(path);
  const response = kept ?? (await fetch(request));
  if (!kept && response.ok && self.SITE.asked.includes(path)) await cache.put(path, response.clone());
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(ISOLATION)) headers.set(name, value);
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}
