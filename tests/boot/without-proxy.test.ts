/**
 * The kernel image started without a proxy: by QEMU itself (PVH) on each of its x86 machines, and by GRUB (Multiboot). There is no
 * program, so it says so on the serial port, in one sentence, and turns the machine off where it can.
 */

import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { assertEnded, describeRun } from "./expect.ts";
import { grubProblem, makeGrubDisk } from "./grub.ts";
import { unavailable } from "./isles.ts";
import { ROOT, type Run, run } from "./run.ts";
import { makeScratch } from "./scratch.ts";

const KERNEL = join(ROOT, "build/kernel/hermit.elf");
const SENTENCE = "there is no program to run";
const QEMU = ["-accel", "tcg", "-m", "256M", "-display", "none", "-no-reboot", "-serial", "stdio", "-nodefaults"];
const MULTIBOOT_MAGIC = Buffer.from([0x02, 0xb0, 0xad, 0x1b]);
/** Multiboot 0.6.96, 3.1: the header lies in the first 8192 bytes. */
const MULTIBOOT_SEARCH_BYTES = 8192;
const MULTIBOOT_HEADER_BYTES = 12;
/** QEMU searches up to here, and refuses a 64-bit file in which it finds the magic. */
const QEMU_SEARCH_BYTES = 8192 - 48;

/** `staysOn`: the machine cannot be turned off, so it is ended when it has said what it should. */
function boot(args: readonly string[], staysOn = false): Promise<Run> {
  const onOutput = { text: SENTENCE, act: (child: ChildProcess) => void child.kill("SIGTERM") };
  return run("qemu-system-x86_64", [...QEMU, ...args], staysOn ? { onOutput } : {});
}

function assertSaid(ended: Run): void {
  assertEnded(ended);
  assert.equal(ended.status, 0, describeRun(ended));
  const lines = ended.stdout.toString().split("\n");
  assert.equal(lines.filter((line) => line.includes(SENTENCE)).length, 1, describeRun(ended));
}

describe("the kernel without a proxy", { skip: unavailable("qemu") ?? false }, () => {
  for (const machine of ["pc", "q35", "microvm"]) {
    test(`${machine}: says on the serial port that there is no program`, async () => {
      assertSaid(await boot(["-machine", machine, "-kernel", KERNEL], machine === "microvm"));
    });
  }

  test("from GRUB", { skip: grubProblem() }, async () => {
    using scratch = makeScratch();
    const disk = makeGrubDisk(scratch, KERNEL);
    assertSaid(await boot(["-machine", "pc", "-cdrom", disk]));
  });
});

test("the Multiboot header is where GRUB looks and QEMU does not", () => {
  const at = readFileSync(KERNEL).indexOf(MULTIBOOT_MAGIC);
  assert.ok(at >= QEMU_SEARCH_BYTES && at <= MULTIBOOT_SEARCH_BYTES - MULTIBOOT_HEADER_BYTES, `it is at ${at}`);
});
