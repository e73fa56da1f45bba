/**
 * A guest on a terminal: it sees a terminal of the right size, keys reach it, Ctrl-C ends it, its settings are the host's terminal's,
 * and whatever happens the terminal is afterwards, and while the guest is stopped, as it was before.
 *
 * `script` (bsdutils, always there on Debian) makes the pseudo-terminal. The shell inside compares `stty -a` before and after,
 * and ignores Ctrl-C for itself so that it lives to tell.
 */

import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ISLES, type Isle } from "../../apps/tests/manifest.ts";
import { assertEnded, assertNothingLeftBehind, describeRun } from "./expect.ts";
import { environmentOf, unavailable } from "./isles.ts";
import {
  answering,
  assertUnchanged,
  COMPARE_TERMINAL,
  CTRL_C,
  CTRL_D,
  linesOf,
  noScript,
  runScript,
} from "./on-terminal.ts";
import { PROXY, processesOf, ROOT, type Run, type RunOptions } from "./run.ts";

const PROGRAMS = join(ROOT, "build/apps/tests");
const MODES = join(PROGRAMS, "terminal-modes-musl");

const CTRL_Z = "\x1a";
/** Jobs have groups of their own, as under an interactive shell. */
const STOP_AND_GO_ON = [
  "set -m",
  "before=$(stty -a)",
  '"$PROXY" "$PROGRAM" stop',
  'test "$before" = "$(stty -a)" && echo as before while stopped || echo CHANGED while stopped',
  "fg >/dev/null",
  "status=$?",
  'test "$before" = "$(stty -a)" && echo terminal unchanged || echo terminal CHANGED',
  "echo status $status",
].join("; ");
/** What terminal-modes asks for, and what it gets. */
const KEYS: readonly (readonly [string, string])[] = [
  ["key?", CTRL_C],
  ["three?", "abc"],
  ["line?", "a line\n"],
];

const BUSYBOX = "/bin/busybox";
const noBusybox = existsSync(BUSYBOX) ? false : "a static busybox (busybox-static) is not installed";

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
    test(`${isle}: a program has keys, window and groups as on Linux`, async () => {
      const env = { PROXY: "env", PROGRAM: MODES, ARGUMENT: "use" };
      const linux = await runScript(COMPARE_TERMINAL, { env, ...answering(KEYS) });
      const guest = await onTerminal(isle, "terminal-modes-musl", answering(KEYS), "use");
      assert.ok(linesOf(linux).includes("read 1: 3"), describeRun(linux));
      assert.ok(linesOf(linux).includes("window 0: 44 rows, 111 columns"), describeRun(linux));
      assert.deepEqual(linesOf(guest).filter(isOfProgram), linesOf(linux).filter(isOfProgram), describeRun(guest));
      assert.ok(linesOf(guest).includes("status 0"), describeRun(guest));
      assertEnded(guest);
      assertNothingLeftBehind(guest);
    });
    for (const [how, status] of [
      ["exit", 3],
      ["crash", 139],
    ] as const) {
      test(`${isle}: raw mode does not outlive a program by ${how}`, async () => {
        const ended = await onTerminal(isle, "terminal-modes-musl", { stdin: "open" }, how);
        assert.ok(linesOf(ended).includes(`${how}: echo off, lines off, signals off`), describeRun(ended));
        assertUnchanged(ended, status);
      });
    }
    test(`${isle}: nor one that SIGTERM ends`, async () => {
      const act = (_: ChildProcess, mark: string) => {
        for (const { pid, command } of processesOf(mark)) {
          if (command.startsWith(PROXY)) process.kill(pid, "SIGTERM");
        }
      };
      const ended = await onTerminal(
        isle,
        "terminal-modes-musl",
        { stdin: "open", onOutput: { text: "raw now\r\n", act } },
        "wait",
      );
      assertUnchanged(ended, 143);
    });
    test(`${isle}: busybox's shell has a prompt whose lines can be edited`, { skip: noBusybox }, async () => {
      const lines = [
        ["built-in commands.", "echo sx\x7feen $((6*7))\n"],
        ["seen 42\r\n", "exit 5\n"],
      ] as const;
      const env = { ...environmentOf(isle), PROXY, PROGRAM: BUSYBOX, ARGUMENT: "ash" };
      const ended = await runScript(COMPARE_TERMINAL, { env, ...answering(lines) });
      assert.ok(linesOf(ended).includes("seen 42"), describeRun(ended));
      assertUnchanged(ended, 5);
    });
    test(`${isle}: Ctrl-Z stops it, the shell has its terminal meanwhile, and it goes on`, async () => {
      const ended = await runScript(STOP_AND_GO_ON, {
        env: { ...environmentOf(isle), PROXY, PROGRAM: MODES },
        ...answering([["stop?", CTRL_Z]]),
      });
      for (const line of [
        "quiet: echo off, lines on, signals on",
        "as before while stopped",
        "continued: echo off, lines on, signals on",
      ]) {
        assert.ok(linesOf(ended).includes(line), describeRun(ended));
      }
      assertUnchanged(ended, 0);
    });
    test(`${isle}: a crash leaves the terminal as it was`, async () => {
      assertUnchanged(await onTerminal(isle, "null-jump-glibc", { stdin: "open" }), 139);
    });
  });
}

function onTerminal(isle: Isle, program: string, options: RunOptions, argument = ""): Promise<Run> {
  const env = { ...environmentOf(isle), PROXY, PROGRAM: join(PROGRAMS, program), ARGUMENT: argument };
  return runScript(COMPARE_TERMINAL, { ...options, env });
}

/** The shell's own lines are about the terminal afterwards, which Linux does not restore. */
function isOfProgram(line: string): boolean {
  return !line.startsWith("terminal ") && !line.startsWith("status ");
}
