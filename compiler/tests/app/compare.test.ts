/** Programs that print the same compiled and under Node: each file of programs/, and the examples. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { after, describe, test } from "node:test";
import { assertSame, compile, ROOT, runNative, scratch } from "./harness.ts";

after(() => fs.rmSync(scratch, { recursive: true, force: true }));

const programs = path.join(ROOT, "compiler/tests/app/programs");
describe("programs", () => {
  for (const name of fs.readdirSync(programs).filter((n) => n.endsWith(".ts")))
    test(name, () => assertSame(path.join(programs, name)));
});

/** What each example is called with; times and process numbers have no place in an example's output. */
const ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  "hello.ts": ["Ada", "Grace"],
  "word-count.ts": ["the quick brown fox", "jumps over the lazy dog", "The end"],
  "n-body.ts": ["5000"],
  "primes.ts": ["100000"],
  "jacobi.ts": ["61", "20", "3"],
  "matrix-product.ts": ["50", "3"],
};
describe("examples", () => {
  const examples = path.join(ROOT, "examples");
  for (const name of fs.readdirSync(examples).filter((n) => n.endsWith(".ts"))) {
    test(name, () => assertSame(path.join(examples, name), ARGUMENTS[name] ?? []));
  }
});

describe("the executable", () => {
  const hello = path.join(ROOT, "examples/hello.ts");

  test("is static and needs no interpreter", () => {
    const headers = spawnSync("readelf", ["-lW", compile(hello)], { encoding: "utf8" }).stdout;
    assert.match(headers, /Type:?.*EXEC|EXEC/);
    assert.doesNotMatch(headers, /INTERP|DYNAMIC/);
  });

  test("writes one line with one system call", (t) => {
    const traced = spawnSync("strace", ["-e", "trace=write", compile(hello)], { encoding: "utf8" });
    if (traced.error) return t.skip("strace is not installed");
    assert.equal(traced.stderr.split("\n").filter((l) => l.startsWith("write(1")).length, 4);
  });

  test("ends by SIGPIPE when its reader is gone", () => {
    const line = `set -o pipefail; ${compile(path.join(programs, "inspect.ts"))} | head -n 1 >/dev/null; exit "\${PIPESTATUS[0]}"`;
    const run = spawnSync("bash", ["-c", line], { encoding: "utf8" });
    assert.ok(run.status === 141 || run.status === 0, `status ${run.status}`);
  });

  test("sees arguments and the environment in UTF-8", () => {
    const run = runNative(compile(hello), ["Zoë", "日本"]);
    assert.match(run.stdout, /Greetings to Zoë and 日本\./);
  });
});
