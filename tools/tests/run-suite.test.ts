/** The test runner: it believes only what a suite proves. */

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { runSuite, type Totals } from "../run-suite.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

const silent = () => {};

function shell(script: string, timeoutMinutes = 1): Promise<Totals> {
  return runSuite({ name: "x", why: "x", command: ["sh", "-c", script], timeoutMinutes }, silent);
}

test("takes the counts from the suite's last line", async () => {
  assert.deepEqual(await shell("echo; echo 3 passed, 0 failed"), { passed: 3, failed: 0 });
  assert.deepEqual(await shell("echo 3 passed, 2 failed; exit 1"), { passed: 3, failed: 2 });
});

test("a suite that crashes fails, whatever it printed", async () => {
  assert.deepEqual(await shell("echo 3 passed, 0 failed; exit 1"), { passed: 3, failed: 1 });
  assert.deepEqual(await shell("echo 3 passed, 0 failed; kill -SEGV $$"), { passed: 3, failed: 1 });
});

test("a suite that runs nothing fails", async () => {
  assert.deepEqual(await shell("exit 0"), { passed: 0, failed: 1 });
  assert.deepEqual(await shell("echo 0 passed, 0 failed"), { passed: 0, failed: 1 });
  assert.deepEqual(await runSuite({ name: "x", why: "x", files: "no/such/folder" }, silent), { passed: 0, failed: 1 });
  assert.deepEqual(await runSuite({ name: "x", why: "x", command: ["/no/such/program"] }, silent), {
    passed: 0,
    failed: 1,
  });
});

test("a suite that hangs is ended together with what it started", async () => {
  const startMs = Date.now();
  assert.deepEqual(await shell("echo 1 passed, 0 failed; sleep 600 & sleep 600", 0.01), { passed: 1, failed: 1 });
  assert.ok(Date.now() - startMs < 60_000);
});

test("node:test files are counted by case, and skipped ones not at all", async () => {
  mkdirSync(join(ROOT, "build"), { recursive: true });
  const folder = mkdtempSync(join(ROOT, "build/run-suite-"));
  try {
    writeFileSync(join(folder, "a.test.ts"), NODE_TESTS);
    writeFileSync(join(folder, "crash.test.ts"), "process.exit(3);");
    const totals = await runSuite({ name: "x", why: "x", files: folder }, silent);
    assert.deepEqual(totals, { passed: 3, failed: 2 });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

const NODE_TESTS = `import { describe, test } from "node:test";
describe("group", () => {
  test("one", () => {});
  test("two", () => {});
});
test("three", () => {});
test("broken", () => { throw new Error("on purpose"); });
test("skipped", { skip: "on purpose" }, () => {});
`;
