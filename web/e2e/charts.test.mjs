// Charts: the picker, statistics and periods, one cursor over all of them, what is enlarged, and that its command gives its figures.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { eventually, ready, says, settled, type } from "./bench-page.mjs";
import { browser, lab, visit } from "./harness.mjs";

const axe = readFileSync(new URL("../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
let server, chrome;
before(async () => {
  server = await lab();
  chrome = await browser();
});
after(async () => {
  await chrome?.close();
  await server?.close();
});

/** Holds that no rule of accessibility is broken and nothing sticks out. */
async function fine(page, what) {
  await settled(page);
  await page.evaluate(axe);
  const found = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  assert.deepEqual(found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`), [], what);
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0, `${what}: wider than the screen`);
}

const chart = (page, name) => page.getByRole("slider", { name });

test("charts are chosen, pointed at, enlarged and read by keyboard, and are there again after a reload", async () => {
  const { page, trouble, context } = await visit(chrome, { bypassCSP: true });
  await page.goto(server.url + "/lab#start=rush-hour");
  await ready(page);
  await type(page, "wait 3m");

  // One cursor over all charts: the arrows move it, each chart says its value there, Enter goes to the instant.
  const records = chart(page, /^IncomingRecords of trips/);
  const bytes = chart(page, /^IncomingBytes of trips/);
  await records.focus();
  await page.keyboard.press("Home");
  await page.keyboard.press("PageUp");
  await page.keyboard.press("ArrowRight");
  await page.waitForFunction((e) => /^1:36\.0, 1,[23]\d\d$/.test(e.getAttribute("aria-valuetext")), await records.elementHandle());
  await page.waitForFunction((e) => /^1:36\.0, \d+ KiB$/.test(e.getAttribute("aria-valuetext")), await bytes.elementHandle());
  await page.keyboard.press("Enter");
  await page.getByText("00:01:36.0").waitFor();
  await type(page, "wait 2m");

  // The picker: search, choose a metric of a shard, which AWS sells; take another away.
  await page.getByRole("button", { name: "Metrics", exact: true }).focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "Metrics" });
  const search = dialog.getByRole("searchbox", { name: "Search metrics" });
  await page.waitForFunction(() => document.activeElement.type === "search");
  await page.keyboard.type("000000000002 incomingrecords");
  const shard = dialog.getByRole("checkbox", { name: /^IncomingRecords .*shardId-000000000002.*sold by AWS, off/ });
  await shard.check();
  await search.fill("open");
  await dialog.getByRole("checkbox", { name: /^OpenShardCount/ }).uncheck();
  await fine(page, "the picker");
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "hidden" });
  await chart(page, /^IncomingRecords of trips\/shardId-000000000002, Sum.*limit 1 shard: 1,000 records\/s/).waitFor();
  await chart(page, /^OpenShardCount/).waitFor({ state: "detached" });

  // Enlarged, in minutes, as a table: the command beside it gives the same figures.
  await page.getByLabel("Period of a point").selectOption("60");
  await page.getByLabel("Time that charts show").selectOption("run");
  await page.getByRole("button", { name: "Enlarge IncomingRecords of trips", exact: true }).click();
  const large = page.getByRole("dialog", { name: "IncomingRecords of trips" });
  await large.getByText(/periods with data, each minute/).waitFor();
  await large.getByText(/begins to refuse records/).first().waitFor();
  await fine(page, "a chart enlarged");
  await large.getByRole("button", { name: "Table" }).click();
  const table = large.getByRole("region", { name: "IncomingRecords as a table" });
  const read = async () => {
    const cells = await table.getByRole("cell").allInnerTexts();
    const values = cells.filter((_, i) => i % 2).filter((v) => v !== "no data").map((v) => Number(v.replaceAll(",", "")));
    assert.ok(values.length >= 3, `${values.length} minutes`);
    return values;
  };
  const values = await eventually(read);
  const line = await large.locator("code").innerText();
  await large.getByRole("button", { name: "Run the command" }).click();
  await large.waitFor({ state: "hidden" });
  const api = JSON.parse(await type(page, `${line} | jq -c "[.Datapoints[].Sum]"`));
  assert.deepEqual(api.sort((a, b) => a - b), values.sort((a, b) => a - b));

  // The board is remembered for this lab.
  await page.reload();
  await ready(page);
  await chart(page, /^IncomingRecords of trips\/shardId-000000000002/).waitFor();
  await says(() => page.getByLabel("Period of a point").inputValue(), "60");
  assert.deepEqual(trouble, []);
  await context.close();
});

test("limits follow a split, alarms have their thresholds, on a phone and in the dark too", async () => {
  const { page, trouble, context } = await visit(chrome, { viewport: { width: 390, height: 844 }, colorScheme: "dark", bypassCSP: true });
  await page.goto(server.url + "/lab#start=steady");
  await ready(page);
  const tab = (name) => page.getByRole("tab", { name }).click();
  await tab("Console");
  await type(page, "aws cloudwatch put-metric-alarm --alarm-name busy --namespace AWS/Kinesis --metric-name IncomingRecords --dimensions Name=StreamName,Value=trips --statistic Sum --period 60 --evaluation-periods 1 --threshold 20000 --comparison-operator GreaterThanThreshold");
  await type(page, "wait 90s; aws kinesis split-shard --stream-name trips --shard-to-split shardId-000000000000 --new-starting-hash-key 1000; wait 60s");
  await tab("Charts");
  await chart(page, /^IncomingRecords of trips, Sum.*limit 5 open shards × 1,000 records\/s/).waitFor();
  await page.getByText("alarm busy: above 20,000 in 1 min").first().waitFor();
  await fine(page, "charts on a phone");
  await page.getByRole("button", { name: "Enlarge IncomingRecords of trips", exact: true }).click();
  await page.getByText(/^Alarm busy: above 20,000 in 1 min, ALARM\.$/).waitFor();
  await page.getByText(/^Limit 5,000: 5 open shards/).waitFor();
  await fine(page, "a chart enlarged on a phone");
  await page.getByRole("button", { name: "Close", exact: true }).click();
  await page.getByRole("button", { name: "Metrics", exact: true }).click();
  await page.getByRole("checkbox", { name: /^IncomingRecords/ }).first().waitFor();
  await fine(page, "the picker on a phone");
  assert.deepEqual(trouble, []);
  await context.close();
});

test("a percentile of a time is drawn, and is what the command beside it answers", async () => {
  const { page, trouble, context } = await visit(chrome);
  await page.goto(server.url + "/lab#start=rush-hour");
  await ready(page);
  await type(page, "wait 3m");
  await page.getByRole("button", { name: "Metrics", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "Metrics" });
  await dialog.getByRole("searchbox", { name: "Search metrics" }).fill("putrecords.latency trips");
  await dialog.getByRole("checkbox", { name: /^PutRecords\.Latency/ }).first().check();
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "hidden" });
  await page.getByRole("combobox", { name: "Statistic of PutRecords.Latency of trips" }).selectOption("p99");
  await page.getByLabel("Period of a point").selectOption("60");
  await page.getByLabel("Time that charts show").selectOption("run");
  await chart(page, /^PutRecords\.Latency of trips, p99/).waitFor();
  await page.getByRole("button", { name: "Enlarge PutRecords.Latency of trips", exact: true }).click();
  const large = page.getByRole("dialog", { name: "PutRecords.Latency of trips" });
  await says(() => large.locator("code").innerText(), / --extended-statistics p99/);
  const line = await large.locator("code").innerText();
  await large.getByRole("button", { name: "Table" }).click();
  const table = large.getByRole("region", { name: "PutRecords.Latency as a table" });
  await table.getByRole("cell").nth(5).waitFor();
  const drawn = (await table.getByRole("cell").allInnerTexts()).filter((v, i) => i % 2 && v !== "no data").map((v) => Number(v.replaceAll(",", "").replace(/ ms$/, "")));
  if (process.env.PICTURES) await page.screenshot({ path: `${process.env.PICTURES}/p99.png` });
  await large.getByRole("button", { name: "Run the command" }).click();
  await large.waitFor({ state: "hidden" });
  const api = JSON.parse(await type(page, `${line} | jq -c "[.Datapoints[].ExtendedStatistics.p99]"`));
  assert.ok(api.length >= 3 && api.every((v) => v > 0), `${api}`);
  const up = (a, b) => a - b;
  assert.deepEqual(api.map(Math.floor).sort(up), drawn.map(Math.floor).sort(up)); // the page writes whole milliseconds
  assert.deepEqual(trouble, []);
  await context.close();
});
