// Every page, light and dark, wide and at the width of a phone: no rule of accessibility broken, nothing sticking out.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { eventually, ready, says, settled, type } from "./bench-page.mjs";
import { browser, lab, visit } from "./harness.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const axe = readFileSync(join(here, "../node_modules/axe-core/axe.min.js"), "utf8");
const shots = process.env.SHOTS && resolve(process.env.SHOTS); // a folder for a picture of everything, to be looked at
if (shots) mkdirSync(shots, { recursive: true });

let server, chrome;
before(async () => {
  server = await lab();
  chrome = await browser();
});
after(async () => {
  await chrome?.close();
  await server?.close();
});

const pages = [
  ["course", "/", async (p) => p.getByRole("heading", { level: 1 }).waitFor()],
  ["lesson", "/lessons/shard-limits", ready],
  ["incident", "/lessons/vitals-lag", async (p) => {
    await p.getByRole("radio", { name: /brings too few records/ }).check();
    await p.getByRole("button", { name: "State the cause" }).click();
    await p.getByText(/does not say how much one call brings/).first().waitFor();
  }],
  ["lab", "/lab", ready],
  ["settings", "/settings", async (p) => p.getByRole("heading", { level: 1 }).waitFor()],
];
const sizes = [
  ["wide", { width: 1440, height: 900 }],
  ["phone", { width: 390, height: 844 }],
];

/** Shows what a tab stands for. */
async function tab(of, name) {
  await of.getByRole("tab", { name }).click();
  await of.getByRole("tab", { name, selected: true }).waitFor();
}

/** Shows a part of the bench, which on a phone is behind a tab. */
async function part(page, size, name) {
  if (size === "phone" || name === "Console") await tab(page, name);
}

/** Shows another picture on the stage. */
async function picture(page, n) {
  const views = page.getByRole("group", { name: "What the stage shows" });
  await views.getByRole("button").nth(n).click();
  await says(() => views.getByRole("button").nth(n).getAttribute("aria-pressed"), "true");
}

/**
 * Holds, in both lights, that nothing sticks out and that no rule of accessibility is broken. What changes with the light is its
 * contrast alone, so the second light is asked for that.
 */
