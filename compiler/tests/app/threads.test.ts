/** Threads of the application profile where Node cannot say what is right: contention, failures, limits. Each runs checked, too. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { after, describe, test } from "node:test";
import { compile, diagnostics, ROOT, runNative, scratch, write } from "./harness.ts";

after(() => fs.rmSync(scratch, { recursive: true, force: true }));

const TIMEOUT_MS = 120_000;

/** Runs a program as it is and with --checked, both so many times; each prints the same. */
function assertPrints(name: string, text: string, expected: string, { runs = 1 } = {}): void {
  const entry = write(`${name}.ts`, text);
  for (const options of [{ checked: false }, { checked: true, optimise: "1" }]) {
    const program = compile(entry, options);
    for (let i = 0; i < runs; i++) {
      const run = spawnSync(program, { encoding: "utf8", timeout: TIMEOUT_MS });
      assert.deepEqual([run.stderr, run.stdout, run.status, run.signal], ["", expected, 0, null]);
    }
  }
}

describe("threads", () => {
  test("the program of the comparison, checked", () => {
    const entry = path.join(ROOT, "compiler/tests/app/programs/threads.ts");
    const run = runNative(compile(entry, { checked: true, optimise: "1" }));
    assert.deepEqual([run.stdout, run.stderr, run.status], [runNative(compile(entry)).stdout, "", 0]);
  });

  test("atomic operations lose nothing", () => {
    const text = `
const words = new Int32Array(new SharedArrayBuffer(16));
const longs = new BigInt64Array(new SharedArrayBuffer(16));
const bytes = new Uint8Array(new SharedArrayBuffer(4));
function hammer(rounds: number): number {
  let won = 0;
  for (let i = 0; i < rounds; i++) {
    Atomics.add(words, 0, 3);
    Atomics.sub(words, 0, 1);
    Atomics.add(longs, 1, i64(1n));
    Atomics.add(bytes, 2, 1);
    Atomics.xor(words, 1, 1 << (i % 31));
    const old = Atomics.load(words, 2);
    if (Atomics.compareExchange(words, 2, old, old + 1) === old) won++;
  }
  return won;
}
const threads: Thread<number>[] = [];
for (let t = 0; t < 8; t++) threads.push(spawn(hammer, 31 * 1000));
let won = 0;
for (const t of threads) won += t.join();
console.log(words[0], longs[1], bytes[2], bytes[1], words[1], won === words[2]);
`;
    assertPrints("hammer", text, `${8 * 31_000 * 2} ${8 * 31_000}n ${(8 * 31_000) % 256} 0 0 true\n`);
  });

  test("waiting threads are woken, one by one and all", () => {
    const text = `
const gate = new Int32Array(new SharedArrayBuffer(16));
function pass(_number: number): number {
  Atomics.add(gate, 1, 1);
  while (Atomics.load(gate, 0) === 0) Atomics.wait(gate, 0, 0);
  return 1;
}
const threads: Thread<number>[] = [];
for (let t = 0; t < 64; t++) threads.push(spawn(pass, t));
while (Atomics.load(gate, 1) < 64) Atomics.wait(gate, 2, 0, 1);
while (Atomics.notify(gate, 0, 1) === 0) {}
Atomics.store(gate, 0, 1);
Atomics.notify(gate, 0);
let passed = 0;
for (const t of threads) passed += t.join();
console.log(passed);
`;
    assertPrints("gate", text, "64\n");
  });

  test("every thread has memory of its own to make things in", () => {
    const text = `
function build(seed: number): string[] {
  const words: string[] = [];
  const seen = new Map<string, number>();
  for (let i = 0; i < 20000; i++) {
    const word = \`\${seed}-\${i}-\${i * 0.5}\`;
    words.push(word);
    seen.set(word, i);
  }
  const kept: string[] = [];
  for (const word of words) if (words[seen.get(word) ?? 0] === word) kept.push(word);
  return kept;
}
const threads: Thread<string[]>[] = [];
for (let t = 0; t < 12; t++) threads.push(spawn(build, t));
let good = 0;
for (let t = 0; t < threads.length; t++) {
  const words = threads[t].join();
  for (let i = 0; i < words.length; i++) if (words[i] === \`\${t}-\${i}-\${i / 2}\`) good++;
}
console.log(good);
`;
    assertPrints("build", text, `${12 * 20_000}\n`);
  });

  test("lines of several threads stay whole", () => {
    const text = `
function talk(name: number): void {
  const line = String(name).repeat(5000);
  for (let i = 0; i < 50; i++) {
    console.log(line, i);
    if (i % 10 === 0) console.error(line);
  }
}
for (let t = 0; t < 8; t++) spawn(talk, t);
`;
    const entry = write("lines.ts", text);
    const run = spawnSync("bash", ["-c", `${compile(entry)} 2>&1 | cat`], { encoding: "utf8", maxBuffer: 1 << 26 });
    const lines = run.stdout.trimEnd().split("\n");
    assert.equal(lines.length, 8 * 55);
    for (const line of lines) assert.match(line, /^([0-7])\1{4999}( \d+)?$/);
    for (let t = 0; t < 8; t++) {
      const numbers = lines.filter((l) => l[0] === String(t) && l.includes(" ")).map((l) => Number(l.split(" ")[1]));
      assert.deepEqual(numbers, [...Array(50).keys()]);
    }
  });

  test("thousands of short threads need no more room than a few", () => {
    const text = `
let sum = 0;
for (let i = 0; i < 3000; i++) sum += spawn((n: number) => \`\${n}\`.length, i).join();
console.log(sum);
`;
    const program = compile(write("short.ts", text));
    const run = spawnSync("bash", ["-c", `ulimit -v 400000; exec ${program}`], { encoding: "utf8" });
    assert.deepEqual([run.stderr, run.stdout, run.status], ["", `${10 + 180 + 2700 + 8000}\n`, 0]);
  });

  test("the program ends when its last thread has", () => {
    const text = `
const word = new Int32Array(new SharedArrayBuffer(4));
spawn(() => {
  Atomics.wait(word, 0, 0, 50);
  console.log("second");
  process.exitCode = 5;
});
console.log("first");
`;
    const run = runNative(compile(write("last.ts", text)));
    assert.deepEqual([run.stdout, run.status], ["first\nsecond\n", 5]);
  });

  test("process.exit in a thread ends all", () => {
    const text = `
const word = new Int32Array(new SharedArrayBuffer(4));
spawn(() => process.exit(9));
Atomics.wait(word, 0, 0);
console.log("never");
`;
    const run = runNative(compile(write("all.ts", text)));
    assert.deepEqual([run.stdout, run.status], ["", 9]);
  });
});

