// What stands around a stream in the page: its gauges, what can be changed about it, and the sheets of the account.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { eventually, ready, says as becomes, type } from "./bench-page.mjs";
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

/** A gauge's value and note as they stand in the page. */
const gauge = (page, label) => page.locator(".gauge", { has: page.locator(".gauge-label", { hasText: new RegExp(`^${label}$`) }) });

/** Waits until a gauge says something. */
async function says(page, label, want) {
  await gauge(page, label).filter({ hasText: want }).waitFor();
}

/** Shows the console again after the inspector. */
const back = (page) => page.getByRole("tab", { name: "Console" }).click();

/** Opens a form of the menu Change. */
async function change(page, item) {
  await page.getByRole("button", { name: "Change", exact: true }).click();
  await page.getByRole("button", { name: item }).click();
}

const dollars = async (page) => Number((await gauge(page, "Bill").locator(".gauge-value").innerText()).replace("$", ""));

test("the gauges follow the stream, and lead to what they count", async () => {
  const { page, trouble, context } = await visit(chrome);
  await page.goto(server.url + "/lab");
  await ready(page);
  await says(page, "Shards", /4 open/);
  await says(page, "Write", /of 4,000 records\/s/);
  await says(page, "Read", /of 8 MiB\/s/);
  await says(page, "Iterator age", /slowest of 2/);
  const before = await dollars(page);
  assert.ok(before > 0, "twenty seconds of four shards cost something");

  await type(page, "aws kinesis merge-shards --stream-name trips --shard-to-merge 0 --adjacent-shard-to-merge 1; wait 40s");
  await says(page, "Shards", /3 open.*|2 closed/s);
  await says(page, "Write", /of 3,000 records\/s/);
  await eventually(async () => assert.ok((await dollars(page)) > before, "the bill grows"));

  await type(page, "lab put-consumer --name slow --stream-name trips --from TRIM_HORIZON --records-per-second 5; wait 30s");
  await says(page, "Iterator age", /slowest of 3/);
  await becomes(() => gauge(page, "Iterator age").getAttribute("class"), /over/); // a reader that falls behind is told in red
  await gauge(page, "Iterator age").getByRole("button").click();
  await page.getByRole("heading", { name: /slow/ }).first().waitFor();

  await gauge(page, "Bill").getByRole("button").click();
  await page.getByRole("tab", { name: "Inspector", selected: true }).waitFor();
  await page.getByText(/shard-hour|ShardHour/i).first().waitFor();

  await back(page);
  await type(page, "lab stop-consumer --name slow; lab stop-consumer --name board; lab stop-consumer --name billing; wait 3s");
  await type(page, "lab put-producer --name docks --records-per-second 5000 --batch 100; wait 5s");
  await says(page, "Write", /refused\/s/);
  assert.deepEqual(trouble, []);
  await context.close();
});

test("a stream is changed from the menu, and AWS's refusal stands in the form", async () => {
  const { page, trouble, context } = await visit(chrome);
  await page.goto(server.url + "/lab");
  await ready(page);
  const form = page.getByRole("form").or(page.locator(".form-card"));

  await change(page, "Shard count…");
  await page.locator("input").and(page.getByLabel("Shards", { exact: true })).fill("40");
  await page.getByRole("button", { name: "Update shard count" }).click();
  await form.getByText(/InvalidArgumentException|LimitExceededException/).waitFor();
  await page.locator("input").and(page.getByLabel("Shards", { exact: true })).fill("6");
  await page.locator("input").and(page.getByLabel("Shards", { exact: true })).press("Enter");
  await form.waitFor({ state: "detached" });
  await type(page, "aws kinesis wait stream-exists --stream-name trips; wait 2m");
  await says(page, "Shards", /6 open/);

  await change(page, "Retention…");
  await page.getByLabel("Hours").fill("9000");
  await page.getByRole("button", { name: "Change retention" }).click();
  await form.getByText(/8760/).first().waitFor();
  await page.getByLabel("Hours").fill("168");
  await page.getByRole("button", { name: "Change retention" }).click();
  await page.getByText(/keeps 7 days/).waitFor();
  await type(page, "wait 30s");

  await change(page, "Encryption…");
  await page.getByLabel("Key", { exact: true }).fill("alias/nobody");
  await page.getByRole("button", { name: "Start encryption" }).click();
  await form.getByText(/KMSNotFoundException/).waitFor();
  await page.getByLabel("Key", { exact: true }).fill("alias/aws/kinesis");
  await page.getByRole("button", { name: "Start encryption" }).click();
  await form.waitFor({ state: "detached" });
  await type(page, "wait 1m");
  await page.getByText(/encrypted/).first().waitFor();

  await change(page, "Capacity mode…");
  await page.getByRole("button", { name: "Update stream mode" }).click();
  await form.waitFor({ state: "detached" });
  await type(page, "wait 1m");
  await page.getByText(/on-demand/).first().waitFor();
  assert.deepEqual(trouble, []);
  await context.close();
});

