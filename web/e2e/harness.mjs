// What every end-to-end test needs: the real server binary on a port of its own with a database of its own, a real
// Chromium with an empty profile, and a guard that fails a test when a request leaves the machine or the page complains.
import { spawn, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const top = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

/** The server binary under test: SHARDLAB_BIN, or what `make dist` or `make build` left. */
export function serverBinary() {
  const found = [process.env.SHARDLAB_BIN && resolve(process.env.SHARDLAB_BIN), join(top, "dist/shardlab"), join(top, "bin/shardlab")].find((p) => p && existsSync(p));
  if (!found) throw new Error("no server binary: run `make dist` first, or name one in SHARDLAB_BIN");
  return found;
}

function chromiumPath() {
  const found = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((p) => p && existsSync(p));
  if (!found) throw new Error("no Chromium: install Debian's package chromium, or name one in CHROMIUM");
  return found;
}

function freePort() {
  return new Promise((done, fail) => {
    const s = createServer();
    s.on("error", fail);
    s.listen(0, "127.0.0.1", () => {
      const { port } = s.address();
      s.close(() => done(port));
    });
  });
}

const kept = `shardlab-built-${readdirSync(join(top, "server/store/migrations")).length}-`; // databases of another schema are left alone

/** Where a database is kept in which this binary has built the course: that takes as long as many a test. */
function courseOf(binary) {
  const { size, mtimeMs } = statSync(binary);
  return join(tmpdir(), `${kept}${size}-${Math.round(mtimeMs)}.db`);
}

/** Keeps the database of a server that nobody has used yet, once the course is built. */
async function keepCourse(server, db) {
  for (let i = 0; i < 2400 && !server.output.includes("course is ready"); i++) await new Promise((r) => setTimeout(r, 100));
  const course = courseOf(serverBinary());
  const copy = `${course}.${process.pid}`;
  if (spawnSync(serverBinary(), ["backup", "-db", db, copy]).status !== 0) return;
  const old = Date.now() - 864e5; // those of a day belong to work that goes on beside this
  for (const f of readdirSync(tmpdir())) if (f.startsWith("shardlab-built-") && f.endsWith(".db") && statSync(join(tmpdir(), f), { throwIfNoEntry: false })?.mtimeMs < old) rmSync(join(tmpdir(), f), { force: true });
  renameSync(copy, course);
}

/**
 * Starts the server in a folder of its own, with a database that holds the course and nothing else; stop() ends it, start() starts
 * it again on the same port and database.
 */
export async function lab() {
  const dir = mkdtempSync(join(tmpdir(), "shardlab-e2e-"));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  let child;
  const server = {
    url,
    dir,
    output: "",
    async start() {
      child = spawn(serverBinary(), ["-addr", `127.0.0.1:${port}`, "-db", join(dir, "shardlab.db")], { cwd: dir });
      child.stdout.on("data", (d) => (server.output += d));
      child.stderr.on("data", (d) => (server.output += d));
      for (let i = 0; i < 400; i++) {
        try {
          if ((await fetch(url + "/healthz")).ok) return;
        } catch {
          /* not listening yet */
        }
        if (child.exitCode !== null) throw new Error("the server ended at once:\n" + server.output);
        await new Promise((r) => setTimeout(r, 25));
      }
      throw new Error("the server does not answer:\n" + server.output);
    },
    async stop(signal = "SIGTERM") {
      if (!child || child.exitCode !== null) return;
      const ended = new Promise((r) => child.once("exit", r));
      child.kill(signal);
      await ended;
    },
    async close() {
      await server.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
  const db = join(dir, "shardlab.db");
  const course = courseOf(serverBinary());
  const known = existsSync(course) ? course : readdirSync(tmpdir()).filter((f) => f.startsWith(kept) && f.endsWith(".db")).map((f) => join(tmpdir(), f))[0];
  if (known) copyFileSync(known, db); // of another binary: what has the same engine need not be played again
  await server.start();
  if (!existsSync(course)) await keepCourse(server, db);
  return server;
}

/** How the project starts Chromium, always: headless and quiet. */
const launch = () => ({
  executablePath: chromiumPath(),
  args: [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
  ],
});

/** Starts Chromium with an empty profile. */
export function browser() {
  return chromium.launch(launch());
}

/** Starts Chromium with a profile in a folder: unlike a context of browser(), it keeps compiled code, as a person's browser does. */
export function profile(dir) {
  return chromium.launchPersistentContext(dir, { ...launch(), viewport: { width: 1440, height: 900 } });
}

/** How many times slower than this machine the pages of a test run: SLOW=4 is about a phone of some years ago; 1 when not set. */
export const slow = Number(process.env.SLOW ?? 1);
if (!(slow >= 1)) throw new Error(`SLOW is how many times slower pages run, 1 or more, and not ${process.env.SLOW}`);

/**
 * Opens a page in a context of its own. Every request is watched: one to another host is refused and recorded in
 * `trouble`, as are console errors and uncaught exceptions. `expectTrouble(regexp)` lets a test cause some on purpose.
 */
export async function visit(chrome, options = {}) {
  const context = await chrome.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const trouble = [];
  const allowed = [];
  const note = (text) => {
    if (!allowed.some((re) => re.test(text))) trouble.push(text);
  };
  await context.route(
    (u) => !["127.0.0.1", "localhost"].includes(u.hostname) && u.protocol.startsWith("http"),
    (route) => {
      note("a request left the machine: " + route.request().url());
      return route.abort();
    },
  );
  const page = await context.newPage();
  if (slow > 1) {
    context.setDefaultTimeout(30_000 * slow);
    await (await context.newCDPSession(page)).send("Emulation.setCPUThrottlingRate", { rate: slow });
  }
  page.on("console", (m) => m.type() === "error" && note("console error: " + m.text()));
  page.on("pageerror", (e) => note("uncaught: " + (e.stack || e.message)));
  return { context, page, trouble, expectTrouble: (re) => allowed.push(re) };
}
