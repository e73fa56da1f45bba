/** What ends a program, and what the compiler refuses. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { after, describe, test } from "node:test";
import { compile, diagnostics, runNative, scratch, write } from "./harness.ts";

after(() => fs.rmSync(scratch, { recursive: true, force: true }));

/** A program, and what it says on stderr when it ends by SIGABRT; output before that stays. */
const FAILURES: readonly (readonly [string, string, string])[] = [
  [
    "index",
    "const a = [1, 2];\nlet i = 2;\nconsole.log(a[i]);",
    "index.ts:3: panic: the index lies outside the array\n",
  ],
  [
    "negative",
    "const a = [1, 2];\nlet i = -1;\nconsole.log(a[i]);",
    "negative.ts:3: panic: the index lies outside the array\n",
  ],
  [
    "fraction",
    "const a = [1, 2];\nlet i = 0.5;\nconsole.log(a[i]);",
    "fraction.ts:3: panic: the index is not a whole number\n",
  ],
  [
    "store",
    "const a = [1, 2];\nlet i = 5;\na[i] = 1;",
    "store.ts:3: panic: the index lies beyond the end of the array\n",
  ],
  ["text", 'const s = "abc";\nlet i = 3;\nconsole.log(s[i]);', "text.ts:3: panic: the index lies outside the string\n"],
  [
    "typed",
    "const a = new Uint8Array(4);\nlet i = 4;\na[i] = 1;",
    "typed.ts:3: panic: the index lies outside the array\n",
  ],
  [
    "length",
    "let n = -1;\nconst a = new Uint8Array(n);\nconsole.log(a.length);",
    "length.ts:2: panic: not a length of an array\n",
  ],
  [
    "asserted",
    "const m = new Map<string, number>();\nconsole.log(m.get('a')!);",
    "asserted.ts:2: panic: undefined where a value was asserted\n",
  ],
  [
    "format",
    'let s = "%d";\nconsole.log(s, 1);',
    "format.ts:2: panic: the first of several arguments of console.log contains a format directive (%)\n",
  ],
  [
    "division",
    "let z: u32 = 0;\nconst q: u32 = u32(7) / z;\nconsole.log(q);",
    "division.ts:2: panic: division by zero\n",
  ],
  [
    "early",
    "function f(): number {\n  return late;\n}\nconsole.log(f());\nconst late = Math.sqrt(2);",
    "early.ts:2: panic: 'late' is used before it has a value\n",
  ],
];
describe("failures", () => {
  for (const [name, text, message] of FAILURES) {
    test(name, () => {
      const run = runNative(compile(write(`${name}.ts`, `${text}\n`)));
      assert.equal(run.stderr, message);
      assert.equal(run.signal, "SIGABRT");
    });
  }

  test("memory", () => {
    const program = compile(write("memory.ts", "const all: string[] = [];\nfor (;;) all.push('x'.repeat(1000000));\n"));
    const run = spawnSync("bash", ["-c", `ulimit -v 200000; exec ${program}`], { encoding: "utf8" });
    assert.equal(run.stderr, "the program needs more memory than the system gives.\n");
    assert.equal(run.status, 134);
  });

  test("exit statuses", () => {
    assert.equal(
      runNative(compile(write("exit.ts", "console.log('a');\nprocess.exit(7);\nconsole.log('b');\n"))).status,
      7,
    );
    const run = runNative(compile(write("code.ts", "process.exitCode = 3;\nconsole.log('done', process.exitCode);\n")));
    assert.deepEqual([run.status, run.stdout], [3, "done 3\n"]);
  });
});

/** Refused programs, with the line and code of each message. */
const REFUSED: readonly (readonly [string, readonly string[]])[] = [
  ["function f(n: number): number {\n  return [1].map((x) => x + n)[0]!;\n}\nconsole.log(f(1));", ["2 BTS1108"]],
  ["for (let i = 0; i < 3; i++) console.log([1].map((x) => x + i));", ["1 BTS1108"]],
  ["const a = [];\nconsole.log(a.length);", ["1 BTS1002"]],
  ["const a = [1, 'x'];\nconsole.log(a.length);", ["1 BTS1101"]],
  ["const [a] = [1];\nconsole.log(a);", ["1 BTS1001", "2 BTS1111"]],
  ["class A {}\nclass B extends A {}\nconst b = new B();\nconsole.log(b === b);", ["2 BTS1202"]],
  ["try {\n  console.log(1);\n} finally {\n  console.log(2);\n}", ["1 BTS1001"]],
  ["interface P {\n  x: number;\n}\nconst p: P = { x: 1 };\nconsole.log(p?.x);", ["5 BTS1001"]],
  ["async function f() {}\nvoid f();", ["1 BTS1001"]],
  ["const n = 5;\nif (n) console.log(n);", ["2 BTS1104"]],
  ["console.log('%d items', 5);", ["1 BTS1701"]],
  ["let b = 1n;\nconsole.log(b);", ["1 BTS1002"]],
  ["let x: number | string = 1;\nconsole.log(x);", ["1 BTS1002"]],
  ["const a: (number | undefined)[] = [];\nconsole.log(a.length);", ["1 BTS1002"]],
  ["class C {\n  name!: string;\n}\nconst c = new C();\nconsole.log(c.name);", ["2 BTS1202"]],
  ["let i: u32 = 1;\nlet d = 0.5;\nconsole.log(i + d);", ["3 BTS1103"]],
  ["let i: u32 = 1.5;\nconsole.log(i);", ["1 BTS1102"]],
  ["let n = 3;\nconst i: u32 = n;\nconsole.log(i);", ["2 BTS1101"]],
  ["console.log([[1]]);", ["1 TS2322"]],
];
describe("refusals", () => {
  REFUSED.forEach(([text, expected], i) => {
    test(text.split("\n")[0] ?? "", () =>
      assert.deepEqual(diagnostics(write(`refused-${i}.ts`, `${text}\n`)), expected),
    );
  });
});
