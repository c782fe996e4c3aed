// A web worker's place for engine.wasm under node: strings in by onmessage, strings out by postMessage.
// Arguments: wasm_exec.js, engine.wasm, console.wasm, a JSON file with the steps. A step is {send: request} or {until: "expression over m"}
// with m the last message; every message is printed as a line.
import { readFileSync } from "node:fs";
import vm from "node:vm";
import { Worker } from "node:worker_threads";

const [, , exec, wasm, shell, file] = process.argv;
vm.runInThisContext(readFileSync(exec, "utf8"));
const steps = JSON.parse(readFileSync(file, "utf8"));
let last = performance.now(), gap = 0, started = false;
setInterval(() => { const now = performance.now(); if (started) gap = Math.max(gap, now - last); last = now; }, 2).unref();

const next = (m) => {
  while (steps.length > 0) {
    const step = steps[0];
    if (step.until) {
      if (!m || !new Function("m", `return ${step.until}`)(m)) return;
      m = null;
      steps.shift();
    } else {
      steps.shift();
      const text = typeof step.send === "string" ? step.send : JSON.stringify(step.send);
      queueMicrotask(() => globalThis.onmessage({ data: text }));
    }
  }
};
globalThis.postMessage = (text) => {
  console.log(text);
  const m = JSON.parse(text);
  if (m.panic) setTimeout(done, 100); // long enough to see whether anything follows the last word
  queueMicrotask(() => next(m));
};
globalThis.shardlabConsole = () => {
  const worker = new Worker(new URL("console.mjs", import.meta.url), { workerData: { exec, wasm: shell } });
  const line = { postMessage: (text) => worker.postMessage(text), terminate: () => worker.terminate() };
  worker.on("message", (data) => line.onmessage && line.onmessage({ data }));
  worker.on("error", (err) => line.onerror && line.onerror(err));
  return line;
};
const done = () => {
  console.error(`longest turn of the event loop: ${gap.toFixed(0)} ms`);
  process.exit(0);
};

const go = new Go();
const { instance } = await WebAssembly.instantiate(readFileSync(wasm), go.importObject);
go.run(instance).then(() => { console.error("main returned"); process.exit(1); });
started = true;
last = performance.now();
next(null);