describe("parallel loops", () => {
  test("thousands of loops in random order, with changing numbers of threads", () => {
    const text = `
let state = 12345;
function random(limit: number): number {
  state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
  return Math.floor((state / 0x80000000) * limit);
}
const counts = new Int32Array(5000);
let bad = 0;
for (let round = 0; round < 4000; round++) {
  if (round % 97 === 0) setParallelism(1 + random(9));
  const start = random(50);
  const end = start + random(random(10) === 0 ? 4000 : 40);
  counts.fill(0);
  if (random(2) === 0) parallelFor(start, end, (i) => void Atomics.add(counts, i, 1));
  else parallelRanges(start, end, (from, to) => {
    for (let i = from; i < to; i++) counts[i]++;
  });
  // Now and then the threads have time to fall asleep.
  if (random(40) === 0) for (let i = 0; i < 200000; i++) counts[4999] = i & 1;
  counts[4999] = 0;
  for (let i = 0; i < counts.length; i++) if (counts[i] !== (i >= start && i < end ? 1 : 0)) bad++;
}
console.log(bad);
`;
    assertPrints("random", text, "0\n");
  });

  test("a thread that wakes late takes nothing of a loop with fewer threads", () => {
    const text = `
const counts = new Int32Array(64);
let bad = 0;
for (let round = 0; round < 3000; round++) {
  const isWide = round % 2 === 0;
  setParallelism(isWide ? 9 : 2);
  const end = isWide ? 5 : 40;
  counts.fill(0);
  parallelFor(0, end, (i) => void Atomics.add(counts, i, 1));
  for (let i = 0; i < counts.length; i++) if (counts[i] !== (i < end ? 1 : 0)) bad++;
}
console.log(bad);
`;
    assertPrints("fewer", text, "0\n", { runs: 20 });
  });

  test("several threads begin loops at the same time", () => {
    const text = `
const counts = new Int32Array(1000);
function rounds(count: number): number {
  for (let r = 0; r < count; r++) parallelFor(0, counts.length, (i) => void Atomics.add(counts, i, 1));
  return count;
}
setParallelism(4);
const threads: Thread<number>[] = [];
for (let t = 0; t < 5; t++) threads.push(spawn(rounds, 200));
rounds(200);
for (const t of threads) t.join();
let good = 0;
for (const c of counts) if (c === 1200) good++;
console.log(good);
`;
    assertPrints("begin", text, "1000\n");
  });

  test("one processor is enough", () => {
    const text = `
const sums = new Float64Array(100);
for (let round = 0; round < 300; round++) parallelFor(0, 100, (i) => (sums[i] += i));
let sum = 0;
for (const s of sums) sum += s;
console.log(navigator.hardwareConcurrency, sum);
`;
    const program = compile(write("one.ts", text));
    for (const threads of [undefined, "1", "6"]) {
      const env = { ...process.env, ...(threads ? { BTS_THREADS: threads } : {}) };
      const run = spawnSync("taskset", ["-c", "0", program], { encoding: "utf8", env, timeout: TIMEOUT_MS });
      assert.deepEqual([run.stdout, run.status], ["1 1485000\n", 0]);
    }
  });
});

