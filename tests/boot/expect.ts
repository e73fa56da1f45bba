/**
 * What a run must show, as assertions whose messages contain everything a reader needs to see what went wrong.
 */

import assert from "node:assert/strict";
import type { Outcome, Output } from "../../apps/tests/manifest.ts";
import type { Run } from "./run.ts";

/** Enough of an output to recognise it in a failure report. */
const SHOWN_BYTES = 1500;

export function assertEnded(run: Run): void {
  assert.ok(!run.timedOut, `did not end in time and was killed\n${describeRun(run)}`);
}

export function assertNothingLeftBehind(run: Run): void {
  assert.deepEqual(run.leftBehind, [], `something was left behind\n${describeRun(run)}`);
}

export function assertOutcome(run: Run, outcome: Outcome): void {
  assertEnded(run);
  const statuses = typeof outcome.status === "number" ? [outcome.status] : outcome.status;
  assert.ok(
    statuses.includes(run.status),
    `exit status ${run.status}, expected ${statuses.join(" or ")}\n${describeRun(run)}`,
  );
  if (outcome.stdout !== undefined) {
    assertOutput("stdout", run, outcome.stdout);
  }
  assertOutput("stderr", run, outcome.stderr ?? "");
}

function assertOutput(stream: "stdout" | "stderr", run: Run, wanted: Output): void {
  const seen = run[stream];
  if (wanted instanceof RegExp) {
    assert.ok(wanted.test(seen.toString()), `${stream} does not match ${wanted}\n${describeRun(run)}`);
    return;
  }
  const bytes = Buffer.from(wanted);
  if (!bytes.equals(seen)) {
    const at = firstDifference(bytes, seen);
    assert.fail(
      `${stream} differs at byte ${at} (${seen.length} bytes, expected ${bytes.length}): expected ${quote(bytes, at)}, ` +
        `seen ${quote(seen, at)}\n${describeRun(run)}`,
    );
  }
}

function firstDifference(left: Buffer, right: Buffer): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index += 1) {
    if (left[index] !== right[index]) {
      return index;
    }
  }
  return length;
}

function quote(bytes: Buffer, from: number): string {
  return JSON.stringify(bytes.subarray(Math.max(0, from - 8), from + 24).toString("latin1"));
}

/** An error of ours: nothing on stdout, one sentence on stderr, an exit status, nothing left. */
export function assertRefused(run: Run, status: number, sentence: RegExp = /./): void {
  assertEnded(run);
  assert.equal(run.status, status, `exit status\n${describeRun(run)}`);
  assert.equal(run.stdout.toString(), "", `stdout must be empty\n${describeRun(run)}`);
  const text = run.stderr.toString();
  assert.match(text, /^[^\n]{10,400}\n$/, `stderr must be one sentence\n${describeRun(run)}`);
  assert.match(text, sentence, `the sentence must name the problem\n${describeRun(run)}`);
  assertNothingLeftBehind(run);
}

export function describeRun(run: Run): string {
  const shown = (bytes: Buffer) => bytes.subarray(0, SHOWN_BYTES).toString();
  return `status ${run.status} after ${run.elapsedMs} ms\n--- stdout\n${shown(run.stdout)}\n--- stderr\n${shown(run.stderr)}\n---`;
}
