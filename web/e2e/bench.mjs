// Prints what the page and the engine reach in Chromium, against the budgets. It judges nothing: machines are noisy.
//   node web/e2e/bench.mjs [starts] [engine] [deliveries] [frames] [charts] [sizes] [soak]
// soak plays a lab for SOAK_SECONDS, 600, and is run only when it is named.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ready, type } from "./bench-page.mjs";
import { browser, lab, profile, visit } from "./harness.mjs";

const row = (what, figure, budget) =>
  console.log(`${what.padEnd(58)} ${String(figure).padStart(22)}   ${budget}`);
const ms = (n) => `${Math.round(n)} ms`;
const perSecond = (n) => `${Math.round(n).toLocaleString("en")} records/s`;

const server = await lab();
const chrome = await browser();
try {
  const parts = { starts, engine, deliveries, frames, charts, sizes, soak };
  const asked = process.argv.slice(2);
  for (const part of asked.length ? asked : Object.keys(parts).filter((p) => p !== "soak")) {
    if (!parts[part]) throw new Error(`no part "${part}": name ${Object.keys(parts).join(", ")}`);
    await parts[part]();
  }
} finally {
  await chrome.close();
  await server.close();
}

/** First words, lab interactive, cold and on the visits after, and what those load; in a profile that keeps compiled code. */
async function starts() {
  const dir = mkdtempSync(join(tmpdir(), "shardlab-profile-"));
  const context = await profile(dir);
  const page = await context.newPage();
  const cdp = await context.newCDPSession(page);
  await cdp.send("Network.enable");
  let bytes = 0;
  const served = new Map();
  cdp.on("Network.responseReceived", (e) => served.set(e.requestId, e.response.fromServiceWorker || e.response.fromDiskCache));
  cdp.on("Network.loadingFinished", (e) => {
    if (!served.get(e.requestId)) bytes += e.encodedDataLength;
  });
  await page.addInitScript(() => { // the page itself says when: who asks from outside does so twice a second at last
    const seen = new MutationObserver(() => {
      if (!document.querySelector('button[aria-label="Play"]:enabled')) return;
      performance.mark("shardlab:interactive");
      seen.disconnect();
    });
    seen.observe(document, { subtree: true, childList: true, attributes: true });
  });
  for (const visitName of ["cold", "second visit", "third visit"]) {
    bytes = 0;
    await page.goto(server.url + "/lessons/shard-limits", { waitUntil: "commit" });
    await ready(page);
    const interactive = await page.evaluate(() => performance.getEntriesByName("shardlab:interactive")[0].startTime);
    const painted = await page.waitForFunction(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime);
    const paint = await painted.jsonValue();
    row(`first contentful paint of the words, ${visitName}`, ms(paint), visitName === "cold" ? "500 ms" : "");
    row(`lab interactive, ${visitName}`, ms(interactive), visitName === "cold" ? "2,500 ms" : "1,000 ms");
    row(`bytes over the network, ${visitName}`, bytes.toLocaleString("en"), visitName === "cold" ? "" : "0");
    await page.evaluate(() => navigator.serviceWorker.ready);
    await page.waitForFunction(async () => {
      for (const n of await caches.keys()) if ((await (await caches.open(n)).keys()).some((r) => /engine\..*\.wasm/.test(r.url))) return true;
      return false;
    });
    await page.waitForTimeout(1500); // progress of the first visit goes out
  }
  await context.close();
  rmSync(dir, { recursive: true, force: true });
}

