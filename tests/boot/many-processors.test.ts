/**
 * Machines with more processors than the host has: threads get a processor each as soon as there is one, with all 64 of them, and more
 * than that is refused in a sentence.
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ISLES } from "../../apps/tests/manifest.ts";
import { assertEnded, describeRun } from "./expect.ts";
import { runOnIsle, unavailable } from "./isles.ts";
import { ROOT } from "./run.ts";

const PROGRAMS = join(ROOT, "build/apps/tests");
const COUNTS = [1, 2, 17, 64];

test("who waits for signals is not interrupted by them", { skip: unavailable("uhyve") ?? false }, async () => {
  const env = { HERMIT_CPUS: "2" };
  const ended = await runOnIsle("uhyve", join(PROGRAMS, "signal-waiters-musl"), [], { env });
  assertEnded(ended);
  assert.equal(ended.stdout.toString(), "lost 0, interrupted 0, wrong 0\n", describeRun(ended));
});

for (const isle of ISLES) {
  describe(`many processors on ${isle}`, { skip: unavailable(isle) ?? false }, () => {
    for (const count of COUNTS) {
      test(`${isle}: ${count} computing threads spread over ${count} processors`, async () => {
        const ended = await runOnIsle(isle, join(PROGRAMS, "processors-glibc"), [], {
          env: { HERMIT_CPUS: String(count) },
          timeoutSeconds: 200,
        });
        assertEnded(ended);
        assert.equal(ended.status, 0, describeRun(ended));
        assert.match(ended.stdout.toString(), new RegExp(`^${count} processors, `), describeRun(ended));
      });
    }
    test(`${isle}: threads, locks and signals with 64 processors`, async () => {
      const ended = await runOnIsle(isle, join(PROGRAMS, "thread-stress-musl"), [], {
        env: { HERMIT_CPUS: "64" },
        timeoutSeconds: 200,
      });
      assertEnded(ended);
      assert.equal(ended.status, 0, describeRun(ended));
    });
    for (const count of ["65", "1000"]) {
      test(`${isle}: ${count} processors are refused`, async () => {
        const ended = await runOnIsle(isle, join(PROGRAMS, "hello-musl"), [], {
          env: { HERMIT_CPUS: count },
          timeoutSeconds: 30,
        });
        assertEnded(ended);
        assert.equal(ended.status, 1, describeRun(ended));
        assert.match(
          ended.stderr.toString(),
          /^hermit: \d+ processors are more than a machine can have here; use fewer [^\n]*\n$/,
        );
      });
    }
  });
}
