// The sandbox's editor: deeds are undone and redone, a lab begins from a template, the scenario is text beside the picture, and a
// pipeline is built by hand.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ready, type } from "./bench-page.mjs";
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

async function open(address, options) {
  const v = await visit(chrome, options);
  await v.page.goto(server.url + address);
  await ready(v.page);
  return v;
}

const button = (page, name) => page.getByRole("button", { name, exact: true });

test("a deed is undone and redone by button, by keys and in the console, and told", async () => {
  const { page, trouble, context } = await open("/lab#start=empty");
  assert.equal(await button(page, "Undo").getAttribute("aria-disabled"), "true");
  assert.equal(await button(page, "Undo").getAttribute("title"), "Nothing to undo");
  const line = "aws kinesis create-stream --stream-name rides --shard-count 2";
  await type(page, line);
  const there = page.getByRole("button", { name: "rides", exact: true });
  await there.waitFor();
  assert.equal(await button(page, "Undo").getAttribute("title"), `Undo: ${line} (Ctrl+Z)`);
  await button(page, "Undo").click();
  await page.getByText(`Undone: ${line}`).waitFor();
  await there.waitFor({ state: "detached" });
  await page.keyboard.press("Control+Shift+Z");
  await page.getByText(`Done again: ${line}`).waitFor();
  await there.waitFor();
  await page.keyboard.press("Control+z");
  await there.waitFor({ state: "detached" });
  assert.match(await type(page, "lab redo"), /^Done again: aws kinesis create-stream/);
  await there.waitFor();
  // In a text field the keys are the field's own.
  await page.getByRole("textbox", { name: /Console/ }).focus();
  await page.keyboard.press("Control+z");
  await there.waitFor();
  assert.match(await type(page, "lab redo"), /There is nothing to redo/);
  assert.deepEqual(trouble, []);
  await context.close();
});
