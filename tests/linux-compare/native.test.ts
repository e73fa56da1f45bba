/**
 * Every test program on Linux itself: what the manifest promises is what Linux does. Without this a wrong expectation would
 * look like a fault of the kernel. Also: nothing in apps/tests is forgotten by the manifest.
 */

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { PROGRAMS, sourcesOf, variantsOf } from "../../apps/tests/manifest.ts";
import { assertOutcome } from "../boot/expect.ts";
import { ROOT } from "../boot/run.ts";
import { runNatively } from "./native.ts";

test("every C and assembly file in apps/tests belongs to a program of the manifest", () => {
  const listed = new Set(PROGRAMS.flatMap(sourcesOf));
  const present = readdirSync(join(ROOT, "apps/tests")).filter((name) => /\.[cS]$/.test(name));
  assert.deepEqual(
    present.filter((name) => !listed.has(name)),
    [],
  );
});

describe("programs on Linux", { concurrency: 2 }, () => {
  for (const program of PROGRAMS) {
    for (const testCase of program.cases) {
      for (const variant of variantsOf(program, testCase)) {
        test(`linux: ${program.name}-${variant}: ${testCase.title}`, async () => {
          const onLinux = await runNatively(program, variant, testCase);
          assertOutcome(onLinux, testCase.linux);
          testCase.verify?.(onLinux);
        });
      }
    }
  }
});
