// Drives @aws-sdk/client-kinesis for the conformance suite: a question a line on standard input, an answer a line on
// standard output. What goes in and out has the shape of the wire: blobs in base64, timestamps in seconds since 1970.
// The questions are told in ../../drive_test.go; the settings come in the first argument as JSON.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import * as kinesis from "@aws-sdk/client-kinesis";
import { NodeHttp2Handler, NodeHttpHandler } from "@smithy/node-http-handler";

const settings = JSON.parse(process.argv[2]);
// The SDK's own default for Kinesis is HTTP/2, over plain connections too.
const handler = settings.http === "1.1" ? new NodeHttpHandler({ requestTimeout: 60_000 }) : undefined;
const client = new kinesis.KinesisClient({
  endpoint: settings.endpoint,
  region: settings.region,
  credentials: { accessKeyId: settings.key, secretAccessKey: settings.secret },
  maxAttempts: settings.attempts || 1,
  ...(handler && { requestHandler: handler }),
});

const blobs = new Set(["Data"]);
const times = new Set(["Timestamp", "StreamCreationTimestamp"]);

function toNative(value, name) {
  if (Array.isArray(value)) return value.map((v) => toNative(v, name));
  if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, toNative(v, k)]));
  if (blobs.has(name)) return Buffer.from(value, "base64");
  if (times.has(name)) return new Date(value * 1000);
  return value;
}

function toWire(value) {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (value instanceof Date) return value.getTime() / 1000;
  if (Array.isArray(value)) return value.map(toWire);
  if (value && typeof value === "object")
    return Object.fromEntries(Object.entries(value).filter(([k, v]) => k !== "$metadata" && v !== undefined).map(([k, v]) => [k, toWire(v)]));
  return value;
}

const camel = (name) => name.split("-").map((w) => w[0].toUpperCase() + w.slice(1)).join("");

const doers = {
  async call({ op, in: input = {} }) {
    const out = await client.send(new kinesis[op + "Command"](toNative(input)));
    return { out: toWire(out), attempts: out.$metadata.attempts, id: out.$metadata.requestId };
  },

  async pages({ op, in: input = {}, size, items }) {
    const paginate = kinesis["paginate" + op];
    if (!paginate) return { lacks: "a paginator" };
    let all = [], pages = 0;
    for await (const page of paginate({ client, pageSize: size }, toNative(input))) {
      pages++;
      all = all.concat(items.split(".").reduce((value, name) => value[name], toWire(page)));
    }
    return { out: all, pages };
  },

  async wait({ name, in: input }) {
    const until = kinesis["waitUntil" + camel(name)];
    if (!until) return { lacks: "a waiter" };
    await until({ client, minDelay: 1, maxDelay: 1, maxWaitTime: 60 }, toNative(input));
    return { out: null };
  },

  async subscribe({ in: input, records }) {
    const out = await client.send(new kinesis.SubscribeToShardCommand(toNative(input)));
    const events = [];
    let seen = 0;
    for await (const event of out.EventStream) {
      const value = toWire(event.SubscribeToShardEvent);
      events.push(value);
      seen += value.Records.length;
      if (records && seen >= records) return { out: events, ended: false };
    }
    return { out: events, ended: true };
  },

  async shapes() {
    const names = Object.keys(kinesis).filter((k) => /^[A-Z].*Command$/.test(k) && k !== "$Command").map((k) => k.replace(/Command$/, ""));
    const { version } = JSON.parse(readFileSync(new URL("node_modules/@aws-sdk/client-kinesis/package.json", import.meta.url)));
    return { out: Object.fromEntries(names.map((n) => [n, null])), version: "@aws-sdk/client-kinesis " + version };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const ask = JSON.parse(line);
  let answer;
  try {
    answer = await doers[ask.do](ask);
  } catch (e) {
    answer = e.$metadata?.httpStatusCode
      ? { err: { code: e.name, message: e.message, status: e.$metadata.httpStatusCode, type: e.constructor.name }, attempts: e.$metadata.attempts, id: e.$metadata.requestId }
      : { err: { code: "", message: String(e?.message ?? e), type: e?.name ?? typeof e } };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}
client.destroy();
