// Clients of every kind from the stage: added by mouse and by keyboard alone, refused beside the field, changed, stopped, killed.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { eventually, ready, says, type } from "./bench-page.mjs";
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

async function bench(options) {
  const v = await visit(chrome, options);
  await v.page.goto(server.url + "/lab");
  await ready(v.page);
  return v;
}

const form = (page) => page.locator(".form-card");

/** Opens the form of a kind of client. */
async function add(page, side, kind) {
  await page.getByRole("button", { name: "Add a " + side }).click();
  await form(page).getByRole("button", { name: new RegExp("^" + kind) }).click();
  await form(page).locator("[data-field]").first().waitFor();
}

/** Sends the form and waits until the client is on the stage. */
async function sent(page, verb, card) {
  await form(page).getByRole("button", { name: verb, exact: true }).click();
  await page.getByRole("button", { name: card }).waitFor();
  await form(page).waitFor({ state: "detached" });
}

/** Opens the menu of a client's card and presses a line of it. */
async function menu(page, name, line) {
  await page.getByRole("button", { name: "What to do with " + name, exact: true }).click();
  await page.locator('.menu[data-menu="actor"]').getByRole("button", { name: line, exact: true }).click();
}

test("each kind of client is added by mouse, and the console line that did it is shown", async () => {
  const { page, trouble, context } = await bench();
  const deed = page.locator(".deed code");
  await add(page, "writer", "AWS SDK");
  await form(page).getByLabel("Partition keys").selectOption("skewed");
  await page.getByLabel("Share of the first key, in %").fill("60");
  await sent(page, "Add producer", /^Producer bikes-2,/); // bikes is there
  await says(() => deed.innerText(), /^lab put-producer --name bikes-2 --stream-name trips --keys Kind=skewed,Prefix=bike-,Count=100,Share=0\.6$/);
  await add(page, "writer", "Kinesis Producer Library");
  await page.getByLabel("RecordMaxBufferedTime").fill("400");
  await sent(page, "Add KPL producer", /^KPL sensors,/);
  await says(() => deed.innerText(), "lab put-kpl-producer --name sensors --stream-name trips --record-max-buffered-time 400");
  await add(page, "writer", "Kinesis Agent");
  await page.getByLabel("Begin with").selectOption("log");
  await says(() => page.locator("#form-Config").evaluate((a) => a.value), /"kinesisStream": "trips"[^]*LOGTOJSON/);
  await sent(page, "Add Kinesis Agent", /^Kinesis Agent web-1,/);
  await says(() => deed.innerText(), "lab put-agent --name web-1 --config file://agent.json; lab put-log-file --agent web-1 --path /var/log/httpd/access.log --format COMBINEDAPACHELOG");
  await add(page, "reader", "AWS SDK");
  await sent(page, "Add consumer", /^Consumer board-2,/);
  await add(page, "reader", "Kinesis Client Library");
  await page.getByLabel("Workers").fill("2");
  await sent(page, "Add KCL application", /^KCL application fleet,/);
  await add(page, "reader", "Lambda function");
  await page.getByLabel("Function", { exact: true }).fill("tally");
  await page.getByRole("textbox", { name: "index.js" }).fill("exports.handler = async (event) => console.log('n', event.Records.length)");
  await sent(page, "Add Lambda function", /^Lambda function tally,/);
  await says(() => deed.innerText(), /^aws lambda create-function --function-name tally --zip-file fileb:\/\/index\.js; aws lambda create-event-source-mapping --event-source-arn arn:aws:kinesis:us-east-1:123456789012:stream\/trips --function-name tally --starting-position LATEST$/);
  await type(page, "wait 20s");
  assert.match(await type(page, "aws logs filter-log-events --log-group-name /aws/lambda/tally --query 'events[].message' --output text"), /n \d+/);
  assert.match(await type(page, "lab list-agents --query 'Agents[0].Sent' --output text"), /^[1-9]/, "the agent sends what is in its file");
  assert.deepEqual(trouble, []);
  await context.close();
});