/** Puts a second, and how long a rewind takes, in the engine's worker as the page runs it. */
async function engine() {
  const { page, context } = await visit(chrome);
  await page.goto(server.url + "/settings");
  await page.waitForFunction(() => !document.getElementById("app-wasm-loader"));
  const ask = (labFile, steps) =>
    page.evaluate(
      async ([labFile, steps]) => {
        const { assets } = JSON.parse(document.getElementById("page-data").textContent);
        const worker = new Worker(assets["worker.js"]);
        const waiting = new Map();
        let last;
        worker.onmessage = (e) => {
          if (typeof e.data !== "string") return;
          const m = JSON.parse(e.data);
          if (m.frame) last = m.frame;
          if (m.reply) waiting.get(m.reply.id)?.(m.reply);
        };
        worker.postMessage({ wasm: new URL(assets["engine.wasm"], location).href, exec: new URL(assets["wasm_exec.js"], location).href, shell: new URL(assets["console.wasm"], location).href });
        let id = 0;
        const send = (r) =>
          new Promise((done) => {
            waiting.set(++id, done);
            worker.postMessage(JSON.stringify({ v: 1, id, ...r }));
          });
        await send({ kind: "hello" });
        const opened = await send({ kind: "open", lab: labFile });
        if (opened.error) throw new Error(opened.error.message);
        const took = [];
        for (const s of steps) {
          const t = performance.now();
          const r = await send(s);
          if (r.error) throw new Error(r.error.message);
          took.push(performance.now() - t);
        }
        await new Promise((r) => setTimeout(r, 200));
        const taken = last.streams.reduce((n, s) => n + s.shards.reduce((m, h) => m + h.taken, 0), 0);
        worker.terminate();
        return { took, taken, now: last.now };
      },
      [labFile, steps],
    );
  const world = (shards, producers) => ({
    name: "bench", start: "2026-03-02T08:00:00Z", seed: 1, open: "11s",
    world: [{ do: "kinesis.CreateStream", with: { StreamName: "s", ShardCount: shards } }, ...producers.map((p) => ({ at: "11s", do: "lab.PutProducer", with: { StreamName: "s", ...p } }))],
    goals: [],
  });
  const even = (n, rate) => Array.from({ length: n }, (_, i) => ({ Name: "p" + i, RecordsPerSecond: rate, RecordBytes: 64, Batch: 500, Keys: { Kind: "uniform", Count: 5000, Prefix: "k" } }));
  const crowd = await ask(
    {
      ...world(16, []),
      world: [
        ...world(16, []).world,
        ...Array.from({ length: 100 }, (_, i) => ({ at: "11s", do: "lab.PutProducer", with: { StreamName: "s", Name: "sdk" + i, RecordsPerSecond: 80, RecordBytes: 64, Batch: 40, Keys: { Kind: "uniform", Count: 1000, Prefix: "k" } } })),
        ...Array.from({ length: 100 }, (_, i) => ({ at: "11s", do: "lab.PutKplProducer", with: { StreamName: "s", Name: "kpl" + i, RecordsPerSecond: 80, RecordBytes: 64, Keys: { Kind: "uniform", Count: 1000, Prefix: "k" } } })),
        { at: "11s", do: "lab.PutKclApplication", with: { Name: "app", StreamName: "s", Workers: 50 } },
      ],
    },
    [{ kind: "until", until: { at: 41e6 } }, { kind: "until", until: { at: 71e6 } }],
  );
  row("200 producers (half KPL), 16 shards, 50 workers, 16,000/s", `${(30_000 / crowd.took[1]).toFixed(1)} x real time`, "");
  const full = await ask(world(16, even(2, 8500)), [{ kind: "until", until: { at: 41e6 } }]);
  row("whole lab, put records, 16 shards, 64 bytes, limits on", perSecond(full.taken / (full.took[0] / 1000)), "300,000 records/s");
  const ten = await ask(world(5, even(1, 4000)), [{ kind: "until", until: { at: 611e6 } }, { kind: "seek", at: 300e6 }, { kind: "seek", at: 43e6 }, { kind: "seek", at: 605e6 }]);
  row("10 minutes at 4,000 records/s: run at full speed", ms(ten.took[0]), "");
  row("  rewind to 5:00 / to 0:43 / forward to 10:05", ten.took.slice(1).map(ms).join(" / "), "1,000 ms");
  const typed = await ask(world(1, []), [{ kind: "type", line: "echo" }, { kind: "type", line: "for i in $(seq 500); do aws kinesis put-record --stream-name s --partition-key $i --data YQ==; done | tail -1" }]);
  row("first line of the console: fetched, started, run", ms(typed.took[0]), "");
  row("  commands of a loop in the console", `${Math.round(500 / (typed.took[1] / 1000))} a second`, "");
  await context.close();
}

