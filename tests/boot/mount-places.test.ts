/** Mounts that lie in another one, and folders that whoever starts the guest may not read: what cannot be is one sentence that says why. */

import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ISLES } from "../../apps/tests/manifest.ts";
import { assertEnded, describeRun } from "./expect.ts";
import { cannotChangeDev, runAsNobody } from "./host-without.ts";
import { environmentOf, unavailable } from "./isles.ts";
import { PROXY, run } from "./run.ts";
import { makeScratch } from "./scratch.ts";

const BUSYBOX = "/bin/busybox";
const NO_BUSYBOX = existsSync(BUSYBOX) ? undefined : "there is no /bin/busybox";

for (const isle of ISLES) {
  describe(`mounts in mounts on ${isle}`, { skip: NO_BUSYBOX ?? unavailable(isle) ?? false }, () => {
    test("a folder of a mount can be covered, what is not there cannot", async () => {
      using scratch = makeScratch();
      mkdirSync(join(scratch.folder, "above/place"), { recursive: true });
      mkdirSync(join(scratch.folder, "below/seen"), { recursive: true });
      const list = (place: string) => {
        const mounts = [`${scratch.folder}/above:/x`, `${scratch.folder}/below:/x/${place}`];
        const options = mounts.flatMap((mount) => ["--mount", mount]);
        const args = ["--no-default-mounts", ...options, BUSYBOX, "ls", `/x/${place}`];
        return run(PROXY, args, { env: environmentOf(isle) });
      };
      const covered = await list("place");
      assertEnded(covered);
      assert.equal(covered.stdout.toString(), "seen\n", describeRun(covered));
      const missing = await list("missing");
      assertEnded(missing);
      assert.equal(missing.status, 1, describeRun(missing));
      assert.match(
        missing.stderr.toString(),
        /^hermit: busybox: \/x\/missing cannot be mounted: the mount that this path lies in has no such place; /m,
      );
    });
  });
}

describe("folders that one may not read", { skip: NO_BUSYBOX ?? unavailable("qemu") ?? false }, () => {
  test("QEMU is not started to say so", { skip: cannotChangeDev() ?? false }, async () => {
    using scratch = makeScratch();
    const folder = join(scratch.folder, "closed");
    mkdirSync(folder);
    chmodSync(scratch.folder, 0o755);
    chmodSync(folder, 0o700);
    const mount = ["--no-default-mounts", "--mount", `${folder}:/data`];
    const result = await runAsNobody([...mount, BUSYBOX, "ls", "/data"], { env: environmentOf("qemu") });
    assertEnded(result);
    assert.equal(result.status, 1, describeRun(result));
    assert.equal(result.stderr.toString(), `hermit: ${folder} cannot be mounted: you may not read that folder\n`);
  });
});
