/**
 * A kernel without the linux layer that tests itself in a machine: what needs real page tables, interrupts and stacks.
 *
 * The command line says which scenario: `selftest=NAME`. A scenario prints `ok: ...` lines on the serial port and ends the machine
 * through QEMU's isa-debug-exit, or panics on purpose; tests/boot/kernel.test.ts reads what was printed.
 */

import { kernelCommandLine } from "../../drivers/bus/start-info.ts";
import { clockInit, interruptInit, memoryInit, schedulerInit, trapInit } from "../../kernel/init.ts";
import { frameFreeCount, framesSetReturnHook } from "../../kernel/mm/frames.ts";
import { heapAlloc, heapFree } from "../../kernel/mm/heap.ts";
import { directMap, physOf, translate } from "../../kernel/mm/page-table.ts";
import { Prot } from "../../kernel/mm/prot.ts";
import { regionPopulate } from "../../kernel/mm/region-faults.ts";
import { RegionFlag } from "../../kernel/mm/region-kinds.ts";
import { residentPagesIn } from "../../kernel/mm/region-report.ts";
import { regionDiscard, regionMap, regionProtect, regionUnmap } from "../../kernel/mm/regions.ts";
import { userRead, userString, userWrite } from "../../kernel/mm/user-access.ts";
import { serialWrite } from "../../kernel/panic/serial.ts";
import { fpuAreaAlloc, fpuAreaBytes, fpuAreaFree, fpuRestore, fpuSave } from "../../kernel/sched/fpu.ts";
import { threadYield } from "../../kernel/sched/scheduler.ts";
import { threadCreate } from "../../kernel/sched/thread.ts";
import { threadSetPriority } from "../../kernel/sched/thread-settings.ts";
import { PRIORITY_NORMAL } from "../../kernel/sched/thread-type.ts";
import { monotonicNs } from "../../kernel/time/clock.ts";
import { sleepUntil, type Timer, timerArm, timerCancel } from "../../kernel/time/timer.ts";
import { imageHeader } from "../../nucleus/image.ts";
import { irqRestore, irqSave } from "../../nucleus/irq-mask.ts";
import { outl } from "../../nucleus/ports.ts";
import { ahead } from "./ahead-selftest.ts";
import { blocks } from "./block-selftest.ts";
import { mappings } from "./mapping-selftest.ts";
import { smpAffinity, smpParallel, smpPingPong, smpStorm, smpTickless } from "./smp-selftest.ts";

const PAGE = 0x1000n;
const MIB = 0x10_0000n;
const MS = 1_000_000n;
const EXIT_PORT = 0xe04;

/**
 * The image's header names it; nothing here uses the channel.
 * @export channelQueues
 */
export const channelQueues: u64 = 0n;
/** @export ninepQueue */
export const ninepQueue: u64 = 0n;
/** @export guestStatus */
export const guestStatus: u64 = 0n;

/** @export linuxSyscallTrap */
export function linuxSyscallTrap(): void {
  panic("nobody makes system calls here");
}

/** @export kernelMain
 */
export function kernelMain(): never {
  trapInit();
  memoryInit();
  clockInit();
  interruptInit();
  schedulerInit();
  const line = kernelCommandLine();
  if (hasScenario(line, "threads")) threads();
  else if (hasScenario(line, "timers")) timers();
  else if (hasScenario(line, "mask")) mask();
  else if (hasScenario(line, "memory")) memory();
  else if (hasScenario(line, "copies")) copies();
  else if (hasScenario(line, "mappings")) mappings(ok);
  else if (hasScenario(line, "ahead")) ahead(ok);
  else if (hasScenario(line, "blocks")) blocks(ok);
  else if (hasScenario(line, "leak")) leak();
  else if (hasScenario(line, "surplus")) surplus();
  else if (hasScenario(line, "fpu")) fpu();
  else if (hasScenario(line, "smp")) smp();
  else if (hasScenario(line, "null")) void readNull(3n);
  else if (hasScenario(line, "write-text")) writeText();
  else if (hasScenario(line, "run-data")) runData();
  else if (hasScenario(line, "overflow")) void overflow(0n);
  else if (hasScenario(line, "assert")) assert(hasScenario(line, "nothing"), "an assertion fails on purpose");
  serialWrite("done\n");
  outl(EXIT_PORT, 0);
  panic("the machine goes on");
}

