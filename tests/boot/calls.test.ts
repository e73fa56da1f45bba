/**
 * What system calls cost is decided by how they get to the library OS: clocks are read without any, and the sites of the others
 * become jumps. Neither shows in a program's output, so the trace and the kernel's count of traps tell.
 */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ISLES } from "../../apps/tests/manifest.ts";
import { describeRun } from "./expect.ts";
import { runOnIsle, unavailable } from "./isles.ts";
import { ROOT } from "./run.ts";
import { makeScratch } from "./scratch.ts";

const PROGRAMS = join(ROOT, "build/apps/tests");
const COUNTS = /(\d+) call sites became jumps, (\d+) system calls trapped/;
/** Far below the calls that each of these programs makes, far above what start and exit need. */
const FEW_TRAPS = 200;

/** Of apps/tests/call-sites.c, the least that become jumps; in a library these are also such as are refused in a program. */
const SHAPES = 20;

/** A program whose system calls, of apps/tests/call-sites.c, are in a library beside it; its path. */
function linkWithSites(folder: string): string {
  const library = join(folder, "libsites.so");
  const program = join(folder, "sites");
  writeFileSync(join(folder, "main.c"), "int run(void);\nint main(void) { return run(); }\n");
  gcc("-shared", "-fPIC", "-O2", "-std=gnu11", "-Dmain=run", join(ROOT, "apps/tests/call-sites.c"), "-o", library);
  gcc(join(folder, "main.c"), library, "-Wl,-rpath,$ORIGIN", "-o", program);
  return program;
}

function gcc(...args: string[]): void {
  const result = spawnSync("gcc", args, { encoding: "utf8" });
  assert.equal(result.status, 0, result.stderr);
}

for (const isle of ISLES) {
  describe(`calls on ${isle}`, { concurrency: 2, skip: unavailable(isle) ?? false }, () => {
    test(`${isle}: read and write of the C library become jumps`, async () => {
      const copies = ["if=/dev/zero", "of=/dev/null", "bs=1", "count=20000"];
      const ended = await runOnIsle(isle, "/bin/dd", copies, { env: { HERMIT_VERBOSE: "1" } });
      assert.equal(ended.status, 0, describeRun(ended));
      const [, , traps] = COUNTS.exec(ended.stderr.toString()) ?? [];
      assert.ok(Number(traps) < FEW_TRAPS, describeRun(ended));
    });
    test(`${isle}: sites of every shape in a shared library`, async () => {
      using scratch = makeScratch();
      const ended = await runOnIsle(isle, linkWithSites(scratch.folder), [], { env: { HERMIT_VERBOSE: "1" } });
      assert.equal(ended.status, 0, describeRun(ended));
      const [, sites] = COUNTS.exec(ended.stderr.toString()) ?? [];
      assert.ok(Number(sites) >= SHAPES, describeRun(ended));
    });
    for (const libc of ["glibc", "musl"]) {
      test(`${isle}: ${libc} reads the clock through the vDSO`, async () => {
        const program = join(PROGRAMS, `clocks-${libc}`);
        const ended = await runOnIsle(isle, program, ["now"], { env: { HERMIT_STRACE: "1" } });
        assert.equal(ended.status, 0, describeRun(ended));
        assert.match(ended.stdout.toString(), /^\d+\.\d{9}\n$/, describeRun(ended));
        assert.match(ended.stderr.toString(), /exit_group\(0\)/, describeRun(ended));
        assert.doesNotMatch(ended.stderr.toString(), /clock_gettime|gettimeofday/, describeRun(ended));
      });
      test(`${isle}: ${libc}'s call sites become jumps`, async () => {
        const program = join(PROGRAMS, `yielding-${libc}`);
        const ended = await runOnIsle(isle, program, [], { env: { HERMIT_VERBOSE: "1" } });
        assert.equal(ended.status, 0, describeRun(ended));
        const [, sites, traps] = COUNTS.exec(ended.stderr.toString()) ?? [];
        assert.ok(Number(sites) >= 1 && Number(traps) < FEW_TRAPS, describeRun(ended));
      });
    }
  });
}
