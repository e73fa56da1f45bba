/**
 * A guest that dies with its kernel: exit status 1 and a report that a reader can use, on stderr, and nothing left behind.
 *
 * The program overwrites the interrupt descriptor table, whose address it gets from the kernel image's symbols and
 * abi/memory-map.ts: the next fault cannot be delivered, nor the double fault after it, and the machine shuts down.
 */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, test } from "node:test";
import { DIRECT_MAP_BASE, KERNEL_BASE, KERNEL_PHYS } from "../../abi/memory-map.ts";
import { ISLES } from "../../apps/tests/manifest.ts";
import { assertEnded, assertNothingLeftBehind, describeRun } from "./expect.ts";
import { runOnIsle, unavailable } from "./isles.ts";
import { ROOT } from "./run.ts";

const KERNEL = join(ROOT, "build/kernel/hermit.elf");
const TRIPLE_FAULT = join(ROOT, "build/apps/tests/triple-fault-glibc");
/** Name of the kernel's static interrupt descriptor table (nucleus/descriptors.ts). */
const IDT_SYMBOL = / bootIdt$/;

/** The table as the direct map shows it: writable, whatever the protection of the image itself. */
function interruptTable(): { readonly address: bigint; readonly bytes: bigint } {
  const listed = spawnSync("nm", ["-S", KERNEL], { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
  const line = listed.stdout.split("\n").find((text) => IDT_SYMBOL.test(text));
  const match = /^([0-9a-f]+) ([0-9a-f]+) /.exec(line ?? "");
  assert.ok(match, `${KERNEL} has no symbol of the interrupt descriptor table: ${listed.stderr}`);
  const address = BigInt(`0x${match[1]}`) - KERNEL_BASE + KERNEL_PHYS + DIRECT_MAP_BASE;
  return { address, bytes: BigInt(`0x${match[2]}`) };
}

for (const isle of ISLES) {
  describe(`death of a guest on ${isle}`, { skip: unavailable(isle) ?? false }, () => {
    test(`${isle}: a triple fault ends with a report and status 1`, async () => {
      const { address, bytes } = interruptTable();
      const ended = await runOnIsle(isle, TRIPLE_FAULT, [`0x${address.toString(16)}`, String(bytes)]);
      assertEnded(ended);
      assert.equal(ended.status, 1, describeRun(ended));
      assert.equal(ended.stdout.toString(), "before\n", describeRun(ended));
      assert.match(ended.stderr.toString(), /triple fault|shut ?down|reset/i, describeRun(ended));
      assertNothingLeftBehind(ended);
    });
  });
}

test("uhyve: the report names the registers and the place", { skip: unavailable("uhyve") ?? false }, async () => {
  const { address, bytes } = interruptTable();
  const ended = await runOnIsle("uhyve", TRIPLE_FAULT, [`0x${address.toString(16)}`, String(bytes)]);
  const report = ended.stderr.toString();
  for (const register of ["rax", "rbx", "rip", "rsp", "cr2", "cr3"]) {
    assert.match(report, new RegExp(register, "i"), `the report must show ${register}\n${report}`);
  }
});
