/**
 * A guest on a terminal: it sees a terminal of the right size, keys reach it, Ctrl-C ends it, and whatever happens the terminal
 * is afterwards as it was before.
 *
 * `script` (bsdutils, always there on Debian) makes the pseudo-terminal. The shell inside compares `stty -a` before and after,
 * and ignores Ctrl-C for itself so that it lives to tell.
 */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ISLES, type Isle } from "../../apps/tests/manifest.ts";
import { assertEnded, assertNothingLeftBehind, describeRun } from "./expect.ts";
import { environmentOf, unavailable } from "./isles.ts";
import { PROXY, ROOT, type Run, type RunOptions, run } from "./run.ts";

const PROGRAMS = join(ROOT, "build/apps/tests");
const CTRL_C = "\x03";
const CTRL_D = "\x04";
const COMPARE_TERMINAL = [
  "trap : INT",
  "stty rows 33 cols 99",
  "before=$(stty -a)",
  '"$PROXY" "$PROGRAM"',
  "status=$?",
  'test "$before" = "$(stty -a)" && echo terminal unchanged || echo terminal CHANGED',
  "echo status $status",
].join("; ");

const noScript = spawnSync("script", ["--version"]).status === 0 ? undefined : "`script` (bsdutils) is not installed";

for (const isle of ISLES) {
  describe(`a terminal on ${isle}`, { skip: noScript ?? unavailable(isle) ?? false }, () => {
    test(`${isle}: the program sees a terminal and its size`, async () => {
      const ended = await onTerminal(isle, "terminal-musl", { stdin: "open" });
      const said = linesOf(ended);
      for (const name of ["stdin", "stdout", "stderr"]) {
        assert.ok(said.includes(`${name}: a terminal, 33 rows, 99 columns`), describeRun(ended));
      }
      assertUnchanged(ended, 0);
    });
    test(`${isle}: lines typed reach the program, Ctrl-D ends its input`, async () => {
      const ended = await onTerminal(isle, "lines-stdin-glibc", {
        stdin: "open",
        firstInput: `typed\n${CTRL_D}`,
      });
      assert.ok(linesOf(ended).includes("1: 5"), describeRun(ended));
      assert.ok(linesOf(ended).includes("1 lines, end of file"), describeRun(ended));
      assertUnchanged(ended, 0);
    });
    for (const program of ["busy-loop-glibc", "sleep-forever-glibc"]) {
      test(`${isle}: Ctrl-C ends ${program}`, async () => {
        const ended = await onTerminal(isle, program, {
          stdin: "open",
          onOutput: { text: "ing\r\n", act: (child) => child.stdin?.write(CTRL_C) },
        });
        assertUnchanged(ended, 130);
      });
    }
    test(`${isle}: a crash leaves the terminal as it was`, async () => {
      assertUnchanged(await onTerminal(isle, "null-jump-glibc", { stdin: "open" }), 139);
    });
  });
}

function onTerminal(isle: Isle, program: string, options: RunOptions): Promise<Run> {
  const env = { ...environmentOf(isle), PROXY, PROGRAM: join(PROGRAMS, program), TERM: "dumb", SHELL: "/bin/sh" };
  return run("script", ["-qefc", COMPARE_TERMINAL, "/dev/null"], { timeoutSeconds: 60, ...options, env });
}

function linesOf(ended: Run): string[] {
  // The terminal echoes Ctrl-C and Ctrl-D where the cursor is.
  return ended.stdout.toString().replaceAll("^C", "").replaceAll("^D\b\b", "").split(/\r*\n/);
}

function assertUnchanged(ended: Run, status: number): void {
  assertEnded(ended);
  assert.ok(linesOf(ended).includes("terminal unchanged"), describeRun(ended));
  assert.ok(linesOf(ended).includes(`status ${status}`), describeRun(ended));
  assertNothingLeftBehind(ended);
}
