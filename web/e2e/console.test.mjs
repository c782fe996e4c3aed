// The console is a program of its own, fetched and started when somebody first uses it; whoever waits for it can stop waiting.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ready, type } from "./bench-page.mjs";
import { browser, lab, visit } from "./harness.mjs";

let server, chrome;
before(async () => {
  server = await lab();
  chrome = await browser();
});
after(async () => {
  await chrome?.close();
  await server?.close();
});

test("the console is fetched when it is first used, and carries jq", async () => {
  const { page, trouble, context } = await visit(chrome, { serviceWorkers: "block" }); // which would keep it ahead for the next visit
  const fetched = [];
  context.on("request", (r) => /\/web\/console\..*wasm/.test(r.url()) && fetched.push(r.url()));
  await page.goto(server.url + "/lab");
  await ready(page);
  const opened = await page.locator(".clock-now").innerText();
  await page.getByRole("button", { name: "Run to the next event" }).click();
  await page.waitForFunction((n) => document.querySelector(".clock-now").innerText !== n, opened);
  assert.deepEqual(fetched, [], "the lab runs without it");
  assert.match(await type(page, "x=kept; echo $x > f; aws kinesis list-streams --query 'StreamNames[0]' --output text"), /^trips$/);
  assert.match(await type(page, "echo $x $(cat f)"), /^kept kept$/);
  assert.match(await type(page, "aws kinesis list-shards --stream-name trips | jq -r '.Shards[].ShardId'"), /^shardId-000000000000\b/);
  assert.ok(fetched.length > 0);
  assert.match(await type(page, "echo '[3,1,2]' | jq -c 'sort' | jq '.[2]'"), /^3$/);
  assert.match(await type(page, "jq -n 'now | todate'"), /^"20\d\d-\d\d-\d\dT/);
  assert.match(await type(page, "echo '{' | jq ."), /parse error/);
  assert.match(await type(page, "jq -n 'def f: f; f'"), /does not seem to end/);
  assert.equal(await type(page, "jq -n '1 + 1'"), "2");
  assert.equal(new Set(fetched).size, 1);
  assert.deepEqual(trouble, []);
  await context.close();
});

test("a jq program is interrupted, and the next one runs", async () => {
  const { page, trouble, context } = await visit(chrome);
  await page.goto(server.url + "/lab");
  await ready(page);
  await type(page, "jq -n 1");
  const prompt = page.getByRole("textbox", { name: /Console/ });
  await prompt.fill("jq -n '[range(3e7)] | sort | length'");
  await prompt.press("Enter");
  await page.locator('[role="log"] .entry-busy').waitFor();
  await page.keyboard.press("Control+c");
  await page.getByText("Interrupted.").waitFor();
  assert.equal(await type(page, "jq -n '1 + 1'"), "2");
  await prompt.fill("while true; do seq 9999 > f; done");
  await prompt.press("Enter");
  await page.locator('[role="log"] .entry-busy').waitFor();
  await page.keyboard.press("Control+c");
  await page.getByText("Interrupted.").nth(1).waitFor();
  assert.equal(await type(page, "echo again"), "again");
  assert.deepEqual(trouble, []);
  await context.close();
});

test("without a network the console says so, and the lab goes on", async () => {
  const { page, trouble, context, expectTrouble } = await visit(chrome);
  expectTrouble(/console|Failed to load|ERR_FAILED/);
  let gone = true;
  await context.route(/\/web\/console\..*wasm/, (route) => (gone ? route.abort() : route.continue()));
  await page.goto(server.url + "/lab");
  await ready(page);
  assert.match(await type(page, "aws kinesis list-streams"), /The console has ended: it could not be loaded[\s\S]*The lab goes on/);
  gone = false;
  assert.match(await type(page, "aws kinesis list-streams | jq -r '.StreamNames[0]'"), /^trips$/);
  assert.deepEqual(trouble, []);
  await context.close();
});
