/**
 * A program inherits which signals are ignored and which are blocked, as execve(2) keeps them: under nohup, from a service manager, from a shell
 * that has trapped them. What it makes of them then is its own affair.
 */

import assert from "node:assert/strict";
import { constants } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ISLES, type Isle } from "../../apps/tests/manifest.ts";
import { assertEnded, describeRun } from "./expect.ts";
import { environmentOf, unavailable } from "./isles.ts";
import { PROXY, ROOT, type RunOptions, run } from "./run.ts";

const PROGRAM = join(ROOT, "build/apps/tests/inherited-signals-musl");
const { SIGHUP, SIGPIPE, SIGTERM, SIGUSR1, SIGUSR2 } = constants.signals;

for (const isle of ISLES) {
  describe(`inherited signals on ${isle}`, { skip: unavailable(isle) ?? false }, () => {
    test(`${isle}: the program finds them as they are`, async () => {
      const started = ["--ignore-signal=HUP,TERM,PIPE,USR2,CHLD", "--block-signal=USR1,RTMIN+3"];
      const [linux, guest] = await both(isle, started, "");
      assert.equal(linux.stdout.toString(), guest.stdout.toString(), describeRun(guest));
      for (const number of [SIGHUP, SIGTERM, SIGPIPE, SIGUSR2])
        assert.match(guest.stdout.toString(), new RegExp(`^${number} is ignored$`, "m"));
      assert.match(guest.stdout.toString(), new RegExp(`^${SIGUSR1} is blocked$`, "m"));
    });
    test(`${isle}: one that is ignored ends nothing, one that is blocked is waited for`, async () => {
      const started = ["--ignore-signal=HUP,TERM", "--block-signal=USR1"];
      await both(isle, started, "wait", {
        status: 0,
        stdout: `${SIGHUP} is ignored\n${SIGUSR1} is blocked\n${SIGTERM} is ignored\nready\ngot ${SIGUSR1}\n`,
        signals: ["SIGTERM", "SIGHUP", "SIGUSR1"],
      });
    });
    test(`${isle}: one that does again what it does by default ends the program`, async () => {
      await both(isle, ["--ignore-signal=HUP"], "default", {
        status: 128 + SIGHUP,
        stdout: `${SIGHUP} is ignored\nready\n`,
        signals: ["SIGHUP"],
      });
    });
    test(`${isle}: a reader that has gone is an error where SIGPIPE is ignored`, async () => {
      for (const command of [[PROGRAM], [PROXY, PROGRAM]]) {
        const env = command.length > 1 ? environmentOf(isle) : {};
        const args = ["env", "--ignore-signal=PIPE", ...command, "pipe"];
        const ended = await run("sh", ["-c", '"$@" | head -n 2', "sh", ...args], { env });
        assert.equal(ended.stdout.toString(), `${SIGPIPE} is ignored\nready\n`, describeRun(ended));
        assert.equal(ended.stderr.toString(), "write: Broken pipe\n", describeRun(ended));
      }
    });
  });
}

interface Expected {
  readonly status: number;
  readonly stdout: string;
  /** Sent when the program is ready. */
  readonly signals: readonly NodeJS.Signals[];
}

/** On Linux and in the guest, started by env with these options. */
async function both(isle: Isle, started: readonly string[], mode: string, expected?: Expected) {
  const seen = [];
  for (const command of [[PROGRAM], [PROXY, PROGRAM]]) {
    const options: RunOptions = {
      env: command.length > 1 ? environmentOf(isle) : {},
      onOutput: { text: "ready\n", act: (child) => expected?.signals.forEach((signal) => child.kill(signal)) },
    };
    const ended = await run("env", [...started, ...command, mode], options);
    assertEnded(ended);
    if (expected !== undefined) {
      assert.equal(ended.stdout.toString(), expected.stdout, describeRun(ended));
      assert.equal(ended.status, expected.status, describeRun(ended));
    }
    seen.push(ended);
  }
  const [linux, guest] = seen;
  assert.ok(linux !== undefined && guest !== undefined);
  return [linux, guest] as const;
}
