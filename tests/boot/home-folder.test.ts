/** The home folder that HOME names is there, as on Linux: empty and in the guest's memory, or what a mount shows. */

import assert from "node:assert/strict";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ISLES, type Isle } from "../../apps/tests/manifest.ts";
import { assertEnded, describeRun } from "./expect.ts";
import { environmentOf, unavailable } from "./isles.ts";
import { PROXY, type Run, run } from "./run.ts";
import { makeScratch } from "./scratch.ts";

const BUSYBOX = "/bin/busybox";
const NO_BUSYBOX = existsSync(BUSYBOX) ? undefined : "there is no /bin/busybox";

async function shell(isle: Isle, home: string, script: string, options: readonly string[] = []): Promise<Run> {
  const args = ["--no-default-mounts", ...options, BUSYBOX, "sh", "-c", script];
  const ended = await run(PROXY, args, { env: { ...environmentOf(isle), HOME: home } });
  assertEnded(ended);
  return ended;
}

for (const isle of ISLES) {
  describe(`the home folder on ${isle}`, { skip: unavailable(isle) ?? NO_BUSYBOX ?? false }, () => {
    test(`${isle}: it is empty, its user's, and named in /etc/passwd`, async () => {
      const script =
        'cd && pwd && echo * && echo kept > note && read -r line < note && echo "$line" && while read -r line; do echo "$line"; done < /etc/passwd';
      const { stdout } = await shell(isle, "/home/somebody", script);
      assert.match(stdout.toString(), /^\/home\/somebody\n\*\nkept\n/);
      assert.match(stdout.toString(), /:\/home\/somebody:/);
    });

    test(`${isle}: a mount is what it shows`, async () => {
      using scratch = makeScratch();
      mkdirSync(join(scratch.folder, "inside"));
      const mount = ["--mount", `${scratch.folder}:/home/somebody:rw`];
      const seen = await shell(isle, "/home/somebody", "cd && echo *", mount);
      assert.equal(seen.stdout.toString(), "inside\n", describeRun(seen));
      const missing = await shell(isle, "/home/somebody/missing", "cd", mount);
      assert.match(missing.stderr.toString(), /can't cd to/, describeRun(missing));
      assert.ok(!existsSync(join(scratch.folder, "missing")));
    });

    test(`${isle}: what is no path of its own makes nothing`, async () => {
      for (const home of ["/proc/home", "/new/../home", "new"]) {
        const ended = await shell(isle, home, "echo /*");
        assert.doesNotMatch(ended.stdout.toString(), /home|new/, describeRun(ended));
      }
    });
  });
}