function hasScenario(line: string, name: string): bool {
  const wanted = `selftest=${name}`;
  for (let start: u32 = 0; start + wanted.length <= line.length; start++) {
    const end = start + wanted.length;
    if (line.slice(start, end) === wanted && (end === line.length || line.byteAt(end) === 0x20)) {
      return true;
    }
  }
  return false;
}

function ok(what: string): void {
  serialWrite("ok: ");
  serialWrite(what);
  serialWrite("\n");
}

// --- Threads -----------------------------------------------------------------------------------------------------------------

/** Who ran when: one digit per turn. */
let turns: u64 = 0n;
let finished: u32 = 0;

function worker(number: u64): void {
  for (let turn: u32 = 0; turn < 3; turn++) {
    turns = turns * 10n + number;
    threadYield();
  }
  finished++;
}

function threads(): void {
  for (let number: u64 = 1n; number <= 3n; number++) {
    assert(threadCreate(worker, number, "worker") !== null, "a thread is made");
  }
  while (finished < 3) {
    threadYield();
  }
  assert(turns === 123_123_123n, "equal priorities take turns");
  ok("equal priorities take turns");
  turns = 0n;
  finished = 0;
  const low = threadCreate(worker, 1n, "low");
  const high = threadCreate(worker, 2n, "high");
  assert(low !== null && high !== null, "threads are made");
  threadSetPriority(low, PRIORITY_NORMAL - 1);
  threadSetPriority(high, PRIORITY_NORMAL + 1);
  while (finished < 2) {
    sleepUntil(monotonicNs() + MS);
  }
  assert(turns === 222_111n, "higher priorities run first");
  ok("higher priorities run first");
  const before = frameFreeCount();
  for (let round: u32 = 0; round < 200; round++) {
    finished = 0;
    assert(threadCreate(worker, 1n, "short") !== null, "threads do not run out");
    while (finished < 1) {
      threadYield();
    }
  }
  assert(frameFreeCount() + 8n >= before, "ended threads give their memory back");
  ok("ended threads give their memory back");
}

function smp(): void {
  smpParallel(ok);
  smpAffinity(ok);
  smpPingPong(ok);
  smpStorm(ok);
  smpTickless(ok);
}

// --- Timers ------------------------------------------------------------------------------------------------------------------

const timersUsed: FixedArray<Timer, 5> = zeroed();
let firedOrder: u64 = 0n;
let isEarly = false;

function fired(timer: Timer): void {
  firedOrder = firedOrder * 10n + timer.argument;
  isEarly = isEarly || monotonicNs() < timer.node.deadlineNs;
}

function arm(index: u32, deadlineNs: u64): void {
  timersUsed[index].argument = u64(index) + 1n;
  timerArm(timersUsed[index], deadlineNs, fired);
}

function timers(): void {
  // Masked, so that a machine that is slow at this moment cannot let one fire before all are armed.
  const wasMasked = irqSave();
  const start = monotonicNs();
  arm(0, start + 30n * MS);
  arm(1, start + 10n * MS);
  arm(2, start + 20n * MS);
  arm(3, start + 100_000n * MS);
  arm(4, start + 5n * MS);
  assert(timerCancel(timersUsed[3]), "an armed timer is cancelled");
  assert(!timerCancel(timersUsed[3]), "only once");
  irqRestore(wasMasked);
  sleepUntil(start + 60n * MS);
  assert(monotonicNs() >= start + 60n * MS, "sleep lasts as long as asked");
  while (firedOrder < 1000n) {
    sleepUntil(monotonicNs() + MS);
  }
  assert(firedOrder === 5231n, `timers fire in order: ${firedOrder}`);
  assert(!isEarly, "timers never fire early");
  ok("timers fire in order and never early");
}

