/**
 * Standard input that comes while the program looks, and standard output that is stuck: poll, select, epoll and O_NONBLOCK say in the guest
 * what they say on Linux, whatever kind of file the stream is.
 *
 * Every interaction runs on Linux and in the guest, and both must print the same. What the program asks for ("first?", "end?") comes only
 * then, so nothing depends on how fast either is.
 */

import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
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
      for (const script of ['"$@"', THROUGH_A_PIPE]) {
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
      // The reader begins when the writer says on stderr, which is a FIFO here, that the pipe is full.
      const script =
        'mkfifo said && { "$@" 2>said | { sed "/^full/q" said >&2; cat said >&2 & wc -c >count; wait; }; cat count | tr -d "0-9"; rm said count; }';
      const linux = await run("sh", ["-c", script, "sh", OUTPUT]);
      const guest = await run("sh", ["-c", script, "sh", PROXY, OUTPUT], { env: environmentOf(isle) });
      const expected =
        "at first writable\nResource temporarily unavailable after enough\nnow not writable\nfull\nlater writable\n";
      assert.equal(linux.stderr.toString(), expected, describeRun(linux));
      assert.equal(guest.stderr.toString(), expected, describeRun(guest));
      assertEnded(guest);
      assertNothingLeftBehind(guest);
    });
  });
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
