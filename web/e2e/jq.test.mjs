// jq is fetched and started when somebody first types it, and whoever waits for it can stop waiting.
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

test("jq filters what aws says, and is fetched only for that", async () => {
  const { page, trouble, context } = await visit(chrome);
  const fetched = [];
  context.on("request", (r) => /\/web\/jq\./.test(r.url()) && fetched.push(r.url()));
  await page.goto(server.url + "/lab");
  await ready(page);
  await page.waitForTimeout(500);
  assert.deepEqual(fetched, []);
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
  await page.getByText("Interrupted.").waitFor({ timeout: 10_000 });
  assert.equal(await type(page, "jq -n '1 + 1'"), "2");
  assert.deepEqual(trouble, []);
  await context.close();
});

test("without a network jq says so, and --query is at hand", async () => {
  const { page, trouble, context, expectTrouble } = await visit(chrome);
  expectTrouble(/jq|Failed to load|ERR_FAILED/);
  let gone = true;
  await context.route(/\/web\/jq\./, (route) => (gone ? route.abort() : route.continue()));
  await page.goto(server.url + "/lab");
  await ready(page);
  assert.match(await type(page, "aws kinesis list-streams | jq ."), /--query[\s\S]*could not be loaded/);
  gone = false;
  assert.match(await type(page, "aws kinesis list-streams | jq -r '.StreamNames[0]'"), /^trips$/);
  assert.deepEqual(trouble, []);
  await context.close();
});