test("a form takes another's place whole, and lies over the stage however far that is scrolled", async () => {
  const { page, trouble, context } = await visit(chrome, { viewport: { width: 390, height: 844 } });
  await page.goto(server.url + "/lab");
  await ready(page);
  const value = (label) => page.locator("input").and(page.getByLabel(label, { exact: true })).inputValue();
  await change(page, "Retention…");
  await becomes(() => value("Hours"), "24");
  await page.getByLabel("Hours").fill("25");
  await change(page, "Encryption…");
  await becomes(() => value("Key"), "alias/aws/kinesis"); // the field has its own first value
  await becomes(() => page.evaluate(() => document.activeElement.name), "KeyId"); // and the focus
  await change(page, "Shard count…");
  await becomes(() => value("Shards"), "5");
  await page.locator("input").and(page.getByLabel("Shards", { exact: true })).fill("40");
  await page.getByRole("button", { name: "Update shard count" }).click();
  const note = page.locator(".form-card .note");
  await eventually(async () => {
    const [said, buttons] = await Promise.all([note.boundingBox(), page.locator(".form-card > .row").boundingBox()]);
    assert.ok(said.y + said.height <= buttons.y + 1, "the whole refusal is seen above the buttons");
  });
  await page.keyboard.press("Escape");
  await note.waitFor({ state: "detached" });

  await page.getByRole("button", { name: "Add a reader" }).click(); // which stands at the far end of the stage
  await page.getByRole("button", { name: /^AWS SDK/ }).click();
  for (const what of [page.getByLabel("Name", { exact: true }), page.getByRole("button", { name: "Add consumer" })]) {
    await eventually(async () => {
      const box = await what.boundingBox();
      assert.ok(await what.evaluate((e, [x, y]) => e.contains(document.elementFromPoint(x, y)), [box.x + box.width / 2, box.y + box.height / 2]), "nothing covers it");
    });
  }
  const sideways = await page.evaluate(() => [...document.querySelectorAll(".bench, .bench-slot, .stage-pane, .timebar")].filter((e) => e.scrollWidth > e.clientWidth).map((e) => e.className));
  assert.deepEqual(sideways, [], "nothing is wider than the phone");
  assert.deepEqual(trouble, []);
  await context.close();
});

test("the closed shards of a stream with a past are one line, which leads to each of them by keyboard", async () => {
  const { page, trouble, context } = await visit(chrome);
  await page.goto(server.url + "/lab");
  await ready(page);
  for (const n of [8, 16]) await type(page, `aws kinesis update-shard-count --stream-name trips --target-shard-count ${n} --scaling-type UNIFORM_SCALING; wait 2m`);
  const line = page.getByRole("button", { name: /^12 closed shards, [\d,]+ records stay to be read/ });
  await line.press("Enter");
  await page.getByRole("tab", { name: "Inspector", selected: true }).waitFor();
  const first = page.locator(".inspector").getByRole("button", { name: "shardId-000000000000", exact: true });
  await eventually(async () => assert.ok((await first.boundingBox()).height < 24, "an ID stands in one line"));
  await first.press("Enter");
  await page.locator(".inspector").getByRole("button", { name: /shardId-00000000000[45]/ }).first().waitFor(); // its children
  assert.deepEqual(trouble, []);
  await context.close();
});

