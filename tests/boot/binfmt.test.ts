/**
 * Starting a HermitCore program by its name alone: `hermit binfmt install` registers the proxy with the kernel, which then runs
 * `proxy PROGRAM ARGS` for every ELF file whose EI_OSABI is 0x42.
 *
 * This changes the machine, so it is done only as root, the previous registration is put back, and a mount made by the test
 * is unmounted.
 */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ISLES } from "../../apps/tests/manifest.ts";
import { assertNothingLeftBehind, assertOutcome } from "./expect.ts";
import { availableIsles, environmentOf } from "./isles.ts";
import { ROOT, run } from "./run.ts";
import { makeScratch, writeProgram } from "./scratch.ts";

const HERMIT = join(ROOT, "bin/hermit");
const HELLO = join(ROOT, "build/apps/tests/hello-musl");
const FOLDER = "/proc/sys/fs/binfmt_misc";
const EI_OSABI = 7;
const HERMIT_OSABI = 0x42;

function hermit(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(HERMIT, args, { encoding: "utf8" });
}

function problem(): string | undefined {
  if (process.getuid?.() !== 0) {
    return "needs root to register with binfmt_misc";
  }
  if (!existsSync(FOLDER)) {
    return "this kernel has no binfmt_misc";
  }
  if (existsSync(join(FOLDER, "hermit"))) {
    return "this machine has a registration of HermitCore, which the test would replace";
  }
  return availableIsles().length === 0 ? "no isle works here" : undefined;
}

test("a program starts through binfmt_misc by its name", { skip: problem() ?? false }, async (context) => {
  const wasMounted = existsSync(join(FOLDER, "register"));
  context.after(() => {
    hermit("binfmt", "remove");
    if (!wasMounted) {
      spawnSync("umount", [FOLDER]);
    }
  });
  const installed = hermit("binfmt", "install");
  assert.equal(installed.status, 0, installed.stderr);
  assert.equal(hermit("binfmt", "status").status, 0);

  using scratch = makeScratch();
  const bytes = readFileSync(HELLO);
  bytes[EI_OSABI] = HERMIT_OSABI;
  const program = writeProgram(scratch, "hello", bytes);
  for (const isle of ISLES.filter((each) => availableIsles().includes(each))) {
    const ended = await run(program, ["an argument"], { env: environmentOf(isle) });
    assertOutcome(ended, { status: 0, stdout: `Hello World!!!\nargv[0] = ${program}\nargv[1] = an argument\n` });
    assertNothingLeftBehind(ended);
  }

  assert.equal(hermit("binfmt", "remove").status, 0);
  assert.notEqual(hermit("binfmt", "status").status, 0);
});
