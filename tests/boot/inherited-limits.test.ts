/**
 * A program inherits the limits of whoever starts it (setrlimit(2)): `ulimit -s`, which programs with large arrays on the stack need, `ulimit
 * -n`, `ulimit -f`. And the nice value.
 */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ISLES, type Isle } from "../../apps/tests/manifest.ts";
import { assertEnded, describeRun } from "./expect.ts";
import { environmentOf, unavailable } from "./isles.ts";
import { PROXY, type Run, run } from "./run.ts";
import { makeScratch } from "./scratch.ts";

const BUSYBOX = "/bin/busybox";
const NO_BUSYBOX = existsSync(BUSYBOX) ? undefined : "there is no /bin/busybox";
const FILE_SIZE_STATUS = 128 + 25;

/** `command` under limits, once as it is and once in a guest. */
async function both(isle: Isle, limits: string, command: readonly string[]): Promise<[Run, Run]> {
  const script = `${limits} && exec "$@"`;
  const linux = await run("sh", ["-c", script, "sh", ...command]);
  const guest = await run("sh", ["-c", script, "sh", PROXY, ...command], { env: environmentOf(isle) });
  assertEnded(linux);
  assertEnded(guest);
  return [linux, guest];
}

for (const isle of ISLES) {
  describe(`inherited limits on ${isle}`, { skip: unavailable(isle) ?? NO_BUSYBOX ?? false }, () => {
    test(`${isle}: soft and hard ones are the same`, async () => {
      const asked = "ulimit -s; ulimit -Hs; ulimit -n; ulimit -Hn";
      const [linux, guest] = await both(isle, "ulimit -Sn 300; ulimit -Hn 400; ulimit -Ss 20000", [
        BUSYBOX,
        "sh",
        "-c",
        asked,
      ]);
      assert.equal(guest.stdout.toString(), linux.stdout.toString(), describeRun(guest));
      assert.match(guest.stdout.toString(), /^20000\n.*\n300\n400\n$/);
    });

    test(`${isle}: and so is the nice value`, async () => {
      const [linux, guest] = await both(isle, "renice -n 3 -p $$ > /dev/null", ["/usr/bin/nice"]);
      assert.equal(guest.stdout.toString(), linux.stdout.toString(), describeRun(guest));
      assert.match(guest.stdout.toString(), /^[1-9]/);
    });

    test(`${isle}: the stack grows as far as the limit says`, async () => {
      using scratch = makeScratch();
      const source = join(scratch.folder, "deep.c");
      const program = join(scratch.folder, "deep");
      // 48 MiB: more than a stack has without a limit of its own.
      writeFileSync(
        source,
        `#include <stdio.h>
#include <string.h>
int main(void) { char array[48 << 20]; memset(array, 7, sizeof array); return printf("%d\\n", array[1 << 20]) != 2; }
`,
      );
      assert.equal(spawnSync("gcc", ["-O0", "-static", source, "-o", program]).status, 0);
      const [linux, guest] = await both(isle, "ulimit -Ss 65536", [program]);
      for (const ended of [linux, guest]) {
        assert.equal(ended.stdout.toString(), "7\n", describeRun(ended));
      }
    });
  });
}

describe("a limit of the size of files", { skip: unavailable("uhyve") ?? NO_BUSYBOX ?? false }, () => {
  test("ends who writes more, as on Linux", async () => {
    using scratch = makeScratch();
    const write = (at: string) => [BUSYBOX, "dd", "if=/dev/zero", `of=${at}/large`, "bs=1k", "count=100"];
    const limited = (args: readonly string[]) =>
      run("sh", ["-c", 'ulimit -f 20 && exec "$@"', "sh", ...args], { env: environmentOf("uhyve") });
    const linux = await limited(write(scratch.folder));
    assert.equal(linux.status, FILE_SIZE_STATUS, describeRun(linux));
    const guest = await limited([PROXY, "--mount", `${scratch.folder}:/data:rw`, ...write("/data")]);
    assertEnded(guest);
    assert.equal(guest.status, FILE_SIZE_STATUS, describeRun(guest));
    assert.match(guest.stderr.toString(), /died of SIGXFSZ/);
  });
});
