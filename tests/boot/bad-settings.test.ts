/**
 * Settings that make no sense, and hosts that do not have what they ask for: one sentence, exit status 1, nothing left behind.
 */

import { join } from "node:path";
import { describe, test } from "node:test";
import { ISLES, type Isle } from "../../apps/tests/manifest.ts";
import { assertNothingLeftBehind, assertOutcome, assertRefused } from "./expect.ts";
import { availableIsles, runOnIsle, unavailable } from "./isles.ts";
import { PROXY, ROOT, run } from "./run.ts";

const HELLO = join(ROOT, "build/apps/tests/hello-musl");
const HELLO_SAYS = { status: 0, stdout: `Hello World!!!\nargv[0] = ${HELLO}\n` };

const UNKNOWN_ISLES = ["xen", "uhyv", "uhyvex", "QEMU2", " ", "-1", "1x", "99999999999999999999"];
const BAD_MEMORY = [
  ["garbage", "lots"],
  ["empty suffix number", "M"],
  ["a suffix too many", "64MM"],
  ["an unknown suffix", "64X"],
  ["negative", "-64M"],
  ["a fraction", "1.5G"],
  ["hexadecimal garbage", "0x"],
  ["zero", "0"],
  ["zero MiB", "0M"],
  ["too small", "64K"],
  ["one byte", "1"],
  ["too small for the kernel", "1M"],
  ["larger than the host", "512T"],
  ["more than 64 bits", "99999999999999999999"],
  ["overflow by its suffix", "18446744073709551615G"],
  ["text behind", "64M please"],
] as const;
const BAD_CPUS = [
  ["garbage", "many"],
  ["zero", "0"],
  ["negative", "-1"],
  ["a fraction", "1.5"],
  ["text behind", "1 cpu"],
  ["more than the host allows", "100000"],
  ["more than 64 bits", "99999999999999999999"],
] as const;
const GOOD_CPUS = ["1", "2"];
const GOOD_MEMORY = ["64M", "65536K", "67108864", "1G", "64m", "0x4000000"];

test("an unknown isle", async (context) => {
  for (const name of UNKNOWN_ISLES) {
    await context.test(JSON.stringify(name), async () => {
      assertRefused(await run(PROXY, [HELLO], { env: { HERMIT_ISLE: name } }), 1, /HERMIT_ISLE/);
    });
  }
});

test("HERMIT_KVM=0 and uhyve exclude each other, whoever names uhyve", async () => {
  const sentence =
    /^hermit: HERMIT_KVM=0 forbids KVM, which uhyve is built on; use --isle qemu or leave HERMIT_KVM alone$/m;
  assertRefused(await run(PROXY, [HELLO], { env: { HERMIT_KVM: "0", HERMIT_ISLE: "uhyve" } }), 1, sentence);
  assertRefused(await run(PROXY, ["--isle", "uhyve", HELLO], { env: { HERMIT_KVM: "0" } }), 1, sentence);
});

test("HERMIT_KVM=0 alone chooses qemu and says so", { skip: unavailable("qemu") ?? false }, async () => {
  const ended = await run(PROXY, ["--verbose", HELLO], { env: { HERMIT_KVM: "0" } });
  assertOutcome(ended, { ...HELLO_SAYS, stderr: /^hermit: isle qemu: KVM is not to be used \(HERMIT_KVM=0\)$/m });
});

for (const isle of ISLES) {
  describe(`bad settings on ${isle}`, { concurrency: 2, skip: unavailable(isle) ?? false }, () => {
    refuses(isle, "HERMIT_MEM", BAD_MEMORY);
    refuses(isle, "HERMIT_CPUS", BAD_CPUS);
    test(`${isle}: too many processors are shown as they were written`, async () => {
      const ended = await runOnIsle(isle, HELLO, [], { env: { HERMIT_CPUS: "99999999999999" } });
      assertRefused(ended, 1, /^hermit: 99999999999999 processors are more/);
    });
    for (const cpus of GOOD_CPUS) {
      test(`${isle}: HERMIT_CPUS=${cpus} is taken`, async () => {
        const ended = await runOnIsle(isle, HELLO, [], { env: { HERMIT_CPUS: cpus } });
        assertOutcome(ended, HELLO_SAYS);
        assertNothingLeftBehind(ended);
      });
    }
    test(`${isle}: a program that does not fit into HERMIT_MEM`, async () => {
      const program = join(ROOT, "build/apps/tests/large-data-glibc");
      assertRefused(await runOnIsle(isle, program, [], { env: { HERMIT_MEM: "8M" } }), 1, /large-data.*memory/);
    });
    test(`${isle}: HERMIT_MEM may be as small as the kernel allows`, async () => {
      assertOutcome(await runOnIsle(isle, HELLO, [], { env: { HERMIT_MEM: "8M" } }), HELLO_SAYS);
    });
    for (const memory of GOOD_MEMORY) {
      test(`${isle}: HERMIT_MEM=${memory} is taken`, async () => {
        const ended = await runOnIsle(isle, HELLO, [], { env: { HERMIT_MEM: memory } });
        assertOutcome(ended, HELLO_SAYS);
        assertNothingLeftBehind(ended);
      });
    }
  });
}

function refuses(isle: Isle, name: string, values: readonly (readonly [string, string])[]): void {
  for (const [what, value] of values) {
    test(`${isle}: ${name} ${what}: ${value}`, async () => {
      assertRefused(await runOnIsle(isle, HELLO, [], { env: { [name]: value } }), 1, new RegExp(name));
    });
  }
}

test("without HERMIT_ISLE the best isle that works is taken, and HERMIT_VERBOSE=1 says which and why", async (context) => {
  const best = availableIsles()[0];
  if (best === undefined) {
    context.skip("no isle works here");
    return;
  }
  // Without KVM it is QEMU, which would say on stderr that it is slow.
  const quietly: Record<string, string> = best === "qemu" ? { HERMIT_KVM: "0" } : {};
  assertOutcome(await run(PROXY, [HELLO], { env: quietly }), HELLO_SAYS);
  const verbose = await run(PROXY, [HELLO], { env: { ...quietly, HERMIT_VERBOSE: "1" } });
  assertOutcome(verbose, { ...HELLO_SAYS, stderr: new RegExp(`^hermit: isle ${best}: .+$`, "m") });
  assertNothingLeftBehind(verbose);
});
