// Time: until something happens by menu and by words, from event to event.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { clock, eventually, kept, ready, says, settled, still, type } from "./bench-page.mjs";
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

/** Waits until the clock is not any more where it was. */
const moved = (page, was) => eventually(async () => assert.notEqual(await clock(page), was));

/** Waits until the marks tell an event. */
const tells = (page, words) => page.waitForFunction((w) => document.querySelector('[aria-label="Events"][role="slider"]').getAttribute("aria-valuetext").includes(w), words);

test("a run until something happens, by menu, by form and by words", async () => {
  const { page, trouble, context } = await visit(chrome);
  await page.goto(server.url + "/lab");
  await ready(page);
  const menu = page.getByRole("button", { name: "Run until", exact: true });

  await menu.click();
  await page.getByRole("combobox", { name: "or a metric crosses a value" }).selectOption("IncomingRecords of trips");
  await page.getByRole("textbox", { name: "Value" }).fill("100");
  await page.getByRole("textbox", { name: "Value" }).press("Enter");
  await page.getByText('lab run until "metric IncomingRecords of trips above 100"').first().waitFor();
  await page.getByText(/^IncomingRecords of trips is above 100: /).waitFor({ state: "attached" }); // what the live region says
  await still(page);

  await menu.click();
  await page.getByRole("textbox", { name: /in words/ }).fill("doomsday");
  await page.getByRole("textbox", { name: /in words/ }).press("Enter");
  await page.getByText(/Write an instant as 1:30.*first throttle, flush, record expires/).waitFor();
  await page.getByRole("textbox", { name: /in words/ }).fill("+30s");
  const at = await clock(page);
  await page.getByRole("textbox", { name: /in words/ }).press("Enter");
  await moved(page, at);
  await still(page);
  await eventually(async () => assert.ok(Math.abs((await clock(page)) - at - 30) < 0.2));

  await type(page, "for p in $(lab producers --query 'Producers[].Name' --output text); do lab stop-producer --name $p; done; for c in $(lab consumers --query 'Consumers[].Name' --output text); do lab stop-consumer --name $c; done");
  await type(page, "aws kinesis put-record --stream-name trips --partition-key mine --data YQ==");
  assert.match(await type(page, "lab run until record expires"), /^A record of shardId-\d+ in trips expires: it was taken at [\d:.]+, and retention has ended/);
  await says(() => page.locator(".clock-now").innerText(), /^1d /);
  assert.match(await type(page, "lab run until doomsday"), /doomsday: that is not understood[\s\S]*"first throttle"/);
  assert.deepEqual(trouble, []);
  await context.close();
});

test("a fork: two timelines, a comparison, a switch, and both after a reload", async () => {
  const { page, trouble, context } = await visit(chrome);
  await page.goto(server.url + "/lab");
  await ready(page);
  await type(page, "wait 20s");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Fork", exact: true }).click();
  const panel = page.getByRole("complementary", { name: "Two timelines" });
  await panel.waitFor();
  await page.getByText("lab fork", { exact: true }).first().waitFor();
  await panel.getByText("No command differs yet. What you do now happens in B alone.").waitFor();
  await type(page, "lab stop-producer --name bikes; wait 30s");
  const accepted = panel.getByRole("row", { name: /^Records accepted/ });
  await eventually(async () => {
    const [a, b, difference] = (await accepted.getByRole("cell").allInnerTexts()).map((s) => Number(s.replaceAll(",", "").replace("−", "-")));
    assert.ok(a > b && b > 0 && difference === b - a, `${a} ${b} ${difference}`);
  });
  await eventually(async () => assert.ok((await panel.locator("polyline").first().getAttribute("points")).split(" ").length > 20, "a curve since the fork"));
  await panel.getByText("lab stop-producer --name bikes").waitFor();
  await panel.getByRole("img", { name: /^trips: [\d,]+ records\/s, 4 open shards/ }).waitFor();
  assert.match(await type(page, "lab diff"), /Records accepted +[\d,]+ +[\d,]+ +-[\d,]+[\s\S]*only in B, at \S+: lab stop-producer/);

  await page.getByRole("button", { name: "Timeline A" }).click();
  await page.getByRole("button", { name: "Timeline A", pressed: true }).waitFor();
  assert.match(await type(page, `lab producers --query "Producers[?Name=='bikes'].Running" --output text`), /true/i);

  await kept(page, /^[^\n]*"timeline":"A"[^]*StopProducer/);
  await page.reload();
  await ready(page);
  await page.getByRole("button", { name: "Timeline A", pressed: true }).waitFor();
  assert.match(await type(page, "lab diff"), /only in B, at \S+: lab stop-producer/);
  await page.getByRole("button", { name: "Keep B" }).click();
  await panel.waitFor({ state: "detached" });
  assert.match(await type(page, `lab producers --query "Producers[?Name=='bikes'].Running" --output text`), /false/i);
  assert.deepEqual(trouble, []);
  await context.close();
});

test("the marks tell their event and are gone through by keyboard; a phone has it all; axe finds nothing", async () => {
  for (const [colorScheme, viewport] of [["light", { width: 1440, height: 900 }], ["dark", { width: 390, height: 844 }]]) {
    const { page, trouble, context } = await visit(chrome, { colorScheme });
    await page.goto(server.url + "/lab");
    await ready(page);
    await type(page, "wait 5s; lab note first; wait 5s; lab note second; wait 10s");
    await page.setViewportSize(viewport);
    if (viewport.width < 500) await page.getByRole("tab", { name: "Stage" }).click();
    const marks = page.getByRole("slider", { name: "Events" });
    await marks.focus();
    await tells(page, "second");
    await page.keyboard.press("ArrowLeft");
    await tells(page, "first");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => /00:00:25/.test(document.querySelector(".clock-now").textContent));
    await tells(page, "first");
    await page.keyboard.press("End");
    await tells(page, "second");
    await page.getByRole("button", { name: "Run to the next event" }).click();
    await page.waitForFunction(() => /00:00:30/.test(document.querySelector(".clock-now").textContent));
    await page.getByRole("button", { name: "Back to the event before" }).click();
    await page.waitForFunction(() => /00:00:25/.test(document.querySelector(".clock-now").textContent));
    await page.getByRole("button", { name: "Fork", exact: true }).click();
    await page.getByRole("complementary", { name: "Two timelines" }).waitFor();
    await page.getByRole("button", { name: "Run until", exact: true }).click();
    await page.getByRole("button", { name: "the oldest record expires" }).waitFor();
    await still(page); // colours too
    await settled(page);
    await page.evaluate(axe);
    const found = await page.evaluate(async () => (await window.axe.run({ include: [[".timebar"], [".fork"]] }, { resultTypes: ["violations"] })).violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(", ")}`));
    assert.deepEqual(found, []);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, "nothing is wider than the page");
    assert.deepEqual(trouble, []);
    await context.close();
  }
});
