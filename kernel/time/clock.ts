/**
 * Clocks: the time-stamp counter scaled to nanoseconds. Every CPU this runs on has an invariant counter; it is the only clock that
 * can be read without leaving the guest.
 *
 *     ns = (tsc - tscBase) * multiplier >> shift        64 x 64 -> 128 bits, so it never overflows
 *
 * The scale lies in a page of its own, which the vDSO reads; the kernel uses the same page. Where the frequency comes from, best
 * first: the monitor, the loader's module (the host knows), CPUID 0x15, 0x16 or the hypervisor's 0x40000010, at last the PIT.
 */

import { BOOT_MODULE_MAGIC, type BootModule } from "../../abi/boot-info.ts";
import { bootInfo } from "../../nucleus/boot-info.ts";
import { rdtsc } from "../../nucleus/cpu.ts";
import { directMap, physOf } from "../mm/page-table.ts";
import { measureTscKhz } from "./tsc-frequency.ts";
import type { VdsoClock } from "./vdso-clock.ts";

/** Page-sized, so that nothing else is shown to the application. */
@struct(4096)
class ClockPage {
  clock!: VdsoClock;
  rest!: Bytes<4048>;
}

/** @align 4096 */
const page: ClockPage = zeroed();
let frequencyKhz: u64 = 0n;

const SHIFT = 32;
const NS_PER_MS = 1_000_000n;

/** Sets the scale and the bases. Before it every clock reads 0. */
export function clockInit(): void {
  const now = rdtsc();
  frequencyKhz = knownKhz();
  if (frequencyKhz === 0n) {
    frequencyKhz = measureTscKhz();
  }
  const clock = page.clock;
  clock.shift = SHIFT;
  clock.multiplier = (NS_PER_MS << u64(SHIFT)) / frequencyKhz;
  const isBaseKnown = bootInfo.wallClockTsc !== 0n && bootInfo.wallClockTsc <= now;
  clock.tscBase = isBaseKnown ? bootInfo.wallClockTsc : now;
  clock.realtimeBaseNs = isBaseKnown ? bootInfo.wallClockNs : moduleWallClockNs();
}

function knownKhz(): u64 {
  if (bootInfo.tscKhz !== 0) {
    return u64(bootInfo.tscKhz);
  }
  const module = bootModule();
  return module === null ? 0n : u64(module.tscKhz);
}

function moduleWallClockNs(): u64 {
  const module = bootModule();
  return module === null ? 0n : module.wallClockNs;
}

/** The header of the module, if there is one; its strings and program are the linux layer's to check. */
function bootModule(): Ptr<BootModule> | null {
  if (bootInfo.moduleBytes < u64(sizeOf<BootModule>())) {
    return null;
  }
  // SAFETY: the module lies in RAM and has at least a header.
  const module = castPtr<BootModule>(directMap(bootInfo.module));
  return module.magic === BOOT_MODULE_MAGIC ? module : null;
}

function scaledNs(): u64 {
  const clock = page.clock;
  return mulShift(rdtsc() - clock.tscBase, clock.multiplier, SHIFT);
}

/** Nanoseconds since the kernel's start, never going back. */
export function monotonicNs(): u64 {
  return page.clock.monotonicBaseNs + scaledNs();
}

/** Nanoseconds since 1970 (UTC). */
export function realtimeNs(): u64 {
  return page.clock.realtimeBaseNs + scaledNs();
}

/** Physical page that holds the VdsoClock, for mapping read-only into the application. */
export function vdsoClockPage(): PhysAddr {
  return physOf(page);
}

/** Nanoseconds in `count` counts of the time-stamp counter. */
export function nsOfTsc(count: u64): u64 {
  return mulShift(count, page.clock.multiplier, SHIFT);
}

export function tscFrequencyKhz(): u64 {
  return frequencyKhz;
}

/** Counts of the time-stamp counter in `ns` nanoseconds. */
export function tscCountOf(ns: u64): u64 {
  return mulShift(ns, frequencyKhz, 0) / NS_PER_MS;
}
