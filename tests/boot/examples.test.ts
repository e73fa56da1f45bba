/**
 * Programs written in TypeScript and compiled by btsc: each example does the same on every isle as on Linux.
 */

import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ISLES } from "../../apps/tests/manifest.ts";
import { assertEnded, assertNothingLeftBehind, describeRun } from "./expect.ts";
import { environmentOf, runOnIsle, unavailable } from "./isles.ts";
import { ROOT, run } from "./run.ts";

const EXAMPLES = readdirSync(join(ROOT, "examples"))
  .filter((name) => name.endsWith(".ts"))
  .map((name) => name.slice(0, -".ts".length));
const ARGUMENTS = ["first", "second argument"];
/** Programs that want numbers: a small problem, and threads. */
const NUMBERS: Readonly<Record<string, readonly string[]>> = {
  jacobi: ["96", "30", "3"],
  "matrix-product": ["96", "3"],
};

test("there are examples, and all have been built", () => {
  assert.ok(EXAMPLES.length > 0);
  assert.deepEqual(
    EXAMPLES.filter((name) => !existsSync(join(ROOT, "build/examples", name))),
    [],
  );
});

for (const isle of ISLES) {
  describe(`examples on ${isle}`, { skip: unavailable(isle) ?? false }, () => {
    for (const name of EXAMPLES) {
      test(`${isle}: ${name}.ts`, async () => {
        const program = join(ROOT, "build/examples", name);
        const args = NUMBERS[name] ?? ARGUMENTS;
        const onLinux = await run(program, args, { env: environmentOf(isle) });
        const inGuest = await runOnIsle(isle, program, args, { env: { HERMIT_CPUS: name in NUMBERS ? "2" : "1" } });
        assertEnded(inGuest);
        assert.equal(inGuest.status, onLinux.status, describeRun(inGuest));
        assert.equal(inGuest.stdout.toString("latin1"), onLinux.stdout.toString("latin1"));
        assert.equal(inGuest.stderr.toString("latin1"), onLinux.stderr.toString("latin1"));
        assertNothingLeftBehind(inGuest);
      });
    }
  });
}
