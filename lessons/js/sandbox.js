// The page in which functions run, in an iframe with an origin of its own: the server sends it with RUNTIME, the text of
// runtime.js, in front, and with a policy that lets it reach nothing. The engine's worker speaks to it through a port that the
// page hands over: {id, call, wall} comes, {id, answer} goes. Every call gets a worker that nobody has used before, because what
// a handler leaves behind must not reach the next one; one is made ready ahead. A worker that takes longer than wall
// milliseconds is ended.
"use strict";

const DRIVER = `(function () {
  const say = postMessage.bind(self), channel = new MessageChannel(), turn = channel.port2;
  let host, message;
  self.addEventListener("message", (event) => {
    message = event.data;
    host.begin(message);
    turn.postMessage(0);
  }, { once: true });
  self.addEventListener("unhandledrejection", (event) => event.preventDefault());
  channel.port1.onmessage = () => {
    if (host.step()) turn.postMessage(0);
    else say(host.finish());
  };
  host = RUNTIME;
})()`;

const address = URL.createObjectURL(new Blob([DRIVER.replace("RUNTIME", () => RUNTIME)], { type: "text/javascript" }));
let spare;
const fresh = () => new Worker(address);

function run(port, { id, call, wall }) {
  const worker = spare || fresh();
  spare = undefined;
  const end = (answer) => {
    clearTimeout(patience);
    worker.terminate();
    port.postMessage({ id, answer: typeof answer === "string" ? answer : JSON.stringify(answer) });
    spare ||= fresh();
  };
  const patience = setTimeout(() => end({ end: "hung", logs: [], waited: 0 }), wall);
  worker.onmessage = (event) => end(event.data);
  worker.onerror = (event) => {
    event.preventDefault();
    const memory = /memory/i.test(event.message || "");
    end({ end: memory ? "memory" : "threw", errorType: "Runtime.ExitError", errorMessage: event.message || "the function's worker ended by itself", logs: [], waited: 0 });
  };
  worker.postMessage(call);
}

addEventListener("message", (event) => {
  const port = event.data && event.data.port;
  if (!port) return;
  port.onmessage = (message) => run(port, message.data);
  spare ||= fresh();
});
