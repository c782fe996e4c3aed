// The stage: many shards as a heat bar, zoom and pan by keyboard, wheel, drag and touch; all of the lab, the hash ring, lineage.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { eventually, ready, says, settled, type } from "./bench-page.mjs";
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

async function bench(path, options) {
  const v = await visit(chrome, { bypassCSP: true, ...options });
  await v.page.goto(server.url + path);
  await ready(v.page);
  return v;
}

async function holds(page, name) {
  await settled(page);
  await page.evaluate(axe);
  const found = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  assert.deepEqual(found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(" ")}`), [], name);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), name + " is no wider than the screen");
}

const large = "aws kinesis create-stream --stream-name big --shard-count 200; wait 30s; lab put-producer --name load --stream-name big --records-per-second 9000 --batch 100 --keys Kind=skewed,Count=300,Share=0.3; lab put-consumer --name board --stream-name big; wait 3s";
const zoom = (page) => page.getByRole("button", { name: /^Zoom \d+ %/ }).innerText();
const seen = (page) => page.evaluate(() => { const p = document.getElementById("bench-stage"); return [p.scrollLeft, p.scrollTop, p.scrollHeight, p.clientHeight]; });

test("200 shards are a heat bar that is read by keyboard, and lanes when one comes nearer", async () => {
  const { page, trouble, context } = await bench("/lab#start=empty");
  await type(page, large);
  const grid = page.getByRole("grid", { name: /Shards of big/ });
  const cells = grid.getByRole("gridcell");
  await cells.nth(199).waitFor();
  await says(() => cells.count(), 200);
  await eventually(async () => {
    const [, , high, room] = await seen(page);
    assert.ok(high <= room + 1, "all of it is in sight");
  });
  const hot = grid.getByRole("gridcell", { name: /refuses writes/ });
  await says(() => hot.count(), 1); // one key, one shard that refuses
  await says(() => hot.innerText(), /✕/); // and that is no colour alone

  await cells.first().focus();
  const at = () => page.evaluate(() => Number(/^shard (\d+),/.exec(document.activeElement.getAttribute("aria-label"))[1]));
  await says(at, 0);
  await page.keyboard.press("ArrowDown");
  await eventually(async () => assert.ok((await at()) > 1, "down is another row"));
  const below = await at();
  await page.keyboard.press("ArrowRight");
  await says(at, below + 1);
  const number = String(below + 1);
  const tip = page.getByRole("tooltip").filter({ hasText: `shardId-${number.padStart(12, "0")}` });
  await says(() => tip.innerText(), new RegExp(`shardId-0*${number}\\n[0-9a-f]{4}… to [0-9a-f]{4}…[^]*of 1,000 records/s[^]*of 1 MiB/s[^]*of 2 MiB/s read[^]*of 5 reads/s`));
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: new RegExp(`shardId-0*${number}$`) }).waitFor();

  await cells.first().focus();
  for (const at of ["125 %", "150 %", "200 %"]) {
    await page.keyboard.press("+");
    await page.getByRole("button", { name: `Zoom ${at}. Show it as it was` }).waitFor();
    if (at === "125 %") await page.getByRole("button", { name: "Zoom in" }).focus(); // the cells are gone
  }
  await grid.waitFor({ state: "detached" });
  const lanes = page.getByRole("button", { name: /^shardId-\d+, open/ });
  await eventually(async () => {
    const drawn = await lanes.count();
    assert.ok(drawn >= 10 && drawn < 60, `${drawn} lanes are drawn where some twenty are seen`);
  });
  const [, before] = await seen(page);
  await page.mouse.move(720, 400);
  await page.mouse.wheel(0, 1500);
  await page.waitForFunction((y) => document.getElementById("bench-stage").scrollTop > y + 500, before);
  await page.waitForFunction(() => { // the clients come along
    const card = document.querySelector('[aria-label^="Producer load,"]')?.getBoundingClientRect();
    return card && card.y > 100 && card.y < 560;
  });
  await page.keyboard.press("0");
  await grid.waitFor();
  await says(() => zoom(page), "100 %");
  await holds(page, "heat bar");
  assert.deepEqual(trouble, []);
  await context.close();
});

test("a lane shows how far each reader has come, in words, by signs and as a bar", async () => {
  const { page, trouble, context } = await bench("/lab", { colorScheme: "dark" });
  await type(page, "lab put-consumer --name slow --stream-name trips --records-per-second 200; wait 8s");
  const lanes = page.getByRole("button", { name: /^shardId-\d+, open.*slow [\d.]+ s behind, [\d,]+ records? unread/ });
  await lanes.first().waitFor();
  const most = await eventually(async () => {
    const card = await page.getByRole("button", { name: /^Consumer slow, reads/ }).getAttribute("aria-label");
    const [, most] = /, ([\d.]+) s behind the newest/.exec(card);
    const lags = [];
    for (const lane of await lanes.all()) lags.push(Number(/slow ([\d.]+) s behind/.exec(await lane.getAttribute("aria-label"))[1]));
    assert.equal(Math.max(...lags), Number(most), "the lane that is furthest behind is what the card tells");
    return most;
  });
  await page.getByText(`slow ${most} s behind`, { exact: true }).waitFor();
  const signs = page.getByTitle(/^slow [\d.]+ s behind/).filter({ hasText: /^$/ });
  const quick = page.getByTitle("board has read all");
  await eventually(async () => {
    const [a, b] = [await signs.first().boundingBox(), await quick.first().boundingBox()];
    assert.ok(a.x > b.x + 20, "who is behind hangs further along the lane");
  });
  await page.getByText(/A reader's sign hangs where it has come to/).waitFor();
  await holds(page, "lag");
  await type(page, "lab put-consumer --name slow --records-per-second 0; wait 8s");
  await lanes.first().waitFor({ state: "detached" });
  assert.deepEqual(trouble, []);
  await context.close();
});

test("an alarm and the function that it invokes stand under the lanes, and among all parts", async () => {
  const { page, trouble, context } = await bench("/lab#start=alarm-and-scaler");
  const alarm = page.getByRole("button", { name: /^CloudWatch alarm rides-hot, INSUFFICIENT_DATA, Sum of IncomingRecords in 1 min above 96,000, invokes auto/ });
  await alarm.waitFor();
  const scaler = page.getByRole("button", { name: /^Function that scales auto, 1 to 200 shards, by 2, not invoked yet/ });
  await eventually(async () => {
    const [a, b, lane] = [await alarm.boundingBox(), await scaler.boundingBox(), await page.getByRole("button", { name: /^shardId-0+1, open/ }).boundingBox()];
    assert.ok(a.y >= lane.y + lane.height && Math.abs(a.y - b.y) < 2 && a.x + a.width < b.x, "under the lanes, one beside the other");
  });
  await type(page, "wait 200s");
  await page.getByRole("button", { name: /^CloudWatch alarm rides-hot, ALARM,/ }).or(page.getByRole("button", { name: /^CloudWatch alarm rides-hot, OK,/ })).waitFor();
  await page.getByRole("button", { name: /^Function that scales auto, .* scaled at 18:0\d:\d\d, 1 time in all/ }).waitFor();
  await holds(page, "alarm and scaler");
  await page.getByRole("button", { name: "What to do with rides-hot" }).click();
  await page.getByRole("button", { name: "Inspect", exact: true }).click();
  await page.getByRole("heading", { name: "rides-hot" }).waitFor();
  await page.getByRole("button", { name: "All", exact: true }).click();
  const all = page.getByRole("list", { name: /All parts of the lab/ });
  await says(() => all.getByRole("button", { name: /^Alarm rides-hot/ }).getAttribute("aria-label"), /to auto/);
  await says(() => all.getByRole("button", { name: /^Scaler auto/ }).getAttribute("aria-label"), /to rides/);
  await page.getByRole("button", { name: "Shards", exact: true }).click();
  await page.getByRole("button", { name: "What to do with auto" }).click();
  await page.locator(".menu").getByRole("button", { name: "Delete", exact: true }).click(); // the sheet of rides-hot has one too
  await scaler.waitFor({ state: "detached" });
  await page.getByText("lab delete-scaler --name auto").first().waitFor();
  assert.deepEqual(trouble, []);
  await context.close();
});

test("a wheel with Ctrl comes nearer to where the pointer is, and a mouse that drags moves the stage", async () => {
  const { page, trouble, context } = await bench("/lab", { colorScheme: "dark" });
  await page.mouse.move(720, 330);
  await page.keyboard.down("Control");
  for (let i = 0; i < 4; i++) await page.mouse.wheel(0, -120);
  await page.keyboard.up("Control");
  await page.waitForFunction(() => parseInt(document.querySelector(".sight-now").textContent) > 320);
  await page.waitForFunction(() => document.getElementById("bench-stage").scrollTop > 20);
  let before = await seen(page);
  await eventually(async () => { // the last turn of the wheel is through
    const was = before;
    await page.waitForTimeout(300);
    assert.deepEqual((before = await seen(page)), was);
  });
  await page.mouse.move(720, 330);
  await page.mouse.down();
  await page.mouse.move(660, 300, { steps: 4 });
  await page.mouse.up();
  await eventually(async () => {
    const after = await seen(page);
    assert.ok(Math.abs(after[0] - before[0] - 60) < 4 && Math.abs(after[1] - before[1] - 30) < 4, `the stage went from ${before} to ${after}`);
  });
  await page.getByRole("tab", { name: "Console", selected: true }).waitFor(); // a drag is no press: nothing is inspected
  await holds(page, "near");
  assert.deepEqual(trouble, []);
  await context.close();
});

test("two fingers come nearer on a phone", async () => {
  const { page, trouble, context } = await bench("/lab", { viewport: { width: 390, height: 844 }, hasTouch: true });
  const nearer = page.getByRole("group", { name: "Zoom of the stage" });
  const above = (words) => eventually(async () => {
    const [a, b] = [await nearer.boundingBox(), await page.locator(".stage-frame").boundingBox()];
    assert.ok(a.x >= 0 && a.x + a.width <= 390 && a.y + a.height <= b.y, words);
  });
  await above("the buttons stand over the stage, not on it");
  await page.getByRole("button", { name: "Fork", exact: true }).click();
  await page.getByRole("complementary", { name: "Two timelines" }).waitFor();
  await above("nor beside two timelines");
  await page.getByRole("button", { name: "Keep A" }).click();
  await page.getByRole("complementary", { name: "Two timelines" }).waitFor({ state: "detached" });
  const cdp = await context.newCDPSession(page);
  const touch = (type, d) => cdp.send("Input.dispatchTouchEvent", { type, touchPoints: type === "touchEnd" ? [] : [{ x: 200 - d, y: 500 }, { x: 200 + d, y: 500 }] });
  await touch("touchStart", 30);
  for (const d of [36, 44, 52, 60]) await touch("touchMove", d);
  await touch("touchEnd");
  await page.waitForFunction(() => parseInt(document.querySelector(".sight-now").textContent) > 140);
  await holds(page, "phone");
  assert.deepEqual(trouble, []);
  await context.close();
});

const arn = "arn:aws:iam::123456789012:role/firehose_delivery_role";
const pipeline = [
  "aws s3 mb s3://lake",
  `aws firehose create-delivery-stream --delivery-stream-name archive --delivery-stream-type KinesisStreamAsSource --kinesis-stream-source-configuration KinesisStreamARN=arn:aws:kinesis:us-east-1:123456789012:stream/trips,RoleARN=${arn} --extended-s3-destination-configuration RoleARN=${arn},BucketARN=arn:aws:s3:::lake`,
  "aws kinesis split-shard --stream-name trips --shard-to-split shardId-000000000001 --new-starting-hash-key 127605887595351923798765477786913079296",
  "wait 32s",
];

test("all parts of a lab stand in the order in which records go, and each leads to what it is", async () => {
  const { page, trouble, context } = await bench("/lab", { colorScheme: "dark" });
  await type(page, pipeline.join("; "));
  await page.getByRole("button", { name: "All", exact: true }).click();
  const all = page.getByRole("list", { name: /All parts of the lab/ });
  await all.waitFor();
  await eventually(async () => {
    const x = [];
    for (const name of ["Producer bikes", "Stream trips", "Firehose archive", "Amazon S3 lake"])
      x.push((await all.getByRole("button", { name: new RegExp("^" + name) }).boundingBox()).x);
    assert.deepEqual(x, [...x].sort((a, b) => a - b), "from left to right");
  });
  await says(() => all.getByRole("button", { name: /^Stream trips/ }).getAttribute("aria-label"), /records per second, 5 shards, to .*archive.* Show it on the stage$/);
  await holds(page, "all parts");
  await all.getByRole("button", { name: /^Amazon S3 lake/ }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "lake" }).waitFor();
  await all.getByRole("button", { name: /^Firehose archive/ }).click();
  await page.getByText(/Time trips it|Size trips it|^Empty/).first().waitFor();

  await page.getByLabel("Stream on the stage").selectOption("trips");
  await page.getByRole("button", { name: "Ring", exact: true }).click();
  await page.getByLabel("Partition key", { exact: true }).fill("bike-7");
  await page.getByText("2d7a4f351618ba5b2cf5a5eb02f8fce3").waitFor();
  const ring = page.getByRole("group", { name: /The hash ring of trips/ });
  await says(() => ring.getByRole("button", { name: /takes the key/ }).getAttribute("aria-label"), /^shardId-000000000000, 25 % of the ring/);
  await page.getByLabel("It is an explicit hash key").check();
  const hashKey = page.getByLabel("Explicit hash key", { exact: true });
  await hashKey.fill("half");
  await page.getByText(/An explicit hash key is a whole number from 0 to 340282366920938463463374607431768211455/).waitFor();
  await hashKey.fill("127605887595351923798765477786913079296");
  await says(() => ring.getByRole("button", { name: /takes the key/ }).getAttribute("aria-label"), /^shardId-000000000005,/); // the first place of the upper child
  await page.getByText(/Before 00:00:\d\d it went to shard 1, which can be read until/).waitFor();
  await holds(page, "ring");
  await ring.getByRole("button").first().focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "shardId-000000000005" }).waitFor();

  await page.getByRole("button", { name: "Lineage", exact: true }).click();
  const parent = page.getByRole("button", { name: /^shardId-000000000001, open from [\d:]+ to [\d:]+, readable until .*, now 4 and 5/ });
  const child = page.getByRole("button", { name: /^shardId-000000000004, open since .*, from shard 1/ });
  await eventually(async () => {
    const [a, b] = [await parent.boundingBox(), await child.boundingBox()];
    assert.ok(a.x + a.width < b.x, "a child begins where its parent ends");
  });
  await holds(page, "lineage");
  assert.deepEqual(trouble, []);
  await context.close();
});

/** Saves a picture by what do does, and returns its file. */
async function picture(page, act) {
  const coming = page.waitForEvent("download");
  await act();
  const file = await coming;
  return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) };
}

test("what stands on the stage is saved as a picture, by the menu and by a command", async () => {
  const { page, trouble, context } = await bench("/lab");
  await page.getByRole("button", { name: "This lab", exact: true }).click();
  const svg = await picture(page, () => page.getByRole("button", { name: "Save a picture, SVG" }).click());
  assert.match(svg.name, /^[a-z-]+-trips-00-00-\d\d\.svg$/);
  const text = svg.bytes.toString();
  assert.match(text, /aria-label="[^"]*trips, 00:00:\d\d\.\d"/);
  for (const part of ["bikes", "docks", "board", "billing", "shard 3 · c000… to ffff…", "font/woff2;base64,", 'fill="#f4f4f1"']) assert.ok(text.includes(part), part + " is in the picture");
  assert.ok(!/https?:(?!\/\/www\.w3\.org\/2000\/svg")/.test(text), "it needs nothing else");
  await page.getByText("stage save svg light").waitFor();
  const parsed = await page.evaluate((t) => new DOMParser().parseFromString(t, "image/svg+xml").querySelector("parsererror")?.textContent ?? "", text);
  assert.equal(parsed, "");

  const prompt = page.getByRole("textbox", { name: /Console/ });
  const png = await picture(page, async () => {
    await prompt.fill("stage save png dark");
    await prompt.press("Enter");
  });
  assert.match(png.name, /-trips-00-00-\d\d\.png$/);
  assert.equal(png.bytes.toString("latin1", 1, 4), "PNG");
  assert.deepEqual([png.bytes.readUInt32BE(16), png.bytes.readUInt32BE(20)], [3200, 2000]);
  assert.match(await type(page, "stage zoom near"), /zoom takes a percentage from 50 to 1200/);
  await type(page, "stage key bike-7");
  await page.getByText("2d7a4f351618ba5b2cf5a5eb02f8fce3").waitFor();
  assert.deepEqual(trouble, []);
  await context.close();
});

test("the other pictures fit on a phone", async () => {
  const { page, trouble, context } = await bench("/lab", { viewport: { width: 390, height: 844 } });
  for (const view of ["All", "Ring", "Lineage"]) {
    await page.getByRole("button", { name: view, exact: true }).click();
    await page.getByRole("button", { name: view, exact: true, pressed: true }).waitFor();
    await holds(page, view + " on a phone");
  }
  assert.deepEqual(trouble, []);
  await context.close();
});
