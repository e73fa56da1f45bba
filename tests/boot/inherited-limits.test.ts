/**
 * A program inherits the limits of whoever starts it (setrlimit(2)): `ulimit -s`, which programs with large arrays on the stack need, `ulimit
 * -n`, `ulimit -f`. And the nice value.
 */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, statSync, writeFileSync } from "node:fs";
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

/** `command` with at most `blocks` of 512 bytes a file, a soft limit ("-S") or a hard one, too (""). */
function limited(kind: "-S" | "", blocks: number, isle: Isle, command: readonly string[]): Promise<Run> {
  const script = `ulimit ${kind} -f ${blocks} && exec "$@"`;
  return run("sh", ["-c", script, "sh", ...command], { env: environmentOf(isle) });
}

for (const isle of ISLES) {
  describe(`a limit of the size of files on ${isle}`, { skip: unavailable(isle) ?? NO_BUSYBOX ?? false }, () => {
    test(`${isle}: ends who writes more, as on Linux`, async () => {
      using scratch = makeScratch();
      const write = (at: string) => [BUSYBOX, "dd", "if=/dev/zero", `of=${at}/large`, "bs=1k", "count=100"];
      const linux = await limited("-S", 20, isle, write(scratch.folder));
      assert.equal(linux.status, FILE_SIZE_STATUS, describeRun(linux));
      const mount = ["--mount", `${scratch.folder}:/data:rw`];
      const guest = await limited("-S", 20, isle, [PROXY, ...mount, ...write("/data")]);
      assertEnded(guest);
      assert.equal(guest.status, FILE_SIZE_STATUS, describeRun(guest));
      assert.match(guest.stderr.toString(), /died of SIGXFSZ/);
      assert.equal(statSync(join(scratch.folder, "large")).size, 20 * 512);
    });

    test(`${isle}: counts for standard output in a file, too`, async () => {
      using scratch = makeScratch();
      const sizes = [];
      for (const [name, prefix] of [
        ["linux", []],
        ["guest", [PROXY]],
      ] as const) {
        const output = join(scratch.folder, name);
        const count = ["sh", "-c", `exec "$@" > ${output}`, "sh", ...prefix, BUSYBOX, "seq", "1000"];
        const ended = await limited("-S", 2, isle, count);
        assert.equal(ended.status, FILE_SIZE_STATUS, describeRun(ended));
        sizes.push(statSync(output).size);
      }
      assert.deepEqual(sizes, [1024, 1024]);
    });

    test(`${isle}: is the program's, however small, and not that of the files that carry it there`, async () => {
      const asked = [PROXY, BUSYBOX, "sh", "-c", "ulimit -f; echo x > /tmp/file"];
      const guest = await limited("-S", 0, isle, asked);
      assert.equal(guest.stdout.toString(), "0\n", describeRun(guest));
      assert.equal(guest.status, FILE_SIZE_STATUS, describeRun(guest));
    });

    test(`${isle}: a hard one that the proxy cannot raise is its program's, or a sentence`, async () => {
      const guest = await limited("", 0, isle, [PROXY, BUSYBOX, "sh", "-c", "ulimit -Hf"]);
      if (guest.status === 0) assert.equal(guest.stdout.toString(), "0\n", describeRun(guest));
      else {
        assert.equal(isle, "qemu", describeRun(guest));
        assert.equal(guest.status, 1, describeRun(guest));
        assert.match(guest.stderr.toString(), /^hermit: the limit of the size of files .* use the isle uhyve\n$/);
      }
    });
  });
}
