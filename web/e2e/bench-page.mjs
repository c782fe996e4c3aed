// How a test handles the bench: by the roles and names a person with a keyboard or a screen reader meets.
import assert from "node:assert/strict";
import { slow } from "./harness.mjs";

/** Waits until the lab beside a lesson, or the sandbox, answers. */
export async function ready(page) {
  await page.getByRole("button", { name: "Play", exact: true, disabled: false }).waitFor();
}

/** Waits until nothing runs any more. */
export async function still(page) {
  await page.waitForFunction(() => !document.querySelector(".time-busy") && document.querySelector('[aria-label="Play"]'));
}

/** Types a line into the console, runs it, and returns the text of its answer. What came of it is drawn by then. */
export async function type(page, line) {
  const prompt = page.getByRole("textbox", { name: /Console/ });
  const commands = page.locator('[role="log"] .entry-command');
  const before = await commands.count();
  await prompt.fill(line, { timeout: 3_000 }).catch(() => prompt.fill(line)); // the editor may take the textarea's place just then
  await prompt.press("Enter");
  await page.waitForFunction(
    (n) => document.querySelectorAll('[role="log"] .entry-command').length > n && !document.querySelector('[role="log"] .entry-busy'),
    before,
    { timeout: 60_000 * slow },
  );
  const entry = page.locator('[role="log"] > .entry').last();
  return (await entry.locator("> :not(.entry-line)").allInnerTexts()).join("\n").trim();
}

/** The virtual clock, in seconds since the start of the lab. */
export async function clock(page) {
  const [h, m, s] = (await page.locator(".clock-now").innerText()).split(":").map(Number);
  return h * 3600 + m * 60 + s;
}

/** Waits until this device keeps the lab as it stands, which is a moment after the last deed, and its log matches words. */
export async function kept(page, words = /(?:)/) {
  const tenths = Math.round((await clock(page)) * 10);
  let logs = [];
  for (let i = 0; i < 600 * slow; i++) {
    logs = await page.evaluate(async () => {
      const done = (request) => new Promise((ok, fail) => Object.assign(request, { onsuccess: () => ok(request.result), onerror: () => fail(request.error) }));
      const db = await done(indexedDB.open("shardlab"));
      const rows = await done(db.transaction("runs").objectStore("runs").getAll());
      db.close();
      return rows.map((row) => row.log);
    });
    if (logs.some((log) => Math.floor(Number(/"now":(\d+)/.exec(log)?.[1]) / 1e5) === tenths && words.test(log))) return;
    await page.waitForTimeout(100);
  }
  assert.fail(`what this device keeps is not at ${tenths / 10} s with ${words}: ${logs.join("\n")}`);
}

/** Waits until nothing moves and no colour is on its way: half-way it has neither its place nor its contrast. */
export async function settled(page) {
  await page.waitForFunction(() => document.getAnimations().every((a) => a.playState !== "running" || a.effect.getTiming().iterations === Infinity));
}

/** Goals of the task card: how many are met, of how many. */
export async function goals(page) {
  const text = await page.getByText(/\d+ of \d+ goals met|All \d+ goals met/).first().innerText();
  const all = /All (\d+) goals met/.exec(text);
  if (all) return [Number(all[1]), Number(all[1])];
  const [, met, of] = /(\d+) of (\d+)/.exec(text);
  return [Number(met), Number(of)];
}

/** What a learner's device and the server know of progress, as the server tells it. */
export async function progress(page) {
  return page.evaluate(async () => (await fetch("/api/progress")).json());
}

/** Waits until the server knows an event for which test is true. */
export async function serverKnows(page, kind) {
  for (let i = 0; i < 400 * slow; i++) {
    const p = await progress(page).catch(() => ({ events: [] }));
    if (p.events.some((e) => e.kind === kind)) return p;
    await page.waitForTimeout(100);
  }
  assert.fail(`the server never learnt of an event of kind ${kind}`);
}

/** Waits until what holds asserts is so: the page draws a while after a deed, and what is read once is what was. */
export async function eventually(holds) {
  for (const end = Date.now() + 30_000 * slow; ; await new Promise((r) => setTimeout(r, 50)))
    try {
      return await holds();
    } catch (flaw) {
      if (Date.now() > end) throw flaw;
    }
}

/** Waits until what get gives fits: it matches a regular expression, or is equal to anything else. */
export async function says(get, fits) {
  await eventually(async () => (fits instanceof RegExp ? assert.match(await get(), fits) : assert.deepEqual(await get(), fits)));
}
