// An incident: the pager, a wrong cause with what speaks against it, the right one without proof and with it, by keyboard, and the cure.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { goals, ready, says, serverKnows, type } from "./bench-page.mjs";
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

test("a learner states causes, points at the metric that proves one, and cures the incident", async () => {
  const { page, trouble } = await visit(chrome);
  await page.goto(server.url + "/lessons/vitals-lag");
  await ready(page);
  await page.getByRole("region", { name: "Pager" }).getByText("SEV1").waitFor();
  await says(async () => (await goals(page))[0], 1); // the beds send, and nothing else is as it should be
  const state = page.getByRole("button", { name: "State the cause" });
  await page.getByRole("button", { name: "State the cause", disabled: true }).waitFor(); // without a cause there is nothing to state
  assert.equal(await page.getByText("No call brought more than").count(), 0, "the debrief waits");

  await page.getByRole("radio", { name: /Four workers are too few/ }).check();
  await state.click();
  const said = page.locator(".diagnosis .result");
  await said.getByText(/4 workers hold 4 leases/).waitFor();

  await page.getByRole("radio", { name: /brings too few records/ }).check();
  const lag = page.getByRole("button", { name: /Look at the metric MillisBehindLatest/ }).first();
  await lag.focus();
  await page.keyboard.press("Enter");
  await page.getByText("Metric MillisBehindLatest").waitFor();
  await says(() => lag.getAttribute("aria-pressed"), "true");
  await state.click();
  await said.getByText(/does not say how much one call brings/).waitFor();

  await page.getByRole("button", { name: /Look at the metric GetRecords.Records/ }).first().click();
  await page.getByText("Metric GetRecords.Records").waitFor();
  await state.click();
  await said.getByText(/no call brought more than 50 records/).waitFor();
  await page.getByText("lab diagnose --cause small-reads --evidence metric:AWS/Kinesis,GetRecords.Records,StreamName=vitals").first().waitFor();
  await said.getByRole("button", { name: "Look at the evidence in the lab" }).waitFor();
  await says(async () => (await goals(page))[0], 2);

  await page.getByRole("tab", { name: "Console" }).click();
  await type(page, "lab put-kcl-application --name ward --max-records 10000");
  await type(page, "wait 6m");
  await page.waitForFunction(() => /3 of 3 goals met/.test(document.body.innerText));
  await page.getByText("Your incident, solved").waitFor();
  await page.getByText("Debrief").waitFor();
  await serverKnows(page, "solved");
  assert.deepEqual(trouble, []);
});
