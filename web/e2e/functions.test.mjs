// Functions in JavaScript, in the browser's own sandbox: the same cases as natively, and a lab that goes on after bad code.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { ready, type } from "./bench-page.mjs";
import { browser, lab, visit } from "./harness.mjs";

const cases = JSON.parse(readFileSync(new URL("../../lessons/js/testdata/conformance.json", import.meta.url)));

let server, chrome;
before(async () => {
  server = await lab();
  chrome = await browser();
});
after(async () => {
  await chrome?.close();
  await server?.close();
});

/** Makes the sandbox as the page does, and a function that lets it run one call. */
async function sandbox(page) {
  await page.evaluate(async () => {
    const frame = document.createElement("iframe");
    frame.setAttribute("sandbox", "allow-scripts");
    frame.hidden = true;
    frame.src = "/sandbox.html?test";
    const loaded = new Promise((done) => frame.addEventListener("load", done));
    document.documentElement.append(frame);
    await loaded;
    const { port1, port2 } = new MessageChannel();
    frame.contentWindow.postMessage({ port: port2 }, "*", [port2]);
    let n = 0;
    window.run = (call, wall) =>
      new Promise((done) => {
        port1.onmessage = (event) => done(JSON.parse(event.data.answer));
        port1.postMessage({ id: ++n, call: JSON.stringify(call), wall });
      });
  });
}

const call = (c) => ({
  code: c.code, handler: c.handler, event: JSON.stringify(c.event), env: c.env, now: Date.UTC(2026, 2, 2, 8), seed: [7, 5], requestId: "req-1",
  function: "board", arn: "arn:aws:lambda:us-east-1:123456789012:function:board", memory: 128, timeout: c.timeout,
});

test("handlers do here what they do natively", async () => {
  const { page, trouble, context } = await visit(chrome);
  await page.goto(server.url + "/settings");
  await sandbox(page);
  for (const c of cases) {
    const got = await page.evaluate((x) => window.run(...x), [call(c), c.want.end === "hung" ? 2000 : 30_000]); // no machine is too slow for what ends
    const want = c.want;
    assert.equal(got.end, want.end, `${c.name}: ${JSON.stringify(got)}`);
    assert.equal(got.errorType || "", want.errorType, c.name);
    assert.equal(got.waited, want.waited, c.name);
    if (want.errorMessage !== null) assert.equal(got.errorMessage || "", want.errorMessage, c.name);
    if (want.result !== null) assert.equal(got.result, want.result, c.name);
    if (!Array.isArray(want.logs)) assert.equal(got.logs.length, 201, c.name);
    else if (want.errorType !== "Runtime.UserCodeSyntaxError") assert.deepEqual(got.logs.map((l) => [l.after, l.level, l.text]), want.logs, c.name);
  }
  assert.deepEqual(trouble, []);
  await context.close();
});

test("code that takes more and more memory is ended, and the page goes on", async () => {
  const { page, context, trouble } = await visit(chrome);
  await page.goto(server.url + "/settings");
  await sandbox(page);
  const hungry = { ...cases[0], code: "exports.handler = async () => { const all = []; for (;;) all.push(new Array(1e4).fill(all.length)) }" };
  const got = await page.evaluate((x) => window.run(x, 2000), call(hungry));
  assert.ok(got.end === "hung" || got.end === "memory" || got.end === "threw", JSON.stringify(got));
  const after = await page.evaluate((x) => window.run(x, 30_000), call(cases[0]));
  assert.equal(after.end, "");
  assert.deepEqual(trouble, []);
  await context.close();
});

test("a function reads the stream, and the lab goes on after a loop without end", async () => {
  const { page, trouble, context } = await visit(chrome);
  await page.goto(server.url + "/lab");
  await ready(page);
  await type(page, "printf 'exports.handler = async (e) => { console.log(e.Records.length, typeof fetch) }' > good.js; printf 'exports.handler = async () => { for (;;) {} }' > bad.js");
  assert.match(await type(page, "aws lambda create-function --function-name board --zip-file fileb://good.js --query State --output text"), /Active/);
  assert.match(await type(page, "aws lambda create-event-source-mapping --function-name board --starting-position LATEST --event-source-arn arn:aws:kinesis:us-east-1:123456789012:stream/trips --maximum-retry-attempts 0 --query State --output text"), /Creating/);
  await type(page, "wait 15s");
  assert.match(await type(page, "aws logs filter-log-events --log-group-name /aws/lambda/board --query 'events[].message' --output text"), /INFO\s+\d+ undefined/);
  await type(page, "aws lambda update-function-code --function-name board --zip-file fileb://bad.js --query State --output text");
  await type(page, "wait 8s");
  assert.match(await type(page, "aws logs filter-log-events --log-group-name /aws/lambda/board --query 'events[].message' --output text"), /Task timed out after 3\.00 seconds/);
  await type(page, "aws lambda update-function-code --function-name board --zip-file fileb://good.js --query State --output text");
  assert.match(await type(page, "aws lambda invoke --function-name board --payload eyJSZWNvcmRzIjpbXX0= --query Payload --output text"), /null/);
  assert.deepEqual(trouble, []);
  await context.close();
});
