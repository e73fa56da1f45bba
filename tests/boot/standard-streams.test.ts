/**
 * Standard input that comes while the program looks, and standard output that is stuck: poll, select, epoll and O_NONBLOCK say in the guest
 * what they say on Linux, whatever kind of file the stream is.
 *
 * Every interaction runs on Linux and in the guest, and both must print the same. What the program asks for ("first?", "end?") comes only
 * then, so nothing depends on how fast either is.
 */

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ISLES } from "../../apps/tests/manifest.ts";
import { assertEnded, assertNothingLeftBehind, describeRun } from "./expect.ts";
import { environmentOf, unavailable } from "./isles.ts";
import { PROXY, ROOT, type Run, type RunOptions, run } from "./run.ts";
import { makeScratch } from "./scratch.ts";

const INPUT = join(ROOT, "build/apps/tests/standard-input-musl");
const OUTPUT = join(ROOT, "build/apps/tests/standard-output-musl");
const WAYS = ["poll", "select", "epoll", "edges", "nonblock", "threads"] as const;
/** Node.js first ends a socket's one direction and then, at a moment of its own, closes it. */
const SOCKET_HANGS_UP = " HUP";
/** Node.js makes sockets of its children's streams; behind cat the program's is a pipe. */
const THROUGH_A_PIPE = 'cat | "$@"';

interface Kind {
  readonly title: string;
  readonly script: string;
  readonly says: RegExp;
}

const KINDS: readonly Kind[] = [
  {
    title: "a file",
    script: '"$@" < "$TEXT"',
    says: /^epoll_ctl: Operation not permitted\npoll: IN\nfor both: IN OUT\n$/,
  },
  {
    title: "/dev/null",
    script: '"$@" < /dev/null',
    says: /^epoll_ctl: Operation not permitted\npoll: IN\nfor both: IN OUT\n$/,
  },
  { title: "the end of a pipe", script: ': | { sleep 0.2; "$@"; }', says: /^poll: HUP\nfor both: nothing\n$/ },
];

for (const isle of ISLES) {
  describe(`standard streams on ${isle}`, { skip: unavailable(isle) ?? false }, () => {
    for (const way of WAYS) {
      // The two steps in which Node.js ends a socket are an edge each.
      for (const script of way === "edges" ? [THROUGH_A_PIPE] : ['"$@"', THROUGH_A_PIPE]) {
        test(`${isle}: input by ${way}, from a ${script === THROUGH_A_PIPE ? "pipe" : "socket"}`, async () => {
          const linux = await interact([script, "sh", INPUT, way], {});
          const guest = await interact([script, "sh", PROXY, INPUT, way], environmentOf(isle));
          assert.match(linux.stdout.toString(), /first\?\n(.*\n)*end\?\n/, describeRun(linux));
          assertSame(linux, guest, script === THROUGH_A_PIPE ? "" : SOCKET_HANGS_UP);
        });
      }
    }
    for (const { title, script, says } of KINDS) {
      test(`${isle}: input that is ${title}`, async () => {
        using scratch = makeScratch();
        const text = join(scratch.folder, "text");
        writeFileSync(text, "some text\n");
        const linux = await run("sh", ["-c", script, "sh", INPUT, "kinds"], { env: { TEXT: text } });
        const env = { ...environmentOf(isle), TEXT: text };
        const guest = await run("sh", ["-c", script, "sh", PROXY, INPUT, "kinds"], { env });
        assert.match(linux.stdout.toString(), says, describeRun(linux));
        assertSame(linux, guest);
      });
    }
    test(`${isle}: output that nobody reads yet`, async () => {
      const expected = [
        "at first writable",
        "Resource temporarily unavailable after enough",
        "now not writable",
        "full",
        "later writable",
        "",
      ].join("\n");
      assert.deepEqual(await readLate(OUTPUT, [], {}), { status: 0, said: expected, end: "xend\n" });
      assert.deepEqual(await readLate(PROXY, [OUTPUT], environmentOf(isle)), {
        status: 0,
        said: expected,
        end: "xend\n",
      });
    });
  });
}

/**
 * The program's output goes into a pipe that nobody reads before a line has come on the standard input; then its end is shown. (What Node.js makes
 * of a child's output is read by Node.js when it likes.) The status is the program's.
 */
const READ_LATE = `exec 3<&0
{ "$@" 3<&- < /dev/null; echo $? > "$STATUS"; } | { read -r _ <&3; tail -c 5; }
exit "$(cat "$STATUS")"`;

/** Reads the standard output of a program only from the moment at which it says that it is full. */
async function readLate(command: string, args: readonly string[], env: Readonly<Record<string, string>>) {
  using scratch = makeScratch();
  const child = spawn("sh", ["-c", READ_LATE, "sh", command, ...args], {
    env: { PATH: process.env.PATH ?? "", STATUS: join(scratch.folder, "status"), ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), 40_000);
  let said = "";
  let end = "";
  child.stderr.on("data", (chunk: Buffer) => {
    said += chunk.toString();
    if (said.includes("full\n") && !child.stdin.writableEnded) child.stdin.end("read it\n");
  });
  child.stdout.on("data", (piece: Buffer) => {
    end += piece.toString();
  });
  const [status] = await once(child, "close");
  clearTimeout(timer);
  return { status, said, end };
}

function interact(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Run> {
  const options: RunOptions = { env, stdin: "open", timeoutSeconds: 40, onOutput: { text: "first?\n", act: answer } };
  return run("sh", ["-c", ...args], options);
}

function answer(child: ChildProcess): void {
  let said = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    said += chunk.toString();
    if (said.includes("end?\n")) {
      child.stdin?.end();
    }
  });
  child.stdin?.write("a line\n");
}

/** `apart`: what may be in one output and not in the other. */
function assertSame(linux: Run, guest: Run, apart = ""): void {
  const textOf = (seen: Run) => (apart === "" ? seen.stdout.toString() : seen.stdout.toString().replaceAll(apart, ""));
  assertEnded(guest);
  assert.equal(textOf(guest), textOf(linux), describeRun(guest));
  assert.equal(guest.status, linux.status, describeRun(guest));
  assertNothingLeftBehind(guest);
}
