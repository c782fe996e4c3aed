// The engine's worker: it loads engine.wasm, passes strings both ways untouched, and thinks nothing.
//
// The page's first message is an object {wasm, exec, shell}: the addresses of the engine, of the Go toolchain's wasm_exec.js, and of
// console.wasm, which this file runs as well, in a worker that the engine makes with shardlabConsole() when somebody
// first uses the console. Every later message from the page is a string for Go.
// Strings to the page come from Go. Objects to the page are this file's own words:
//   {state: "loading", loaded, total}  the engine is on its way; total is its size on the wire, 0 when not told
//   {state: "ready"}                   Go runs and takes messages
//   {state: "failed", message}         the engine could not be loaded or started
//   {state: "exited"}                  Go has ended; a new worker is needed
// One object comes from Go: {state: "sandbox", port}, when it needs the page in which functions run; the port leads there.
"use strict";

const waiting = []; // strings that came before Go listened, in order

function keep(event) {
  if (typeof event.data === "string") waiting.push(event.data);
  else if (event.data && event.data.wasm) run(event.data);
}

let begun = false;

async function run({ wasm, exec, shell }) {
  if (begun) return;
  begun = true;
  if (shell) {
    self.shardlabConsole = () => {
      const worker = new Worker(location.pathname, { name: "shardlab console" });
      worker.postMessage({ wasm: shell, exec });
      return worker;
    };
  }
  try {
    importScripts(exec);
    const go = new Go();
    const { instance } = await load(wasm, go.importObject);
    removeEventListener("message", keep);
    const done = go.run(instance); // runs main until it first waits, so its listener is there now
    postMessage({ state: "ready" });
    for (const data of waiting.splice(0)) dispatchEvent(new MessageEvent("message", { data }));
    await done;
    postMessage({ state: "exited" });
  } catch (err) {
    postMessage({ state: "failed", message: String((err && err.message) || err) });
  }
}

// load compiles while the bytes arrive. The plain response is handed over, neither wrapped nor cloned, because only then
// does the browser keep the compiled code for the next visit; so the page learns the size on the wire, not each byte.
async function load(wasm, imports) {
  const answer = await fetch(wasm);
  if (!answer.ok) throw new Error(`the engine could not be fetched: ${wasm} answered ${answer.status}`);
  postMessage({ state: "loading", loaded: 0, total: Number(answer.headers.get("Content-Length")) || 0 });
  const type = answer.headers.get("Content-Type") || "";
  if (WebAssembly.instantiateStreaming && type.startsWith("application/wasm")) {
    return WebAssembly.instantiateStreaming(answer, imports);
  }
  return WebAssembly.instantiate(await answer.arrayBuffer(), imports);
}

addEventListener("message", keep);
