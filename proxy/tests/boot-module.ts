/** The boot module, read back by its documented layout. */

import { BOOT_ABI_VERSION, BOOT_MODULE_MAGIC, type BootModule } from "../../abi/boot-info.ts";
import { expect, expectEqual, test } from "../../compiler/std/testing.ts";
import {
  bootModuleAlign,
  bootModuleExpect,
  bootModuleKeepBody,
  bootModuleMeasure,
  bootModuleWrite,
  type ModuleSource,
} from "../boot-module.ts";
import type { MountList } from "../mounts.ts";

const source: ModuleSource = zeroed();
const argv: FixedArray<u64, 4> = zeroed();
const environment: FixedArray<u64, 4> = zeroed();
/** @align 4096 */
const place: Bytes<0x4000> = zeroed();

export function bootModuleTests(): void {
  test("boot module: layout and strings", layout);
  test("boot module: no arguments and no variables", empty);
  test("boot module: strings that fill a page exactly", fullPage);
  test("boot module: a body at a boundary", aligned);
  test("boot module: a body whose place is chosen before the mounts are known", expected);
  test("boot module: facts of the host", hostFacts);
}

const mounts: MountList = zeroed();

function start(argc: u32): void {
  zero(source);
  fillBytes(elements(place), 0xaa, u64(place.length));
  fillBytes(elements(place), 0, 0x3000n);
  for (let i: u32 = 0; i < 4; i += 1) environment[i] = 0n;
  source.argc = argc;
  source.argv = elements(argv);
  source.environment = elements(environment);
  source.programBytes = 100n;
  source.bodyBytes = 100n;
  source.path = bytesOf("");
  source.mounts = addressOf(mounts);
  zero(mounts);
}

function module(): Ptr<BootModule> {
  // SAFETY: `place` is aligned to a page.
  return castPtr<BootModule>(elements(place));
}

function layout(): void {
  start(2);
  argv[0] = u64(virtAddr("./hello".data));
  argv[1] = u64(virtAddr("".data));
  environment[0] = u64(virtAddr("A=b".data));
  source.isStrace = true;
  source.cpuCount = 3;
  source.path = bytesOf("/home/hello");
  expect(bootModuleMeasure(source), "it can be described");
  expect(source.programOffset === 0x1000n, "the program on the next page");
  expect(source.totalBytes === 0x1000n + 100n, "and nothing behind it");
  bootModuleWrite(source, elements(place));
  const m = module();
  expect(m.magic === BOOT_MODULE_MAGIC && m.version === BOOT_ABI_VERSION, "magic and version");
  expect(m.totalBytes === source.totalBytes && m.programOffset === 0x1000n && m.programBytes === 100n, "sizes");
  expectEqual(i64(m.flags), 2n);
  expectEqual(i64(m.cpuCount), 3n);
  expectEqual(i64(m.argc), 2n);
  expectEqual(i64(m.envc), 1n);
  expectEqual(i64(m.stringsBytes), 13n);
  expect(
    stringOf(elements(place).add(m.stringsOffset), 13) === "./hello\0\0A=b\0",
    "each with its NUL, variables last",
  );
  expectEqual(i64(m.pathBytes), 11n);
  expect(stringOf(elements(place).add(m.stringsOffset + 13), 11) === "/home/hello", "the path right behind them");
}

function empty(): void {
  start(0);
  expect(bootModuleMeasure(source), "it can be described");
  bootModuleWrite(source, elements(place));
  expectEqual(i64(module().stringsBytes), 0n);
  expect(module().programOffset === 0x1000n, "the program on the next page");
}

/** An argument that ends with the page must not push the program away, and one more byte must. */
function fullPage(): void {
  start(1);
  const text = elements(place).add(0x3000);
  const length = 0x1000 - sizeOf<BootModule>() - 1;
  fillBytes(text, 120, u64(length));
  text[length] = 0;
  argv[0] = u64(virtAddr(text));
  expect(bootModuleMeasure(source) && source.programOffset === 0x1000n, "exactly one page");
  text[length] = 120;
  text[length + 1] = 0;
  expect(bootModuleMeasure(source) && source.programOffset === 0x2000n, "one byte more");
}

function aligned(): void {
  start(0);
  source.bodyBytes = 0x5000n;
  source.programInBody = 0x1000n;
  expect(bootModuleMeasure(source), "it can be described");
  const measured = source.totalBytes;
  bootModuleAlign(source, 0x10_3000n, 0x20_0000n);
  expectEqual(i64(source.bodyOffset), 0xf_d000n);
  expectEqual(i64(source.programOffset), 0xf_e000n);
  expectEqual(i64(source.totalBytes), 0x10_2000n);
  expect(source.totalBytes <= measured + 0x20_0000n, "no more than the alignment is added");
  source.bodyOffset = 0x1000n;
  bootModuleAlign(source, 0x1f_f000n, 0x20_0000n);
  expectEqual(i64(source.bodyOffset), 0x1000n);
}

function expected(): void {
  start(0);
  source.bodyBytes = 0x10_0000n;
  source.programInBody = 0x1000n;
  bootModuleExpect(source, 0x10_3000n, 0x1000n);
  const body = source.bodyOffset;
  expectEqual(i64(body), 0x5000n);
  expect(bootModuleMeasure(source) && source.bodyOffset === 0x1000n, "less is needed");
  expect(bootModuleKeepBody(source, body), "so it may lie there");
  expectEqual(i64(source.programOffset), 0x6000n);
  expectEqual(i64(source.totalBytes), 0x10_5000n);
  bootModuleExpect(source, 0x10_3000n, 0x20_0000n);
  expectEqual(i64(source.bodyOffset), 0xf_d000n);
  expect(bootModuleMeasure(source) && !bootModuleKeepBody(source, 0n), "more is needed");
  expectEqual(i64(source.bodyOffset), 0x1000n);
}

function hostFacts(): void {
  start(0);
  expect(bootModuleMeasure(source), "it can be described");
  bootModuleWrite(source, elements(place));
  const m = module();
  // 2020-09-13, long before this was written.
  expect(m.wallClockNs > 1_600_000_000_000_000_000n, "the clock is set");
  expect(m.hostName[63] === 0 && m.hostName[0] !== 0, "a name, NUL-terminated");
  let ones: u32 = 0;
  for (let i: u32 = 0; i < 32; i += 1) ones += popCount(u32(m.randomSeed[i]));
  expect(ones > 64 && ones < 192, "a seed that could be random");
  expect(
    m.programRandom[0] !== 0n && m.programRandom[0] !== m.programRandom[1],
    "and AT_RANDOM, which is none of its bytes",
  );
}