/** An interrupt that comes while masked waits until the mask ends, and is handled before irqRestore returns. */
function mask(): void {
  const wasMasked = irqSave();
  arm(0, 1n);
  const start = monotonicNs();
  while (monotonicNs() < start + 20n * MS) {}
  assert(firedOrder === 0n, "masked: the handler waits");
  irqRestore(wasMasked);
  assert(firedOrder === 1n, "unmasked: it has run");
  ok("a masked interrupt is replayed");
}

// --- Memory ------------------------------------------------------------------------------------------------------------------

function wordAt(base: VirtAddr, offset: u64): Ptr<u64> {
  // SAFETY: the scenario has mapped it; a mistake ends in a panic, which the test sees.
  return pointerAt<u64>(base + offset);
}

function map(bytes: u64): VirtAddr {
  const place = regionMap(0n, bytes, Prot.ReadWrite, RegionFlag.None);
  assert(place > 0n, "memory is mapped");
  return VirtAddr(u64(place));
}

function memory(): void {
  const base = map(64n * MIB);
  for (let offset: u64 = 0n; offset < 64n * MIB; offset += PAGE) {
    assert(wordAt(base, offset).value === 0n, "fresh memory is zero");
    wordAt(base, offset).value = offset + 1n;
  }
  for (let offset: u64 = 0n; offset < 64n * MIB; offset += PAGE) {
    assert(wordAt(base, offset).value === offset + 1n, "memory keeps what it is given");
  }
  ok("64 MiB are zero at first and keep what they are given");
  const middle = translate(base + 32n * MIB);
  assert(translate(base + 32n * MIB + 0x1f_f000n) === middle + 0x1f_f000n, "large pages are used");
  ok("large pages are used");
  assert(regionUnmap(base + 32n * MIB + PAGE, PAGE) === 0n, "a page inside a large one is unmapped");
  assert(translate(base + 32n * MIB + PAGE) === 0n, "it is gone");
  assert(wordAt(base, 32n * MIB).value === 32n * MIB + 1n, "its neighbours are not");
  assert(wordAt(base, 32n * MIB + 2n * PAGE).value === 32n * MIB + 2n * PAGE + 1n, "on either side");
  ok("a large page is split");
  assert(regionDiscard(base, MIB) === 0n && wordAt(base, 0n).value === 0n, "discarded memory is zero again");
  ok("discarded memory is zero again");
  assert(regionPopulate(base, MIB) === 0n && translate(base + MIB - PAGE) !== 0n, "populated memory has frames");
  assert(regionProtect(base, 64n * MIB, Prot.Read) === -12n, "a hole cannot be protected");
  assert(regionUnmap(base, 64n * MIB) === 0n, "all of it is unmapped");
  ok("populate, protect, unmap");
}

function copies(): void {
  const base = map(16n * PAGE);
  let word: u64 = 0x1122_3344_5566_7788n;
  const bytes = castPtr<u8>(addressOf(word));
  assert(userWrite(base + 8n, bytes, 8n) === 0n, "a first touch by a copy gets its page");
  word = 0n;
  assert(userRead(bytes, base + 8n, 8n) === 0n && word === 0x1122_3344_5566_7788n, "what was written is read");
  assert(regionProtect(base + PAGE, PAGE, Prot.Read) === 0n, "protect");
  assert(userWrite(base + PAGE - 4n, bytes, 8n) === -14n, "a write that runs into read-only memory");
  assert(userRead(bytes, 0x2_0000n, 8n) === -14n, "a read of unmapped memory");
  assert(userRead(bytes, virtAddr(addressOf(imageHeader)), 8n) === -14n, "a read of the kernel");
  assert(userRead(bytes, 0xffff_ffff_ffff_fffcn, 8n) === -14n, "a range that wraps");
  const text: Bytes<16> = zeroed();
  const slice = sliceOf(elements(text), 16n);
  const end = base + 16n * PAGE;
  assert(userWrite(end - 4n, "abc".data, 4n) === 0n, "a string at the end of memory");
  assert(userString(slice, end - 4n) === 3n && text[2] === 0x63, "is read without touching what follows");
  assert(userString(slice, base + 2n * PAGE) === 0n, "an empty string");
  assert(userWrite(end - 3n, "abc".data, 3n) === 0n && userString(slice, end - 3n) === -14n, "a string without end");
  ok("copies fault without harm");
}

