// Лаборатория без сети: всё, что однажды загрузилось, остаётся в браузере. Страницы и программы
// берутся из сети, пока она есть, а CPython той же версии — сразу из хранилища: он большой и не
// меняется. Файл лежит в корне сайта: дальше своей папки такому не видно.
"use strict";

const STORE = "lecture";
const LARGE = "/assets/run/pyodide/";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || new URL(request.url).origin !== self.location.origin) return;
  event.respondWith(answer(request));
});

async function answer(request) {
  const store = await caches.open(STORE);
  const large = new URL(request.url).pathname.includes(LARGE);
  const kept = large ? await store.match(request) : undefined;
  if (kept) return kept;
  try {
    const fresh = await fetch(request);
    if (fresh.status === 200) await store.put(request, fresh.clone());
    return fresh;
  } catch (error) {
    const before = await store.match(request, { ignoreVary: true });
    if (before) return before;
    throw error;
  }
}

// Страница зовёт после первого запуска: то, что загрузилось до этого файла, тоже должно остаться.
self.addEventListener("message", (event) => {
  event.waitUntil(
    caches.open(STORE).then((store) =>
      Promise.all(
        event.data.map(async (url) => {
          if (!(await store.match(url))) await store.add(url).catch(() => {});
        }),
      ),
    ),
  );
});