/** Firehose delivers 1 GB to S3: its Go benchmark, built as WebAssembly and run by this Chromium, a program for each format. */
async function deliveries() {
  const top = join(dirname(fileURLToPath(import.meta.url)), "../..");
  const go = (args, env) => execFileSync("go", args, { cwd: top, env: { ...process.env, ...env } });
  const dir = mkdtempSync(join(tmpdir(), "shardlab-deliver-"));
  go(["test", "-c", "-o", join(dir, "deliver.wasm"), "./wasm/firehose"], { GOOS: "js", GOARCH: "wasm" });
  const files = {
    "/": ["text/html", `<script src="/exec.js"></script>`],
    "/exec.js": ["text/javascript", readFileSync(join(String(go(["env", "GOROOT"])).trim(), "lib/wasm/wasm_exec.js"))],
    "/deliver.wasm": ["application/wasm", readFileSync(join(dir, "deliver.wasm"))],
  };
  rmSync(dir, { recursive: true });
  const served = createServer((q, r) => {
    const [type, body] = files[q.url] ?? ["text/plain", ""];
    r.writeHead(200, { "Content-Type": type }).end(body);
  });
  await new Promise((done) => served.listen(0, "127.0.0.1", done));
  const megabytes = process.env.DELIVER_MB ?? "1000";
  for (const format of ["uncompressed", "gzip", "parquet"]) {
    const { page, context } = await visit(chrome);
    await page.goto(`http://127.0.0.1:${served.address().port}/`);
    const { text, memory } = await page.evaluate(
      async ([format, megabytes]) => {
        const lines = [];
        console.log = (...words) => lines.push(words.join(" "));
        const go = new Go();
        go.argv = ["deliver", "-test.run=^$", `-test.bench=Deliver/${format}$`, "-test.benchtime=1x", `-deliver=${megabytes}`];
        const { instance } = await WebAssembly.instantiateStreaming(fetch("/deliver.wasm"), go.importObject);
        await go.run(instance);
        return { text: lines.join("\n"), memory: instance.exports.mem.buffer.byteLength };
      },
      [format, megabytes],
    );
    const speed = text.match(/([\d.]+) MB\/s/)?.[1];
    if (!speed) throw new Error(`the benchmark of ${format} says\n${text}`);
    row(`Firehose delivers ${megabytes} MB, ${format}`, `${speed} MB/s`, "");
    row("  memory of the program at most", `${Math.round(memory / 1e6)} MB`, "");
    await context.close();
  }
  served.close();
}

/**
 * Frames and long tasks of the page while the engine runs a busy lab: a lesson, a thousand records in flight, a heat bar of 200 shards,
 * and the same when one looks nearer.
 */
async function frames() {
  const stream = (shards, rate) => `aws kinesis create-stream --stream-name busy --shard-count ${shards}; wait 12s; ` +
    `lab put-producer --name load --stream-name busy --records-per-second ${rate} --batch 20 --keys Kind=uniform,Count=400; lab put-consumer --name board --stream-name busy; wait 5s`;
  const thousand = stream(12, 220); // each a dot of its own
  const large = "aws kinesis create-stream --stream-name busy --shard-count 200; wait 30s; " +
    "lab put-producer --name load --stream-name busy --records-per-second 9000 --batch 100 --keys Kind=uniform,Count=500; lab put-consumer --name board --stream-name busy; wait 3s";
  await scene("a lesson", "/lessons/hot-shard");
  await scene("1,000 records in flight", "/lab#start=empty", thousand);
  await scene("the same, nearer", "/lab#start=empty", thousand, 3);
  await scene("4,000 records/s, dots that stand for many", "/lab#start=empty", stream(6, 4000));
  await scene("200 shards", "/lab#start=empty", large);
  await scene("200 shards, nearer", "/lab#start=empty", large, 6);
}

async function scene(name, path, line, nearer = 0) {
  const { page, context } = await visit(chrome);
  await page.goto(server.url + path);
  await ready(page);
  if (line) await type(page, line);
  for (let i = 0; i < nearer; i++) await page.getByRole("button", { name: "Zoom in" }).click();
  await page.waitForTimeout(1000);
  await page.getByRole("button", { name: "Play", exact: true }).click();
  await page.waitForTimeout(6000); // the air fills
  await smooth(page, `frames a second, ${name} (software rendering)`);
  await context.close();
}

/** Prints the frames and long tasks of a page over some seconds. */
async function smooth(page, what) {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("Performance.enable");
  const spent = async () => Object.fromEntries((await cdp.send("Performance.getMetrics")).metrics.map((m) => [m.name, m.value * 1000]));
  const before = await spent();
  const seen = await page.evaluate(
    () =>
      new Promise((done) => {
        const long = [], gaps = [];
        new PerformanceObserver((l) => l.getEntries().forEach((e) => long.push(e.duration))).observe({ entryTypes: ["longtask"] });
        let before = performance.now();
        const end = before + 8000;
        const tick = (now) => {
          gaps.push(now - before);
          before = now;
          if (now < end) requestAnimationFrame(tick);
          else done({ long, gaps, dots: Number(document.getElementById("bench-dots")?.dataset.dots ?? 0) });
        };
        requestAnimationFrame(tick);
      }),
  );
  const after = await spent();
  const each = (name) => ((after[name] - before[name]) / seen.gaps.length).toFixed(1);
  const sorted = seen.gaps.slice(1).sort((a, b) => a - b);
  row(what, (1000 / (sorted.reduce((a, b) => a + b, 0) / sorted.length)).toFixed(0), "60");
  if (seen.dots) row("  dots in the air", seen.dots, "");
  row("  CPU of the main thread a frame: script, style, layout", `${each("ThreadTime")} ms: ${each("ScriptDuration")}, ${each("RecalcStyleDuration")}, ${each("LayoutDuration")}`, "16.7 ms");
  row("  99th percentile between two frames", ms(sorted[Math.floor(sorted.length * 0.99)]), "");
  row("  tasks over 50 ms, and the longest", `${seen.long.length}, ${ms(Math.max(0, ...seen.long))}`, "0");
}

