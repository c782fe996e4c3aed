// The console as a shell: its prompt is an editor that comes after the page, and a plain field where it does not come.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { ready, type } from "./bench-page.mjs";
import { browser, lab, visit } from "./harness.mjs";

const axe = readFileSync(join(dirname(fileURLToPath(import.meta.url)), "../node_modules/axe-core/axe.min.js"), "utf8");

let server, chrome;
before(async () => {
  server = await lab();
  chrome = await browser();
});
after(async () => {
  await chrome?.close();
  await server?.close();
});

const prompt = (page) => page.getByRole("textbox", { name: "Console: a command" });

/** What stands in the prompt, line by line. */
const written = (page) => page.evaluate(() => document.getElementById("bench-prompt").value);

/** Waits until the prompt is the editor. */
async function edited(page) {
  await page.goto(server.url + "/lab");
  await ready(page);
  await page.locator("[contenteditable=true]").waitFor({ timeout: 20_000 });
}

test("the prompt is an editor: colours, several lines, undo, and what it says of itself", async () => {
  const { page, trouble, context } = await visit(chrome);
  await edited(page);
  await prompt(page).click();
  await page.keyboard.type('for i in 1 2; do echo "k$i"');
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("done # twice");
  assert.equal(await written(page), 'for i in 1 2; do echo "k$i"\ndone # twice');
  const colours = await prompt(page).evaluate((e) => Object.fromEntries([...e.querySelectorAll("[class^=tok-]")].map((x) => [x.textContent, x.className])));
  assert.deepEqual(
    [colours.for, colours.done, colours.echo, colours["$i"], colours["# twice"]],
    ["tok-keyword", "tok-keyword", "tok-command", "tok-variable", "tok-comment"],
  );
  assert.equal(await prompt(page).getAttribute("aria-multiline"), "true");
  await page.keyboard.press("Control+z");
  assert.notEqual(await written(page), 'for i in 1 2; do echo "k$i"\ndone # twice');
  await page.keyboard.press("Control+y");
  await page.keyboard.press("Enter");
  await page.getByText("k1\nk2").waitFor();
  assert.equal(await written(page), "");
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await prompt(page).fill("aws kinesis put-record --data 'x' | jq . # y");
    await page.evaluate(axe);
    const found = await page.evaluate(() => axe.run(document.querySelector(".console"), { resultTypes: ["violations"] }));
    assert.deepEqual(found.violations.map((v) => `${colorScheme}: ${v.id}: ${v.nodes[0].html}`), []);
  }
  assert.deepEqual(trouble, []);
  await context.close();
});

test("where the editor does not come, the field is the prompt", async () => {
  const { page, trouble, context, expectTrouble } = await visit(chrome, { serviceWorkers: "block" });
  expectTrouble(/editor|ERR_FAILED|Failed to load/);
  const asked = context.waitForEvent("request", (r) => /\/web\/editor\..*\.js$/.test(r.url()));
  await context.route(/\/web\/editor\..*\.js$/, (route) => route.abort());
  await page.goto(server.url + "/lab");
  await ready(page);
  await asked;
  assert.equal(await type(page, "echo plain"), "plain");
  assert.equal(await prompt(page).evaluate((e) => e.tagName), "TEXTAREA");
  assert.deepEqual(trouble, []);
  await context.close();
});

test("what is typed before the editor comes is kept, with the focus", async () => {
  const { page, trouble, context } = await visit(chrome, { serviceWorkers: "block" });
  let release;
  const held = new Promise((r) => (release = r));
  await context.route(/\/web\/editor\..*\.js$/, async (route) => {
    await held;
    await route.continue();
  });
  await page.goto(server.url + "/lab");
  await ready(page);
  await prompt(page).click();
  await page.keyboard.type("echo ab");
  await page.keyboard.press("ArrowLeft");
  release();
  await page.locator("[contenteditable=true]").waitFor();
  await page.keyboard.type("c");
  assert.equal(await written(page), "echo acb");
  await page.keyboard.press("Enter");
  await page.getByText("acb", { exact: true }).waitFor();
  assert.deepEqual(trouble, []);
  await context.close();
});
