// The whole path: open lesson 3, predict, run, see throttles, split the shard from the console, meet the goals, reload.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { clock, eventually, goals, ready, says, serverKnows, type } from "./bench-page.mjs";
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

test("a learner finds lesson 3, makes its shard throttle, splits it, and finds the progress again", async () => {
  const { page, trouble, context } = await visit(chrome);
  await page.goto(server.url);
  await page.getByRole("link", { name: /The door is this wide/ }).click();
  await page.waitForURL(/\/lessons\/shard-limits$/);
  await ready(page);

  await says(async () => (await goals(page))[0], 0); // no goal is met at the start

  await page.getByRole("radio", { name: /Writes are refused/ }).check();
  await page.getByRole("button", { name: /Run to the first refusal/ }).click();
  await page.getByText(/begins to refuse records/).first().waitFor();
  await eventually(async () => assert.ok((await clock(page)) > 30, "the lab ran past 08:40"));

  await type(page, "wait 5s");
  await page.getByRole("tab", { name: "Events" }).click();
  await page.getByText(/refused \d+ records/).first().waitFor();
  assert.equal((await goals(page))[0], 0, "time alone cures nothing");

  const put = await type(page, "aws kinesis put-record --stream-name trips --partition-key bike-1 --data aGVsbG8=");
  assert.match(put, /ShardId|ProvisionedThroughputExceededException/);

  const split = await type(
    page,
    "aws kinesis split-shard --stream-name trips --shard-to-split shardId-000000000000 --new-starting-hash-key 170141183460469231731687303715884105728",
  );
  assert.doesNotMatch(split, /error/i);
  await type(page, "wait 20s");
  await page.waitForFunction(() => /All 3 goals met|3 of 3 goals met/.test(document.body.innerText));

  const shards = await type(page, "aws kinesis list-shards --stream-name trips --query 'Shards[].ShardId' --output text");
  assert.match(shards, /shardId-000000000001\s+shardId-000000000002/);

  const known = await serverKnows(page, "solved");
  assert.match(known.learner, /^guest-/);
  const cookie = (await context.cookies())[0];
  assert.ok(cookie.httpOnly, "the learner's cookie cannot be read by a script");

  await page.reload();
  await ready(page);
  await page.waitForFunction(() => /All 3 goals met|3 of 3 goals met/.test(document.body.innerText));
  await page.goto(server.url);
  await page.getByText(/solved/i).first().waitFor();
  assert.deepEqual(trouble, []);
  await context.close();
});

test("a whole lesson on a phone, by touch: predict, run, task, questions, the next one", async () => {
  const { page, trouble, context } = await visit(chrome, { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  const button = (name) => page.getByRole("button", { name, exact: true });
  const fits = (what) => eventually(async () => assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0, `${what} is wider than the screen`));
  const tap = async (target) => { // what is touched is as large as a finger
    await eventually(async () => {
      const box = await target.boundingBox();
      assert.ok(box.height >= 44, `${await target.innerText()}: ${box.height} px high`);
    });
    await target.tap();
  };
  await page.goto(server.url);
  await page.getByRole("link", { name: /The door is this wide/ }).tap();
  await page.waitForURL(/\/lessons\/shard-limits$/);
  await page.waitForFunction(() => !document.getElementById("app-wasm-loader"));
  await fits("the lesson");
  await page.getByText(/^Writes are refused, at/).tap();
  await page.getByRole("radio", { name: /Writes are refused/, checked: true }).waitFor();
  await tap(page.getByRole("button", { name: /Run to the first refusal/ }));
  await ready(page); // the lab has come to the front, and has run
  await page.getByText(/^1,000 records\/s reached/).waitFor();
  await fits("the lab");
  await tap(button("Read what happened"));
  await eventually(async () => assert.ok((await goals(page))[0] < 3));
  await tap(button("Lab"));
  await button("What to do with shardId-000000000000").tap();
  await page.getByRole("button", { name: "Split…" }).tap();
  await page.getByRole("form").getByRole("button", { name: /^Split/ }).tap();
  await tap(page.getByRole("tab", { name: "Console" }));
  await type(page, "wait 20s");
  await tap(button("Task solved. Go on reading"));
  await says(async () => (await goals(page))[0], 3);
  for (const [i, words] of [/^Both, each for a limit/, /^They stay in the closed parent/].entries()) {
    await page.getByText(words).tap();
    await tap(button("Answer").first());
    await page.getByText(/^Right\./).nth(i).waitFor();
  }
  await page.getByText("Lesson finished.").waitFor();
  await fits("its end");
  await tap(page.getByRole("link", { name: /^Next lesson/ }));
  await page.waitForURL(/\/lessons\/hot-shard$/);
  await page.getByRole("heading", { level: 1, name: "One key, one hot shard" }).waitFor();
  assert.deepEqual(trouble, []);
  await context.close();
});

test("the words of a lesson are there without a script", async () => {
  const { page, trouble, context } = await visit(chrome, { javaScriptEnabled: false });
  await page.goto(server.url + "/lessons/shard-limits");
  await page.getByRole("heading", { name: "The door is this wide" }).waitFor();
  await page.getByText(/Each is a record of 150 bytes/).waitFor();
  assert.deepEqual(trouble, []);
  await context.close();
});

test("with the server stopped a visited lesson and its lab still work, and progress arrives later", async () => {
  const { page, context, trouble, expectTrouble } = await visit(chrome);
  await page.goto(server.url + "/lessons/hot-shard");
  await ready(page);
  await page.waitForFunction(() => navigator.serviceWorker.ready.then(() => true));
  await page.waitForFunction(async () => {
    const names = await caches.keys();
    for (const n of names) {
      const keys = await (await caches.open(n)).keys();
      if (keys.some((r) => /engine\..*\.wasm/.test(r.url))) return true;
    }
    return false;
  });
  await page.reload(); // the second visit is the one that the service worker serves
  await ready(page);
  await server.stop();
  expectTrouble(/Failed to load resource|ERR_CONNECTION_REFUSED|net::ERR/);
  await page.reload();
  await page.getByRole("heading", { level: 1 }).waitFor();
  await ready(page);
  const out = await type(page, "aws kinesis list-streams --output text");
  assert.match(out, /docks/);
  await page.locator("fieldset").first().getByRole("radio").first().check();
  await page.getByText(/kept on this device/i).first().waitFor();
  await server.start();
  const known = await serverKnows(page, "predicted");
  assert.ok(known.events.some((e) => e.lesson === "hot-shard" && e.kind === "predicted"));
  assert.deepEqual(trouble, []);
  await context.close();
});
