// Time: until something happens by menu and by words, from event to event.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { clock, ready, type } from "./bench-page.mjs";
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

/** Waits until nothing runs any more. */
const still = (page) => page.waitForFunction(() => !document.querySelector(".time-busy") && document.querySelector('[aria-label="Play"]'));

test("a run until something happens, by menu, by form and by words", async () => {
  const { page, trouble, context } = await visit(chrome);
  await page.goto(server.url + "/lab");
  await ready(page);
  const menu = page.getByRole("button", { name: "Run until", exact: true });
  const begun = await clock(page);

  await menu.click();
  await page.getByRole("combobox", { name: "or a metric crosses a value" }).selectOption("IncomingRecords of trips");
  await page.getByRole("textbox", { name: "Value" }).fill("100");
  await page.getByRole("textbox", { name: "Value" }).press("Enter");
  await page.getByText('lab run until "metric IncomingRecords of trips above 100"').first().waitFor();
  await still(page);
  assert.ok((await clock(page)) >= begun);

  await menu.click();
  await page.getByRole("textbox", { name: /in words/ }).fill("doomsday");
  await page.getByRole("textbox", { name: /in words/ }).press("Enter");
  await page.getByText(/Write an instant as 1:30.*first throttle, flush, record expires/).waitFor();
  await page.getByRole("textbox", { name: /in words/ }).fill("+30s");
  const at = await clock(page);
  await page.getByRole("textbox", { name: /in words/ }).press("Enter");
  await page.waitForFunction((n) => document.querySelector(".clock-now").textContent !== n, await page.locator(".clock-now").innerText());
  await still(page);
  assert.ok(Math.abs((await clock(page)) - at - 30) < 0.2);

  await type(page, "for p in $(lab producers --query 'Producers[].Name' --output text); do lab stop-producer --name $p; done; for c in $(lab consumers --query 'Consumers[].Name' --output text); do lab stop-consumer --name $c; done");
  await type(page, "aws kinesis put-record --stream-name trips --partition-key mine --data YQ==");
  assert.match(await type(page, "lab run until record expires"), /^A record of shardId-\d+ in trips expires: it was taken at [\d:.]+, and retention has ended/);
  assert.match(await page.locator(".clock-now").innerText(), /^1d /);
  assert.match(await type(page, "lab run until doomsday"), /doomsday: that is not understood[\s\S]*"first throttle"/);
  assert.deepEqual(trouble, []);
  await context.close();
});
