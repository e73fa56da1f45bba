/**
 * The kernel without the linux layer, in a machine of QEMU's: scenarios of tests/bare/kernel-selftest.ts, among them the ends that
 * must be reported well. TCG, so it runs everywhere, with QEMU's default CPU: no FSGSBASE, no 1 GiB pages, no AVX.
 */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { before, test } from "node:test";
import { build, PLAIN_BUILD, profileFor } from "../../compiler/src/driver.ts";
import { addLineTable } from "../../tools/line-table.ts";

const IMAGE = "build/tests/kernel-selftest.elf";
const QEMU = process.env.HERMIT_QEMU ?? "qemu-system-x86_64";
const TIMEOUT_MS = 60_000;
/** A panic leaves QEMU running; when its report is complete, there is nothing to wait for. */
const PANIC_MS = 10_000;

before(async () => {
  mkdirSync("build/tests", { recursive: true });
  const { ok, messages } = build(
    {
      ...PLAIN_BUILD,
      entry: "tests/bare/kernel-selftest.ts",
      output: IMAGE,
      target: "kernel",
      checked: true,
      sanitize: [],
      optimise: "2",
      root: process.cwd(),
      embedFolder: resolve("build"),
      ldscript: resolve("nucleus/kernel.ld"),
      cc: process.env.CC ?? "gcc",
      profile: await profileFor("kernel"),
    },
    false,
  );
  assert.ok(ok, messages.join("\n"));
  addLineTable(IMAGE);
});

/** What the scenario printed on the serial port. */
function boot(scenario: string, timeoutMs = TIMEOUT_MS, cpu = "qemu64", cpuCount = 1): string {
  const machine = [
    "-machine",
    "microvm,x-option-roms=off,pit=off,pic=off,rtc=off,isa-serial=on",
    "-accel",
    "tcg",
    "-cpu",
    cpu,
    "-smp",
    String(cpuCount),
  ];
  const devices = ["-nodefaults", "-no-reboot", "-display", "none", "-serial", "stdio", "-m", "256M"];
  const exit = ["-device", "isa-debug-exit,iobase=0xe04,iosize=4"];
  const kernel = ["-kernel", IMAGE, "-append", `selftest=${scenario}`];
  const run = spawnSync(QEMU, [...machine, ...devices, ...exit, ...kernel], { encoding: "utf8", timeout: timeoutMs });
  assert.equal(run.error === undefined || run.signal !== null, true, String(run.error));
  return run.stdout;
}

for (const [scenario, lines] of Object.entries({
  threads: ["equal priorities take turns", "higher priorities run first", "ended threads give their memory back"],
  timers: ["timers fire in order and never early"],
  mask: ["a masked interrupt is replayed"],
  memory: [
    "64 MiB are zero at first and keep what they are given",
    "large pages are used",
    "a large page is split",
    "discarded memory is zero again",
    "populate, protect, unmap",
  ],
  copies: ["copies fault without harm"],
  mappings: [
    "writes to shared pages are noticed, once, and again after cleaning",
    "a private mapping copies what it writes to",
    "pages that cannot be had are faults, and a page that must be fetched is one where nobody may wait",
    "a page that is taken back is fetched again",
    "parts of mappings keep the object until the last one goes",
    "segments of images are there before they are touched, as far as they are in memory",
  ],
  ahead: [
    "the first page of a small mapping is given with it, and is not resident before it is touched",
    "four guesses that were not taken up are not followed by a fifth",
    "pages that become writable are given, and what protects them finds them untouched",
    "pages given along with the first of their group count as it does",
    "memory that grows while it is filled in order is given in portions",
    "tables come from the area set aside for them, and go back there",
    "a page given ahead is zero, faults once it is unmapped, and is not lost",
  ],
  blocks: [
    "memory that refuses large pages gets whole blocks of small ones, whose tables come back",
    "a block of which a part has changed goes page by page",
    "a mapping that is filled in order gets a large page in the place of its first small ones, with what they held",
    "no frame is lost",
  ],
  leak: ["no frame is lost"],
  surplus: ["free memory goes back to the host and can be used again"],
})) {
  test(`kernel: ${scenario}`, () => {
    assert.equal(boot(scenario), `${lines.map((line) => `ok: ${line}\n`).join("")}done\n`);
  });
}

test("kernel: fpu, with FXSAVE and with XSAVE", () => {
  assert.equal(boot("fpu"), "ok: registers of FXSAVE areas are kept\ndone\n");
  assert.equal(boot("fpu", TIMEOUT_MS, "max"), "ok: registers of XSAVE areas are kept\ndone\n");
});

for (const [machine, cpuCount] of [
  ["few", 3],
  ["many", 16],
] as const) {
  test(`kernel: ${machine} processors`, () => {
    const lines = [
      `${cpuCount} processors started`,
      "threads run at the same time on all of them",
      "threads go where their affinity says",
      "wake-ups are not lost, on one processor and between two",
      "a storm of wake-ups leaves nobody behind",
      "a processor with one runnable thread takes no timer interrupt",
    ];
    assert.equal(boot("smp", TIMEOUT_MS, "max", cpuCount), `${lines.map((line) => `ok: ${line}\n`).join("")}done\n`);
  });
}

test("kernel: a fault is reported with registers, functions, files and lines", () => {
  const report = boot("null", PANIC_MS);
  assert.match(report, /kernel panic \[\d+\.\d{3}\]\[0:1\]: the kernel touched an address that is not mapped/);
  assert.match(report, /cr2 0000000000000010 {2}error {2}0000000000000004/);
  assert.match(report, /#0 [0-9a-f]{16} readNull \(tests\/bare\/kernel-selftest\.ts:\d+\)/);
  assert.match(report, /kernelEntry \(nucleus\/image\.ts:\d+\)/);
});

test("kernel: its code cannot be written", () => {
  assert.match(
    boot("write-text", PANIC_MS),
    /the kernel violates the protection of its image[\s\S]*kernel-selftest\.ts:\d+/,
  );
});

test("kernel: its data cannot be executed", () => {
  assert.match(boot("run-data", PANIC_MS), /the kernel violates the protection of its image/);
});

test("kernel: a stack overflow is found and named", () => {
  const report = boot("overflow", PANIC_MS);
  assert.match(report, /a kernel stack overflowed/);
  assert.match(report, /overflow \(tests\/bare\/kernel-selftest\.ts:\d+\)/);
});

test("kernel: a failed assertion names its place", () => {
  const report = boot("assert", PANIC_MS);
  assert.match(report, /kernel panic .*: an assertion fails on purpose\n {2}at tests\/bare\/kernel-selftest\.ts:\d+/);
});
