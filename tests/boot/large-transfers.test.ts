/** Large reads and writes of files in an export: on uhyve between the host and the program's own pages, on QEMU by copies. apps/stress/transfers.c takes the pages away meanwhile. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ISLES } from "../../apps/tests/manifest.ts";
import { environmentOf, unavailable } from "./isles.ts";
import { PROXY, ROOT } from "./run.ts";
import { makeScratch } from "./scratch.ts";

const PROGRAM = "apps/files-tests/large";
const TIMEOUT_MS = 120_000;

test("the program has been built, and does on Linux what it says", () => {
  const build = spawnSync(process.execPath, ["tools/build.mjs", PROGRAM], { cwd: ROOT, encoding: "utf8" });
  assert.equal(build.status, 0, build.stderr);
  using scratch = makeScratch();
  const { stdout } = spawnSync(join(ROOT, "build", PROGRAM), { cwd: scratch.folder, encoding: "utf8" });
  assert.equal(stdout, "ok\n");
});

for (const isle of ISLES) {
  describe(`large transfers on ${isle}`, { skip: unavailable(isle) ?? false }, () => {
    for (const processors of ["1", "2"]) {
      test(`with processors: ${processors}`, () => {
        using scratch = makeScratch();
        const env = { ...process.env, ...environmentOf(isle), HERMIT_CPUS: processors };
        const options = { cwd: scratch.folder, encoding: "utf8", env, timeout: TIMEOUT_MS } as const;
        const { stdout, stderr } = spawnSync(PROXY, [join(ROOT, "build", PROGRAM)], options);
        assert.equal(stdout, "ok\n", stderr);
      });
    }
  });
}
