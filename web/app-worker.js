// The service worker: what was visited opens without a network. The server writes RELEASE in front of this text:
//   {version, assets: {name: address}, rest: [address], pages: [path], offline: path}
// where rest are assets that are kept when they are used, not before,
// and changes it with every asset and every lesson, which is how a browser learns of a new version.
//
// Assets carry the hash of their content in their names, so they come from the cache first, share one cache over all
// versions, and an old page finds its own assets as long as it runs. Pages and lessons come from the network first and
// from the cache when it is slow or gone. Progress is never kept here: the page has it in IndexedDB.
"use strict";

const ASSETS = "shardlab-assets";
const TEXTS = "shardlab-texts";
const PATIENCE = 2500; // how long a kept page waits for a newer one, in ms
const LESSON = /^\/(api\/)?lessons\/([a-z0-9-]{1,64})$/;

const current = new Set(Object.values(RELEASE.assets));

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("message", (event) => {
  const { type, paths } = event.data || {};
  // A page says this once it runs, so it can also say which version it is: the moment to tidy up.
  if (type === "visited" && Array.isArray(paths)) event.waitUntil(Promise.all(paths.map(keepVisited)).then(sweep));
});
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== location.origin || request.method !== "GET" || request.headers.has("range")) return;
  if (url.pathname.startsWith("/web/")) event.respondWith(asset(request, url));
  else if (request.mode === "navigate" || url.pathname === "/api/course" || url.pathname === "/api/templates" || LESSON.test(url.pathname)) event.respondWith(text(event, url.pathname));
});

// install fetches the release: what is small first, the programs last and in the background. What the page has already
// loaded comes from the browser's own cache, not over the network again.
async function install() {
  const cache = await caches.open(ASSETS);
  const heavy = (address) => address.endsWith(".wasm");
  const add = async (address, priority) => {
    if (await cache.match(address)) return;
    const answer = await fetch(address, { priority });
    if (!answer.ok) throw new Error(`${address} answered ${answer.status}`);
    await cache.put(address, answer);
  };
  await Promise.all([...current].filter((a) => !heavy(a)).map((a) => add(a, "auto")));
  for (const address of [...current].filter(heavy)) await add(address, "low");
  await Promise.all(RELEASE.pages.map((path) => refresh(path)));
  // Pages kept by an earlier version ask for its assets: fetch them anew.
  const kept = await (await caches.open(TEXTS)).keys();
  const paths = kept.map((r) => new URL(r.url).pathname).filter((p) => !RELEASE.pages.includes(p));
  await Promise.all(paths.map((path) => refresh(path).catch(() => {})));
  await self.skipWaiting(); // nothing running is disturbed: see above
}

async function activate() {
  await self.clients.claim();
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  await Promise.all(windows.map((w) => keepVisited(new URL(w.url).pathname)));
  for (const w of windows) w.postMessage({ type: "version", version: RELEASE.version });
  await sweep();
}

// asset answers from the cache. A name without a hash stands for this release's asset of that name.
async function asset(request, url) {
  const address = RELEASE.assets[url.pathname.slice("/web/".length)] || url.pathname;
  const cache = await caches.open(ASSETS);
  const kept = await cache.match(address);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok && /\.[0-9a-f]{16}\.[a-z0-9]+$/.test(url.pathname)) await cache.put(url.pathname, answer.clone());
  return answer;
}

// text answers with a page or a lesson: from the network, or what was kept when that fails or takes too long.
async function text(event, path) {
  const cache = await caches.open(TEXTS);
  const kept = await cache.match(path);
  const fresh = fetch(event.request).then(async (answer) => {
    if (answer.status >= 500 && kept) throw new Error(`${path} answered ${answer.status}`);
    if (answer.ok && !answer.redirected && answer.type === "basic" && worthKeeping(path)) {
      const copy = answer.clone();
      event.waitUntil(cache.put(path, copy).then(() => keepPair(path)));
    } else if (answer.status === 404) {
      event.waitUntil(cache.delete(path));
    }
    return answer;
  });
  event.waitUntil(fresh.catch(() => {})); // a late answer is still kept
  if (!kept) return fresh.catch(() => absent(event.request, path));
  let timer;
  const late = new Promise((_, fail) => (timer = setTimeout(() => fail(new Error("late")), PATIENCE)));
  return Promise.race([fresh, late]).catch(() => kept).finally(() => clearTimeout(timer));
}

// absent is the answer for what was never visited and cannot be fetched.
async function absent(request, path) {
  if (request.mode !== "navigate") {
    const error = { code: "offline", message: "There is no network, and this lesson was not opened on this device before." };
    return new Response(JSON.stringify({ error }), { status: 503, headers: { "Content-Type": "application/json" } });
  }
  const page = await (await caches.open(TEXTS)).match(RELEASE.offline);
  if (!page) return Response.error();
  return new Response(await page.blob(), { status: 503, statusText: "Offline", headers: page.headers });
}

// refresh fetches a page or a lesson and keeps it; one that is gone is dropped.
async function refresh(path) {
  const cache = await caches.open(TEXTS);
  const answer = await fetch(path, { cache: "no-cache" });
  if (answer.ok && !answer.redirected) await cache.put(path, answer);
  else if (answer.status === 404) await cache.delete(path);
  else throw new Error(`${path} answered ${answer.status}`);
}

function worthKeeping(path) {
  return LESSON.test(path) || RELEASE.pages.includes(path) || path === "/api/course" || path === "/api/templates";
}

async function keepVisited(path) {
  if (!worthKeeping(path)) return;
  try {
    if (!(await (await caches.open(TEXTS)).match(path))) await refresh(path);
    await keepPair(path);
  } catch {
    // No network just now: it is kept at the next visit.
  }
}

// keepPair keeps a lesson's page together with its data: the one opens it by its address, the other from another page.
async function keepPair(path) {
  const found = LESSON.exec(path);
  if (!found) return;
  const pair = found[1] ? "/lessons/" + found[2] : "/api/lessons/" + found[2];
  if (!(await (await caches.open(TEXTS)).match(pair))) await refresh(pair).catch(() => {});
}

// sweep throws away what no version in use needs. While a page of another version runs, or does not say, all is kept.
async function sweep() {
  const needed = new Set([...current, ...RELEASE.rest]);
  const assets = await caches.open(ASSETS);
  const texts = await caches.open(TEXTS);
  const old = (await assets.keys()).filter((r) => !needed.has(new URL(r.url).pathname)).map((r) => () => assets.delete(r));
  for (const request of await texts.keys()) {
    const version = (await texts.match(request))?.headers.get("Shardlab-Version");
    if (version && version !== RELEASE.version) old.push(() => texts.delete(request));
  }
  if (!old.length) return;
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const versions = await Promise.all(windows.map(versionOf));
  if (versions.every((v) => v === RELEASE.version)) await Promise.all(old.map((drop) => drop()));
}

// versionOf asks a window which version it runs.
function versionOf(client) {
  return new Promise((done) => {
    const line = new MessageChannel();
    line.port1.onmessage = (event) => done(event.data);
    setTimeout(() => done(undefined), 1000);
    client.postMessage({ type: "version?" }, [line.port2]);
  });
}
