// The console as a shell: its prompt is an editor that comes after the page, and a plain field where it does not come.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { ready, says, settled, type } from "./bench-page.mjs";
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

/** Waits until that stands in the prompt, line by line. */
const written = (page, want) => says(() => page.evaluate(() => document.getElementById("bench-prompt").value), want);

/** Waits until what is typed goes to the prompt. */
const prompted = (page) => page.waitForFunction(() => document.activeElement.isContentEditable);

/** Waits until the prompt is the editor. */
async function edited(page) {
  await page.goto(server.url + "/lab");
  await ready(page);
  await page.locator("[contenteditable=true]").waitFor();
}

test("the prompt is an editor: colours, several lines, undo, and what it says of itself", async () => {
  const { page, trouble, context } = await visit(chrome);
  await edited(page);
  await prompt(page).click();
  await page.keyboard.type('for i in 1 2; do echo "k$i"');
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("done # twice");
  await written(page, 'for i in 1 2; do echo "k$i"\ndone # twice');
  await says(async () => { // a slow machine colours after the key
    const colours = await prompt(page).evaluate((e) => Object.fromEntries([...e.querySelectorAll("[class^=tok-]")].map((x) => [x.textContent, x.className])));
    return [colours.for, colours.done, colours.echo, colours["$i"], colours["# twice"]];
  }, ["tok-keyword", "tok-keyword", "tok-command", "tok-variable", "tok-comment"]);
  assert.equal(await prompt(page).getAttribute("aria-multiline"), "true");
  await page.keyboard.press("Control+z");
  await written(page, /(?<!# twice)$/);
  await page.keyboard.press("Control+y");
  await written(page, 'for i in 1 2; do echo "k$i"\ndone # twice');
  await page.keyboard.press("Enter");
  await page.getByText("k1\nk2").waitFor();
  await written(page, "");
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await prompt(page).fill("aws kinesis put-record --data 'x' | jq . # y");
    await settled(page);
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
  await prompted(page);
  await page.keyboard.type("c");
  await written(page, "echo acb");
  await page.keyboard.press("Enter");
  await page.getByText("acb", { exact: true }).waitFor();
  assert.deepEqual(trouble, []);
  await context.close();
});

test("Ctrl+R searches what was run, and the arrows bring it back", async () => {
  const { page, trouble, context } = await visit(chrome);
  await edited(page);
  for (const line of ["echo first", "aws kinesis list-streams --query 'StreamNames[0]'", "echo second\necho third"]) await type(page, line);
  await prompt(page).click();
  await page.keyboard.press("ArrowUp");
  await written(page, "echo second\necho third");
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Delete");
  await written(page, "");
  await page.keyboard.press("Control+r");
  const past = page.getByRole("listbox", { name: "What was run" });
  await says(() => past.getByRole("option").allInnerTexts(), ["echo second ⏎ and 1 line more", "aws kinesis list-streams --query 'StreamNames[0]'", "echo first"]);
  await page.keyboard.type("echo");
  await past.getByText("1 of 2").waitFor();
  await page.keyboard.press("Control+r");
  await past.getByRole("option", { name: "echo first", selected: true }).waitFor();
  await settled(page);
  await page.evaluate(axe);
  const found = await page.evaluate(() => axe.run(document.querySelector(".console"), { resultTypes: ["violations"] }));
  assert.deepEqual(found.violations.map((v) => `${v.id}: ${v.nodes[0].html}`), []);
  await page.keyboard.press("Enter");
  await written(page, "echo first");
  await past.waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Search what was run" }).click();
  await page.getByRole("option", { name: "echo first" }).waitFor();
  await prompted(page);
  await page.keyboard.press("Escape");
  await past.waitFor({ state: "detached" });
  await page.keyboard.press("Control+a");
  await page.keyboard.type("zzz");
  await page.keyboard.press("Control+r");
  await page.getByText("Nothing was run that holds this").waitFor();
  await page.keyboard.press("Escape");
  await written(page, "zzz");
  assert.deepEqual(trouble, []);
  await context.close();
});

test("completion knows commands, options, streams, shards and buckets, and goes on with a space", async () => {
  const { page, trouble, context } = await visit(chrome);
  await edited(page);
  await type(page, "aws s3 mb s3://rides-7");
  await prompt(page).click();
  const tab = async (text, until) => {
    await page.keyboard.type(text);
    await page.keyboard.press("Tab");
    await written(page, until);
  };
  await tab("aws kine", "aws kinesis ");
  await tab("split-s", "aws kinesis split-shard ");
  await tab("--stream-n", "aws kinesis split-shard --stream-name ");
  await tab("tr", "aws kinesis split-shard --stream-name trips ");
  await page.keyboard.type("--shard-to-split ");
  await page.keyboard.press("Tab");
  const offered = page.getByRole("listbox", { name: "Completions" });
  await says(() => offered.getByRole("option", { selected: true }).innerText(), "shardId-000000000000");
  await page.keyboard.press("ArrowDown");
  await offered.getByRole("option", { selected: true, name: "shardId-000000000001" }).waitFor();
  await page.keyboard.press("Enter");
  await written(page, "aws kinesis split-shard --stream-name trips --shard-to-split shardId-000000000001 ");
  await page.keyboard.press("Control+a");
  await tab("aws s3 ls s3://rid", "aws s3 ls s3://rides-7/");
  assert.deepEqual(trouble, []);
  await context.close();
});

test("what is pasted keeps its lines and runs as a script; Ctrl+C and Ctrl+L do what a shell's do", async () => {
  const { page, trouble, context } = await visit(chrome);
  await edited(page);
  await prompt(page).click();
  await page.evaluate(() => {
    const data = new DataTransfer();
    data.setData("text/plain", "n=0\nfor i in a b; do\n  n=$((n + 1))\ndone\necho $n $(seq 2 | awk '{s += $1} END {print s}')\n");
    document.querySelector("[contenteditable=true]").dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
  });
  await written(page, /^n=0\nfor i in a b; do\n  n=\$\(\(n \+ 1\)\)\ndone\necho .*\n$/);
  await page.keyboard.press("Control+End");
  await page.keyboard.press("Enter");
  await page.getByText("2 3", { exact: true }).waitFor();
  await page.keyboard.type("while true; do seq 9999 > f; done"); // a quick engine is not through with it before it is stopped
  await page.keyboard.press("Enter");
  await page.locator('[role="log"] .entry-busy').waitFor();
  await page.keyboard.press("Control+c");
  await page.getByText("Interrupted.").waitFor();
  await page.keyboard.press("Control+l");
  await page.getByText("2 3", { exact: true }).waitFor({ state: "detached" });
  assert.match(await type(page, "help shel"), /Did you mean help shell/);
  assert.match(await type(page, "aws kinesis list-shards --stream-name trips --query 'Shards[0]' --output yaml"), /^HashKeyRange:\n {2}EndingHashKey: '\d+'/);
  assert.deepEqual(trouble, []);
  await context.close();
});
