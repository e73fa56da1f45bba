/**
 * The vDSO: a shared object of the system's that lies in every program's address space, so that reading a clock is a function call.
 *
 * libc finds it by AT_SYSINFO_EHDR and its functions by name and version (`__vdso_clock_gettime`, LINUX_2.6). It is position-
 * independent, has no data and no relocations, and finds the clock page one page below itself:
 *
 *     supportBase             VdsoClock (kernel/time/vdso-clock.ts), read-only
 *     supportBase + 0x1000    this object: ELF header, dynamic section, code, read-only and executable
 *
 * What it does not know (processor-time clocks, unknown clocks) it hands to the system call. Spec: vdso(7), "x86-64 functions";
 * arch/x86/entry/vdso/vdso.lds.S of Linux for the names and the version.
 */

import { SYS_clock_getres, SYS_clock_gettime, SYS_getcpu } from "../../abi/linux-syscalls.ts";
import {
  CLOCK_BOOTTIME,
  CLOCK_MONOTONIC,
  CLOCK_MONOTONIC_COARSE,
  CLOCK_MONOTONIC_RAW,
  CLOCK_REALTIME,
  CLOCK_REALTIME_COARSE,
  CLOCK_TAI,
  NS_PER_MICROSECOND,
  NS_PER_SECOND,
  type Timespec,
  type Timeval,
  type Timezone,
} from "../../abi/linux-time.ts";
import type { VdsoClock } from "../../kernel/time/vdso-clock.ts";

enum ClockBase {
  /** Not known here. */
  None = 0,
  Realtime = 1,
  Monotonic = 2,
}

/**
 * @export __vdso_clock_gettime
 */
export function clockGettime(clock: i32, time: Ptr<Timespec>): i32 {
  const base = baseOf(clock);
  if (base === ClockBase.None) {
    return i32.wrap(systemCall(SYS_clock_gettime, u64.wrap(i64(clock)), u64(virtAddr(time)), 0n));
  }
  const ns = readClock(base);
  time.tv_sec = i64(ns / NS_PER_SECOND);
  time.tv_nsec = i64(ns % NS_PER_SECOND);
  return 0;
}

/**
 * @export __vdso_gettimeofday
 */
export function gettimeofday(time: Ptr<Timeval> | null, zone: Ptr<Timezone> | null): i32 {
  if (time !== null) {
    const ns = readClock(ClockBase.Realtime);
    time.tv_sec = i64(ns / NS_PER_SECOND);
    time.tv_usec = i64((ns % NS_PER_SECOND) / NS_PER_MICROSECOND);
  }
  if (zone !== null) {
    zone.tz_minuteswest = 0;
    zone.tz_dsttime = 0;
  }
  return 0;
}

/**
 * @export __vdso_time
 */
export function time(store: Ptr<i64> | null): i64 {
  const seconds = i64(readClock(ClockBase.Realtime) / NS_PER_SECOND);
  if (store !== null) {
    store.value = seconds;
  }
  return seconds;
}

/**
 * @export __vdso_clock_getres
 */
export function clockGetres(clock: i32, resolution: Ptr<Timespec> | null): i32 {
  if (baseOf(clock) === ClockBase.None) {
    return i32.wrap(systemCall(SYS_clock_getres, u64.wrap(i64(clock)), u64(virtAddr(resolution)), 0n));
  }
  if (resolution !== null) {
    resolution.tv_sec = 0n;
    resolution.tv_nsec = 1n;
  }
  return 0;
}

/**
 * The number of the processor is the kernel's secret until several exist; the call knows it.
 * @export __vdso_getcpu
 */
export function getcpu(cpu: Ptr<u32> | null, node: Ptr<u32> | null, _unused: Ptr<u8> | null): i64 {
  return systemCall(SYS_getcpu, u64(virtAddr(cpu)), u64(virtAddr(node)), 0n);
}

function baseOf(clock: i32): ClockBase {
  switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
    case CLOCK_TAI:
      return ClockBase.Realtime;
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_BOOTTIME:
      return ClockBase.Monotonic;
    default:
      return ClockBase.None;
  }
}

/** Nanoseconds by the clock page, read again if the kernel changed it meanwhile (a sequence lock: odd while it changes). */
function readClock(base: ClockBase): u64 {
  const clock = clockPage();
  for (;;) {
    const sequence = readVolatile(addressOf(clock.sequence));
    compilerBarrier();
    const elapsed = mulShift(readTsc() - clock.tscBase, clock.multiplier, clock.shift);
    const start = base === ClockBase.Realtime ? clock.realtimeBaseNs : clock.monotonicBaseNs;
    compilerBarrier();
    if ((sequence & 1) === 0 && readVolatile(addressOf(clock.sequence)) === sequence) {
      return start + elapsed;
    }
  }
}

function clockPage(): VdsoClock {
  // SAFETY: the loader maps the clock page one page below this object's ELF header, whose address the linker provides.
  const header = asm<u64>`lea __ehdr_start(%rip), ${output("r")}`;
  return pointerAt<VdsoClock>(VirtAddr(header - 0x1000n));
}

/** The time-stamp counter, not read before what precedes it. */
function readTsc(): u64 {
  let high: u32 = 0;
  // SAFETY: lfence orders, rdtsc reads a counter into two registers.
  const low = asm<u32>`lfence
    rdtsc ${output("eax")} ${outputTo("edx", high)} ${clobber("memory")}`;
  return (u64(high) << 32n) | u64(low);
}

function systemCall(number: u32, a: u64, b: u64, c: u64): i64 {
  // SAFETY: the system-call convention; rcx and r11 are lost, memory may be written.
  return asm<i64>`syscall ${output("rax")} ${input("rax", u64(number))} ${input("rdi", a)} ${input("rsi", b)} ${input("rdx", c)} ${clobber("rcx", "r11", "memory", "cc")}`;
}
