// Equal access: the palette, the help sheet, single keys, a lesson without a mouse, 200 % zoom, a live region that does not chatter, print.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { clock, eventually, goals, ready, says, serverKnows, settled, still } from "./bench-page.mjs";
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

async function clean(page) {
  await settled(page);
  await page.evaluate(axe);
  const found = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  assert.deepEqual(found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`), []);
}

/** Presses Tab until what has the focus is named so; says how it is named. */
async function tabTo(page, name, key = "Tab") {
  for (let i = 0; i < 150; i++) {
    await page.keyboard.press(key);
    const at = await page.evaluate(() => {
      const e = document.activeElement;
      return e?.getAttribute("aria-label") || e?.labels?.[0]?.innerText || e?.innerText || "";
    });
    if (name.test(at)) return at;
  }
  assert.fail(`no ${key} came to ${name}`);
}

/** Waits until what is typed goes to the palette. */
async function finding(page) {
  await page.waitForFunction(() => document.activeElement.matches("dialog[open] [role=combobox]"));
}

/** Goes to the console's prompt by its key. */
async function toPrompt(page) {
  await page.keyboard.press("/");
  await page.waitForFunction(() => document.activeElement?.closest("#panel-console") && document.activeElement.matches("textarea, [contenteditable=true]"));
}

for (const colorScheme of ["light", "dark"])
  test(`palette and help sheet, ${colorScheme}`, async () => {
    const { page, trouble, context } = await visit(chrome, { colorScheme, bypassCSP: true });
    await page.goto(server.url + "/lab");
    await ready(page);
    await page.keyboard.press("?");
    const help = page.getByRole("dialog", { name: "Keyboard help" });
    await help.getByText("Run to the next event").waitFor();
    await clean(page);
    await page.keyboard.press("Escape");
    await help.waitFor({ state: "hidden" });

    await page.keyboard.press("Control+k"); // and by its words, in the dialog that is open already
    await page.getByRole("combobox", { name: "Find a command" }).fill("keyboard help");
    await page.keyboard.press("Enter");
    await help.getByText("Run to the next event").waitFor();
    await page.keyboard.press("Escape");
    await help.waitFor({ state: "hidden" });

    await page.keyboard.press("Control+k");
    const find = page.getByRole("combobox", { name: "Find a command" });
    await finding(page);
    await page.keyboard.type("inspector");
    await page.getByRole("option", { name: /^Inspector/, selected: true }).waitFor();
    await clean(page);
    await page.keyboard.press("Enter");
    await page.getByRole("tab", { name: "Inspector", selected: true }).waitFor();
    await page.getByRole("tab", { name: "Console" }).click();
    // Keys that come before the palette is drawn, as they do where the page was busy, are for the palette; how soon it is drawn varies.
    // What a browser does with a key that nobody takes is done here: none does it for a key that a page makes.
    const hurry = (keys) => page.evaluate((keys) => {
      const press = (key, more) => {
        if (!document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more }))) return;
        if (key.length === 1) document.execCommand("insertText", false, key);
        else if (key === "Backspace") document.execCommand("delete");
        else if (key === "Escape") document.querySelector("dialog[open]")?.close();
      };
      for (const key of ["Control+k", ...keys]) key === "Control+k" ? press("k", { ctrlKey: true }) : press(key);
    }, keys);
    for (let i = 0; i < 6; i++) {
      await hurry([..."inspector"]);
      await says(() => find.inputValue(), "inspector");
      await page.keyboard.press("Escape");
      await find.waitFor({ state: "hidden" });
    }
    for (let i = 0; i < 6; i++) { // closed and opened at once, it is not drawn anew in between
      await hurry([..."inspector"]);
      await says(() => find.inputValue(), "inspector");
      await page.evaluate(async (late) => {
        const dialog = document.querySelector("dialog[open]");
        const told = new Promise((done) => dialog.addEventListener("close", () => setTimeout(done), { once: true }));
        dialog.close();
        if (late) await told; // else the key is there before the page hears that the dialog is closed
        document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: "k", ctrlKey: true, bubbles: true, cancelable: true }));
      }, i % 2 === 0);
      await finding(page);
      await says(() => find.inputValue(), "");
      await page.keyboard.press("Escape");
      await find.waitFor({ state: "hidden" });
    }
    await page.getByRole("button", { name: /^Zoom \d+ %/ }).focus(); // the stage has keys of its own: they zoom and play
    const [scale, then] = [await page.getByRole("button", { name: /^Zoom \d+ %/ }).innerText(), await clock(page)];
    await hurry([..."10 -x", "Backspace"]);
    await says(() => find.inputValue(), "10 -");
    await page.keyboard.press("Escape");
    await find.waitFor({ state: "hidden" });
    await hurry([..."10", "Escape"]);
    await page.waitForFunction(() => !document.querySelector("dialog[open]"));
    assert.deepEqual([await page.getByRole("button", { name: /^Zoom \d+ %/ }).innerText(), await clock(page)], [scale, then], "nothing was zoomed or played");
    await hurry([..."inspector", "Enter"]);
    await page.getByRole("tab", { name: "Inspector", selected: true }).waitFor();
    await find.waitFor({ state: "hidden" });
    await page.getByRole("tab", { name: "Console" }).click();
    await hurry([..."10", "Escape", "Control+k", ..."xqz", "Enter", "Backspace", "Backspace", "Backspace", ..."inspector", "Enter"]); // the first Enter finds nothing to do
    await page.getByRole("tab", { name: "Inspector", selected: true }).waitFor();
    await find.waitFor({ state: "hidden" });
    await hurry([]);
    await finding(page);
    await page.evaluate(() => { // before the page hears that the palette is closed
      document.querySelector("dialog[open]").close();
      document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: "?", bubbles: true, cancelable: true }));
    });
    await help.getByText("Run to the next event").waitFor();
    await page.keyboard.press("Escape");
    await help.waitFor({ state: "hidden" });
    assert.equal(await page.getByRole("region", { name: "Share this lab" }).count(), 0);
    await page.keyboard.press("Control+k");
    await find.fill("no such thing at all");
    await page.getByText("Nothing is called that here.").waitFor();
    await page.keyboard.press("Enter"); // does nothing, and breaks nothing
    await find.fill("");
    await page.keyboard.press("ArrowUp"); // from the first to the last
    await page.waitForFunction(() => {
      const all = [...document.querySelectorAll('dialog[open] [role="option"]')];
      return all.length > 20 && all.at(-1).ariaSelected === "true" && all.filter((o) => o.ariaSelected === "true").length === 1;
    });
    await page.keyboard.press("Escape");
    await find.waitFor({ state: "hidden" });

    const before = await clock(page);
    await page.keyboard.press(".");
    await eventually(async () => assert.ok((await clock(page)) > before, "the full stop runs to the next event"));
    await still(page);
    const there = await clock(page);
    await toPrompt(page);
    await page.keyboard.type("echo . , '?'");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.querySelector('[role="log"]').innerText.split("\n").some((l) => l.trim() === ". , ?"));
    assert.equal(await clock(page), there, "where one types the keys are letters");
    assert.deepEqual(trouble, []);
    await context.close();
  });

test("single keys can be turned off, and a lesson is found by its name", async () => {
  const { page, trouble, context } = await visit(chrome);
  await page.goto(server.url + "/settings");
  await page.waitForFunction(() => !document.getElementById("app-wasm-loader"));
  await page.getByRole("group", { name: "Single keys" }).getByText("Off").click();
  await page.keyboard.press("?");
  await page.getByRole("button", { name: "Find a command" }).click(); // a sheet of keys would lie over it
  await finding(page); // what was pressed before is through
  assert.equal(await page.getByRole("dialog", { name: "Keyboard help" }).count(), 0);
  await page.keyboard.type("hot shard");
  await page.getByRole("option", { name: /One key, one hot shard/, selected: true }).waitFor();
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/lessons\/hot-shard$/);
  await page.getByRole("heading", { level: 1, name: "One key, one hot shard" }).waitFor();
  assert.deepEqual(trouble, []);
  await context.close();
});

test("a whole lesson without a mouse", async () => {
  const { page, trouble, context } = await visit(chrome);
  await page.goto(server.url);
  await page.waitForFunction(() => !document.getElementById("app-wasm-loader"));
  await tabTo(page, /The door is this wide/);
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/lessons\/shard-limits$/);
  await ready(page);
  await page.evaluate(() => document.getElementById("title").focus());
  for (let i = 0; i < 60 && (await page.evaluate(() => document.activeElement.type)) !== "radio"; i++) await page.keyboard.press("Tab");
  await page.keyboard.press("Space"); // the first answer; the arrows go on to the one that is right
  for (let i = 0; i < 8 && !(await page.getByRole("radio", { name: /Writes are refused/ }).isChecked()); i++) await page.keyboard.press("ArrowDown");
  await page.getByRole("radio", { name: /Writes are refused/, checked: true }).waitFor();
  await page.getByRole("button", { name: /Run to the first refusal/, disabled: false }).waitFor();
  await tabTo(page, /Run to the first refusal/);
  await page.keyboard.press("Enter");
  await page.getByText(/begins to refuse records/).first().waitFor();
  await toPrompt(page);
  await page.keyboard.type("aws kinesis split-shard --stream-name trips --shard-to-split shardId-000000000000 --new-starting-hash-key 170141183460469231731687303715884105728; wait 20s");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => /All 3 goals met|3 of 3 goals met/.test(document.body.innerText));
  await page.keyboard.press("Escape");
  await page.keyboard.press("Tab"); // out of the prompt
  await page.evaluate(() => document.getElementById("title").focus());
  for (let question = 0; question < 2; question++) {
    for (let i = 0; i < 150; i++) { // to the next question that is not answered
      await page.keyboard.press("Tab");
      if (await page.evaluate(() => ["radio", "checkbox"].includes(document.activeElement.type) && !document.activeElement.disabled)) break;
    }
    await page.keyboard.press("Space");
    await tabTo(page, /^Answer$/);
    await page.keyboard.press("Enter");
    await page.getByText(/^Right\.|^Not yet/).nth(question).waitFor();
  }
  await serverKnows(page, "solved");
  await serverKnows(page, "quiz");
  await says(async () => (await goals(page))[0], 3);
  assert.deepEqual(trouble, []);
  await context.close();
});

test("at 200 % nothing sticks out, and everything can still be reached", async () => {
  const { page, trouble, context } = await visit(chrome, { viewport: { width: 720, height: 450 }, deviceScaleFactor: 2 });
  for (const path of ["/", "/lessons/shard-limits", "/lab", "/settings"]) {
    await page.goto(server.url + path);
    await page.waitForFunction(() => !document.getElementById("app-wasm-loader"));
    await page.getByRole("heading", { level: 1 }).first().waitFor();
    await settled(page);
    const out = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(out <= 0, `${path} is ${out} px wider than the screen`);
  }
  await page.goto(server.url + "/lab");
  await ready(page);
  for (const tab of ["Console", "Events", "Charts"]) {
    await page.getByRole("tab", { name: tab }).first().click();
    await page.getByRole("tab", { name: tab, selected: true }).first().waitFor();
    await eventually(async () => {
      const box = await page.getByRole("button", { name: "Play", exact: true }).boundingBox();
      assert.ok(box && box.y + box.height <= 450, `Play is on the screen beside ${tab}`);
    });
  }
  assert.deepEqual(trouble, []);
  await context.close();
});

test("the lab prints as it stands, without the controls", async () => {
  const { page, trouble, context } = await visit(chrome);
  await page.goto(server.url + "/lab");
  await ready(page);
  await page.emulateMedia({ media: "print" });
  for (const name of ["Play", "Change", "Templates", "Add a writer"]) assert.ok(!(await page.getByRole("button", { name, exact: true }).first().isVisible()), `${name} is not printed`);
  await page.getByRole("list", { name: "Figures of trips" }).waitFor();
  await page.getByRole("button", { name: /^Producer bikes/ }).waitFor();
  await page.getByRole("slider", { name: /^IncomingRecords of trips/ }).waitFor();
  assert.deepEqual(trouble, []);
  await context.close();
});

test("the live region speaks now and then while a lab races", async () => {
  const { page, trouble, context } = await visit(chrome);
  await page.goto(server.url + "/lessons/hot-shard");
  await ready(page);
  await page.getByRole("button", { name: /^Speed/ }).click();
  await page.getByRole("button", { name: "10×", exact: true }).click();
  await page.evaluate(() => {
    window.said = [];
    window.begun = performance.now();
    for (const e of document.querySelectorAll(".bench [aria-live]"))
      new MutationObserver(() => e.innerText.trim() && window.said.push(e.innerText.trim())).observe(e, { childList: true, characterData: true, subtree: true });
  });
  await page.getByRole("button", { name: "Play", exact: true }).click();
  await page.waitForFunction(() => window.said.some((words) => words.includes("begins to refuse records")));
  await page.waitForFunction(() => document.querySelector(".clock-now").innerText > "00:01:30");
  const [said, seconds] = await page.evaluate(() => [window.said, (performance.now() - window.begun) / 1000]);
  assert.ok(said.length <= 2 + seconds / 2.5, `the live regions spoke ${said.length} times in ${seconds} seconds: ${said.join(" | ")}`);
  assert.deepEqual(trouble, []);
  await context.close();
});

test("a lesson prints as words, without the controls", async () => {
  const { page, trouble, context } = await visit(chrome);
  await page.goto(server.url + "/lessons/shard-limits");
  await ready(page);
  await page.emulateMedia({ media: "print" });
  for (const name of ["Find a command", "Play", "Run until"]) assert.ok(!(await page.getByRole("button", { name, exact: true }).first().isVisible()), `${name} is not printed`);
  await page.getByRole("heading", { level: 1 }).waitFor();
  const whole = await page.evaluate(() => {
    const read = document.querySelector(".read");
    return read.scrollHeight - read.clientHeight;
  });
  assert.ok(whole <= 1, `${whole} px of the lesson are cut off on paper`);
  assert.deepEqual(trouble, []);
  await context.close();
});

test("the focus stays near when what had it is gone", async () => {
  const { page, trouble, context } = await visit(chrome);
  await page.goto(server.url + "/lab#start=alarm-and-scaler");
  await ready(page);
  const button = (name) => page.getByRole("button", { name });
  /** Presses it by keyboard, waits for what comes of it, and sees where the focus is then. */
  const press = async (which, until, near) => {
    await which.focus();
    await page.keyboard.press("Enter");
    await until();
    await page.waitForFunction((near) => document.activeElement.closest(near), near).catch(async () => {
      const at = await page.evaluate(() => document.activeElement.outerHTML.slice(0, 160));
      assert.fail(`after ${which} the focus is not in ${near}: ${at}`);
    });
  };
  const alarm = button(/^CloudWatch alarm rides-hot, /);
  const sheet = page.getByRole("region", { name: "Inspector" });
  await press(alarm, () => sheet.getByRole("heading", { name: "rides-hot" }).waitFor(), ".actor, .inspector");
  await press(sheet.getByRole("button", { name: "Set to ALARM" }), () => button(/^CloudWatch alarm rides-hot, ALARM,/).waitFor(), ".inspector");
  await press(sheet.getByRole("button", { name: "Delete", exact: true }), () => alarm.waitFor({ state: "detached" }), ".inspector");

  await press(button("What to do with auto"), () => button("Invoke now").waitFor(), ".actor");
  await press(button("Invoke now"), () => page.getByText("lab invoke-scaler --name auto").first().waitFor(), ".actor");
  await press(button("What to do with auto"), () => button("Invoke now").waitFor(), ".actor");
  await press(page.locator(".menu").getByRole("button", { name: "Delete", exact: true }), () => button(/^Function that scales auto/).waitFor({ state: "detached" }), ".bench-stage");

  const reader = page.getByRole("button", { name: /^Let .* read…$/ }).first();
  await press(reader, () => page.getByRole("form").waitFor(), "form");
  const row = page.getByRole("form").getByRole("button", { disabled: true }).first();
  await press(row, () => row.waitFor(), "form"); // it says why not, and the others can still be chosen
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => document.activeElement.closest(".actor"));
  assert.deepEqual(trouble, []);
  await context.close();
});
