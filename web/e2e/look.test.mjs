// Every page, light and dark, wide and at the width of a phone: no rule of accessibility broken, nothing sticking out.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { ready, type } from "./bench-page.mjs";
import { browser, lab, visit } from "./harness.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const axe = readFileSync(join(here, "../node_modules/axe-core/axe.min.js"), "utf8");
const shots = resolve(here, "../../test-results");
mkdirSync(shots, { recursive: true });

let server, chrome;
before(async () => {
  server = await lab();
  chrome = await browser();
});
after(async () => {
  await chrome?.close();
  await server?.close();
});

const pages = [
  ["course", "/", async (p) => p.getByRole("heading", { level: 1 }).waitFor()],
  ["lesson", "/lessons/shard-limits", ready],
  ["incident", "/lessons/vitals-lag", async (p) => {
    await p.getByRole("radio", { name: /brings too few records/ }).check();
    await p.getByRole("button", { name: "State the cause" }).click();
    await p.getByText(/does not say how much one call brings/).first().waitFor();
  }],
  ["lab", "/lab", ready],
  ["settings", "/settings", async (p) => p.getByRole("heading", { level: 1 }).waitFor()],
];
const sizes = [
  ["wide", { width: 1440, height: 900 }],
  ["phone", { width: 390, height: 844 }],
];

/** Shows a part of the bench, which on a phone is behind a tab. */
async function part(page, size, name) {
  if (size === "phone" || name === "Console") await page.getByRole("tab", { name }).click();
}

// States of the lab that a page alone does not show.
const states = [
  ["no stream", async (page, size) => {
    await page.goto(server.url + "/lab#start=empty");
    await ready(page);
    await part(page, size, "Stage");
    await page.getByRole("heading", { name: "No stream yet" }).waitFor();
  }],
  ["clients of every kind", async (page, size) => {
    await part(page, size, "Console");
    await type(page, "lab delete-producer --name docks; lab delete-consumer --name billing; lab put-kpl-producer --name sensors --stream-name trips");
    await type(page, "lab put-kcl-application --name fleet --stream-name trips --workers 3; wait 20s");
    await part(page, size, "Stage");
    await page.getByRole("button", { name: /^KCL application fleet/ }).click();
    await page.getByRole("heading", { name: "fleet" }).waitFor();
  }],
  ["a function's form with all its settings", async (page, size) => {
    await page.getByRole("button", { name: "Add a reader" }).click();
    await page.getByRole("button", { name: /^Lambda function/ }).click();
    for (const more of await page.locator(".form-card summary").all()) await more.click();
    await page.getByLabel("BatchSize").fill("0");
    await page.getByRole("button", { name: "Add Lambda function" }).click();
    await page.getByText(/at 'batchSize' failed/).first().waitFor();
  }],
  ["what can be added", async (page, size) => {
    await page.getByRole("button", { name: "Add a writer" }).click();
    await page.getByRole("button", { name: /^Kinesis Agent/ }).waitFor();
  }],
  ["an agent's sheet", async (page, size) => {
    await page.getByRole("button", { name: "Add a writer" }).click();
    await page.getByRole("button", { name: /^Kinesis Agent/ }).click();
    await page.getByRole("button", { name: "Add Kinesis Agent" }).click();
    await part(page, size, "Console");
    await type(page, "wait 12s");
    await part(page, size, "Stage");
    await page.getByRole("button", { name: /^Kinesis Agent web-1,/ }).click();
    await page.getByText("Its table FILE_CHECKPOINTS").waitFor();
  }],
];

/** Holds that nothing sticks out and that no rule of accessibility is broken. */
async function fine(page, name) {
  await page.screenshot({ path: join(shots, `${name}.png`) });
  const out = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(out <= 0, `the page is ${out} px wider than the screen`);
  await page.evaluate(axe);
  const found = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  assert.deepEqual(
    found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`),
    [],
  );
}

for (const [name, path, settled] of pages)
  for (const colorScheme of ["light", "dark"])
    for (const [size, viewport] of sizes)
      test(`${name}, ${colorScheme}, ${size}`, async () => {
        const { page, trouble, context } = await visit(chrome, { viewport, colorScheme, bypassCSP: true });
        await page.goto(server.url + path);
        if (size === "phone" && settled === ready) await page.getByRole("heading", { level: 1 }).first().waitFor({ state: "attached" });
        else await settled(page);
        await page.waitForFunction(() => !document.getElementById("app-wasm-loader"));
        await fine(page, `${name}-${colorScheme}-${size}`);
        assert.deepEqual(trouble, []);
        await context.close();
      });

for (const [name, lead] of states)
  for (const [size, colorScheme] of [["wide", "dark"], ["phone", "light"]])
    test(`${name}, ${colorScheme}, ${size}`, async () => {
      const { page, trouble, context } = await visit(chrome, { viewport: new Map(sizes).get(size), colorScheme, bypassCSP: true });
      await page.goto(server.url + "/lab");
      await ready(page);
      await lead(page, size);
      await fine(page, `${name}-${colorScheme}-${size}`);
      assert.deepEqual(trouble, []);
      await context.close();
    });
