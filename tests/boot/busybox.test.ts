/**
 * Debian's static busybox, unmodified: applets that need no other process, on files in memory and on /proc, against what they print on
 * Linux or what their manual says.
 */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { describe, test } from "node:test";
import { ISLES } from "../../apps/tests/manifest.ts";
import { assertEnded, describeRun } from "./expect.ts";
import { environmentOf, runOnIsle, unavailable } from "./isles.ts";
import { run } from "./run.ts";

const BUSYBOX = "/bin/busybox";
const LINES = "pear\napple\nfig\napple\n";

/** Applets that read standard input only: the same as on Linux. */
const FILTERS: readonly (readonly string[])[] = [
  ["sort"],
  ["sort", "-u"],
  ["md5sum"],
  ["sha256sum"],
  ["wc"],
  ["od", "-c"],
  ["head", "-n", "2"],
  ["tail", "-n", "1"],
  ["tr", "a-z", "A-Z"],
  ["grep", "-n", "p"],
  ["sed", "s/p/P/g"],
  ["awk", "{ print NR, length($0) }"],
  ["base64"],
  ["uniq", "-c"],
  ["rev"],
  ["cat", "-", "/dev/null"],
  ["dd", "bs=3", "count=2", "status=none"],
  ["tee", "/dev/null"],
  ["expr", "6", "*", "7"],
  ["seq", "3"],
  ["dirname", "/a/b"],
  ["readlink", "-f", "/dev/../dev/null"],
];

/** Applets that look at the guest's own files; those that tests/boot/run.ts made are the working directory. */
const LOOKS: readonly { readonly args: readonly string[]; readonly prints: RegExp }[] = [
  {
    args: ["ls", "/"],
    prints: /^(bin\n)?dev\netc\n(lib\n)?(lib64\n)?proc\n(root\n)?run\n(sbin\n)?sys\ntmp\nusr\nvar\n$/,
  },
  { args: ["ls", "-la", "/dev/null"], prints: /^crw-rw-rw- .* 1, +3 .*\/dev\/null\n$/ },
  { args: ["stat", "-c", "%A %F", "/tmp"], prints: /^drwxrwxrwt directory\n$/ },
  { args: ["find", "/sys/devices/system/cpu/cpu0", "-name", "core_id"], prints: /^.*topology\/core_id\n$/ },
  { args: ["cat", "/proc/self/cmdline"], prints: /^.*busybox\0cat\0\/proc\/self\/cmdline\0$/s },
  { args: ["cat", "/proc/self/comm"], prints: /^busybox\n$/ },
  { args: ["cat", "/proc/cpuinfo"], prints: /^processor\t: 0\nvendor_id\t: /s },
  { args: ["free"], prints: /^ +total +used +free .*\nMem: +\d+/s },
  { args: ["mkdir", "-p", "/tmp/a/b/c"], prints: /^$/ },
  { args: ["df", "/tmp"], prints: /\/tmp\n$/ },
  { args: ["pwd"], prints: /^\/.*\/boot-test-\w+\n$/ },
];

describe("busybox", { skip: existsSync(BUSYBOX) ? false : `there is no ${BUSYBOX}: run tools/setup.sh --all` }, () => {
  for (const isle of ISLES) {
    describe(`on ${isle}`, { skip: unavailable(isle) ?? false }, () => {
      for (const args of FILTERS) {
        test(`${isle}: ${args.join(" ")}`, async () => {
          const onLinux = await run(BUSYBOX, args, { env: environmentOf(isle), stdin: LINES });
          const inGuest = await runOnIsle(isle, BUSYBOX, args, { stdin: LINES });
          assertEnded(inGuest);
          assert.equal(inGuest.stdout.toString("latin1"), onLinux.stdout.toString("latin1"), describeRun(inGuest));
          assert.equal(inGuest.status, onLinux.status, describeRun(inGuest));
        });
      }
      for (const { args, prints } of LOOKS) {
        test(`${isle}: ${args.join(" ")}`, async () => {
          const inGuest = await runOnIsle(isle, BUSYBOX, args);
          assertEnded(inGuest);
          assert.match(inGuest.stdout.toString("latin1"), prints, describeRun(inGuest));
          assert.equal(inGuest.status, 0, describeRun(inGuest));
        });
      }
    });
  }
});
