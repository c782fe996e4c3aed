// Starts the page's program: loads app.wasm as a plain fetch (only then does the browser keep the compiled code), shows
// how far it is on a slim bar, says what to do when it fails, and keeps the service worker. The words of the page are
// there before, and stay readable whatever happens here.
"use strict";
(() => {
  const data = (() => {
    try {
      return JSON.parse(document.getElementById("page-data").textContent);
    } catch {
      return { version: "", assets: {} };
    }
  })();

  // In a frame of another page a browser may forbid storage, and go-app's code ends where it throws: it gets one that forgets.
  for (const name of ["localStorage", "sessionStorage"]) {
    try {
      window[name].getItem("");
    } catch {
      const kept = new Map();
      const value = {
        getItem: (key) => kept.get(String(key)) ?? null,
        setItem: (key, text) => void kept.set(String(key), String(text)),
        removeItem: (key) => void kept.delete(String(key)),
        clear: () => kept.clear(),
        key: (i) => [...kept.keys()][i] ?? null,
        get length() {
          return kept.size;
        },
      };
      Object.defineProperty(window, name, { value, configurable: true });
    }
  }

  // What go-app's Go code calls. It sets goappNav, goappOnUpdate and goappOnAppInstallChange itself once it runs.
  const env = { GOAPP_VERSION: data.version, GOAPP_STATIC_RESOURCES_URL: "", GOAPP_ROOT_PREFIX: "", GOAPP_INTERNAL_URLS: "[]" };
  let install = null;
  Object.assign(window, {
    goappNav() {},
    goappOnUpdate() {},
    goappOnAppInstallChange() {},
    goappGetenv: (name) => env[name] || "",
    goappKeepBodyClean: () => () => {},
    goappIsAppInstalled: () => matchMedia("(display-mode: standalone)").matches || navigator.standalone === true,
    goappIsAppInstallable: () => install !== null && !window.goappIsAppInstalled(),
    async goappShowInstallPrompt() {
      if (!install) return;
      install.prompt();
      await install.userChoice;
      install = null;
      window.goappOnAppInstallChange();
    },
  });
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    install = event;
    window.goappOnAppInstallChange();
  });
  addEventListener("appinstalled", () => {
    install = null;
    window.goappOnAppInstallChange();
  });

  // The bar. A plain fetch does not tell how much has come, so between the steps it creeps.
  const bar = document.getElementById("app-wasm-loader");
  let shown = 0;
  const show = (part) => {
    shown = Math.max(shown, part);
    if (bar) bar.style.setProperty("--progress", shown.toFixed(3));
  };
  const creep = setInterval(() => show(shown + (0.9 - shown) * 0.06), 150);

  function fail(sentence, error) {
    clearInterval(creep);
    if (error) console.warn(sentence, error);
    const box = bar || document.createElement("div");
    box.id = "app-wasm-loader";
    box.className = "boot-failed";
    box.setAttribute("role", "alert");
    const words = document.createElement("p");
    words.id = "app-wasm-loader-label";
    words.textContent = sentence;
    const again = document.createElement("button");
    again.type = "button";
    again.className = "btn";
    again.textContent = "Reload";
    again.addEventListener("click", () => location.reload());
    box.replaceChildren(words, again);
    if (!box.isConnected) document.body.append(box);
  }

  // painted waits until the words are on the screen: compiling takes every core, and whoever reads comes first. The bytes
  // arrive meanwhile. On a later visit the browser has the compiled code, so nobody waits.
  function painted() {
    return new Promise((done) => {
      setTimeout(done, 700);
      const again = navigator.serviceWorker && navigator.serviceWorker.controller;
      if (again || document.visibilityState !== "visible" || !self.PerformancePaintTiming) return done();
      new PerformanceObserver((list) => {
        if (list.getEntriesByName("first-contentful-paint").length) done();
      }).observe({ type: "paint", buffered: true });
    });
  }

  // warm starts the engine's worker beside the page's program, on pages that will ask for it. On a first visit compiling
  // both at once made both later; from the second visit on the compiled code is kept and they only wait for one another.
  // The page takes the worker over with hand, which tells it first what the worker has said meanwhile.
  function warm() {
    if (!navigator.serviceWorker || !navigator.serviceWorker.controller) return;
    const { "worker.js": url, "engine.wasm": wasm, "wasm_exec.js": exec, "console.wasm": shell } = data.assets;
    if (!url || !wasm || !exec || !/^\/(lab$|lessons\/)/.test(location.pathname)) return;
    const worker = new Worker(url, { name: "shardlab engine" });
    const said = [];
    const hold = (event) => said.push(event.data);
    worker.addEventListener("message", hold);
    worker.addEventListener("error", (event) => said.push({ state: "failed", message: event.message || "" }), { once: true });
    worker.postMessage({ wasm, exec, shell });
    window.shardlabEngine = {
      worker,
      hand(listener) {
        setTimeout(() => {
          worker.removeEventListener("message", hold);
          for (const message of said.splice(0)) listener({ data: message });
          worker.addEventListener("message", listener);
        });
      },
    };
  }

  async function start() {
    if (new URLSearchParams(location.search).get("wasm") === "false") {
      clearInterval(creep);
      if (bar) bar.remove();
      return;
    }
    if (typeof WebAssembly !== "object" || typeof Go !== "function") {
      return fail("This browser does not run WebAssembly, so the lab cannot start here. The lessons stay readable; a current Firefox, Chrome, Edge or Safari runs the lab.");
    }
    let running;
    try {
      show(0.1);
      const go = new Go();
      warm(); // before the page's program keeps this thread busy: a worker that begins needs it
      const answer = await fetch(data.assets["app.wasm"]);
      await painted();
      if (!answer.ok) throw new Error(`${answer.url} answered ${answer.status}`);
      show(0.35);
      const streams = WebAssembly.instantiateStreaming && (answer.headers.get("Content-Type") || "").startsWith("application/wasm");
      const { instance } = streams
        ? await WebAssembly.instantiateStreaming(answer, go.importObject)
        : await WebAssembly.instantiate(await answer.arrayBuffer(), go.importObject);
      show(0.95);
      running = go.run(instance);
    } catch (error) {
      const offline = navigator.onLine === false ? "There is no network, and this device has not kept the page's program yet. " : "";
      return fail(offline + "The page's program could not be loaded, so the lab does not run yet. The text stays readable. Reload to try again.", error);
    }
    clearInterval(creep);
    show(1);
    if (bar) bar.remove();
    performance.mark("shardlab:page");
    try {
      await running;
    } catch (error) {
      console.warn("the page's program ended", error);
    }
    fail("The page's program has ended, which it never should. Your progress is kept on this device. Reload to go on.");
  }

  // The service worker: keeps the program and the pages visited, so that they open without a network.
  async function keep() {
    if (!("serviceWorker" in navigator)) return; // not a secure address: everything works, but only with the server
    const workers = navigator.serviceWorker;
    let announced = false;
    workers.addEventListener("message", (event) => {
      const { type, version } = event.data || {};
      if (type === "version?" && event.ports[0]) event.ports[0].postMessage(data.version);
      if (type === "version" && version !== data.version && !announced) {
        announced = true;
        window.goappOnUpdate();
        dispatchEvent(new CustomEvent("shardlab:update", { detail: { version } }));
      }
    });
    workers.startMessages();
    try {
      const registration = await workers.register("/app-worker.js", { scope: "/", updateViaCache: "none" });
      const worker = (await workers.ready).active;
      // What was visited before the worker stood between: this page, and the lessons opened from it since.
      const lessons = performance.getEntriesByType("resource").map((e) => new URL(e.name).pathname).filter((p) => p.startsWith("/api/lessons/"));
      worker.postMessage({ type: "visited", paths: [location.pathname, ...lessons] });
      let asked = Date.now();
      document.addEventListener("visibilitychange", () => {
        if (document.visibilityState !== "visible" || Date.now() - asked < 3600_000) return;
        asked = Date.now();
        registration.update().catch(() => {}); // no network: another time
      });
    } catch (error) {
      console.warn("pages will not open without a network:", error);
    }
  }

  start();
  const later = window.requestIdleCallback ? (f) => requestIdleCallback(f, { timeout: 4000 }) : (f) => setTimeout(f, 1500);
  if (document.readyState === "complete") later(keep);
  else addEventListener("load", () => later(keep));
})();
