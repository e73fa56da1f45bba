/**
 * Random system calls in a guest (fuzz/guest/syscalls.c): whatever a program asks for, the kernel goes on and the program ends as it wants to.
 *
 * A fixed number of calls from fixed seeds; `npm run fuzz -- syscalls` goes on from seeds of its own.
 */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ISLES } from "../../apps/tests/manifest.ts";
import { describeSyscalls } from "../../fuzz/guest/table.ts";
import { assertEnded, assertNothingLeftBehind, describeRun } from "./expect.ts";
import { runOnIsle, unavailable } from "./isles.ts";
import { ROOT } from "./run.ts";

const SEEDS = [1, 2, 3];
const WORKERS = 4;
const CALLS_PER_WORKER = 3000;
const OWN_STATUS = 42;
const TIMEOUT_SECONDS = 120;
const TABLE = describeSyscalls(ROOT);

test("the fuzzer has been built, and the table has what the kernel declares", () => {
  const build = spawnSync(process.execPath, ["tools/build.mjs", "fuzz/guest/"], { cwd: ROOT, encoding: "utf8" });
  assert.equal(build.status, 0, build.stderr);
  assert.match(TABLE, /^1 write Fd BytesIn Unsigned$/m);
  assert.match(TABLE, /^202 futex Address FutexOperation/m);
});

for (const isle of ISLES) {
  describe(`random system calls on ${isle}`, { skip: unavailable(isle) ?? false }, () => {
    for (const seed of SEEDS) {
      const libc = seed % 2 === 0 ? "glibc" : "musl";
      test(`${isle}: seed ${seed} (${libc})`, async () => {
        const program = join(ROOT, `build/fuzz/guest/syscalls-${libc}`);
        // Without the working directory: random calls make files of random names there.
        const args = [program, String(seed), String(CALLS_PER_WORKER)];
        const ended = await runOnIsle(isle, "--no-default-mounts", args, {
          env: { HERMIT_CPUS: "2" },
          stdin: TABLE,
          timeoutSeconds: TIMEOUT_SECONDS,
        });
        assertEnded(ended);
        assert.equal(ended.status, OWN_STATUS, describeRun(ended));
        const said = new RegExp(`^${WORKERS * CALLS_PER_WORKER} calls of \\d+ kinds: the kernel bears it$`, "m");
        assert.match(ended.stdout.toString(), said, describeRun(ended));
        assert.doesNotMatch(ended.stderr.toString(), /panic/i);
        assertNothingLeftBehind(ended);
      });
    }
  });
}
