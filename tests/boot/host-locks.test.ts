/**
 * Locks that a program in a guest has on files of an export, as programs of the host see them: of each byte the strongest of all that the
 * guest has there, whoever in it has them, and the host's own stand in the guest's way.
 */

import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { assertEnded, describeRun } from "./expect.ts";
import { environmentOf, unavailable } from "./isles.ts";
import { PROXY, ROOT, type Run, run } from "./run.ts";
import { makeScratch } from "./scratch.ts";

const TARGET = "apps/files-tests/host-locks";
const PROGRAM = join(ROOT, "build", TARGET);

before(() => {
  const build = spawnSync(process.execPath, ["tools/build.mjs", TARGET], { cwd: ROOT, encoding: "utf8" });
  assert.equal(build.status, 0, build.stderr);
});

/** Steps of the program in the guest, and what the host sees then. */
const SEEN: readonly { readonly what: string; readonly steps: string; readonly host: string }[] = [
  { what: "locks of the process", steps: "1pw0-3 1pr4-6 1pu1-1", host: "w-wwrrr---" },
  { what: "closing another descriptor gives the process's back", steps: "1pw0-3 1dr6-7 2c", host: "------rr--" },
  {
    what: "what another description has stays when one gives its own up",
    steps: "1dr0-9 2dr3-5 1du0-9",
    host: "---rrr----",
  },
  {
    what: "what a description has stays when the process gives its own up",
    steps: "1dr0-9 1pr2-8 1pu0-9",
    host: "rrrrrrrrrr",
  },
  { what: "a weaker lock lets others read", steps: "1dw0-9 1dr2-4", host: "wwrrrwwwww" },
  { what: "one description's weaker lock leaves another's", steps: "1pw0-4 1fr", host: "wwwwwrrrrr" },
  { what: "flock's end leaves the others", steps: "1pw0-4 2dr6-6 1fw 1fu", host: "wwwww-r---" },
  { what: "the end of others leaves flock", steps: "1fw 2pw0-4 2pu0-9", host: "wwwwwwwwww" },
  { what: "a shared flock stays with the other who has it", steps: "1fr 2fr 1fu", host: "rrrrrrrrrr" },
];

describe("locks of files of the host on uhyve", { skip: unavailable("uhyve") ?? false }, () => {
  for (const { what, steps, host } of SEEN) {
    test(what, () => looksLike(steps, host));
  }
  test("a lock that the host refuses leaves the one that was there", () => keepsWhatItHad());
});

function ask(file: string): string {
  return spawnSync(PROGRAM, ["ask", file], { encoding: "utf8" }).stdout.trim();
}

/** The guest takes its locks; when they are there, `look` looks at them from outside. */
async function runSteps(folder: string, steps: string, look: () => void): Promise<Run> {
  const args = [
    "--no-default-mounts",
    "--mount",
    `${folder}:/data:rw`,
    PROGRAM,
    "take",
    "/data/file",
    ...steps.split(" "),
  ];
  const act = (child: ChildProcess): void => {
    look();
    child.stdin?.end("\n");
  };
  const options = { stdin: "open", onOutput: { text: "ready\n", act }, env: environmentOf("uhyve") } as const;
  const result = await run(PROXY, args, options);
  assertEnded(result);
  return result;
}

async function looksLike(steps: string, host: string): Promise<void> {
  using scratch = makeScratch();
  const file = join(scratch.folder, "file");
  writeFileSync(file, "0123456789");
  let seen = "";
  const result = await runSteps(scratch.folder, steps, () => {
    seen = ask(file);
  });
  assert.equal(seen, host, describeRun(result));
  assert.equal(ask(file), "----------", "and nothing when the guest has ended");
}

async function keepsWhatItHad(): Promise<void> {
  using scratch = makeScratch();
  const file = join(scratch.folder, "file");
  writeFileSync(file, "0123456789");
  const holder = spawn(PROGRAM, ["take", file, "1pr0-5"], { stdio: ["pipe", "pipe", "inherit"] });
  await once(holder.stdout, "data");
  let seen = "";
  const ended = once(holder, "exit");
  const result = await runSteps(scratch.folder, "1pr2-7 1pw0-9 2dw0-1 2dr0-0", () => {
    seen = ask(file);
  });
  holder.stdin.end("\n");
  await ended;
  const lines = ["1pr2-7: ok", "1pw0-9: EAGAIN", "2dw0-1: EAGAIN", "2dr0-0: ok", "ready", ""];
  assert.equal(result.stdout.toString("latin1"), lines.join("\n"), describeRun(result));
  // Bytes 6 and 7 are the guest's alone: it may still read them, and nobody writes.
  assert.equal(seen, "rrrrrrrr--");
}