test("a reader begins at an instant, whose field is there while AT_TIMESTAMP is chosen", async () => {
  const { page, trouble, context } = await bench();
  const at = (await type(page, "date -u -d '5 seconds ago' +%Y-%m-%dT%H:%M:%SZ")).trim();
  await add(page, "reader", "AWS SDK");
  const begins = form(page).getByLabel("Begins at");
  const instant = form(page).getByLabel("Timestamp", { exact: true });
  await begins.selectOption("AT_TIMESTAMP");
  await instant.waitFor();
  await begins.selectOption("LATEST");
  await instant.waitFor({ state: "hidden" });
  await begins.selectOption("AT_TIMESTAMP");
  await form(page).getByRole("button", { name: "Add consumer", exact: true }).click();
  await form(page).getByText("AT_TIMESTAMP needs an instant").waitFor();
  await instant.fill(at);
  await sent(page, "Add consumer", /^Consumer board-2,/);
  await says(() => page.locator(".deed code").innerText(), new RegExp(`^lab put-consumer --name board-2 --stream-name trips --from AT_TIMESTAMP --timestamp ${at}$`));
  await menu(page, "board-2", "Change…");
  await page.waitForFunction((at) => document.querySelector('.form-card [data-field="Timestamp"]')?.value === at, at);
  await begins.selectOption("TRIM_HORIZON");
  await form(page).getByRole("button", { name: "Apply", exact: true }).click();
  await form(page).waitFor({ state: "detached" });
  await says(() => page.locator(".deed code").innerText(), /^lab put-consumer --name board-2 --from TRIM_HORIZON$/);
  assert.match(await type(page, "lab list-consumers --query \"Consumers[?Name=='board-2'].[From,Timestamp]\" --output text"), /TRIM_HORIZON\s+None/);
  assert.deepEqual(trouble, []);
  await context.close();
});

test("services that feed streams are added like any writer", async () => {
  const { page, trouble, context } = await bench();
  for (const [kind, verb, card, source] of [["CloudWatch Logs", "Add subscription filter", /^CloudWatch Logs app-logs,/, "CLOUDWATCH_LOGS"], ["AWS IoT", "Add IoT rule", /^IoT rule docks-rule,/, "IOT_RULE"], ["Kafka", "Add Kafka Connect sink", /^Kafka Connect sink,/, "KAFKA_CONNECT"]]) {
    await add(page, "writer", kind);
    await sent(page, verb, card);
    await says(() => page.locator(".deed code").innerText(), new RegExp("--source Kind=" + source));
  }
  assert.deepEqual(trouble, []);
  await context.close();
});

test("by keyboard alone an application is added, and a worker of it is killed and another started", async () => {
  const { page, trouble, context } = await bench();
  const focused = () => page.evaluate(() => document.activeElement.textContent || document.activeElement.name);
  const tabTo = async (what) => {
    for (let i = 0; i < 60; i++) {
      if (what.test(await focused())) return;
      await page.keyboard.press("Tab");
    }
    assert.fail("the keyboard does not reach " + what);
  };
  await page.getByRole("button", { name: "Add a reader" }).focus();
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.activeElement.closest(".form-card"));
  await tabTo(/^Kinesis Client Library/);
  await page.keyboard.press("Enter");
  await page.getByLabel("Workers").waitFor();
  await says(focused, ".Name"); // the first field has the focus
  await page.keyboard.press("Control+A");
  await page.keyboard.type("crew");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Control+A");
  await page.keyboard.type("2");
  await page.keyboard.press("Enter");
  const card = page.getByRole("button", { name: /^KCL application crew,/ });
  await card.waitFor();
  await type(page, "wait 15s");
  await card.press("Enter");
  await page.getByRole("heading", { name: "crew" }).waitFor();
  const workers = page.locator(".sheet-section", { has: page.getByRole("heading", { name: "Workers" }) });
  await workers.getByRole("button", { name: "Kill" }).first().press("Enter");
  await workers.getByText("worker-1", { exact: true }).waitFor({ state: "detached" });
  await page.locator(".inspector").getByRole("button", { name: "Start a worker" }).press("Enter");
  await workers.getByText("worker-3", { exact: true }).waitFor();
  const leases = page.locator(".sheet-section", { has: page.getByRole("heading", { name: "Leases", exact: true }) });
  await says(() => leases.innerText(), /worker-1/); // its leases are still in its name
  await page.getByRole("tab", { name: "Console" }).click();
  await type(page, "wait 45s");
  await page.getByRole("tab", { name: "Inspector" }).click();
  await leases.getByText("worker-1").first().waitFor({ state: "detached" }); // taken by the others
  assert.deepEqual(trouble, []);
  await context.close();
});

