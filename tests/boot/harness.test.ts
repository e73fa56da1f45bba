/**
 * The harness itself: a run that hangs is ended with all its descendants, and what is left behind is found. A harness that
 * overlooked either would make the other tests of this folder prove less than they say.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import { assertRefused } from "./expect.ts";
import { processesOf, run } from "./run.ts";

const shell = (script: string, options = {}) => run("sh", ["-c", script], options);

test("a run that hangs is ended, with a child that left its process group", async () => {
  let seenMark = "";
  const ended = await shell("setsid sleep 1000 & echo started; sleep 1000", {
    timeoutSeconds: 0.5,
    onOutput: { text: "started\n", act: (_: unknown, mark: string) => (seenMark = mark) },
  });
  assert.equal(ended.timedOut, true);
  assert.notEqual(seenMark, "");
  assert.deepEqual(processesOf(seenMark), []);
});

test("a process that outlives its parent is reported and ended", async () => {
  const ended = await shell("setsid sleep 1000 >/dev/null 2>&1 </dev/null & exit 0");
  assert.equal(ended.leftBehind.length, 1);
  assert.match(ended.leftBehind[0] ?? "", /process \d+ still runs: sleep 1000/);
});

test("files left in the working directory and in TMPDIR are reported", async () => {
  const ended = await shell('echo > here; echo > "$TMPDIR/there"');
  assert.deepEqual([...ended.leftBehind].sort(), [
    "file $TMPDIR/here is still there",
    "file $TMPDIR/there is still there",
  ]);
});

test("a short-lived child that ends by itself is not reported", async () => {
  const ended = await shell("setsid sleep 0.3 >/dev/null 2>&1 </dev/null & exit 0");
  assert.deepEqual(ended.leftBehind, []);
});

test("an end by a signal shows as 128 + signal", async () => {
  assert.equal((await shell("kill -SEGV $$")).status, 139);
  assert.equal((await shell("exit 42")).status, 42);
});

test("input and both outputs are passed byte for byte", async () => {
  const input = Uint8Array.from({ length: 100_000 }, (_, index) => index * 7);
  const toStdout = await shell("cat", { stdin: input });
  assert.ok(toStdout.stdout.equals(input) && toStdout.stderr.length === 0);
  const toStderr = await shell("cat >&2", { stdin: input });
  assert.ok(toStderr.stderr.equals(input) && toStderr.stdout.length === 0);
});

test("a refusal needs the status, one sentence and silence on stdout", async () => {
  assertRefused(await shell("echo hermit: a clear sentence >&2; exit 1"), 1, /clear/);
  assert.throws(() => assertRefused({ ...silent, stderr: Buffer.from("two lines\nof text\n") }, 1));
  assert.throws(() => assertRefused({ ...silent, stderr: Buffer.from("") }, 1));
  assert.throws(() => assertRefused({ ...silent, stdout: Buffer.from("noise") }, 1));
  assert.throws(() => assertRefused({ ...silent, status: 0 }, 1));
  assert.throws(() => assertRefused({ ...silent, leftBehind: ["process 1 still runs: x"] }, 1));
});

const silent = {
  status: 1,
  timedOut: false,
  stdout: Buffer.alloc(0),
  stderr: Buffer.from("hermit: one clear sentence\n"),
  startedAtMs: 0,
  elapsedMs: 1,
  leftBehind: [],
};
