/**
 * QEMU with a KVM that it cannot use: the guest runs on TCG, and exactly one line says so (docs/decisions/0004-qemu-isle.md).
 *
 * A script in QEMU's place fails when it is asked for KVM, the ways QEMU does, and is QEMU otherwise.
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { assertEnded, assertNothingLeftBehind, describeRun } from "./expect.ts";
import { unavailable } from "./isles.ts";
import { PROXY, ROOT, run } from "./run.ts";
import { makeScratch, writeProgram } from "./scratch.ts";

const HELLO = join(ROOT, "build/apps/tests/hello-musl");

/** A QEMU that does `failure` instead of using KVM. */
function qemuWithoutKvm(failure: string): string {
  return `#!/bin/sh\ncase " $* " in *" -accel kvm "*)\n${failure}\n;; esac\nexec qemu-system-x86_64 "$@"\n`;
}

const FAILURES = {
  "ends with an error": 'echo "qemu-system-x86_64: failed to initialize kvm: Operation not permitted" >&2; exit 1',
  aborts: 'echo "qemu-system-x86_64: error: failed to set MSR 0x10a to 0x0" >&2; kill -ABRT $$',
  "stops the machine and stays": 'echo "error: kvm run failed Bad address" >&2; exec sleep 1000',
  "meets an internal error and stays": 'echo "KVM internal error. Suberror: 1" >&2; exec sleep 1000',
};

describe("a QEMU that cannot use KVM", { skip: unavailable("qemu") ?? false }, () => {
  for (const [way, failure] of Object.entries(FAILURES)) {
    test(`${way}: the guest runs on TCG, and one line says so`, async () => {
      using scratch = makeScratch();
      const qemu = writeProgram(scratch, "half-qemu", qemuWithoutKvm(failure));
      const ended = await run(PROXY, [HELLO, "argument"], {
        env: { HERMIT_ISLE: "qemu", HERMIT_QEMU: qemu, HERMIT_KVM: "1" },
      });
      assertEnded(ended);
      assert.equal(ended.status, 0, describeRun(ended));
      assert.match(ended.stdout.toString(), /argument/, describeRun(ended));
      assert.match(ended.stderr.toString(), /^[^\n]*TCG[^\n]*\n$/, describeRun(ended));
      assertNothingLeftBehind(ended);
    });
  }

  test("and no TCG either: its own words, status 1", async () => {
    using scratch = makeScratch();
    const qemu = writeProgram(scratch, "no-qemu", '#!/bin/sh\necho "qemu: out of order" >&2\nexit 3\n');
    const ended = await run(PROXY, [HELLO], { env: { HERMIT_ISLE: "qemu", HERMIT_QEMU: qemu, HERMIT_KVM: "0" } });
    assertEnded(ended);
    assert.equal(ended.status, 1, describeRun(ended));
    assert.equal(ended.stdout.toString(), "", describeRun(ended));
    assertNothingLeftBehind(ended);
  });
});
