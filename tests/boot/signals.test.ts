/**
 * Signals from outside: the proxy passes on what the user meant, ends with 128 + signal unless the program wants it otherwise, and
 * leaves nothing. A program that has changed what a signal does gets it itself; before that the proxy ends the machine at once.
 *
 * Whatever the guest is doing: computing without a system call, halted in a sleep, waiting for input, or printing as fast as
 * it can. And when the proxy itself is killed without a chance to tidy up, QEMU must not outlive it.
 */

import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { constants } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ISLES, type Isle } from "../../apps/tests/manifest.ts";
import { assertEnded, assertNothingLeftBehind, describeRun } from "./expect.ts";
import { environmentOf, runOnIsle, unavailable } from "./isles.ts";
import { PROXY, ROOT, type RunOptions, run } from "./run.ts";

const PROGRAMS = join(ROOT, "build/apps/tests");
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** The signal comes at this many moments of about the time that a start takes; when exactly makes no difference to the outcome. */
const START_STEPS = 16;
const START_MS: Readonly<Record<Isle, number>> = { uhyve: 16, qemu: 160 };
/** `announces`: what the program prints when it is in the state that its title names. */
const STATES = [
  { title: "computing", program: "busy-loop-glibc", announces: "looping\n" },
  { title: "sleeping", program: "sleep-forever-glibc", announces: "sleeping\n" },
  { title: "printing", program: "infinite-output-musl", announces: "line 100\n" },
] as const;

for (const isle of ISLES) {
  describe(`signals on ${isle}`, { concurrency: 2, skip: unavailable(isle) ?? false }, () => {
    for (const signal of SIGNALS) {
      for (const { title, program, announces } of STATES) {
        test(`${isle}: ${signal} while ${title}`, async () => {
          const ended = await runOnIsle(isle, join(PROGRAMS, program), [], {
            stdin: "open",
            timeoutSeconds: 30,
            onOutput: { text: announces, act: (child) => child.kill(signal) },
          });
          assertEnded(ended);
          assert.equal(ended.status, 128 + constants.signals[signal], describeRun(ended));
          assert.match(ended.stderr.toString(), /^([^\n]*\n)?$/, "at most one sentence");
          assertNothingLeftBehind(ended);
        });
      }
    }
    test(`${isle}: SIGTERM while waiting for input`, async () => {
      const ended = await runOnIsle(isle, join(PROGRAMS, "echo-stdin-musl"), [], whenEchoed("SIGTERM"));
      assertEnded(ended);
      assert.equal(ended.status, 128 + constants.signals.SIGTERM, describeRun(ended));
      assertNothingLeftBehind(ended);
    });
    for (const signal of ["SIGINT", "SIGHUP", "SIGUSR1"] as const) {
      test(`${isle}: ${signal} reaches a program that ignores it, which goes on`, async () => {
        const ended = await runOnIsle(isle, join(PROGRAMS, "ignore-signals-musl"), [], {
          stdin: "open",
          timeoutSeconds: 30,
          onOutput: {
            text: "ignoring\n",
            act: (child) => {
              child.kill(signal);
              child.stdin?.end("still here\n");
            },
          },
        });
        assertEnded(ended);
        assert.equal(ended.status, 0, describeRun(ended));
        assert.equal(ended.stdout.toString(), "ignoring\nstill here\n", describeRun(ended));
        assertNothingLeftBehind(ended);
      });
    }
    test(`${isle}: SIGTERM runs the handler of a program that only computes`, async () => {
      const ended = await runOnIsle(isle, join(PROGRAMS, "busy-loop-glibc"), ["handled"], {
        stdin: "open",
        timeoutSeconds: 30,
        onOutput: { text: "looping\n", act: (child) => child.kill("SIGTERM") },
      });
      assertEnded(ended);
      assert.equal(ended.status, 3, describeRun(ended));
      assert.equal(ended.stdout.toString(), "looping\ntold\n", describeRun(ended));
    });
    test(`${isle}: SIGTERM, which a program that ignores others does not`, async () => {
      const ended = await runOnIsle(isle, join(PROGRAMS, "ignore-signals-musl"), [], {
        stdin: "open",
        timeoutSeconds: 30,
        onOutput: { text: "ignoring\n", act: (child) => child.kill("SIGTERM") },
      });
      assertEnded(ended);
      assert.equal(ended.status, 128 + constants.signals.SIGTERM, describeRun(ended));
      assertNothingLeftBehind(ended);
    });
    test(`${isle}: SIGTERM at any moment of the start`, async () => {
      for (let step = 0; step < START_STEPS; step += 1) {
        const delaySeconds = (step * START_MS[isle]) / START_STEPS / 1000;
        const script = `"$@" & child=$!; sleep ${delaySeconds}; kill -TERM $child; wait $child`;
        const ended = await run("sh", ["-c", script, "sh", PROXY, join(PROGRAMS, "busy-loop-glibc")], {
          env: environmentOf(isle),
          timeoutSeconds: 30,
        });
        assertEnded(ended);
        assert.equal(ended.status, 128 + constants.signals.SIGTERM, `after ${delaySeconds} s\n${describeRun(ended)}`);
        assertNothingLeftBehind(ended);
      }
    });
    test(`${isle}: two signals at once`, async () => {
      const ended = await runOnIsle(isle, join(PROGRAMS, "busy-loop-glibc"), [], {
        timeoutSeconds: 30,
        onOutput: {
          text: "looping\n",
          act: (child) => {
            child.kill("SIGINT");
            child.kill("SIGTERM");
          },
        },
      });
      assertEnded(ended);
      const either = [128 + constants.signals.SIGINT, 128 + constants.signals.SIGTERM];
      assert.ok(either.includes(ended.status), describeRun(ended));
      assertNothingLeftBehind(ended);
    });
    test(`${isle}: the proxy is killed: nothing outlives it`, async () => {
      const ended = await runOnIsle(isle, join(PROGRAMS, "busy-loop-glibc"), [], {
        timeoutSeconds: 30,
        onOutput: { text: "looping\n", act: (child) => child.kill("SIGKILL") },
      });
      assertEnded(ended);
      // Files of a killed process are the next start's business; processes are not.
      assert.deepEqual(
        ended.leftBehind.filter((sentence) => sentence.startsWith("process")),
        [],
      );
    });
  });
}

/** Writes a line; the signal comes when its echo is back, so the program is on its way to the next read. */
function whenEchoed(signal: NodeJS.Signals): RunOptions {
  return {
    stdin: "open",
    firstInput: "a line\n",
    timeoutSeconds: 30,
    onOutput: { text: "a line\n", act: (child: ChildProcess) => child.kill(signal) },
  };
}