test("a refusal stands beside its field, and the form stays with what was typed", async () => {
  const { page, trouble, context } = await bench();
  await add(page, "writer", "Kinesis Producer Library");
  await form(page).getByText("Retries and limits").click();
  await page.getByLabel("RateLimit, %").fill("0");
  await page.getByLabel("RecordTtl, ms").fill("50");
  await form(page).getByText("The same in the console").click();
  await form(page).getByText("lab put-kpl-producer --name sensors --stream-name trips --record-ttl 50 --rate-limit 0").waitFor();
  await form(page).getByRole("button", { name: "Add KPL producer" }).click();
  const field = (name) => page.locator(".form-field", { has: page.locator(`[data-field="${name}"]`) });
  await field("RateLimit").getByText(/0 is outside 1 to/).waitFor();
  await field("RecordTtl").getByText(/50 is outside 100 to/).waitFor();
  await says(() => page.getByLabel("RateLimit, %").getAttribute("aria-invalid"), "true");
  await page.getByLabel("RateLimit, %").fill("100");
  await page.getByLabel("RecordTtl, ms").fill("5000");
  await sent(page, "Add KPL producer", /^KPL sensors,/);

  await add(page, "reader", "Lambda function");
  await page.getByLabel("Function", { exact: true }).fill("tally");
  await page.getByLabel("BatchSize").fill("0");
  await form(page).getByRole("button", { name: "Add Lambda function" }).click();
  await field("Mapping.BatchSize").getByText(/at 'batchSize' failed to satisfy constraint/).waitFor();
  await page.getByLabel("BatchSize").fill("50"); // the function is there by now: the same form goes on
  await sent(page, "Add Lambda function", /^Lambda function tally,/);
  assert.deepEqual(trouble, []);
  await context.close();
});

test("Change opens with the settings of today, and what is changed alone is sent", async () => {
  const { page, trouble, context } = await bench();
  await menu(page, "bikes", "Change…");
  await says(
    () => Promise.all(["Records a second", "Bytes of data each", "Keys begin with", "How many keys", "Records of a call", "After a refusal"].map((l) => page.getByLabel(l).inputValue())),
    ["420", "240", "bike-", "120", "25", "failed-entries"],
  );
  await page.getByLabel("Records a second").fill("500");
  await sent(page, "Apply", /^Producer bikes, 500 records per second/);
  await says(() => page.locator(".deed code").innerText(), "lab put-producer --name bikes --records-per-second 500");
  await menu(page, "board", "Stop");
  await page.getByRole("button", { name: /^Consumer board, stopped/ }).waitFor();

  await type(page, "lab put-agent --name host --config '{\"flows\": [{\"filePattern\": \"/var/log/app.log*\", \"kinesisStream\": \"trips\"}]}'");
  await menu(page, "host", "Add a log file…");
  await page.getByLabel("File", { exact: true }).fill("/var/log/app.log");
  await page.getByLabel("Rotation", { exact: true }).selectOption("RENAME");
  await page.getByLabel("Each so many seconds").fill("10");
  await form(page).getByRole("button", { name: "Add log file" }).click();
  await form(page).waitFor({ state: "detached" });
  await page.getByRole("button", { name: /^Kinesis Agent host,/ }).click();
  await page.locator(".inspector").getByText("/var/log/app.log", { exact: true }).first().waitFor();
  await page.locator(".sheet-section", { hasText: "Log files of its host" }).getByRole("button", { name: "Change…" }).click();
  await says(() => page.getByLabel("Rotation", { exact: true }).inputValue(), "RENAME");
  await says(() => page.getByLabel("Each so many seconds").inputValue(), "10");
  await page.keyboard.press("Escape");
  await menu(page, "host", "Kill, as kill -9 does");
  await page.getByRole("button", { name: /^Kinesis Agent host, stopped/ }).waitFor();
  assert.deepEqual(trouble, []);
  await context.close();
});

