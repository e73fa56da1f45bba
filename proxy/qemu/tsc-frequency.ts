/**
 * The frequency of this host's time-stamp counter, which a guest on QEMU sees unscaled, under KVM and (QEMU passes the host's
 * counter on) under TCG.
 *
 * Measured against CLOCK_MONOTONIC_RAW over two milliseconds: Linux does not tell programs its own calibration, KVM does but may
 * not be there, and CPUID's leaves are missing on many processors. Each end is the tightest of some readings, so the error is
 * some ten nanoseconds in two milliseconds. The guest could not do it better: its microvm has no timer of known frequency.
 */

import { SYS_clock_gettime, SYS_nanosleep } from "../../abi/linux-syscalls.ts";
import { CLOCK_MONOTONIC_RAW, NS_PER_MILLISECOND, NS_PER_SECOND, type Timespec } from "../../abi/linux-time.ts";
import { callPointer, linuxCall } from "../../compiler/std/linux-syscall.ts";

const MEASURE_NS = 2_000_000n;
const READINGS = 8;

/** A moment on both clocks. */
export class ClockPair {
  ns!: u64;
  tsc!: u64;
}

/** Reads both clocks at, as nearly as can be, the same moment. */
export function clockPairRead(pair: ClockPair): void {
  let narrowest: u64 = u64.MAX;
  const time: Timespec = { tv_sec: 0n, tv_nsec: 0n };
  for (let i: u32 = 0; i < READINGS; i += 1) {
    const before = readTsc();
    void linuxCall(SYS_clock_gettime, u64(CLOCK_MONOTONIC_RAW), callPointer(time));
    const width = readTsc() - before;
    if (width >= narrowest) continue;
    narrowest = width;
    pair.tsc = before + (width >> 1n);
    pair.ns = u64(time.tv_sec) * NS_PER_SECOND + u64(time.tv_nsec);
  }
}

/**
 * kHz since the moment `start`, waiting until it is long enough ago; asleep, because QEMU starts meanwhile, perhaps on this processor.
 * 0 if the counter does not count.
 */
export function tscKhzSince(start: ClockPair): u32 {
  const end: ClockPair = { ns: 0n, tsc: 0n };
  clockPairRead(end);
  while (end.ns - start.ns < MEASURE_NS) {
    const rest: Timespec = { tv_sec: 0n, tv_nsec: i64(MEASURE_NS - (end.ns - start.ns)) };
    void linuxCall(SYS_nanosleep, callPointer(rest), 0n);
    clockPairRead(end);
  }
  const khz = ((end.tsc - start.tsc) * NS_PER_MILLISECOND) / (end.ns - start.ns);
  return khz <= u64(u32.MAX) ? u32(khz) : 0;
}

function readTsc(): u64 {
  let high: u32 = 0;
  // SAFETY: reads a counter into two registers; lfence keeps earlier instructions from being counted later.
  const low = asm<u32>`lfence; rdtsc ${output("eax")} ${outputTo("edx", high)}`;
  return (u64(high) << 32n) | u64(low);
}