/** The same with charts: six over the whole of a run that goes on at 60x, a cursor that moves over them, and how long a redraw takes. */
async function charts() {
  const { page, context } = await visit(chrome);
  await page.goto(server.url + "/lab#start=rush-hour");
  await ready(page);
  await page.getByLabel("Time that charts show").selectOption("run");
  await page.getByRole("button", { name: /^Speed/ }).click();
  await page.getByRole("menuitemradio", { name: "60×" }).or(page.getByRole("button", { name: "60×", exact: true })).first().click();
  await page.getByRole("button", { name: "Play", exact: true }).click();
  await page.waitForTimeout(3000);
  await smooth(page, "frames a second, seven charts over a run at 60x");
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  const box = await page.getByRole("slider", { name: /^IncomingRecords/ }).boundingBox();
  let moving = true;
  const mouse = (async () => {
    for (let i = 0; moving; i++) await page.mouse.move(box.x + (box.width * (i % 100)) / 100, box.y + box.height / 2);
  })();
  await smooth(page, "frames a second, the cursor moves over all charts");
  moving = false;
  await mouse;
  await context.close();
}

/** A lab plays for ten minutes while somebody looks at its parts: what the page and its workers hold, after a minute and at the end. */
async function soak() {
  const seconds = Number(process.env.SOAK_SECONDS ?? 600);
  const { page, context } = await visit(chrome);
  const cdp = await context.newCDPSession(page);
  await cdp.send("Performance.enable");
  await page.goto(server.url + "/lab");
  await ready(page);
  await type(page, "for p in bikes docks; do lab put-producer --name $p --stream-name trips --records-per-second 40; done");
  await page.getByRole("button", { name: "Play", exact: true }).click();
  const measure = async () => {
    await cdp.send("HeapProfiler.collectGarbage");
    const { metrics } = await cdp.send("Performance.getMetrics");
    const of = (name) => metrics.find((m) => m.name === name).value;
    return { heap: of("JSHeapUsedSize") / 1e6, nodes: of("Nodes"), listeners: of("JSEventListeners"), resident: resident() };
  };
  const begin = performance.now();
  const tabs = ["Charts", "Events", "Console", "Inspector"];
  let early;
  for (let i = 0; performance.now() - begin < seconds * 1000; i++) {
    await page.getByRole("tab", { name: tabs[i % tabs.length] }).first().click();
    await page.waitForTimeout(2500);
    if (!early && performance.now() - begin > Math.min(60_000, seconds * 250)) early = await measure();
  }
  const late = await measure();
  row(`soak of ${seconds} s, resident memory of Chromium's pages`, `${early.resident} → ${late.resident} MB`, "no growth");
  row("  JavaScript heap of the page, collected", `${early.heap.toFixed(1)} → ${late.heap.toFixed(1)} MB`, "no growth");
  row("  nodes, listeners", `${early.nodes} → ${late.nodes}, ${early.listeners} → ${late.listeners}`, "no growth");
  await context.close();
}

/** MB that the renderers of this Chromium keep in memory: the page, its engine and its console. */
function resident() {
  const found = execFileSync("ps", ["-eo", "pid=,ppid=,rss=,args="], { encoding: "utf8" });
  const all = found.split("\n").map((l) => l.trim().match(/^(\d+) +(\d+) +(\d+) +(.*)$/)).filter(Boolean);
  const mine = new Set([String(process.pid)]);
  for (let before = 0; before !== mine.size; ) {
    before = mine.size;
    for (const [, pid, parent] of all) if (mine.has(parent)) mine.add(pid);
  }
  const kb = all.filter(([, pid, , , args]) => mine.has(pid) && args.includes("--type=renderer")).reduce((n, l) => n + Number(l[3]), 0);
  return Math.round(kb / 1000);
}

/** Compressed sizes of the programs, as the packer left them; `make dist` packs with brotli 11. */
function sizes() {
  const built = join(dirname(fileURLToPath(import.meta.url)), "../built");
  for (const [name, budget] of [["app", "1,900 kB"], ["engine", "2,200 kB"], ["console", "1,650 kB"]]) {
    const file = readdirSync(built).find((f) => f.startsWith(name + ".") && f.endsWith(".wasm.br"));
    row(`${name}.wasm, brotli as built last`, file ? `${(statSync(join(built, file)).size / 1000).toFixed(1)} kB` : "not built", budget);
  }
}
