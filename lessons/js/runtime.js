// One invocation of a handler in JavaScript, in virtual time: the same text runs in a sandboxed worker of the browser and
// natively in goja. It is one expression, an object for its host:
//   begin(call)  takes a call as JSON and starts the handler
//   step()       runs the next timer, false when nothing is left to do; between two steps the host lets promises settle
//   finish()     the answer as JSON
// What a host offers beside JavaScript itself is taken away, so that both are alike: no network, no file, no module, no clock.
(function () {
  "use strict";
  const root = globalThis;
  const { JSON, Error, Object, Array, String, Number, Math: math, Promise, Uint8Array, Symbol, Map, Set, WeakSet } = root;
  const RealDate = root.Date, Fn = root.Function;
  const MAX_LINES = 200, MAX_LINE = 4096, MAX_RESULT = 7 << 20;

  let call, elapsed = 0, done = false, hung = false, memory = false, result, fault, lines = [], more = 0;
  let timers = [], timerId = 0;

  const allowed = new Set(("Object Function Array Number parseFloat parseInt Infinity NaN undefined Boolean String Symbol Date Promise RegExp Error " +
    "AggregateError EvalError RangeError ReferenceError SyntaxError TypeError URIError globalThis JSON Math ArrayBuffer Uint8Array Int8Array Uint16Array " +
    "Int16Array Uint32Array Int32Array Float32Array Float64Array Uint8ClampedArray BigUint64Array BigInt64Array DataView Map BigInt Set WeakMap WeakSet " +
    "Proxy Reflect decodeURI decodeURIComponent encodeURI encodeURIComponent escape unescape eval isFinite isNaN").split(" "));
  for (let o = root; o && o !== Object.prototype; o = Object.getPrototypeOf(o)) {
    for (const name of Object.getOwnPropertyNames(o)) {
      if (allowed.has(name) || name === "constructor") continue;
      try { delete o[name]; } catch { }
      if (name in o) try { Object.defineProperty(o, name, { value: undefined }); } catch { }
    }
  }
  const put = (o, name, value) => Object.defineProperty(o, name, { value, writable: true, configurable: true, enumerable: false });

  // Memory: what could take all at once is refused. What grows bit by bit the host has to watch.
  class OutOfMemory extends root.RangeError { }
  const tooMuch = (bytes) => {
    if (bytes <= call.memory * 1048576) return;
    memory = true;
    throw new OutOfMemory("out of memory");
  };
  for (const name of ["repeat", "padStart", "padEnd"]) {
    const real = String.prototype[name];
    put(String.prototype, name, function (n, ...rest) {
      tooMuch(name === "repeat" ? String(this).length * Number(n) : Number(n));
      return real.call(this, n, ...rest);
    });
  }
  for (const name of ["ArrayBuffer", "Uint8Array", "Int8Array", "Uint16Array", "Int16Array", "Uint32Array", "Int32Array", "Float32Array", "Float64Array", "Uint8ClampedArray", "BigUint64Array", "BigInt64Array"]) {
    if (!root[name]) continue;
    const width = root[name].BYTES_PER_ELEMENT || 1;
    put(root, name, new root.Proxy(root[name], { construct(target, args, made) {
      if (typeof args[0] === "number") tooMuch(args[0] * width);
      return root.Reflect.construct(target, args, made);
    } }));
  }
  put(root, "Array", new root.Proxy(Array, {
    construct(target, args, made) { if (args.length === 1 && typeof args[0] === "number") tooMuch(args[0] * 8); return root.Reflect.construct(target, args, made); },
    apply(target, self, args) { if (args.length === 1 && typeof args[0] === "number") tooMuch(args[0] * 8); return root.Reflect.apply(target, self, args); },
  }));
  const fill = Array.prototype.fill;
  put(Array.prototype, "fill", function (...args) { tooMuch(this.length * 8); return fill.apply(this, args); });

  // Time.
  const now = () => call.now + elapsed;
  class VirtualDate extends RealDate {
    constructor(...args) {
      if (args.length === 0) super(now());
      else if (args.length > 1) super(RealDate.UTC(...args));
      else super(args[0]);
    }
    static now() { return now(); }
  }
  for (const part of ["FullYear", "Month", "Date", "Day", "Hours", "Minutes", "Seconds", "Milliseconds"]) {
    put(VirtualDate.prototype, "get" + part, RealDate.prototype["getUTC" + part]);
    if (part !== "Day") put(VirtualDate.prototype, "set" + part, RealDate.prototype["setUTC" + part]);
  }
  put(VirtualDate.prototype, "getTimezoneOffset", () => 0);
  put(VirtualDate.prototype, "toString", RealDate.prototype.toUTCString);
  put(VirtualDate.prototype, "toLocaleString", RealDate.prototype.toISOString);
  put(VirtualDate.prototype, "toLocaleDateString", function () { return this.toISOString().slice(0, 10); });
  put(VirtualDate.prototype, "toLocaleTimeString", function () { return this.toISOString().slice(11, 19); });
  put(root, "Date", new root.Proxy(VirtualDate, { apply: () => new VirtualDate().toString() }));
  put(root, "performance", { now: () => elapsed });

  const timer = (f, ms, args, every) => {
    if (typeof f !== "function") throw new root.TypeError("The \"callback\" argument must be of type function.");
    ms = Number(ms);
    const wait = ms >= 1 && ms <= 2147483647 ? math.floor(ms) : 1;
    timers.push({ id: ++timerId, due: elapsed + wait, f, args, every: every ? wait : 0 });
    return timerId;
  };
  const clear = (id) => { timers = timers.filter((t) => t.id !== id); };
  put(root, "setTimeout", (f, ms, ...args) => timer(f, ms, args));
  put(root, "setInterval", (f, ms, ...args) => timer(f, ms, args, true));
  put(root, "setImmediate", (f, ...args) => timer(f, 0, args));
  for (const name of ["clearTimeout", "clearInterval", "clearImmediate"]) put(root, name, clear);
  put(root, "queueMicrotask", (f) => { Promise.resolve().then(f).catch(crashed); });

  // Chance: sfc32, grown from the call's seed.
  let a, b, c, d;
  const grow = (high, low) => {
    a = high | 0; b = low | 0; c = 0x9e3779b9 | 0; d = 1;
    for (let i = 0; i < 15; i++) next();
  };
  const next = () => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return t >>> 0;
  };
  put(math, "random", () => (next() * 2097152 + (next() >>> 11)) / 9007199254740992);
  put(root, "crypto", { randomUUID() {
    const hex = Array.from({ length: 4 }, () => next().toString(16).padStart(8, "0")).join("");
    return [hex.slice(0, 8), hex.slice(8, 12), "4" + hex.slice(13, 16), "a" + hex.slice(17, 20), hex.slice(20)].join("-");
  } });

  // Text and bytes.
  const Bytes = root.Uint8Array;
  const utf8 = (text) => {
    text = String(text);
    const flat = new Uint8Array(text.length);
    let at = 0;
    for (let c; at < text.length && (c = text.charCodeAt(at)) < 128; at++) flat[at] = c;
    if (at === text.length) return flat;
    const out = [];
    for (const ch of text) {
      let p = ch.codePointAt(0);
      if (p >= 0xd800 && p <= 0xdfff) p = 0xfffd;
      if (p < 0x80) out.push(p);
      else if (p < 0x800) out.push(0xc0 | p >> 6, 0x80 | p & 63);
      else if (p < 0x10000) out.push(0xe0 | p >> 12, 0x80 | p >> 6 & 63, 0x80 | p & 63);
      else out.push(0xf0 | p >> 18, 0x80 | p >> 12 & 63, 0x80 | p >> 6 & 63, 0x80 | p & 63);
    }
    return out;
  };
  const plain = (bytes) => {
    for (let i = 0; i < bytes.length; i++) if (bytes[i] > 127) return false;
    return true;
  };
  const fromUtf8 = (bytes) => {
    const parts = [];
    if (plain(bytes)) {
      for (let i = 0; i < bytes.length; i += 1024) parts.push(String.fromCharCode.apply(null, bytes.subarray(i, i + 1024)));
      return parts.join("");
    }
    let text = "";
    for (let i = 0; i < bytes.length;) {
      const x = bytes[i];
      let n = x < 0x80 ? 0 : x >= 0xc2 && x < 0xe0 ? 1 : x >= 0xe0 && x < 0xf0 ? 2 : x >= 0xf0 && x < 0xf5 ? 3 : -1, p = n === 0 ? x : n > 0 ? x & (63 >> n) : 0xfffd, k = 1;
      if (n < 0) n = 0;
      for (; k <= n; k++) {
        const y = bytes[i + k];
        const low = k > 1 ? 0x80 : x === 0xe0 ? 0xa0 : x === 0xf0 ? 0x90 : 0x80, high = k > 1 ? 0xbf : x === 0xed ? 0x9f : x === 0xf4 ? 0x8f : 0xbf;
        if (!(y >= low && y <= high)) { p = 0xfffd; break; }
        p = p << 6 | y & 63;
      }
      i += k;
      text += String.fromCodePoint(p);
      if (text.length > 4096) { parts.push(text); text = ""; }
    }
    return parts.join("") + text;
  };
  const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const base64 = (bytes) => {
    let text = "";
    const whole = bytes.length - bytes.length % 3;
    for (let i = 0; i < whole; i += 3) {
      const n = bytes[i] << 16 | bytes[i + 1] << 8 | bytes[i + 2];
      text += digits[n >> 18] + digits[n >> 12 & 63] + digits[n >> 6 & 63] + digits[n & 63];
    }
    if (whole < bytes.length) {
      const n = bytes[whole] << 16 | (bytes[whole + 1] || 0) << 8;
      text += digits[n >> 18] + digits[n >> 12 & 63] + (whole + 1 < bytes.length ? digits[n >> 6 & 63] : "=") + "=";
    }
    return text;
  };
  const places = [];
  for (let i = 0; i < 128; i++) places[i] = 64;
  for (let i = 0; i < 64; i++) places[digits.charCodeAt(i)] = i;
  places[45] = 62; places[95] = 63; // - and _
  const fromBase64 = (text) => {
    const out = new Uint8Array(text.length * 3 >> 2);
    let n = 0, bits = 0, at = 0;
    for (let i = 0; i < text.length; i++) {
      const c = text.charCodeAt(i);
      if (c === 61) break;
      const v = c < 128 ? places[c] : 64;
      if (v === 64) continue;
      n = (n << 6 | v) & 0xffffff;
      bits += 6;
      if (bits >= 8) { bits -= 8; out[at++] = n >> bits & 255; }
    }
    return out.subarray(0, at);
  };
  const encode = (text, encoding) => {
    switch (String(encoding || "utf8").toLowerCase()) {
      case "utf8": case "utf-8": return utf8(text);
      case "base64": case "base64url": return fromBase64(String(text));
      case "hex": return (String(text).match(/^(?:[0-9a-f]{2})*/i)[0].match(/../g) || []).map((x) => root.parseInt(x, 16));
      case "latin1": case "binary": case "ascii": return Array.from(String(text), (x) => x.charCodeAt(0) & 255);
    }
    throw new root.TypeError("Unknown encoding: " + encoding);
  };
  class Buffer extends Uint8Array {
    static from(x, encoding) {
      if (typeof x === "string") x = encode(x, encoding);
      else if (x && x.type === "Buffer" && Array.isArray(x.data)) x = x.data;
      else if (x === null || typeof x !== "object") throw new root.TypeError("The first argument must be of type string or an instance of Buffer, ArrayBuffer, or Array.");
      return new Buffer(x);
    }
    static alloc(n, value) { tooMuch(n); const b = new Buffer(n); return value === undefined ? b : b.fill(value); }
    static isBuffer(x) { return x instanceof Buffer; }
    static byteLength(x, encoding) { return typeof x === "string" ? encode(x, encoding).length : x.byteLength; }
    static concat(list) {
      const out = Buffer.alloc(list.reduce((n, x) => n + x.length, 0));
      let at = 0;
      for (const x of list) { out.set(x, at); at += x.length; }
      return out;
    }
    toString(encoding) {
      switch (String(encoding || "utf8").toLowerCase()) {
        case "utf8": case "utf-8": return fromUtf8(this);
        case "base64": return base64(this);
        case "base64url": return base64(this).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
        case "hex": return Array.from(this, (x) => x.toString(16).padStart(2, "0")).join("");
        case "latin1": case "binary": return Array.from(this, (x) => String.fromCharCode(x)).join("");
        case "ascii": return Array.from(this, (x) => String.fromCharCode(x & 127)).join("");
      }
      throw new root.TypeError("Unknown encoding: " + encoding);
    }
    toJSON() { return { type: "Buffer", data: Array.from(this) }; }
    equals(x) { return this.length === x.length && this.every((v, i) => v === x[i]); }
  }
  put(root, "Buffer", Buffer);
  put(root, "atob", (text) => Array.from(fromBase64(String(text)), (x) => String.fromCharCode(x)).join(""));
  put(root, "btoa", (text) => base64(encode(text, "latin1")));
  put(root, "TextEncoder", class TextEncoder { encode(text) { return new Bytes(utf8(text === undefined ? "" : text)); } });
  put(root, "TextDecoder", class TextDecoder { decode(bytes) { return fromUtf8(new Bytes(bytes.buffer ? bytes : new Bytes(bytes))); } });

  // The log.
  const show = (x, depth, seen) => {
    switch (typeof x) {
      case "string": return depth ? "'" + x.replace(/\\/g, "\\\\").replace(/'/g, "\\'").replace(/\n/g, "\\n") + "'" : x;
      case "bigint": return x + "n";
      case "symbol": return x.toString();
      case "function": return "[Function" + (x.name ? ": " + x.name : " (anonymous)") + "]";
      case "object": break;
      default: return Object.is(x, -0) ? "-0" : String(x);
    }
    if (x === null) return "null";
    if (seen.includes(x)) return "[Circular *1]";
    if (x instanceof Error) return x.name + ": " + x.message;
    if (x instanceof RealDate) return x.toISOString();
    if (x instanceof root.RegExp) return String(x);
    const inner = seen.concat([x]);
    if (depth > 2) return Array.isArray(x) ? "[Array]" : "[Object]";
    const each = (y) => show(y, depth + 1, inner);
    if (Buffer.isBuffer(x)) return "<Buffer " + Array.from(x.slice(0, 50), (v) => v.toString(16).padStart(2, "0")).join(" ") + (x.length > 50 ? " ..." : "") + ">";
    if (Array.isArray(x) || x instanceof Object.getPrototypeOf(Uint8Array)) {
      const parts = Array.from(x.slice(0, 100), each);
      if (x.length > 100) parts.push("... " + (x.length - 100) + " more items");
      return parts.length ? "[ " + parts.join(", ") + " ]" : "[]";
    }
    if (x instanceof Map) return "Map(" + x.size + ") {" + Array.from(x, ([k, v]) => " " + each(k) + " => " + each(v)).join(",") + " }";
    if (x instanceof Set) return "Set(" + x.size + ") {" + Array.from(x, (v) => " " + each(v)).join(",") + " }";
    const parts = Object.keys(x).map((k) => (/^[A-Za-z_$][\w$]*$/.test(k) ? k : "'" + k + "'") + ": " + each(x[k]));
    return parts.length ? "{ " + parts.join(", ") + " }" : "{}";
  };
  const write = (level, text) => {
    if (lines.length >= MAX_LINES) { more++; return; }
    lines.push({ after: elapsed, level, text: text.length > MAX_LINE ? text.slice(0, MAX_LINE) : text });
  };
  const console = {};
  for (const [name, level] of [["log", "INFO"], ["info", "INFO"], ["warn", "WARN"], ["error", "ERROR"], ["debug", "DEBUG"], ["trace", "TRACE"]]) {
    console[name] = (...args) => write(level, args.map((x) => show(x, 0, [])).join(" "));
  }
  put(root, "console", console);

  // The handler.
  const fail = (kind, message) => {
    if (done) return;
    done = true;
    if (memory) return;
    fault = { kind: String(kind), message: String(message) };
    write("ERROR", "Invoke Error \t" + JSON.stringify({ errorType: fault.kind, errorMessage: fault.message }));
  };
  const crashed = (e) => {
    if (e instanceof Error) fail(e.name, e.message);
    else fail(typeof e, typeof e === "string" ? e : show(e, 0, []));
  };
  const succeed = (x) => {
    if (done) return;
    try {
      result = JSON.stringify(x === undefined ? null : x);
      if (result === undefined) result = "null";
    } catch (e) {
      return fail("Runtime.MarshalError", "Unable to stringify response body");
    }
    done = true;
  };

  const begin = (text) => {
    call = JSON.parse(text);
    grow(call.seed[0], call.seed[1]);
    put(root, "process", { env: Object.assign({}, call.env), version: "v22.0.0", nextTick: (f, ...args) => root.queueMicrotask(() => f(...args)),
      memoryUsage: () => ({ heapUsed: 0 }), uptime: () => elapsed / 1000, hrtime: () => [math.floor(elapsed / 1000), elapsed % 1000 * 1e6], on() { } });
    try {
      const module = { exports: {} };
      const require = (name) => {
        const e = new Error("Cannot find module '" + name + "': the lab has no modules and no network");
        e.name = "Runtime.ImportModuleError";
        throw e;
      };
      let run;
      try {
        run = new Fn("exports", "module", "require", call.code + "\n");
      } catch (e) {
        const esm = /^\s*(export|import)\s/m.test(call.code) ? ". The lab takes CommonJS: write exports.handler = async (event) => { ... }" : "";
        return fail("Runtime.UserCodeSyntaxError", e.name + ": " + e.message + esm);
      }
      run.call(module.exports, module.exports, module, require);
      const name = call.handler.slice(call.handler.lastIndexOf(".") + 1);
      const handler = module.exports[name];
      if (typeof handler !== "function") return fail("Runtime.HandlerNotFound", call.handler + " is undefined or not exported");
      const context = { functionName: call.function, functionVersion: "$LATEST", invokedFunctionArn: call.arn, memoryLimitInMB: String(call.memory),
        awsRequestId: call.requestId, logGroupName: "/aws/lambda/" + call.function, callbackWaitsForEmptyEventLoop: true,
        getRemainingTimeInMillis: () => math.max(0, call.timeout - elapsed) };
      const answer = handler(JSON.parse(call.event), context, (err, x) => (err === null || err === undefined ? succeed(x) : crashed(err)));
      if (answer && typeof answer.then === "function") answer.then(succeed, crashed);
      else if (answer !== undefined && !done && handler.length < 3) write("WARN", "The handler is not async, so what it returned is not used: write exports.handler = async (event) => { ... }");
    } catch (e) {
      crashed(e);
    }
  };

  const step = () => {
    if (done || memory) return false;
    let first = -1;
    for (let i = 0; i < timers.length; i++) if (first < 0 || timers[i].due < timers[first].due) first = i;
    if (first < 0) { succeed(null); return false; }
    const t = timers[first];
    if (t.due >= call.timeout) { elapsed = call.timeout; hung = true; return false; }
    elapsed = t.due;
    if (t.every) timers.push(Object.assign({}, t, { due: t.due + t.every }));
    timers.splice(first, 1);
    try { t.f(...t.args); } catch (e) { crashed(e); }
    return true;
  };

  const finish = () => {
    if (more > 0) lines.push({ after: elapsed, level: "INFO", text: more + " more lines are not kept" });
    let end = fault ? "threw" : "";
    if (hung) end = "hung";
    if (memory) end = "memory";
    if (!end && result.length > MAX_RESULT) { end = "threw"; fault = { kind: "Function.ResponseSizeTooLarge", message: "Response payload size exceeded maximum allowed payload size (6291456 bytes)." }; }
    return JSON.stringify({ end, result: end ? "" : result, errorType: fault ? fault.kind : "", errorMessage: fault ? fault.message : "", logs: lines, waited: elapsed });
  };

  return { begin, step, finish };
})()