async function fine(page, name) {
  const runOnly = { type: "rule", values: ["color-contrast"] };
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    await settled(page);
    if (shots) await page.screenshot({ path: join(shots, `${name.replaceAll(/[ ,']+/g, "-")}-${colorScheme}.png`) });
    await eventually(async () => {
      const out = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(out <= 0, `${name}: the page is ${out} px wider than the screen`);
    });
    if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe);
    const found = await page.evaluate((o) => axe.run(document, { resultTypes: ["violations"], ...o }), colorScheme === "light" ? {} : { runOnly });
    assert.deepEqual(
      found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`),
      [],
      `${name}, ${colorScheme}`,
    );
  }
}

for (const [name, path, there] of pages)
  for (const [size, viewport] of sizes)
    test(`${name}, ${size}`, async () => {
      const { page, trouble, context } = await visit(chrome, { viewport, colorScheme: "light", bypassCSP: true });
      await page.goto(server.url + path);
      if (size === "phone" && path.startsWith("/lessons/") && there === ready) await page.getByRole("heading", { level: 1 }).waitFor(); // its lab is behind a tab
      else await there(page);
      await page.waitForFunction(() => !document.getElementById("app-wasm-loader"));
      await fine(page, `${name}-${size}`);
      if (size === "phone" && path.startsWith("/lessons/")) {
        await page.getByRole("button", { name: "Lab", exact: true }).click();
        await ready(page);
        await fine(page, `the lab of the ${name}-${size}`);
      }
      assert.deepEqual(trouble, []);
      await context.close();
    });

// Panels of the lab, one after the other in one page: how each is opened, and closed where the next one needs it.
const press = (page, name) => page.getByRole("button", { name, exact: true }).first().click();
const escape = async (page) => {
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => !document.querySelector("dialog[open], .menu, .share-card"));
};
const share = (page) => page.getByRole("region", { name: "Share this lab" });
const panels = [
  ["a function's form with all its settings", async (page) => {
    await press(page, "Add a reader");
    await page.getByRole("button", { name: /^Lambda function/ }).click();
    for (const more of await page.locator(".form-card summary").all()) await more.click();
    await page.getByLabel("BatchSize").fill("0");
    await press(page, "Add Lambda function");
    await page.getByText(/at 'batchSize' failed/).first().waitFor();
  }, (page) => press(page, "Cancel")],
  ["what can be added", async (page) => {
    await press(page, "Add a writer");
    await page.getByRole("button", { name: /^Kinesis Agent/ }).waitFor();
  }, (page) => press(page, "Cancel")],
  ["console", async (page, size) => {
    await part(page, size, "Console");
    await type(page, "wait 20s; aws kinesis describe-stream-summary --stream-name trips --output table");
    assert.match(await type(page, "aws kinesis list-shards --stream trips"), /--stream-name/);
  }],
  ["events", (page) => tab(page, "Events")],
  ["charts", (page) => tab(page, "Charts")],
  ["charts as tables", async (page) => {
    await press(page, "Table");
    await page.getByRole("table").first().waitFor();
  }, (page) => press(page, "Table")],
  ["chart enlarged", async (page) => {
    await page.getByRole("button", { name: /^Enlarge IncomingRecords/ }).click();
    await page.getByText(/periods with data/).waitFor();
  }, async (page) => {
    await escape(page);
    await page.getByText(/periods with data/).waitFor({ state: "hidden" });
  }],
  ["metrics", async (page) => {
    await press(page, "Metrics");
    await page.getByRole("checkbox", { name: /^IncomingRecords/ }).waitFor();
  }],
  ["metrics, none found", async (page) => {
    await page.getByRole("searchbox", { name: "Search metrics" }).fill("zzz");
    await page.getByRole("checkbox", { name: /^IncomingRecords/ }).waitFor({ state: "hidden" });
  }, async (page) => {
    await page.getByRole("dialog", { name: "Metrics" }).getByRole("button", { name: "Close" }).click();
    await page.getByRole("dialog", { name: "Metrics" }).waitFor({ state: "hidden" });
  }],
  ["scenario", async (page) => {
    await tab(page, "Scenario");
    await page.waitForFunction(() => document.getElementById("scenario-text")?.value.includes("create-stream"));
  }],
  ["scenario with a mistake", async (page) => {
    await page.getByRole("textbox", { name: "Scenario" }).fill("frobnicate");
    await page.getByRole("textbox", { name: "Scenario" }).press("Control+Enter");
    await page.getByRole("list", { name: "What is wrong" }).getByRole("listitem").first().waitFor();
  }],
  ["inspector, nothing chosen", (page) => tab(page, "Inspector")],
  ["a shard's sheet", async (page, size) => {
    await part(page, size, "Stage");
    await page.getByRole("button", { name: /^shardId-0+, / }).first().press("Enter");
    await page.getByRole("heading", { name: /shardId-0+$/ }).waitFor();
  }],
  ["a producer's sheet", async (page, size) => {
    await part(page, size, "Stage");
    await page.getByRole("button", { name: /^Producer bikes/ }).press("Enter");
    await page.getByRole("heading", { name: "bikes" }).waitFor();
  }],
  ["a stream's sheet", async (page, size) => {
    await part(page, size, "Stage");
    await page.getByRole("button", { name: /^Bill/ }).press("Enter");
    await page.getByText(/shard-hour|ShardHour/i).first().waitFor();
  }],
  ["what to do with a shard", async (page, size) => {
    await part(page, size, "Stage");
    await press(page, "What to do with shardId-000000000000");
    await page.getByRole("button", { name: "Split…" }).waitFor();
  }, escape],
  ["what a stream can change", async (page) => {
    await press(page, "Change");
    await page.getByRole("button", { name: "Retention…" }).waitFor();
  }, escape],
  ["this lab", async (page) => {
    await press(page, "This lab");
    await page.getByRole("button", { name: "Begin the lab again" }).waitFor();
  }, escape],
  ["run until", async (page) => {
    await press(page, "Run until");
    await page.getByRole("button", { name: "the oldest record expires" }).waitFor();
  }, escape],
  ["speeds", async (page) => {
    await page.getByRole("button", { name: /^Speed/ }).click();
    await page.getByRole("button", { name: "10×", exact: true }).waitFor();
  }, escape],
  ["ring", (page) => picture(page, 1)],
  ["lineage", (page) => picture(page, 2)],
  ["all parts", (page) => picture(page, 3), (page) => picture(page, 0)],
  ["a link", async (page) => {
    await press(page, "Share this lab");
    await share(page).getByRole("button", { name: "Copy the link" }).waitFor();
  }],
  ["a file", (page) => tab(share(page), "File")],
  ["an embed", (page) => tab(share(page), "Embed")],
  ["AWS", async (page) => {
    await tab(share(page), "Take it to AWS");
    await share(page).getByRole("textbox", { name: /CloudFormation/ }).waitFor();
  }, escape],
  ["palette", async (page) => {
    await page.keyboard.press("Control+k");
    await page.getByRole("option").first().waitFor();
    await page.waitForFunction(() => document.activeElement.matches("dialog[open] [role=combobox]"));
  }],
  ["palette, none found", async (page) => {
    await page.keyboard.type("zzz");
    await page.getByRole("option").first().waitFor({ state: "hidden" });
  }, escape],
  ["keys", async (page) => {
    await page.locator("#main").focus();
    await page.keyboard.press("?");
    await page.getByRole("heading", { name: "Keyboard help" }).waitFor();
  }, escape],
  ["templates", async (page) => {
    await press(page, "Templates");
    await page.getByRole("heading", { name: "Start from a template" }).waitFor();
  }, escape],
  ["an agent's sheet", async (page, size) => {
    await press(page, "Add a writer");
    await page.getByRole("button", { name: /^Kinesis Agent/ }).click();
    await press(page, "Add Kinesis Agent");
    await part(page, size, "Console");
    await type(page, "wait 12s");
    await part(page, size, "Stage");
    await page.getByRole("button", { name: /^Kinesis Agent web-1,/ }).click();
    await page.getByText("Its table FILE_CHECKPOINTS").waitFor();
  }],
  ["clients of every kind", async (page, size) => {
    await part(page, size, "Console");
    await type(page, "lab delete-producer --name docks; lab delete-consumer --name billing; lab put-kpl-producer --name sensors --stream-name trips");
    await type(page, "lab put-kcl-application --name fleet --stream-name trips --workers 3; wait 20s");
    await part(page, size, "Stage");
    await page.getByRole("button", { name: /^KCL application fleet/ }).click();
    await page.getByRole("heading", { name: "fleet" }).waitFor();
  }, (page, size) => part(page, size, "Stage")],
  ["two timelines", async (page, size) => {
    await press(page, "Fork");
    await page.getByRole("complementary", { name: "Two timelines" }).waitFor();
    await part(page, size, "Console");
    await type(page, "lab stop-producer --name bikes; wait 10s");
    await part(page, size, "Stage");
  }],
  ["no stream", async (page, size) => {
    await page.goto(server.url + "/lab#start=empty");
    await page.getByRole("heading", { name: "An empty account" }).waitFor();
    await part(page, size, "Stage");
    await page.getByRole("heading", { name: "No stream yet" }).waitFor();
  }],
];

for (const [size, viewport] of sizes)
  test(`the panels of the lab, ${size}`, async () => {
    const { page, trouble, context } = await visit(chrome, { viewport, colorScheme: "light", bypassCSP: true });
    await page.goto(server.url + "/lab");
    await ready(page);
    for (const [name, open, close] of panels) {
      await open(page, size);
      await fine(page, `${name}-${size}`);
      await close?.(page, size);
    }
    assert.deepEqual(trouble, []);
    await context.close();
  });

// Pages that a person meets seldom.
const seldom = [
  ["calculators", "/lab#calculate", (page) => page.getByText(/^8 shards, because/).waitFor()],
  ["calculator of cost", "/lab#calculate=cost", (page) => page.getByText(/costs least/).first().waitFor()],
  ["calculator of a buffer", "/lab#calculate=buffer", (page) => page.getByRole("form", { name: "Firehose buffer" }).waitFor()],
  ["calculator of retries", "/lab#calculate=retries", (page) => page.getByRole("form", { name: "Retries and duplicates" }).waitFor()],
  ["a broken link", "/lab#s=A12345678AAAA", (page) => page.getByText("This lab does not open").waitFor()],
  ["a lab that is not there", "/lab#start=nothing", (page) => page.getByRole("heading", { name: "There is no such lab" }).waitFor()],
  ["a lesson that is not there", "/lessons/no-such-lesson", (page) => page.getByRole("heading", { name: "There is no such lesson" }).waitFor()],
  ["embedded", "/embed#start=rush-hour", ready],
];

for (const [size, viewport] of sizes)
  test(`pages met seldom, ${size}`, async () => {
    const { page, trouble, context, expectTrouble } = await visit(chrome, { viewport, colorScheme: "light", bypassCSP: true });
    expectTrouble(/404/);
    for (const [name, path, there] of seldom) {
      await page.goto(server.url + path);
      await there(page);
      await page.waitForFunction(() => !document.getElementById("app-wasm-loader"));
      await fine(page, `${name}-${size}`);
    }
    assert.deepEqual(trouble, []);
    await context.close();
  });

test("an engine that does not come leaves a way on, in the lab and beside a lesson", async () => {
  const { page, context } = await visit(chrome, { colorScheme: "light", bypassCSP: true, serviceWorkers: "block" });
  await page.route("**/engine*.wasm*", (route) => route.abort());
  for (const [name, path, said] of [["lab", "/lab", 0], ["lesson", "/lessons/shard-limits", 1]]) {
    await page.goto(server.url + path);
    await page.getByRole("heading", { name: "The engine did not start" }).waitFor();
    await says(() => page.getByText(/The lesson can be read without the engine/).count(), said);
    await page.getByRole("button", { name: "Try again" }).waitFor();
    await fine(page, `no engine, ${name}`);
  }
  await context.close();
});
