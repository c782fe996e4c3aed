// What a person can do wrong, and what can break: each gets a clear word, and the lab goes on.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { clock, ready, type } from "./bench-page.mjs";
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

test("bad input in the console gets AWS's error or a clear one, and the lab goes on", async () => {
  const { page, trouble, context } = await visit(chrome);
  await page.goto(server.url + "/lab");
  await ready(page);
  const rows = [
    ["aws kinesis put-recrod --stream-name trips", /put-record/],
    ["aws kinesis list-shards --stream trips-of-nobody", /--stream-name|unknown|Unknown/],
    ["aws kinesis list-shards --stream-name trips --no-such-flag 1", /no-such-flag/],
    ["aws kinesis create-stream --cli-input-json '{\"StreamName\": '", /JSON|json/],
    ["aws kinesis describe-stream --stream-name nobody", /ResourceNotFoundException.*Stream nobody under account \d{12} not found/s],
    ["aws kinesis put-record --stream-name trips --partition-key k --data 'not base64!'", /Invalid base64/],
    ["x=0123456789abcdef; for i in $(seq 16); do x=$x$x; done; aws kinesis put-record --stream-name trips --partition-key k --data $x --cli-binary-format raw-in-base64-out", /ValidationException.*length less than or equal to 1048576/s],
    ["aws kinesis get-records --shard-iterator garbage", /InvalidArgumentException.*Invalid ShardIterator/s],
    ["aws kinesis split-shard --stream-name trips --shard-to-split 0 --new-starting-hash-key 0", /InvalidArgumentException.*NewStartingHashKey/s],
    ["frobnicate", /not found/],
    ["while true; do :; done", /steps|stopped|limit/i],
    ["echo 'unfinished", /quot|unexpected|reached EOF/i],
  ];
  for (const [line, expected] of rows) assert.match(await type(page, line), expected, line);

  const expired = await type(
    page,
    "IT=$(aws kinesis get-shard-iterator --stream-name trips --shard-id 0 --shard-iterator-type LATEST --query ShardIterator --output text); wait 5m1s; aws kinesis get-records --shard-iterator $IT",
  );
  assert.match(expired, /ExpiredIteratorException/);
  assert.match(await type(page, "aws kinesis list-streams --output text"), /trips/);
  assert.deepEqual(trouble, []);
  await context.close();
});

test("an engine that panics is shown with its seed, and the lab is back without a reload", async () => {
  const { page, trouble, context, expectTrouble } = await visit(chrome);
  await page.goto(server.url + "/lessons/shard-limits");
  await ready(page);
  await page.evaluate(() => (window.stillHere = true));
  await type(page, "wait 15s");
  const stream = await type(page, "aws kinesis put-record --stream-name trips --partition-key before-the-crash --data aGk= --query ShardId --output text");
  assert.match(stream, /shardId|Exceeded/);
  const at = await clock(page);
  expectTrouble(/panic|exit code|engine/i);
  const worker = page.workers().find((w) => /worker\./.test(w.url()));
  await worker.evaluate(() => dispatchEvent(new MessageEvent("message", { data: '{"v":1,"id":9007199254740000,"kind":"crash"}' })));
  await page.getByText(/the lab was restored/i).first().waitFor();
  await ready(page);
  assert.equal(await page.evaluate(() => window.stillHere), true, "the page was not loaded again");
  await page.waitForFunction((before) => { // the frame of the restored lab follows its readiness
    const [h, m, s] = document.querySelector(".clock-now").innerText.split(":").map(Number);
    return Math.abs(h * 3600 + m * 60 + s - before) < 1;
  }, at);
  assert.match(await type(page, "aws kinesis list-streams --output text"), /trips/);
  assert.deepEqual(trouble, []);
  await context.close();
});

test("a lesson that is not there says so, with its status", async () => {
  const { page, context, expectTrouble } = await visit(chrome);
  expectTrouble(/404/);
  const answer = await page.goto(server.url + "/lessons/no-such-lesson");
  assert.equal(answer.status(), 404);
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.getByRole("link", { name: /course/i }).first().waitFor();
  await context.close();
});

test("a link to a lab that is lost says so; a lesson's own link opens its lab", async () => {
  const { page, trouble, context } = await visit(chrome);
  await page.goto(server.url + "/lab#v1:garbage");
  await page.getByRole("heading", { name: "There is no such lab" }).waitFor();
  await page.goto(server.url + "/lessons/hot-shard");
  await ready(page);
  await page.locator("article").getByRole("link", { name: "sandbox", exact: true }).click();
  await page.waitForURL(/\/lab#lab=hot-shard$/);
  await ready(page);
  assert.match(await type(page, "aws kinesis list-streams --output text"), /docks/);
  assert.match(await type(page, "aws kinesis update-shard-count --stream-name docks --target-shard-count 8"), /required: --scaling-type/);
  assert.deepEqual(trouble, []);
  await context.close();
});