test("sheets go on while the lab runs, their tables fit a phone, and charts have what clients write", async () => {
  const { page, trouble, context } = await bench({ viewport: { width: 390, height: 844 } });
  const tab = (name) => page.getByRole("tab", { name }).click();
  await tab("Console");
  await type(page, "lab put-kpl-producer --name sensors --stream-name trips --records-per-second 300 --record-max-buffered-time 900");
  await type(page, "lab put-kcl-application --name fleet --stream-name trips --workers 2; wait 25s");
  const cells = (title) => page.locator(".sheet-section", { has: page.getByRole("heading", { name: title, exact: true }) }).locator("td");
  for (const [card, title] of [[/^KPL sensors,/, "Its buffers"], [/^KCL application fleet,/, "Leases"]]) {
    await tab("Stage");
    await page.getByRole("button", { name: card }).click();
    await cells(title).first().waitFor();
    const before = (await cells(title).allInnerTexts()).join("|");
    await page.getByRole("button", { name: "Play", exact: true }).click();
    await page.waitForFunction(([title, before]) => {
      const section = [...document.querySelectorAll(".sheet-section")].find((s) => s.querySelector("h4")?.textContent === title);
      return [...section.querySelectorAll("td")].map((c) => c.innerText).join("|") !== before;
    }, [title, before]);
    await page.getByRole("button", { name: "Pause", exact: true }).click();
    await eventually(async () => {
      const wide = await page.evaluate(() => [...document.querySelectorAll(".inspector, .sheet-table")].filter((e) => e.scrollWidth > e.clientWidth).map((e) => e.className));
      assert.deepEqual(wide, [], title);
    });
  }
  await tab("Charts");
  await page.getByRole("button", { name: "Metrics", exact: true }).click();
  const search = page.getByRole("searchbox", { name: "Search metrics" });
  const found = [["KinesisProducerLibrary/trips", "BufferingTime"], ["AWS/DynamoDB/fleet", "ConsumedWriteCapacityUnits"], ["fleet/ProcessTask/shardId-000000000000", "MillisBehindLatest"]];
  for (const [of, metric] of found) {
    await search.fill(`${of} ${metric}`);
    await page.getByRole("checkbox", { name: new RegExp(`^${metric} .*${of},`) }).check();
  }
  await page.getByRole("button", { name: "Close", exact: true }).click();
  for (const [of, metric] of found) await page.getByRole("slider", { name: `${metric} of ${of}` }).waitFor();
  assert.deepEqual(trouble, []);
  await context.close();
});

test("the focus comes back to what opened a form", async () => {
  const { page, trouble, context } = await bench();
  const focused = () => page.evaluate(() => document.activeElement.getAttribute("aria-label") || document.activeElement.textContent);
  await page.getByRole("button", { name: "Add a reader" }).press("Enter");
  await form(page).getByRole("button", { name: /^AWS SDK/ }).press("Enter");
  await page.getByLabel("Can process a second").waitFor();
  await page.keyboard.press("Escape");
  await form(page).waitFor({ state: "detached" });
  await says(focused, /Add a reader/);
  await page.getByRole("button", { name: "What to do with board" }).press("Enter");
  await page.locator('.menu[data-menu="actor"]').getByRole("button", { name: "Change…" }).press("Enter");
  await page.getByLabel("Can process a second").fill("700");
  await page.keyboard.press("Enter");
  await form(page).waitFor({ state: "detached" });
  await says(focused, "What to do with board");
  assert.deepEqual(trouble, []);
  await context.close();
});
