/**
 * Looking into a guest: the system-call trace, the kernel's log, and that neither disturbs the program or talks unasked.
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ISLES } from "../../apps/tests/manifest.ts";
import { assertOutcome, describeRun } from "./expect.ts";
import { runOnIsle, unavailable } from "./isles.ts";
import { ROOT, type Run } from "./run.ts";

const PROGRAMS = join(ROOT, "build/apps/tests");
const HELLO = join(PROGRAMS, "hello-musl");
const HELLO_SAYS = `Hello World!!!\nargv[0] = ${HELLO}\n`;

for (const isle of ISLES) {
  describe(`observing ${isle}`, { concurrency: 2, skip: unavailable(isle) ?? false }, () => {
    test(`${isle}: HERMIT_STRACE=1 prints a line for each system call`, async () => {
      const ended = await runOnIsle(isle, HELLO, [], { env: { HERMIT_STRACE: "1" } });
      assertOutcome(ended, { status: 0, stdout: HELLO_SAYS, stderr: /^/ });
      const lines = linesOf(ended);
      assert.ok(lines.length >= 3, describeRun(ended));
      for (const line of lines) {
        assert.match(line, /^[^(]*\b[a-z0-9_]+\(.*\)\s+= (-?\d+|0x[0-9a-f]+|\?)( .*)?$|exit/, describeRun(ended));
      }
      assert.ok(
        lines.some((line) => /\bwritev?\(1, .*\)\s+= \d+/.test(line)),
        describeRun(ended),
      );
      assert.ok(
        lines.some((line) => /\bexit_group\(0/.test(line)),
        describeRun(ended),
      );
    });
    test(`${isle}: a failed call is shown with its error`, async () => {
      const ended = await runOnIsle(isle, join(PROGRAMS, "unknown-syscall-musl"), [], { env: { HERMIT_STRACE: "1" } });
      assert.equal(ended.status, 0, describeRun(ended));
      assert.ok(
        linesOf(ended).some((line) => line.includes("9999") && line.includes("ENOSYS")),
        describeRun(ended),
      );
    });
    test(`${isle}: HERMIT_VERBOSE=1 prints the kernel's log`, async () => {
      const ended = await runOnIsle(isle, HELLO, [], { env: { HERMIT_VERBOSE: "1" } });
      assertOutcome(ended, { status: 0, stdout: HELLO_SAYS, stderr: new RegExp(`^hermit: isle ${isle}\\b`, "m") });
      assert.ok(
        linesOf(ended).some((line) => /^\[\d+\.\d{3}\]\[\d+:\d+\]\[INFO\] /.test(line)),
        describeRun(ended),
      );
    });
    test(`${isle}: the log names an unknown system call once`, async () => {
      const program = join(PROGRAMS, "unknown-syscall-musl");
      const ended = await runOnIsle(isle, program, [], { env: { HERMIT_VERBOSE: "1" } });
      assert.equal(ended.status, 0, describeRun(ended));
      assert.equal(linesOf(ended).filter((line) => /\b9999\b/.test(line)).length, 1, describeRun(ended));
    });
    for (const value of ["0", ""]) {
      test(`${isle}: HERMIT_VERBOSE=${value} and HERMIT_STRACE=${value} print nothing`, async () => {
        const ended = await runOnIsle(isle, HELLO, [], { env: { HERMIT_VERBOSE: value, HERMIT_STRACE: value } });
        assertOutcome(ended, { status: 0, stdout: HELLO_SAYS });
      });
    }
  });
}

function linesOf(ended: Run): string[] {
  return ended.stderr.toString().trimEnd().split("\n");
}
