/**
 * What system calls cost is decided by how they get to the library OS: clocks are read without any, and the sites of the others
 * become jumps. Neither shows in a program's output, so the trace and the kernel's count of traps tell.
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ISLES } from "../../apps/tests/manifest.ts";
import { describeRun } from "./expect.ts";
import { runOnIsle, unavailable } from "./isles.ts";
import { ROOT } from "./run.ts";

const PROGRAMS = join(ROOT, "build/apps/tests");
const COUNTS = /(\d+) call sites became jumps, (\d+) system calls trapped/;
/** Far below the calls that each of these programs makes, far above what start and exit need. */
const FEW_TRAPS = 200;

for (const isle of ISLES) {
  describe(`calls on ${isle}`, { concurrency: 2, skip: unavailable(isle) ?? false }, () => {
    test(`${isle}: read and write of the C library become jumps`, async () => {
      const copies = ["if=/dev/zero", "of=/dev/null", "bs=1", "count=20000"];
      const ended = await runOnIsle(isle, "/bin/dd", copies, { env: { HERMIT_VERBOSE: "1" } });
      assert.equal(ended.status, 0, describeRun(ended));
      const [, , traps] = COUNTS.exec(ended.stderr.toString()) ?? [];
      assert.ok(Number(traps) < FEW_TRAPS, describeRun(ended));
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
