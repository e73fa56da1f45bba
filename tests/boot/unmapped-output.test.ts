/**
 * Memory that a program gives back while the reader of its output is slow: what comes out is what was written, and never what lies in that
 * memory afterwards.
 */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ISLES } from "../../apps/tests/manifest.ts";
import { environmentOf, unavailable } from "./isles.ts";
import { PROXY, ROOT } from "./run.ts";
import { makeScratch } from "./scratch.ts";

const TARGETS = ["apps/files-tests/unmapped-output", "apps/files-tests/late-reader"] as const;
const [PROGRAM, READER] = TARGETS.map((target) => join(ROOT, "build", target)) as [string, string];
const TIMEOUT_MS = 60_000;

test("the programs have been built, and do on Linux what they say", () => {
  const build = spawnSync(process.execPath, ["tools/build.mjs", ...TARGETS], { cwd: ROOT, encoding: "utf8" });
  assert.equal(build.status, 0, build.stderr);
  expectOnlyWritten([PROGRAM], {});
});

for (const isle of ISLES) {
  describe(`output of memory that goes, on ${isle}`, { skip: unavailable(isle) ?? false }, () => {
    for (const processors of ["1", "2"]) {
      test(`with processors: ${processors}`, () => {
        expectOnlyWritten([PROXY, PROGRAM], { ...environmentOf(isle), HERMIT_CPUS: processors });
      });
    }
  });
}

function expectOnlyWritten(command: readonly string[], environment: Readonly<Record<string, string>>): void {
  using scratch = makeScratch();
  const env = { ...process.env, ...environment };
  const options = { cwd: scratch.folder, encoding: "utf8", env, timeout: TIMEOUT_MS } as const;
  const { status, stdout, stderr } = spawnSync(READER, command, options);
  assert.equal(status, 0, stderr);
  assert.equal(stdout, `a ${stderr}`);
}
