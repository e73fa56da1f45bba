/**
 * An output whose reader does not read holds up who writes to it and nobody else: not the other output, not what is asked of the streams, not
 * signals, not the end of the program. And what is written to one file through two descriptors stays in order.
 *
 * Every way runs on Linux and in the guest. The readers begin when they are told so by the program, and its writes are more than any pipe,
 * socket or terminal holds, so nothing depends on how fast either is.
 */

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ISLES } from "../../apps/tests/manifest.ts";
import { assertEnded, assertNothingLeftBehind, describeRun } from "./expect.ts";
import { environmentOf, unavailable } from "./isles.ts";
import { PROXY, ROOT, type Run, run } from "./run.ts";

const PROGRAM = join(ROOT, "build/apps/tests/blocked-output-musl");
const BLOCK_BYTES = 1 << 20;

/** Reads stdout after the first line of stderr. */
const READ_AFTER_LINE =
  'mkfifo gate; { "$@" 2> gate; echo "status $?" >&2; } | { read -r line < gate; echo "$line" >&2; cat; rm gate; }';
/** Reads stdout when the program has ended. */
const READ_AFTER_END =
  'mkfifo gate; { "$@"; echo "status $?" > gate; } | { read -r line < gate; echo "$line" >&2; cat; rm gate; }';
/** Reads stdout when stderr has ended. */
const READ_AFTER_STDERR = 'mkfifo gate; { "$@"; echo "status $?" >&2; } 2> gate | { cat gate >&2; cat; rm gate; }';

interface Way {
  readonly title: string;
  readonly mode: string;
  readonly script: string;
  readonly stderr: string;
}

const WAYS: readonly Way[] = [
  { title: "a line on stderr", mode: "line", script: READ_AFTER_LINE, stderr: "a line\nstatus 0\n" },
  { title: "requests of other streams", mode: "requests", script: READ_AFTER_LINE, stderr: "a line\nstatus 0\n" },
  { title: "the end of the program", mode: "exit", script: READ_AFTER_END, stderr: "status 3\n" },
  {
    title: "signals",
    mode: "signal",
    script: READ_AFTER_STDERR,
    stderr: "first: some\nsecond: EINTR\nstatus 0\n",
  },
  { title: "the order of two descriptors of one pipe", mode: "order", script: '"$@" 2>&1 | cat', stderr: "" },
];

const TERMINAL = `
import os, pty, subprocess, sys, tty
master, slave = pty.openpty()
tty.setraw(slave)
child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=slave, stderr=subprocess.PIPE)
os.close(slave)
line = child.stderr.readline()
count = 0
while True:
    try:
        count += len(os.read(master, 65536))
    except OSError:
        break
print(line.decode().strip(), count, child.wait())
`;
const noTerminal = spawnSync("python3", ["-c", "import pty"]).status === 0 ? false : "python3 is not installed";

for (const isle of ISLES) {
  describe(`blocked output on ${isle}`, { skip: unavailable(isle) ?? false }, () => {
    for (const { title, mode, script, stderr } of WAYS) {
      test(`${isle}: behind a full pipe: ${title}`, async () => {
        const [linux, guest] = await both(isle, "sh", ["-c", script, "sh"], mode);
        assert.equal(linux.stderr.toString(), stderr, describeRun(linux));
        assert.equal(guest.stderr.toString(), stderr, describeRun(guest));
        // Too long for a message.
        assert.ok(linux.stdout.equals(guest.stdout), `${guest.stdout.length} bytes instead of ${linux.stdout.length}`);
      });
    }
    test(`${isle}: behind a full socket: a line on stderr`, async () => {
      const expected = { status: 0, said: "a line\n", bytes: BLOCK_BYTES };
      assert.deepEqual(await readLate(PROGRAM, ["line"], {}), expected);
      assert.deepEqual(await readLate(PROXY, [PROGRAM, "line"], environmentOf(isle)), expected);
    });
    test(`${isle}: behind a full terminal: a line on stderr`, { skip: noTerminal }, async () => {
      const [linux, guest] = await both(isle, "python3", ["-c", TERMINAL], "line");
      assert.equal(linux.stdout.toString(), `a line ${BLOCK_BYTES} 0\n`, describeRun(linux));
      assert.equal(guest.stdout.toString(), linux.stdout.toString(), describeRun(guest));
    });
  });
}

/** On Linux and in the guest; with a standard input on which nothing comes. */
async function both(isle: (typeof ISLES)[number], command: string, args: readonly string[], mode: string) {
  const runs: Run[] = [];
  for (const inGuest of [false, true]) {
    const env = inGuest ? environmentOf(isle) : {};
    const ended = await run(command, [...args, ...(inGuest ? [PROXY] : []), PROGRAM, mode], { env, stdin: "open" });
    assertEnded(ended);
    assertNothingLeftBehind(ended);
    runs.push(ended);
  }
  const [linux, guest] = runs;
  assert.ok(linux !== undefined && guest !== undefined);
  return [linux, guest] as const;
}

/** Reads standard output, which Node.js makes a socket, only from the moment at which the line has come. */
async function readLate(command: string, args: readonly string[], env: Readonly<Record<string, string>>) {
  const child = spawn(command, args, {
    env: { PATH: process.env.PATH ?? "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), 40_000);
  let said = "";
  let bytes = 0;
  child.stderr.on("data", (chunk: Buffer) => {
    said += chunk.toString();
    if (said.includes("\n") && child.stdout.listenerCount("data") === 0) {
      child.stdout.on("data", (piece: Buffer) => {
        bytes += piece.length;
      });
    }
  });
  const [status] = await once(child, "close");
  clearTimeout(timer);
  return { status, said, bytes };
}