/** Frames before and after a round of everything; page tables of the first round stay. */
function leak(): void {
  let before: u64 = 0n;
  for (let round: u32 = 0; round < 4; round++) {
    const base = map(9n * MIB);
    for (let offset: u64 = 0n; offset < 9n * MIB; offset += PAGE) {
      wordAt(base, offset).value = 1n;
    }
    const block = heapAlloc(50_000n);
    assert(block !== null && physOf(block) !== 0n, "heap");
    heapFree(block);
    assert(regionUnmap(base + MIB, MIB) === 0n && regionUnmap(base, 9n * MIB) === 0n, "unmap");
    assert(round < 2 || frameFreeCount() === before, "no frame is lost");
    before = frameFreeCount();
  }
  ok("no frame is lost");
}

let returnedBytes: u64 = 0n;

/** As a host that drops the memory: what is found there later are zeros. */
function takeBack(start: PhysAddr, bytes: u64): void {
  fillBytes(directMap(start), 0, bytes);
  returnedBytes += bytes;
}

function surplus(): void {
  framesSetReturnHook(takeBack, true);
  const before = frameFreeCount();
  const base = map(200n * MIB);
  for (let offset: u64 = 0n; offset < 200n * MIB; offset += PAGE) {
    wordAt(base, offset).value = 7n;
  }
  assert(residentPagesIn(u64(base), u64(base) + 200n * MIB) === 51200n, "every page is counted");
  assert(returnedBytes === 0n, "nothing is returned while it is used");
  assert(regionUnmap(base, 200n * MIB) === 0n, "unmap");
  assert(returnedBytes >= 64n * MIB && returnedBytes <= 200n * MIB, "much of it is returned, not all");
  assert(frameFreeCount() + 64n >= before, "it is free all the same");
  const again = map(200n * MIB);
  for (let offset: u64 = 0n; offset < 200n * MIB; offset += PAGE) {
    assert(wordAt(again, offset).value === 0n, "it is zero when it is used again");
  }
  ok("free memory goes back to the host and can be used again");
}

// --- FPU ---------------------------------------------------------------------------------------------------------------------

function readXmm0(): u64 {
  // SAFETY: reads a register that the kernel itself does not use.
  return asm<u64>`movq %xmm0, ${output("r")}`;
}

function writeXmm0(value: u64): void {
  // SAFETY: as readXmm0.
  asm`movq ${input("r", value)}, %xmm0`;
}

function fpu(): void {
  const first = fpuAreaAlloc();
  const second = fpuAreaAlloc();
  assert(first !== null && second !== null, "areas are made");
  fpuRestore(first);
  assert(readXmm0() === 0n, "a program starts with zero registers");
  writeXmm0(0x1234_5678n);
  fpuSave(first);
  fpuRestore(second);
  assert(readXmm0() === 0n, "each area is its own");
  writeXmm0(0x9abc_def0n);
  fpuSave(second);
  fpuRestore(first);
  assert(readXmm0() === 0x1234_5678n, "what was saved is restored");
  fpuRestore(second);
  assert(readXmm0() === 0x9abc_def0n, "in any order");
  fpuAreaFree(first);
  fpuAreaFree(second);
  ok(`registers of ${fpuAreaBytes() > 512n ? "XSAVE" : "FXSAVE"} areas are kept`);
}

// --- Ends --------------------------------------------------------------------------------------------------------------------

/** @noinline */
function readNull(depth: u64): u64 {
  if (depth > 0n) {
    return readNull(depth - 1n) + 1n;
  }
  return readVolatile(wordAt(0n, 0x10n));
}

function writeText(): void {
  // SAFETY: must fault; that is the test.
  writeVolatile(pointerAt<u64>(functionAddress(hasScenario)), 0n);
}

const data: FixedArray<u64, 4> = zeroed();

function runData(): void {
  // SAFETY: must fault; that is the test.
  functionAt<() => void>(virtAddr(data))();
}

/** @noinline */
function overflow(depth: u64): u64 {
  const block: Bytes<512> = zeroed();
  block[u32(depth & 511n)] = 1;
  return overflow(depth + 1n) + u64(readVolatile(elements(block)));
}
