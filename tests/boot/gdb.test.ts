/**
 * Debugging the kernel by its TypeScript source: a breakpoint set as `file.ts:line` is hit, the backtrace speaks of `.ts` files,
 * and arguments and locals are shown under the names they have in TypeScript.
 *
 * HERMIT_DEBUG=1 lets gdb connect to QEMU on port 1234. The guest echoes a first line, so it is up; then gdb sets the
 * breakpoint where the kernel writes, a second line makes the program write again, and gdb shows what it finds there.
 */

import assert from "node:assert/strict";
import { type ChildProcess, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { assertNothingLeftBehind, assertOutcome, describeRun } from "./expect.ts";
import { runOnIsle, unavailable } from "./isles.ts";
import { ROOT, type Run, run } from "./run.ts";

const PORT = 1234;
const KERNEL = join(ROOT, "build/kernel/hermit.elf");
const SOURCE = "linux/fs/stream.ts";
/** The statement in writeBytes at which the kernel stops. */
const STATEMENT = "channelWrite(stream";
const FIRST = "the guest is up\n";
const SECOND = "seen by gdb\n";

function breakpointLine(): number {
  const lines = readFileSync(join(ROOT, SOURCE), "utf8").split("\n");
  const index = lines.findIndex((line) => line.includes(STATEMENT));
  assert.ok(index >= 0, `${SOURCE} has no statement with "${STATEMENT}"`);
  return index + 1;
}

async function problem(): Promise<string | undefined> {
  if (spawnSync("gdb", ["--version"]).status !== 0) {
    return "gdb is not installed";
  }
  if (await portIsTaken()) {
    return `port ${PORT} is in use`;
  }
  return unavailable("qemu");
}

function portIsTaken(): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(PORT, "127.0.0.1");
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}

function debug(guest: ChildProcess, line: number): Promise<Run> {
  const commands = [
    "set pagination off",
    "set confirm off",
    `target remote 127.0.0.1:${PORT}`,
    `break ${SOURCE}:${line}`,
    "continue",
    "info args",
    "info locals",
    "backtrace 4",
    "delete",
    "detach",
  ];
  return run("gdb", ["-batch", "-nx", ...commands.flatMap((command) => ["-ex", command]), KERNEL], {
    timeoutSeconds: 60,
    onOutput: { text: "Breakpoint 1 at", act: () => guest.stdin?.write(SECOND) },
  });
}

test("a breakpoint in the kernel by file.ts:line", { skip: (await problem()) ?? false }, async () => {
  const line = breakpointLine();
  let session: Promise<Run> | undefined;
  const guest = await runOnIsle("qemu", join(ROOT, "build/apps/tests/echo-stdin-musl"), [], {
    // On TCG breakpoints are QEMU's own; a KVM inside a virtual machine may leave them to the guest.
    env: { HERMIT_DEBUG: "1", HERMIT_KVM: "0" },
    stdin: "open",
    firstInput: FIRST,
    timeoutSeconds: 90,
    onOutput: {
      text: FIRST,
      act: (child) => {
        session = debug(child, line).finally(() => child.stdin?.end());
      },
    },
  });
  assert.ok(session, `the guest never echoed its first line\n${describeRun(guest)}`);
  const seen = await session;
  const text = seen.stdout.toString();
  assert.ok(!guest.stderr.includes("panic"), describeRun(guest));
  assert.match(text, new RegExp(`^Breakpoint 1(\\.\\d+)?, .*writeBytes.*stream\\.ts:${line}$`, "m"), describeRun(seen));
  // The kernel is optimised code: not every variable exists at every line, these do.
  assert.match(text, new RegExp(`^bytes = .*length = ${SECOND.length}`, "m"), "an argument under its TypeScript name");
  assert.match(text, /^stream = 1$/m, "a local under its TypeScript name");
  assert.match(text, /^#1 .*\.ts:\d+$/m, "the caller by its TypeScript file and line");
  assertOutcome(guest, { status: 0, stdout: FIRST + SECOND, stderr: `${FIRST.length + SECOND.length} bytes\n` });
  assertNothingLeftBehind(guest);
});
