// A Firehose stream on the stage: its tank fills and goes by size and by time, what it delivered is walked, previewed and
// downloaded byte for byte.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { ready, says, settled, type } from "./bench-page.mjs";
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

async function bench(options) {
  const v = await visit(chrome, options);
  await v.page.goto(server.url + "/lab");
  await ready(v.page);
  return v;
}

const role = "arn:aws:iam::123456789012:role/firehose_delivery_role";
const create = (name, more = "") =>
  `aws firehose create-delivery-stream --delivery-stream-name ${name} --extended-s3-destination-configuration 'RoleARN=${role},BucketARN=arn:aws:s3:::lake,BufferingHints={SizeInMBs=1,IntervalInSeconds=60}${more}'`;

/** Makes the bucket lake and the Firehose stream clicks, which is put to directly. */
async function clicks(page, more) {
  await type(page, "aws s3 mb s3://lake");
  await type(page, create("clicks", more));
  await type(page, "wait 12s");
}

const put = (page, text) => type(page, `aws firehose put-record --delivery-stream-name clicks --record '{"Data":"${Buffer.from(text).toString("base64")}"}'`);
const trip = (page) => page.locator(".trip").innerText();

/** Opens the bucket from its card and goes down its folders to the first object. */
async function walk(page) {
  await page.getByRole("button", { name: /^Amazon S3 lake,/ }).click();
  await page.locator(".file-table").waitFor();
  while ((await page.locator(".file:not(.folder)").count()) === 0) {
    const crumbs = await page.locator(".crumbs li").count();
    await page.locator(".file.folder .file-name").first().click();
    await page.waitForFunction((n) => document.querySelectorAll(".crumbs li").length > n, crumbs);
  }
  await page.locator(".file:not(.folder) .file-name").first().click();
  await page.locator(".file-head").waitFor();
}

async function download(page) {
  const coming = page.waitForEvent("download");
  await page.getByRole("button", { name: /^Download,/ }).click();
  const file = await coming;
  return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) };
}

test("a slow Firehose stream goes by time, and its object is walked to, previewed and downloaded byte for byte", async () => {
  const { page, trouble, context } = await bench();
  await clicks(page, ",CompressionFormat=GZIP");
  await says(() => page.locator(".stream-pick").inputValue(), /^firehose:clicks$/); // a new one that is put to comes to the stage
  await says(() => trip(page), /^Empty\./);
  await put(page, '{"bike":1}\n');
  await put(page, '{"bike":2}\n');
  await type(page, "wait 18s");
  await says(() => trip(page), /^Time trips it in 42 s\./);
  await says(() => page.locator(".race").getAttribute("aria-label"), /^Size: 22 B of 1 MiB\. Time: 18 s of 1 min 0 s\./);
  await type(page, "wait 44s");
  await says(() => trip(page), /^Empty\./);
  await walk(page);
  await says(() => page.locator(".sheet-text").innerText(), /"bike": 1[^]*"bike": 2/);
  const { name, bytes } = await download(page);
  assert.match(name, /^clicks-1-.*\.gz$/);
  assert.equal(gunzipSync(bytes).toString(), '{"bike":1}\n{"bike":2}\n');
  await says(() => page.locator(".deed").innerText(), /^Downloaded clicks-1-/);
  assert.deepEqual(trouble, []);
  await context.close();
});

test("the form makes a Firehose stream and its bucket, is refused beside the field, and a fast one goes by size", async () => {
  const { page, trouble, context } = await bench();
  await page.getByRole("button", { name: "Add a reader" }).click();
  await page.locator(".form-pick", { hasText: "Firehose stream" }).click();
  await page.locator(`[name="S3.BufferingHints.SizeInMBs"]`).fill("500");
  await page.getByRole("button", { name: "Create Firehose stream" }).click();
  await page.locator(".form-field.flawed", { hasText: "Buffer size" }).waitFor();
  await page.locator(`[name="S3.BufferingHints.SizeInMBs"]`).fill("1");
  await page.getByRole("button", { name: "Create Firehose stream" }).click();
  await page.locator(".form-card").waitFor({ state: "detached" });
  await says(() => page.locator(".deed code").innerText(), /^aws firehose create-delivery-stream --delivery-stream-name raw --delivery-stream-type KinesisStreamAsSource /);
  await page.getByRole("button", { name: /^Firehose raw,/ }).waitFor();
  await type(page, "wait 40s");
  await page.locator(".stream-pick").selectOption("firehose:raw");
  await says(() => trip(page), /^Size trips it in \d+ s\./);
  await page.locator(".pipe-out", { hasText: /[1-9]\d* deliver/ }).waitFor();
  await type(page, "lab put-fault --name broken --destination s3/lake --kind unavailable");
  await type(page, "wait 30s");
  await page.getByRole("button", { name: /^Amazon S3 lake, down/ }).waitFor();
  await says(() => page.locator(".parcel.hurt").first().innerText(), /ServiceUnavailable · again in/);
  assert.deepEqual(trouble, []);
  await context.close();
});

