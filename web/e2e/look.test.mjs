// Every page, light and dark, wide and at the width of a phone: no rule of accessibility broken, nothing sticking out.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { ready } from "./bench-page.mjs";
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
  ["lab", "/lab", ready],
  ["settings", "/settings", async (p) => p.getByRole("heading", { level: 1 }).waitFor()],
];
const sizes = [
  ["wide", { width: 1440, height: 900 }],
  ["phone", { width: 390, height: 844 }],
];

for (const [name, path, settled] of pages)
  for (const colorScheme of ["light", "dark"])
    for (const [size, viewport] of sizes)
      test(`${name}, ${colorScheme}, ${size}`, async () => {
        const { page, trouble, context } = await visit(chrome, { viewport, colorScheme, bypassCSP: true });
        await page.goto(server.url + path);
        if (size === "phone" && settled === ready) await page.getByRole("heading", { level: 1 }).first().waitFor({ state: "attached" });
        else await settled(page);
        await page.waitForFunction(() => !document.getElementById("app-wasm-loader"));
        await page.screenshot({ path: join(shots, `${name}-${colorScheme}-${size}.png`) });
        const out = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(out <= 0, `the page is ${out} px wider than the screen`);
        await page.evaluate(axe);
        const found = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
        assert.deepEqual(
          found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`),
          [],
        );
        assert.deepEqual(trouble, []);
        await context.close();
      });
