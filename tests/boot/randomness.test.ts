/**
 * Two runs of the same program do not get the same random bytes, neither from getrandom nor from AT_RANDOM.
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ISLES } from "../../apps/tests/manifest.ts";
import { runOnIsle, unavailable } from "./isles.ts";
import { ROOT } from "./run.ts";

const PROGRAM = join(ROOT, "build/apps/tests/randomness-musl");
const RUNS = 4;

for (const isle of ISLES) {
  describe(`randomness on ${isle}`, { skip: unavailable(isle) ?? false }, () => {
    test(`${isle}: no bytes come twice`, async () => {
      const seen = new Set<string>();
      for (let round = 0; round < RUNS; round += 1) {
        const ended = await runOnIsle(isle, PROGRAM, ["show"]);
        for (const line of ended.stdout.toString().trimEnd().split("\n")) {
          seen.add(line);
        }
      }
      assert.equal(seen.size, 2 * RUNS, `each of ${RUNS} runs prints two lines, all different`);
    });
  });
}
