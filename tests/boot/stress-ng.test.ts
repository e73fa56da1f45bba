/**
 * Stressors of the distribution's stress-ng, unmodified: on this host as Linux processes, which tests the library that they need for it
 * (apps/stress-ng), and in guests. `npm run stress:ng` runs all of apps/stress-ng/stressors.ts in guests, with more operations.
 */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, test } from "node:test";
import { STRESSORS } from "../../apps/stress-ng/stressors.ts";
import { ISLES } from "../../apps/tests/manifest.ts";
import { unavailable } from "./isles.ts";
import { ROOT } from "./run.ts";
import { assertStressed, runStressor, stressNgIsMissing } from "./stress-ng.ts";

const OPERATIONS = 10;

const missing = stressNgIsMissing();
const inTests = STRESSORS.filter(({ isles }) => isles !== undefined);

test("the library for stress-ng has been built", { skip: missing }, () => {
  const build = spawnSync(process.execPath, ["tools/build.mjs", "apps/stress-ng/"], { cwd: ROOT, encoding: "utf8" });
  assert.equal(build.status, 0, build.stderr);
  assert.ok(inTests.length > 0);
});

for (const isle of ["linux", ...ISLES] as const) {
  const skip = missing || (isle === "linux" ? false : (unavailable(isle) ?? false));
  describe(`stress-ng on ${isle}`, { skip }, () => {
    for (const stressor of inTests.filter(({ isles }) => isle === "linux" || isles?.includes(isle))) {
      test(`${isle}: stress-ng --${stressor.name}`, async () => {
        assertStressed(await runStressor(isle, stressor, OPERATIONS), stressor);
      });
    }
  });
}
