// Calculators: each answers as its numbers change, by slider, field and keyboard, and plays the run that proves it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { ready, says, settled, type } from "./bench-page.mjs";
import { browser, lab, slow, visit } from "./harness.mjs";

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

async function fine(page, what) {
  await settled(page);
  await page.evaluate(axe);
  const found = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  assert.deepEqual(found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`), [], what);
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0, `${what}: wider than the screen`);
}

/** Holds that no result is to be scrolled to. */
async function inView(page) {
  await says(() => page.evaluate(() => [...document.querySelectorAll(".calc-table")].filter((t) => t.scrollWidth > t.clientWidth).map((t) => t.innerText)), []);
}

/** Plays the run that proves the answer, and waits until it agrees in every figure. */
async function prove(page, agrees = /^The run agrees with the formula in each of \d figures/) {
  await page.getByRole("button", { name: "See the run that proves it" }).click();
  await page.getByText(/^The run agrees/).waitFor({ timeout: 90_000 * slow });
  await says(() => page.getByText(/^The run agrees/).innerText(), agrees);
}

/** Runs the same numbers once more: another bench plays them. */
async function again(page) {
  const bench = await page.locator(".bench").elementHandle();
  await page.getByRole("button", { name: "See the run that proves it" }).click();
  await page.waitForFunction((old) => !old.isConnected, bench);
  await page.getByText("00:02:12.0").waitFor({ timeout: 90_000 * slow });
  await page.getByText(/^The run agrees/).waitFor();
}

test("shards: numbers change by field, slider and keyboard, and the run agrees", async () => {
  const { page, trouble, context } = await visit(chrome, { bypassCSP: true });
  await page.goto(server.url + "/lab");
  await ready(page);
  await page.getByRole("link", { name: "Calculators" }).click();
  await page.getByRole("heading", { name: "Calculators", level: 1 }).waitFor();
  await page.getByText(/^8 shards, because reading needs more than writing: 3 consumers share/).waitFor();

  // What is typed is answered at once; what is no number says what to write, and changes nothing.
  const records = page.getByRole("textbox", { name: "Records, a second" });
  await records.fill("many");
  await page.getByText("Write a number, like 2400.").waitFor();
  await records.fill("4500");
  await page.getByText(/^14 shards, because reading/).waitFor();
  await page.getByRole("checkbox", { name: /enhanced fan-out/ }).check();
  await page.getByText(/^9 shards, because of the bytes written/).waitFor();
  const size = page.getByRole("slider", { name: "Size of a record, KiB, slider" });
  await size.focus();
  await page.keyboard.press("Home");
  await page.getByText(/^5 shards, because of the number of records/).waitFor();
  await fine(page, "shards");
  await records.fill("1500");
  await page.getByText(/^2 shards, because of the number of records/).waitFor();
  await prove(page);
  await page.getByRole("rowheader", { name: "Refused by 1 shard" }).waitFor();
  await page.getByText("00:02:12.0").waitFor(); // the bench beside it stands where it was measured

  // The command that is shown gives the same answer in the console of that run.
  const line = await page.getByText(/^lab calculate-shards/).innerText();
  assert.match(await type(page, `${line} | jq -r .Answer`), /^2 shards$/);
  await again(page);
  assert.deepEqual(trouble, []);
  await context.close();
});

test("cost, buffer and retries agree with their runs, in the dark and on a phone", async () => {
  const { page, trouble, context } = await visit(chrome, { viewport: { width: 390, height: 844 }, colorScheme: "dark", bypassCSP: true });
  await page.goto(server.url + "/lab#calculate=cost");
  await page.getByText(/^Provisioned, shared reading costs least: \$54\.26/).waitFor();
  await page.getByRole("textbox", { name: "Records are kept, hours" }).fill("168");
  await page.getByText(/Keeping records longer than 24 hours/).waitFor();
  await prove(page);
  await fine(page, "cost on a phone");

  await page.getByRole("link", { name: "Firehose buffer" }).click();
  await page.getByText("Size trips first").waitFor();
  await page.getByRole("textbox", { name: "Buffer interval, seconds" }).fill("20");
  await page.getByText(/^After 20 s the buffer holds/).waitFor();
  await prove(page);
  await fine(page, "the buffer on a phone");
  await inView(page);

  await page.getByRole("link", { name: "Firehose hints" }).click();
  await page.getByText("SizeInMBs 16, IntervalInSeconds 60", { exact: true }).waitFor();
  await page.getByText(/^Both can be had\. The size trips after 20\.5 s/).waitFor();
  await page.getByRole("textbox", { name: "A record may wait, seconds" }).fill("10");
  await page.getByText(/^Not both: in 10 s come 7\.8 MiB/).waitFor();
  await prove(page);
  await page.getByRole("checkbox", { name: /converts to Parquet/ }).check();
  await page.getByText("SizeInMBs 64, IntervalInSeconds 10", { exact: true }).waitFor();
  await fine(page, "the hints on a phone");
  await inView(page);

  await page.getByRole("link", { name: "Retries and duplicates" }).click();
  await page.getByText(/A record whose answer is lost is there already/).waitFor();
  await prove(page);
  await page.getByRole("textbox", { name: "Answers that are lost, %" }).fill("0");
  await page.getByText(/makes no duplicates: nothing was written/).waitFor();
  await page.getByText("The lab beside this panel plays other numbers.").waitFor();
  await fine(page, "retries on a phone");
  await inView(page);
  assert.deepEqual(trouble, []);
  await context.close();
});