/** A program, and what it says on stderr when it ends by SIGABRT. */
const FAILURES: readonly (readonly [string, string, RegExp])[] = [
  [
    "thread",
    "function f(a: number[]): number {\n  return a[7];\n}\nspawn(f, [1, 2]).join();",
    /^thread\.ts:2: panic: the index lies outside the array\n$/,
  ],
  [
    "loop",
    "setParallelism(3);\nconst a = new Float64Array(90);\nparallelFor(0, 100, (i) => {\n  a[i] = i;\n});",
    /^loop\.ts:4: panic: the index lies outside the array\n$/,
  ],
  ["bounds", "parallelFor(0, 10.5, (i) => console.log(i));", /panic: a parallel loop goes from a whole number/],
  ["private", "const a = new Int32Array(4);\nconsole.log(Atomics.wait(a, 0, 0));", /needs an Int32Array on a Shared/],
  ["twice", "const m = new Mutex();\nm.lock();\nm.lock();", /panic: the thread holds this mutex already/],
  ["unheld", "const m = new Mutex();\nspawn(() => m.lock()).join();\nm.unlock();", /does not hold this mutex/],
  ["aligned", "let at = 4;\nconst a = new Float64Array(new SharedArrayBuffer(64), at);", /begins at a multiple/],
  ["long", "let n = 9;\nconst a = new Float64Array(new SharedArrayBuffer(64), 0, n);", /longer than the buffer/],
  ["parallelism", "let n = 0;\nsetParallelism(n);", /between 1 and 1024/],
];
describe("failures", () => {
  for (const [name, text, message] of FAILURES) {
    test(name, () => {
      const entry = write(`${name}.ts`, `${text}\n`);
      for (const checked of [false, true]) {
        const run = runNative(compile(entry, { checked }));
        assert.match(run.stderr, message);
        assert.equal(run.signal, "SIGABRT");
      }
    });
  }

  test("of many threads that fail one speaks", () => {
    const text = "function f(a: number[]): number {\n  return a[7];\n}\nfor (let t = 0; t < 20; t++) spawn(f, [1]);";
    const program = compile(write("many.ts", text));
    for (let i = 0; i < 20; i++) {
      const run = runNative(program);
      assert.equal(run.stderr, "many.ts:2: panic: the index lies outside the array\n");
      assert.equal(run.signal, "SIGABRT");
    }
  });

  test("endless recursion in a thread", () => {
    const text =
      "function f(n: number): number {\n  return n < 0 ? 0 : 1 + Math.max(f(n + 1), 0.5);\n}\nconsole.log(spawn(f, 0).join());";
    assert.equal(runNative(compile(write("deep.ts", text))).signal, "SIGSEGV");
  });
});

/** Refused programs, with the line and code of each message. */
const REFUSED: readonly (readonly [string, readonly string[]])[] = [
  ["function f(n: number): void {\n  parallelFor(0, 9, (i) => console.log(i + n));\n}\nf(1);", ["2 BTS1108"]],
  ["const a = new Float64Array(4);\nAtomics.add(a, 0, 1);", ["2 BTS1101"]],
  ["parallelFor(0, 9, (i: u32) => console.log(i));", ["1 BTS1101"]],
  ["const a = new Uint8Array(4);\nAtomics.wait(a, 0, 1);", ["2 BTS1101"]],
  ["spawn((n: number) => n, 'x');", ["1 TS2345"]],
  ["const t = spawn(() => 1);\nconst text: string = t.join();\nconsole.log(text);", ["2 TS2322"]],
];
describe("refusals", () => {
  REFUSED.forEach(([text, expected], i) => {
    test(text.split("\n")[0] ?? "", () =>
      assert.deepEqual(diagnostics(write(`refused-${i}.ts`, `${text}\n`)), expected),
    );
  });
});
