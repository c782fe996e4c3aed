// The worker of console.wasm under node; worker.mjs makes it when the engine asks.
import { readFileSync } from "node:fs";
import vm from "node:vm";
import { parentPort, workerData } from "node:worker_threads";

vm.runInThisContext(readFileSync(workerData.exec, "utf8"));
globalThis.postMessage = (text) => parentPort.postMessage(text);
const go = new Go();
const { instance } = await WebAssembly.instantiate(readFileSync(workerData.wasm), go.importObject);
go.run(instance);
parentPort.on("message", (data) => globalThis.onmessage({ data }));
