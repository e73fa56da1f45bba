// What programs for Node.js use, one line for each; the same must come out on Linux and in the guest.
import { AsyncLocalStorage, createHook } from "node:async_hooks";
import crypto from "node:crypto";
import { EventEmitter, once } from "node:events";
import fs from "node:fs";
import fsp from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import zlib from "node:zlib";

if (!isMainThread) {
  const { shared, n } = workerData;
  const a = new Int32Array(shared);
  for (let i = 0; i < n; i++) Atomics.add(a, 0, 1);
  Atomics.notify(a, 1);
  parentPort.postMessage({ sum: n, map: new Map([[1, 2]]) });
} else {
  const step = async (name, f) => {
    try {
      console.log(name, JSON.stringify(await f()));
    } catch (e) {
      console.log(name, "FAILED", e.code, e.message);
    }
  };
  const d = await fsp.mkdtemp(path.join(os.tmpdir(), "n-"));
  const p = (n) => path.join(d, n);
  await step("jit", () => {
    let h = 0;
    const f = (x) => (x * 31 + 7) | 0;
    for (let i = 0; i < 3e6; i++) h = f(h ^ i);
    return h;
  });
  await step("workers", async () => {
    const shared = new SharedArrayBuffer(8);
    const me = fileURLToPath(import.meta.url);
    const r = await Promise.all(
      [1, 2, 3].map(async (i) => {
        const w = new Worker(me, { workerData: { shared, n: 10000 * i } });
        // Both at once: a worker that is quick has ended before what waits for its message goes on.
        const [[m], [c]] = await Promise.all([once(w, "message"), once(w, "exit")]);
        return [m.sum, m.map.get(1), c];
      }),
    );
    return [r, new Int32Array(shared)[0]];
  });
  await step("terminate", async () => {
    const w = new Worker("for(;;);", { eval: true });
    await once(w, "online");
    return await w.terminate();
  });
  await step("fs", async () => {
    await fsp.writeFile(p("a"), "x".repeat(100000));
    await fsp.appendFile(p("a"), "end");
    await fsp.rename(p("a"), p("b"));
    await fsp.copyFile(p("b"), p("c"));
    await fsp.symlink("b", p("l"));
    await fsp.mkdir(p("q/r/s"), { recursive: true });
    await fsp.truncate(p("c"), 10);
    const s = await fsp.stat(p("b"));
    const h = await fsp.open(p("c"), "r+");
    await h.write("Z", 3);
    await h.sync();
    const t = await h.readFile("utf8");
    await h.close();
    const list = (await fsp.readdir(d, { recursive: true })).sort();
    await fsp.chmod(p("c"), 0o600);
    return [
      s.size,
      t,
      list,
      await fsp.readlink(p("l")),
      (await fsp.stat(p("c"))).mode.toString(8),
      await fsp.access(p("nothing")).catch((e) => e.code),
    ];
  });
  await step("streams", async () => {
    const up = new Transform({
      transform(c, _, cb) {
        cb(null, c.toString().toUpperCase());
      },
    });
    await pipeline(Readable.from(["abc\n", "def\n"]), up, fs.createWriteStream(p("s")));
    let n = 0;
    for await (const c of fs.createReadStream(p("b"), { highWaterMark: 1000 })) n += c.length;
    return [await fsp.readFile(p("s"), "utf8"), n];
  });
  await step("timers", async () => {
    const o = [];
    setTimeout(() => {
      o.push("t1");
      setTimeout(() => o.push("t2"), 20);
    }, 1);
    setImmediate(() => o.push("i"));
    process.nextTick(() => o.push("n"));
    queueMicrotask(() => o.push("m"));
    while (!o.includes("t2")) await sleep(5);
    const iv = [];
    await new Promise((r) => {
      const t = setInterval(() => {
        iv.push(1);
        if (iv.length === 3) {
          clearInterval(t);
          r();
        }
      }, 2);
    });
    return [o.filter((x) => x[0] !== "i"), o.includes("i"), iv.length, performance.now() > 20];
  });
  await step("zlib", async () => {
    const data = Buffer.from("hello ".repeat(20000));
    await pipeline(Readable.from([data]), zlib.createGzip(), fs.createWriteStream(p("z")));
    const back = zlib.gunzipSync(await fsp.readFile(p("z")));
    const br = zlib.brotliDecompressSync(
      zlib.brotliCompressSync(data, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 4 } }),
    );
    return [
      back.equals(data),
      br.equals(data),
      await new Promise((r) => zlib.deflate(data, (_error, b) => r(b.length))),
    ];
  });
  await step("crypto", async () => {
    const key = crypto.scryptSync("p", "salt", 32, { N: 1024 });
    const c = crypto.createCipheriv("aes-256-gcm", key, Buffer.alloc(12));
    const e = Buffer.concat([c.update("text"), c.final()]);
    const kp = crypto.generateKeyPairSync("ed25519");
    const sig = crypto.sign(null, e, kp.privateKey);
    const pb = await new Promise((r) => crypto.pbkdf2("a", "b", 100, 20, "sha512", (_, k) => r(k.toString("hex"))));
    const sub = Buffer.from(await crypto.webcrypto.subtle.digest("SHA-256", e)).toString("hex");
    return [
      e.toString("hex"),
      c.getAuthTag().toString("hex"),
      crypto.verify(null, e, kp.publicKey, sig),
      pb,
      sub,
      crypto.randomBytes(16).length,
      crypto.randomUUID().length,
      crypto.createHash("sha3-256").update("x").digest("hex"),
    ];
  });
  await step("wasm", async () => {
    const b = Uint8Array.from([
      0, 97, 115, 109, 1, 0, 0, 0, 1, 7, 1, 96, 2, 127, 127, 1, 127, 3, 2, 1, 0, 5, 3, 1, 0, 1, 7, 11, 2, 3, 97, 100,
      100, 0, 0, 1, 109, 2, 0, 10, 9, 1, 7, 0, 32, 0, 32, 1, 106, 11,
    ]);
    const { instance } = await WebAssembly.instantiate(b);
    instance.exports.m.grow(20);
    let s = 0;
    for (let i = 0; i < 200000; i++) s = instance.exports.add(s, i);
    return [s, instance.exports.m.buffer.byteLength];
  });
  await step("async", async () => {
    const als = new AsyncLocalStorage();
    let inits = 0;
    const h = createHook({
      init() {
        inits++;
      },
    }).enable();
    const r = await als.run({ id: 7 }, async () => {
      await sleep(1);
      return als.getStore().id;
    });
    h.disable();
    const e = new EventEmitter();
    const seen = [];
    e.once("a", (x) => seen.push(x));
    e.on("a", (x) => seen.push(x * 2));
    e.emit("a", 1);
    e.emit("a", 2);
    return [r, inits > 0, seen];
  });
  await step("intl", () => [
    new Intl.DateTimeFormat("de-DE", { timeZone: "Europe/Berlin", dateStyle: "full", timeStyle: "long" }).format(
      new Date(0),
    ),
    "ä".localeCompare("z", "de"),
    new Intl.NumberFormat("fr").format(1234567.891),
  ]);
  await step("os", () => [
    os.platform(),
    os.cpus().length > 0,
    os.totalmem() > 1e8,
    os.EOL,
    typeof os.hostname(),
    os.endianness(),
  ]);
  await step("errors", () => {
    const o = [];
    try {
      null.x;
    } catch (e) {
      o.push(e.message);
    }
    try {
      (function f() {
        f();
      })();
    } catch (e) {
      o.push(e.constructor.name);
    }
    try {
      fs.readFileSync("/nothing");
    } catch (e) {
      o.push(e.code, e.syscall, e.errno);
    }
    return o;
  });
  await step("signals", async () => {
    const alive = setInterval(() => {}, 1000);
    const s = once(process, "SIGUSR2");
    process.kill(process.pid, "SIGUSR2");
    const seen = await s;
    clearInterval(alive);
    return seen;
  });
  await step("gc", () => {
    const r = [];
    for (let i = 0; i < 60; i++) {
      r[i % 4] = Array.from({ length: 20000 }, (_, j) => ({ j }));
    }
    return r.map((x) => x.length);
  });
  await fsp.rm(d, { recursive: true });
  await step("gone", () => fs.existsSync(d));
  let input = "";
  for await (const c of process.stdin) input += c;
  console.log("stdin", input.length, crypto.createHash("md5").update(input).digest("hex"));
  process.on("exit", (c) => console.log("exit", c));
  process.exitCode = 4;
  setTimeout(() => process.exit(9), 10);
}