test("what is done to records on their way is changed in the form, and what it does not show goes along", async () => {
  const { page, trouble, context } = await bench();
  await clicks(page, ",ProcessingConfiguration={Enabled=true,Processors=[{Type=Decompression,Parameters=[{ParameterName=CompressionFormat,ParameterValue=GZIP}]}]}");
  await page.locator(".stream-pick").selectOption("firehose:clicks");
  const change = async (...groups) => {
    await page.getByRole("button", { name: "Change", exact: true }).click();
    await page.getByRole("form", { name: "Change clicks" }).waitFor();
    for (const group of groups) await page.locator("details:not([open]) > summary", { hasText: group }).click();
  };
  const field = (name) => page.getByRole("textbox", { name });
  await change("Processing", "Backup of source records");
  await field("Transform with a Lambda function").fill("clean");
  await page.getByLabel("That function").selectOption("new");
  await page.getByLabel("Begin with").selectOption("drops");
  await says(() => page.getByRole("textbox", { name: "index.js" }).innerText(), /result: "Dropped"/);
  await page.getByRole("checkbox", { name: "A line for each record" }).check();
  await field("Keep every source record in the bucket").fill("sources");
  await page.getByRole("button", { name: "Apply" }).press("Enter");
  await page.locator(".form-card").waitFor({ state: "detached" });
  await says(() => page.locator(".deed code").innerText(), /^aws lambda create-function --function-name clean --zip-file fileb:\/\/index\.js --timeout 60; aws s3api create-bucket --bucket sources; aws firehose update-destination --delivery-stream-name clicks/);
  const now = "aws firehose describe-delivery-stream --delivery-stream-name clicks --query 'DeliveryStreamDescription.Destinations[0].ExtendedS3DestinationDescription";
  assert.match(await type(page, `${now}.ProcessingConfiguration.Processors[].Type' --output text`), /^Decompression\s+Lambda\s+AppendDelimiterToRecord$/);
  assert.match(await type(page, `${now}.S3BackupMode' --output text`), /^Enabled$/);

  // From the sheet of the Firehose stream to that of its function.
  const sheet = page.getByRole("region", { name: "Inspector" });
  await page.getByRole("button", { name: /^Firehose stream clicks\./ }).press("Enter");
  await sheet.getByRole("button", { name: "clean", exact: true }).press("Enter");
  await sheet.getByRole("heading", { name: "clean" }).waitFor();
  await page.waitForFunction(() => document.querySelector(".inspector").scrollTop === 0); // another sheet begins at its top
  await sheet.getByText('result: "Dropped"').waitFor();

  await change("Processing");
  await says(() => field("Transform with a Lambda function").inputValue(), /:function:clean$/);
  assert.equal(await page.getByText("Backup of source records").count(), 0, "it cannot be switched off, and is not offered");
  await page.getByLabel("That function").selectOption("code"); // begins with its own
  await says(() => page.getByLabel("Begin with").inputValue(), "own");
  await says(() => page.getByRole("textbox", { name: "index.js" }).innerText(), /result: "Dropped"/);
  await field("Transform with a Lambda function").fill("");
  await page.getByRole("button", { name: "Apply" }).press("Enter");
  await page.locator(".form-card").waitFor({ state: "detached" });
  await sheet.getByRole("button", { name: "Delete the function" }).press("Enter");
  await sheet.getByText('there is no function "clean", or no longer').waitFor();
  await page.getByRole("tab", { name: "Console" }).click();
  assert.match(await type(page, `${now}.ProcessingConfiguration.Processors[].Type' --output text`), /^Decompression\s+AppendDelimiterToRecord$/);
  assert.deepEqual(trouble, []);
  await context.close();
});

test("failed records tell their reasons, and everything is there on a phone and for the keyboard", async () => {
  const axe = readFileSync(new URL("../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
  const { page, trouble, context } = await bench({ viewport: { width: 390, height: 844 } });
  const tab = async (name) => {
    await page.locator("#phone-" + name).click();
    await says(() => page.locator("#phone-" + name).getAttribute("aria-selected"), "true");
  };
  await tab("console");
  await type(page, "lab put-function --name clean --behavior reports-item-failures");
  await clicks(page, ",ProcessingConfiguration={Enabled=true,Processors=[{Type=Lambda,Parameters=[{ParameterName=LambdaArn,ParameterValue=arn:aws:lambda:us-east-1:123456789012:function:clean}]}]}");
  await put(page, "a poison pill");
  await type(page, "wait 200s");
  await tab("stage");
  await walk(page);
  await says(() => page.locator(".inspector").innerText(), /Records that failed[^]*a poison pill/);
  for (const name of ["inspector", "stage"]) {
    await tab(name);
    await settled(page);
    await page.evaluate(axe);
    const found = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
    assert.deepEqual(found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(" ")}`), [], name);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), name + " is no wider than the phone");
  }
  const menu = page.getByRole("button", { name: "What to do with clicks", exact: true });
  await menu.focus();
  await page.keyboard.press("Enter");
  await page.locator('.menu[data-menu="actor"]').getByRole("button", { name: "Put a record…" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("textbox", { name: "Data", exact: true }).waitFor();
  await page.getByRole("button", { name: "Put record", exact: true }).focus();
  await page.keyboard.press("Enter");
  await page.locator(".form-card").waitFor({ state: "detached" });
  await page.getByText("Lambda function clean").waitFor();
  assert.deepEqual(trouble, []);
  await context.close();
});
