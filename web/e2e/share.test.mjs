// A lab is handed on: as a link that opens the very state elsewhere, as a file, in another page.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { clock, kept, ready, says, settled, type } from "./bench-page.mjs";
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

const state = (page) => type(page, "lab state --query Hash --output text");
const card = (page) => page.getByRole("region", { name: "Share this lab" });

async function share(page, tab) {
  await page.getByRole("button", { name: "Share this lab" }).click();
  if (tab) await card(page).getByRole("tab", { name: tab }).click();
  return card(page);
}

test("a link opens the same state on another profile, to the byte, and nothing is sent to a server", async () => {
  const one = await visit(chrome, { permissions: ["clipboard-read", "clipboard-write"] });
  const sent = [];
  one.context.on("request", (r) => sent.push(r.url() + (r.postData() ?? "")));
  await one.page.goto(server.url + "/lab#start=rush-hour");
  await ready(one.page);
  await type(one.page, "aws kinesis split-shard --stream-name trips --shard-to-split shardId-000000000001 --new-starting-hash-key 170141183460469231731687303715884105728; wait 90s");
  const hash = await state(one.page);
  assert.match(hash, /^[0-9a-f]{64}$/);
  const open = await share(one.page);
  const field = open.getByRole("textbox", { name: "Link to this lab" });
  await says(() => field.inputValue(), /#s=/);
  const link = await field.inputValue();
  assert.ok(link.startsWith(server.url + "/lab#s=A") && link.length < 4000, `the link has ${link.length} characters`);
  await open.getByRole("button", { name: "Copy the link" }).click();
  await open.getByText("Copied.").waitFor();
  assert.equal(await one.page.evaluate(() => navigator.clipboard.readText()), link);
  await one.page.keyboard.press("Escape");
  await open.waitFor({ state: "detached" });
  await one.page.waitForFunction(() => document.activeElement.getAttribute("aria-label") === "Share this lab"); // the focus goes back
  assert.equal((await type(one.page, "lab share")).split("\n").pop(), link, "the console prints the same link");

  const two = await visit(chrome);
  two.context.on("request", (r) => sent.push(r.url() + (r.postData() ?? "")));
  await two.page.goto(link);
  await ready(two.page);
  assert.equal(await state(two.page), hash);
  assert.equal(await clock(two.page), await clock(one.page));
  await two.page.getByText("Somebody shared this lab as it stands.").waitFor();
  const secret = link.split("#s=")[1].slice(9, 60);
  assert.deepEqual(sent.filter((s) => s.includes(secret) || s.includes("SplitShard")), [], "what is shared was sent to a server");

  // What was done since is kept on this device, and beginning again goes back to what was shared.
  await type(two.page, "wait 10s");
  await kept(two.page);
  await two.page.reload();
  await ready(two.page);
  await two.page.getByText("You have opened this link before").waitFor();
  assert.notEqual(await state(two.page), hash);
  await two.page.getByRole("button", { name: "This lab", exact: true }).click();
  await two.page.getByRole("button", { name: "Begin the lab again" }).click();
  await two.page.getByText("You have opened this link before").waitFor({ state: "detached" });
  await ready(two.page);
  assert.equal(await state(two.page), hash);
  for (const v of [one, two]) {
    assert.deepEqual(v.trouble, []);
    await v.context.close();
  }
});

test("a link that is broken says what to do, and the lab that was there is kept", async () => {
  const { page, context, trouble } = await visit(chrome);
  await page.goto(server.url + "/lab#start=steady");
  await ready(page);
  await type(page, "wait 33s");
  const hash = await state(page);
  await kept(page);
  for (const [bad, words] of [["A1234567", "This is no link to a lab"], ["A12345678AAAA", "changed or cut on the way"], ["B12345678AAAA", "made by a newer one"], ["A00000000" + "A".repeat(600_000), "more than the 524288"]]) {
    await page.goto(server.url + "/lab#s=" + bad);
    await page.getByText("This lab does not open").waitFor();
    await page.getByText(words).waitFor();
    await says(() => page.getByRole("link", { name: "Open the lab" }).getAttribute("href"), "/lab");
  }
  await page.goto(server.url + "/lab#start=steady");
  await ready(page);
  assert.equal(await state(page), hash);
  assert.deepEqual(trouble, []);
  await context.close();
});

test("a file opens where it is chosen or dropped, and another file changes nothing", async () => {
  const { page, context, trouble } = await visit(chrome);
  await page.goto(server.url + "/lab");
  await ready(page);
  await type(page, "lab stop-producer --name docks; wait 20s");
  const hash = await state(page);
  const open = await share(page, "File");
  const coming = page.waitForEvent("download");
  await open.getByRole("button", { name: "Save the lab as a file" }).click();
  const file = await coming;
  assert.equal(file.suggestedFilename(), "steady.shardlab.json");
  const text = readFileSync(await file.path(), "utf8");
  assert.equal(JSON.parse(text).log.length, 2, "a header and a command");

  const pick = async (name, content) => {
    const path = join(server.dir, name);
    writeFileSync(path, content);
    const choosing = page.waitForEvent("filechooser");
    await card(page).getByRole("button", { name: "Open a lab's file" }).click();
    await (await choosing).setFiles(path);
  };
  await pick("package.json", '{"name": "x", "version": "1.0.0"}');
  await page.getByText(/package\.json does not open\. This file is not of a lab/).waitFor();
  assert.equal(await state(page), hash);
  await type(page, "wait 5s");
  await share(page, "File");
  await pick("mine.shardlab.json", text);
  await page.getByText("Somebody shared this lab as it stands.").waitFor();
  await ready(page);
  assert.equal(await state(page), hash);

  await page.goto(server.url + "/lab#start=empty");
  await page.getByRole("heading", { name: "An empty account" }).waitFor();
  await page.getByRole("heading", { name: "No stream yet" }).waitFor();
  await ready(page);
  await page.evaluate((content) => {
    const data = new DataTransfer();
    data.items.add(new File([content], "mine.shardlab.json"));
    for (const type of ["dragover", "drop"]) document.getElementById("bench").dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
  }, text);
  await page.getByText("Somebody shared this lab as it stands.").waitFor();
  await ready(page);
  assert.equal(await state(page), hash);
  assert.deepEqual(trouble, []);
  await context.close();
});

test("the bench stands in another page, and no other page of ours does", async () => {
  const { page, context, expectTrouble } = await visit(chrome);
  await page.goto(server.url + "/lab#start=rush-hour");
  await ready(page);
  const open = await share(page, "Embed");
  await open.getByRole("checkbox", { name: "Charts and events" }).uncheck();
  await open.getByRole("checkbox", { name: /Begins where the lab opens/ }).check();
  await open.getByRole("combobox", { name: "Theme" }).selectOption("dark");
  await page.waitForFunction(() => document.querySelector(".share-card [data-text]").value.includes("theme=dark"));
  const field = open.getByRole("textbox", { name: "HTML for your page" });
  await says(() => field.inputValue(), /^<iframe src="http:\/\/127\.0\.0\.1:\d+\/embed#start=rush-hour&amp;panels=console&amp;theme=dark" title="Shardlab: rush-hour" width="100%" height="640" /);
  const html = await field.inputValue();

  const teacher = createServer((_, answer) => answer.setHeader("Content-Type", "text/html").end(`<!doctype html><title>Class</title>${html}<iframe src="${server.url}/lab" title="Not this one"></iframe>`));
  await new Promise((done) => teacher.listen(0, "localhost", done));
  expectTrouble(/frame-ancestors/);
  await page.goto(`http://localhost:${teacher.address().port}/`);
  const frame = page.frameLocator('iframe[title="Shardlab: rush-hour"]');
  await frame.getByRole("button", { name: "Play", exact: true, disabled: false }).waitFor();
  await frame.getByRole("tab", { name: "Console" }).waitFor();
  assert.equal(await frame.getByRole("region", { name: "Charts and events" }).count(), 0);
  assert.equal(await frame.getByRole("link", { name: "Course" }).count(), 0);
  await says(() => frame.locator("html").getAttribute("data-theme"), "dark");
  await says(() => frame.getByRole("link", { name: "Open in Shardlab" }).getAttribute("href"), /^\/lab#start=rush-hour/);
  await frame.getByText("What you do here is not kept").waitFor();
  const other = page.frames().find((f) => f !== page.mainFrame() && !f.url().includes("/embed"));
  assert.equal(await other.locator("#title").count().catch(() => 0), 0, "another page of ours is framed");
  teacher.close();
  await context.close();
});

test("what stands on the stage is taken to AWS, in each form, by the card as by the console", async () => {
  const { page, context, trouble } = await visit(chrome);
  await page.goto(server.url + "/lab#start=steady");
  await ready(page);
  const hash = await state(page);
  const open = await share(page, "Take it to AWS");
  for (const [form, words, file] of [["CloudFormation", "Type: AWS::Kinesis::Stream", "lab.yaml"], ["Terraform", 'resource "aws_kinesis_stream" "trips"', "main.tf"], ["AWS CLI", "aws kinesis create-stream --stream-name trips --shard-count 4", "lab.sh"], ["Go clients", "client.PutRecords(ctx,", "main.go"], ["Python clients", "client.put_records(", "lab.py"]]) {
    await open.getByRole("button", { name: form, exact: true }).click();
    const field = open.getByRole("textbox", { name: form + ", to take along" });
    await says(async () => (await field.inputValue()).includes(words) || `${form} has no ${words}`, true);
    const text = await field.inputValue();
    const coming = page.waitForEvent("download");
    await open.getByRole("button", { name: "Save as " + file }).click();
    assert.equal(readFileSync(await (await coming).path(), "utf8").trimEnd(), text.trimEnd());
  }
  await page.keyboard.press("Escape");
  await open.waitFor({ state: "detached" });
  assert.match(await type(page, "lab export terraform | grep -c ^resource"), /^\d+$/);
  assert.match(await type(page, "lab export pulumi"), /there is no form "pulumi"/);
  assert.equal(await state(page), hash, "it leaves no trace");
  assert.deepEqual(trouble, []);
  await context.close();
});

test("the card is whole for a keyboard and a screen reader, in both lights and on a phone", async () => {
  const axe = readFileSync(new URL("../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
  for (const options of [{ colorScheme: "light" }, { colorScheme: "dark", viewport: { width: 390, height: 844 } }]) {
    const { page, context, trouble } = await visit(chrome, { ...options, bypassCSP: true });
    await page.goto(server.url + "/lab");
    await ready(page);
    const open = await share(page);
    await open.getByRole("button", { name: "Copy the link" }).waitFor();
    for (const tab of ["link", "file", "embed", "aws"]) {
      if (tab === "aws") await open.getByRole("textbox", { name: "CloudFormation, to take along" }).waitFor();
      await page.waitForFunction((id) => document.activeElement.id === id, "share-" + tab);
      await settled(page);
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => axe.run(document.querySelector(".share-card")));
      assert.deepEqual(violations.map((v) => v.id), []);
      await page.keyboard.press("ArrowRight");
    }
    assert.deepEqual(trouble, []);
    await context.close();
  }
});