test("by keyboard alone: a zone is lost, its sheet is read, and it comes back", async () => {
  const { page, trouble, context } = await visit(chrome);
  await page.goto(server.url + "/lab");
  await ready(page);
  await page.getByRole("button", { name: "Change", exact: true }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Lose a zone…" }).waitFor(); // a slow machine draws the menu after the key
  for (let i = 0; i < 5; i++) await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.getByLabel("Zone", { exact: true }).waitFor();
  await becomes(() => page.evaluate(() => document.activeElement.tagName), "SELECT"); // the first field has the focus
  await page.keyboard.press("Escape");
  await page.getByLabel("Zone", { exact: true }).waitFor({ state: "detached" });

  await change(page, "Lose a zone…");
  await page.getByLabel("Zone", { exact: true }).selectOption("us-east-1b");
  await page.getByRole("button", { name: "Do it" }).press("Enter");
  await page.getByRole("button", { name: /us-east-1b LOST/ }).press("Enter");
  await page.getByText("us-east-1b").first().waitFor();
  await page.getByRole("tab", { name: "Inspector", selected: true }).waitFor();
  await back(page);
  await type(page, "wait 10s");
  assert.equal((await type(page, "aws kinesis put-record --stream-name trips --partition-key k --data aGk= --query ShardId --output text")).slice(0, 8), "shardId-", "writes go on");

  await change(page, "Lose a zone…");
  await page.getByLabel("Zone", { exact: true }).selectOption("us-east-1b");
  await page.getByRole("button", { name: "Do it" }).click();
  await type(page, "wait 1m");
  await page.getByRole("button", { name: /us-east-1b/ }).waitFor({ state: "detached" });
  assert.deepEqual(trouble, []);
  await context.close();
});

test("a reader with enhanced fan-out is added by its form, and the stage says how it reads", async () => {
  const { page, trouble, context } = await visit(chrome);
  await page.goto(server.url + "/lab");
  await ready(page);
  await page.getByRole("button", { name: "Add a reader" }).click();
  await page.getByRole("button", { name: /^AWS SDK/ }).click();
  await page.getByLabel("Name", { exact: true }).fill("alarm");
  await page.getByLabel("Gets records").selectOption("FANOUT");
  await page.getByRole("button", { name: "Add consumer" }).click();
  await page.getByRole("button", { name: /Fan-out consumer alarm/ }).waitFor();
  await type(page, "wait 40s");
  await says(page, "Read", /fan-out/);
  await page.getByRole("button", { name: /Fan-out consumer alarm, reads [\d,]+ records per second/ }).click();
  await page.getByText(/Registered consumer/).first().waitFor();
  await back(page);
  assert.match(await type(page, "aws kinesis list-stream-consumers --stream-arn $(aws kinesis describe-stream-summary --stream-name trips --query StreamDescriptionSummary.StreamARN --output text) --query 'Consumers[].ConsumerStatus' --output text"), /ACTIVE/);
  assert.deepEqual(trouble, []);
  await context.close();
});

test("AWS's tutorial for the AWS CLI runs in the console word for word", async () => {
  const { page, trouble, context } = await visit(chrome);
  await page.goto(server.url + "/lab#start=empty");
  await ready(page);
  await page.getByText(/No stream yet/).waitFor();
  const transcript = await readFile(fileURLToPath(new URL("../../wasm/console/testdata/getting-started.txt", import.meta.url)), "utf8");
  const lines = transcript.split("\n").filter((l) => l.startsWith("$ ")).map((l) => l.slice(2));
  const tutorial = lines.slice(0, lines.findIndex((l) => l.startsWith("aws kinesis delete-stream")) + 1);
  assert.ok(tutorial.length >= 10, "the tutorial has its steps");
  let got = "";
  for (const line of tutorial) {
    const out = await type(page, line);
    assert.doesNotMatch(out, /error occurred|not found|unknown/i, line);
    if (line.startsWith("aws kinesis get-records")) got = out;
  }
  assert.match(got, /"Data": "testdata"|"Data": "dGVzdGRhdGE="/);
  assert.deepEqual(trouble, []);
  await context.close();
});
