// The sandbox's editor: deeds are undone and redone, a lab begins from a template, the scenario is text beside the picture, and a
// pipeline is built by hand.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { eventually, kept, ready, says, settled, type } from "./bench-page.mjs";
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

const axe = readFileSync(new URL("../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");

async function violations(page, part = "body") {
  await settled(page);
  await page.evaluate(axe);
  const found = await page.evaluate((p) => axe.run(document.querySelector(p), { resultTypes: ["violations"] }), part);
  return found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`);
}

const button = (page, name) => page.getByRole("button", { name, exact: true });

test("a deed is undone and redone by button, by keys and in the console, and told", async () => {
  const { page, trouble, context } = await open("/lab#start=empty");
  await says(() => button(page, "Undo").getAttribute("title"), "Nothing to undo");
  assert.equal(await button(page, "Undo").getAttribute("aria-disabled"), "true");
  const line = "aws kinesis create-stream --stream-name rides --shard-count 2";
  await type(page, line);
  const there = page.getByRole("button", { name: "rides", exact: true });
  await there.waitFor();
  await says(() => button(page, "Undo").getAttribute("title"), `Undo: ${line} (Ctrl+Z)`);
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

test("the sandbox says what runs, and begins from another template that is picked by keyboard", async () => {
  const { page, trouble, context } = await open("/lab");
  await page.getByRole("heading", { name: "Lab: A steady stream" }).waitFor();
  await page.getByText("Look at this:").waitFor();
  await button(page, "Templates").press("Enter");
  const picker = page.getByRole("dialog", { name: "Templates" });
  const cards = picker.getByRole("link");
  await cards.nth(12).waitFor();
  await says(() => cards.first().textContent(), /^An empty account.* Parts: nothing yet\.$/);
  const focused = () => page.evaluate(() => document.activeElement.getAttribute("href"));
  await page.waitForFunction(() => document.activeElement.getAttribute("href") === "/lab#start=steady");
  await page.keyboard.press("Home");
  await says(focused, "/lab#start=empty");
  await page.keyboard.press("ArrowDown");
  await says(focused, /^\/lab#start=(?!empty$)/); // down is another row
  await page.keyboard.press("Escape");
  await picker.waitFor({ state: "detached" });
  await page.waitForFunction(() => document.activeElement.textContent === "Templates"); // the focus is where it was
  for (const theme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    await button(page, "Templates").click();
    await cards.first().waitFor();
    assert.deepEqual(await violations(page, ".sandbox-bar"), [], theme);
    await page.keyboard.press("Escape");
    await picker.waitFor({ state: "detached" });
  }
  await button(page, "Templates").click();
  await picker.getByRole("link", { name: /^Order processing/ }).click();
  await page.getByRole("heading", { name: "Lab: Order processing" }).waitFor();
  await ready(page);
  await page.getByRole("button", { name: /^KCL application payment, reads/ }).waitFor();
  assert.deepEqual(trouble, []);
  await context.close();
});

test("the scenario stands beside the picture as a text, and both are edited", async () => {
  const { page, trouble, context } = await open("/lab#start=steady");
  await page.getByRole("tab", { name: "Scenario" }).first().click();
  const field = page.locator("#scenario-text"); // the editor stands in its place and answers for it
  const text = () => field.evaluate((a) => a.value);
  const contains = (words) => page.waitForFunction((w) => document.getElementById("scenario-text").value.includes(w), words);
  const write = (from, to) => field.evaluate((a, [f, t]) => { a.value = a.value.replace(f, t); a.dispatchEvent(new Event("input", { bubbles: true })); }, [from, to]);
  await contains("\n[0s]\naws kinesis create-stream --stream-name trips --shard-count 4\n");
  // A deed on the picture is a line at once.
  await button(page, "This lab").click();
  await page.getByRole("button", { name: "Create a bucket…" }).click();
  await page.getByRole("form", { name: "Create a bucket" }).getByRole("button", { name: "Create bucket" }).click();
  await contains("\n[you]\n[20s]\naws s3api create-bucket --bucket lake\n");
  // A flaw is told where it is, and nothing is lost.
  await write("--shard-count 4", "--shard-count four");
  await button(page, "Apply").click();
  const flaw = page.getByRole("list", { name: "What is wrong" }).getByRole("button");
  await says(() => flaw.innerText(), /^Line 8, column 61 invalid literal.*'four'/);
  assert.ok((await text()).includes("--shard-count four"), "what was typed stays");
  for (const theme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    assert.deepEqual(await violations(page, ".dock-left"), [], theme);
  }
  await flaw.click();
  await page.waitForFunction(() => {
    const a = document.getElementById("scenario-text");
    return a.value.slice(a.selectionStart).split("\n")[0] === "four" && document.activeElement.closest(".dock-left .editor");
  });
  // Applied, the lab is another one at the same instant, with what was done in it.
  await write("--shard-count four", "--shard-count 2");
  await page.keyboard.press("Control+Enter");
  await page.getByText("Applied. The lab was opened from this text").waitFor();
  await page.getByText("2 open").first().waitFor();
  await says(() => page.locator(".clock-now").innerText(), "00:00:20.0");
  await button(page, "Undo").click();
  await page.getByText("Undone: aws s3api create-bucket").waitFor();
  await page.waitForFunction(() => !document.getElementById("scenario-text").value.includes("[you]"));
  // As a file, and back.
  const coming = page.waitForEvent("download");
  await button(page, "Download the scenario as a file").click();
  const file = await coming;
  assert.equal(file.suggestedFilename(), "steady.lab.txt");
  assert.equal(readFileSync(await file.path(), "utf8"), await text());
  const choosing = page.waitForEvent("filechooser");
  await button(page, "Open a scenario from a file").click();
  await (await choosing).setFiles({ name: "mine.lab.txt", mimeType: "text/plain", buffer: Buffer.from((await text()).replace("--shard-count 2", "--shard-count 3")) });
  await page.getByText("mine.lab.txt is open. Apply it to see it run.").waitFor();
  await button(page, "Apply").click();
  await page.getByText("3 open").first().waitFor();
  // It is kept on this device.
  await kept(page, /"ShardCount":3/);
  await page.reload();
  await ready(page);
  await page.getByText("3 open").first().waitFor();
  assert.deepEqual(trouble, []);
  await context.close();
});

test("a pipeline is built by hand: a part of each kind, wired where it is to go", async () => {
  const { page, trouble, context } = await open("/lab#start=steady");
  const form = (name) => page.getByRole("form", { name, exact: true });
  await button(page, "Add a part").click();
  await form("Add a part").getByRole("button", { name: /^Data stream/ }).click();
  await form("Create a stream").getByRole("textbox", { name: "Name" }).fill("alerts");
  await form("Create a stream").getByRole("button", { name: "Create stream" }).click();
  await type(page, "wait 15s");
  // A writer is wired to the other stream than the one on the stage, and a name that is taken is refused in words.
  await button(page, "Add a part").click();
  await form("Add a part").getByRole("button", { name: /^AWS SDK Your own code calls PutRecord/ }).click();
  const writer = form("Add a producer");
  await writer.getByRole("textbox", { name: "Name", exact: true }).fill("bikes");
  await writer.getByRole("combobox", { name: "Writes to" }).selectOption("alerts");
  await writer.getByRole("button", { name: "Add producer" }).click();
  await writer.getByText(/^There is a bikes already/).waitFor();
  await writer.getByRole("textbox", { name: "Name", exact: true }).fill("alarms");
  await writer.getByRole("button", { name: "Add producer" }).click();
  await writer.waitFor({ state: "detached" });
  assert.match(await type(page, "lab producers"), /alarms +alerts/);
  // A Firehose stream to a destination that is not S3, with the far end that it needs.
  await button(page, "Add a part").click();
  await form("Add a part").getByRole("button", { name: /^Firehose stream/ }).click();
  const hose = form("Create a Firehose stream");
  await hose.getByRole("combobox", { name: "Delivers" }).selectOption("splunk");
  await says(() => hose.getByRole("textbox", { name: "Its name" }).inputValue(), "hec");
  await says(() => hose.getByRole("spinbutton", { name: "Buffer interval, s" }).inputValue(), "60");
  await hose.getByRole("combobox", { name: "Compression" }).waitFor({ state: "detached" }); // what S3 alone has is not shown
  await hose.getByRole("button", { name: "Create Firehose stream" }).click();
  await hose.waitFor({ state: "detached" });
  assert.match(await type(page, "lab sinks"), /hec +splunk/);
  // The three steps of the form are one deed.
  await button(page, "Undo").click();
  await page.getByText(/^Undone: aws s3api create-bucket|^Undone: lab put-sink/).waitFor();
  assert.match(await type(page, "lab sinks"), /No sinks/);
  assert.deepEqual(trouble, []);
  await context.close();
});

test("a connection is drawn by hand, by dragging and by keyboard, and what cannot be says why", async () => {
  const { page, trouble, context } = await open("/lab", { bypassCSP: true, colorScheme: "dark" });
  await type(page, "aws kinesis create-stream --stream-name rides --shard-count 2; aws s3 mb s3://lake; aws firehose create-delivery-stream --delivery-stream-name raw --extended-s3-destination-configuration RoleARN=arn:aws:iam::123456789012:role/firehose_delivery_role,BucketARN=arn:aws:s3:::lake; lab put-kpl-producer --name fleet --stream-name trips --records-per-second 50; wait 20s");
  const stream = page.getByLabel("Stream on the stage");
  await stream.selectOption("trips");
  const docks = page.getByRole("button", { name: /^Producer docks,/ });
  await docks.waitFor();
  const tray = page.getByRole("status").filter({ has: page.getByRole("listitem") });
  const drag = async (handle, to, words) => {
    await button(page, handle).hover(); // which waits until it stands
    const a = await button(page, handle).boundingBox();
    await page.mouse.down();
    await page.mouse.move(a.x + 90, a.y + 40, { steps: 4 });
    await over(tray.getByRole("listitem").filter({ hasText: to }), words);
  };
  /** Moves the mouse over what stands where it stands, until the page says what letting go would do. */
  const over = async (target, words) => {
    await eventually(async () => {
      const b = await target.boundingBox();
      await page.mouse.move(b.x + b.width / 2 + 4, b.y + b.height / 2);
      await page.mouse.move(b.x + b.width / 2, b.y + b.height / 2);
      await page.getByText(words).first().waitFor({ timeout: 1000 });
    });
  };

  await drag("Connect docks to…", "rides", "docks writes to rides from now on.");
  assert.deepEqual(await violations(page), []);
  await page.keyboard.press("Escape");
  await tray.waitFor({ state: "detached" });
  await page.mouse.up();
  assert.equal(await page.getByText("The same in the console").count(), 0, "a wire that is given up does nothing");

  await drag("Connect docks to…", "rides", "docks writes to rides from now on.");
  await page.mouse.up();
  await page.getByText("lab put-producer --name docks --stream-name rides", { exact: true }).waitFor();
  await docks.waitFor({ state: "detached" });
  await stream.selectOption("rides");
  await docks.waitFor();
  await button(page, "Undo").click();
  await docks.waitFor({ state: "detached" });
  await stream.selectOption("trips");
  await docks.waitFor();

  const why = /The KPL packs records by the shard they go to, and a Firehose stream has none/;
  await drag("Connect fleet to…", "raw", why);
  await page.mouse.up();
  await tray.waitFor({ state: "detached" });
  await page.getByText(why).waitFor();

  await button(page, "Let billing read…").press("Enter");
  const form = page.getByRole("form", { name: "Let billing read" });
  await form.waitFor();
  await says(() => form.getByRole("button", { name: /^Firehose raw A Firehose stream is not read/ }).getAttribute("aria-disabled"), "true");
  assert.deepEqual(await violations(page), []);
  await form.getByRole("button", { name: /^Stream rides billing reads rides from now on/ }).press("Enter");
  await page.getByText("lab put-consumer --name billing --stream-name rides", { exact: true }).waitFor();
  await form.waitFor({ state: "detached" });

  await button(page, "What to do with bikes").click();
  await button(page, "Connect to…").click();
  await page.getByRole("form", { name: "Connect bikes to" }).waitFor();
  await page.keyboard.press("Escape");

  await button(page, "All").click();
  const all = page.getByRole("list", { name: /All parts of the lab/ });
  const raw = all.getByRole("listitem").filter({ hasText: "raw" });
  const handle = all.getByRole("button", { name: "Connect docks to…" });
  await handle.hover();
  const from = await handle.boundingBox();
  await page.mouse.down();
  await page.mouse.move(from.x + 60, from.y, { steps: 3 });
  await over(raw, "docks writes to raw from now on.");
  await page.mouse.up();
  await page.getByText("lab put-producer --name docks --delivery-stream-name raw", { exact: true }).waitFor();
  await says(() => all.getByRole("button", { name: /^Producer docks/ }).getAttribute("aria-label"), /to raw/);
  assert.deepEqual(trouble, []);
  await context.close();
});

test("the scenario, a change of the stream and a template are found by their words", async () => {
  const { page, trouble, context } = await open("/lab#start=steady");
  const find = async (words, first) => {
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: "Find a command" }).fill(words);
    await page.getByRole("option", { name: first, selected: true }).waitFor();
    await page.keyboard.press("Enter");
  };
  await find("scenario", /^Scenario/);
  await page.getByRole("tab", { name: "Scenario", selected: true }).first().waitFor();
  await page.waitForFunction(() => document.getElementById("scenario-text")?.value.includes("aws kinesis create-stream"));
  await page.keyboard.press("Escape");
  await find("trips retention", /^Stream trips: Retention…/);
  await page.getByRole("form", { name: /retention/i }).waitFor();
  await page.keyboard.press("Escape");
  await find("begin from order", /^Begin from: Order processing/);
  await page.getByRole("heading", { name: "Lab: Order processing" }).waitFor();
  assert.deepEqual(trouble, []);
  await context.close();
});

test("a program in a form has the editor: its flaw is marked, Tab goes on, and a phone has it too", async () => {
  for (const [theme, viewport] of [["light", { width: 1440, height: 900 }], ["dark", { width: 390, height: 844 }]]) {
    const { page, trouble, context } = await open("/lab#start=steady", { colorScheme: theme, viewport, bypassCSP: true });
    const part = async (name) => {
      await button(page, "Add a part").click();
      await page.getByRole("form", { name: "Add a part" }).getByRole("button", { name }).click();
    };
    if (viewport.width < 500) await page.getByRole("tab", { name: "Stage" }).click();
    await part(/^Lambda function/);
    const code = page.getByRole("textbox", { name: "index.js" });
    await page.locator('.editor[data-language="javascript"] .tok-keyword').first().waitFor();
    await code.fill("exports.handler = async (event) => {\n  return event.Records.length +;\n};");
    await page.keyboard.press("Tab");
    await page.getByText("Line 2, column 32: JavaScript does not go on like this.").waitFor();
    await says(() => page.locator('.editor[data-language="javascript"] .flaw-line').innerText(), "  return event.Records.length +;");
    assert.ok(await page.evaluate(() => !document.activeElement.closest(".editor") && document.activeElement.closest("form")), "Tab goes on to what follows");
    assert.deepEqual(await violations(page, ".form-card"), [], theme);
    await page.getByLabel("Begin with").selectOption("fails"); // what the form puts there is looked at too
    await page.getByText("JavaScript does not go on like this.").waitFor({ state: "detached" });
    await page.locator('.editor[data-language="javascript"] .flaw-line').waitFor({ state: "detached" });
    await code.fill("exports.handler = async () => 1 +;");
    await page.keyboard.press("Tab");
    await page.getByText("JavaScript does not go on like this.").waitFor();
    await code.fill("exports.handler = async () => 1;");
    await page.keyboard.press("Tab");
    await page.getByText("JavaScript does not go on like this.").waitFor({ state: "detached" });
    await button(page, "Cancel").click();
    await part(/^Continuous SQL/);
    const sql = page.getByRole("textbox", { name: "ApplicationCode" });
    await page.locator('.editor[data-language="sql"] .tok-keyword').first().waitFor();
    await sql.fill('SELECT STREAM\n  "bike" FORM "SOURCE_SQL_STREAM_001"');
    await button(page, "Add SQL application").click();
    await page.locator('.editor[data-language="sql"] .flaw-line').waitFor();
    await sql.focus();
    await page.keyboard.press("Tab"); // who leaves the text finds the engine's mark as it was
    await page.waitForFunction(() => document.activeElement.closest("form") && !document.activeElement.closest(".editor"));
    await page.locator('.editor[data-language="sql"] .flaw-line').waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, "nothing is wider than the page");
    if (process.env.PICTURES) await page.screenshot({ path: `${process.env.PICTURES}/form-${theme}.png` });
    assert.deepEqual(trouble, []);
    await context.close();
  }
});
