/**
 * Random operations on files and names against a model (apps/files-tests), on Linux, in the guest's memory and in an export: all three
 * print the same line, and what lies in the export afterwards is what Linux made of the same numbers, byte for byte.
 *
 * The long runs are `npm run stress:files`.
 */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ISLES } from "../../apps/tests/manifest.ts";
import { compareTrees } from "./compare-trees.ts";
import { assertOutcome } from "./expect.ts";
import { environmentOf, runOnIsle, unavailable } from "./isles.ts";
import { PROXY, ROOT, run } from "./run.ts";
import { makeScratch } from "./scratch.ts";

const FOLDER = "apps/files-tests";
const TIMEOUT_SECONDS = 120;
const LINE = /^\d+ operations, .*\n$/;
const RUNS = [
  { name: "one-file", seeds: ["1", "2", "3"], count: "4000" },
  { name: "names", seeds: ["1", "2"], count: "3000" },
] as const;

test("the programs have been built", () => {
  const build = spawnSync(process.execPath, ["tools/build.mjs", `${FOLDER}/`], { cwd: ROOT, encoding: "utf8" });
  assert.equal(build.status, 0, build.stderr);
});

for (const isle of ISLES) {
  describe(`random operations on files on ${isle}`, { skip: unavailable(isle) ?? false }, () => {
    for (const { name, seeds, count } of RUNS) {
      for (const seed of seeds) {
        test(`${isle}: ${name}, seed ${seed}`, async () => {
          using linux = makeScratch();
          using exported = makeScratch();
          const program = join(ROOT, "build", FOLDER, name);
          const options = { timeoutSeconds: TIMEOUT_SECONDS };
          const onLinux = await run(program, [seed, count, linux.folder], options);
          assertOutcome(onLinux, { status: 0, stdout: LINE });
          const expected = { status: 0, stdout: onLinux.stdout.toString() };
          assertOutcome(await runOnIsle(isle, program, [seed, count, "/tmp"], options), expected);
          const mount = ["--mount", `${exported.folder}:/data:rw`, program, seed, count, "/data"];
          const inExport = await run(PROXY, mount, { ...options, env: environmentOf(isle) });
          assertOutcome(inExport, expected);
          assert.deepEqual(compareTrees(linux.folder, exported.folder), []);
        });
      }
    }
  });
}
