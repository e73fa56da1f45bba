/**
 * System calls about time. What the vDSO answers itself (linux/vdso) gives the same values here, from the same clock page. Processor time is
 * counted in cpu-time.ts.
 */

import { EFAULT, EINVAL, EOPNOTSUPP, EPERM, ERESTART_RESTARTBLOCK, ERESTARTNOHAND } from "../abi/errno.ts";
import { USER_HZ } from "../abi/linux-auxv.ts";
import {
  CLOCK_BOOTTIME,
  CLOCK_BOOTTIME_ALARM,
  CLOCK_MONOTONIC,
  CLOCK_MONOTONIC_COARSE,
  CLOCK_MONOTONIC_RAW,
  CLOCK_PROCESS_CPUTIME_ID,
  CLOCK_REALTIME,
  CLOCK_REALTIME_ALARM,
  CLOCK_REALTIME_COARSE,
  CLOCK_TAI,
  CLOCK_THREAD_CPUTIME_ID,
  NS_PER_MICROSECOND,
  NS_PER_SECOND,
  TIMER_ABSTIME,
  type Timespec,
  type Timeval,
  type Timezone,
  type Tms,
} from "../abi/linux-time.ts";
import { userRead, userWrite } from "../kernel/mm/user-access.ts";
import { monotonicNs, realtimeNs } from "../kernel/time/clock.ts";
import { NEVER_NS, threadBlockUntil } from "../kernel/time/timer.ts";
import { cpuClockNs, processTimeNs, threadTimeNs, UNKNOWN_CLOCK } from "./cpu-time.ts";
import { signalIsWaiting } from "./signal-send.ts";
import type { SyscallFrame } from "./syscall-frame.ts";
import { currentTask } from "./task.ts";

/** Longer sleeps end here; 292 years later. */
export const FOREVER_NS = 0x7fff_ffff_ffff_ffffn;

/** Sleeps until `deadlineNs` or until a signal is to be delivered; whether the time is over. */
export function sleepProgramUntil(deadlineNs: u64): bool {
  while (monotonicNs() < deadlineNs) {
    if (signalIsWaiting()) {
      return false;
    }
    sleepOnceUntil(deadlineNs);
  }
  return true;
}

/** Blocks the thread until it is woken, at `deadlineNs` at the latest; callers loop around their condition. */
export function sleepOnceUntil(deadlineNs: u64): void {
  threadBlockUntil(deadlineNs >= FOREVER_NS ? NEVER_NS : deadlineNs);
}

/** Reads a timespec as nanoseconds, cut at FOREVER_NS; -EFAULT or -EINVAL. */
export function readTimespecNs(address: u64): i64 {
  const time: Timespec = zeroed();
  // SAFETY: a Timespec is plain integers.
  if (userRead(castPtr<u8>(time), VirtAddr(address), u64(sizeOf<Timespec>())) !== 0n) {
    return i64(-EFAULT);
  }
  if (time.tv_sec < 0n || time.tv_nsec < 0n || time.tv_nsec >= NS_PER_SECOND) {
    return i64(-EINVAL);
  }
  if (time.tv_sec >= FOREVER_NS / NS_PER_SECOND) {
    return FOREVER_NS;
  }
  return time.tv_sec * NS_PER_SECOND + time.tv_nsec;
}

export function writeTimespec(address: u64, ns: u64): i64 {
  const time: Timespec = { tv_sec: i64(ns / NS_PER_SECOND), tv_nsec: i64(ns % NS_PER_SECOND) };
  // SAFETY: plain integers.
  return userWrite(VirtAddr(address), castPtr<u8>(time), u64(sizeOf<Timespec>()));
}

/** `a + b`, cut at FOREVER_NS. */
export function deadlineAfter(nowNs: u64, ns: u64): u64 {
  return ns > FOREVER_NS - nowNs ? FOREVER_NS : nowNs + ns;
}

/** Nanoseconds of a clock, or UNKNOWN_CLOCK. */
export function clockNs(clock: u32): u64 {
  switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
    case CLOCK_REALTIME_ALARM:
    case CLOCK_TAI:
      return realtimeNs();
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_BOOTTIME:
    case CLOCK_BOOTTIME_ALARM:
      return monotonicNs();
    case CLOCK_PROCESS_CPUTIME_ID:
      return processTimeNs();
    case CLOCK_THREAD_CPUTIME_ID:
      return threadTimeNs();
    default:
      return cpuClockNs(clock);
  }
}

export function sysClockGettime(call: SyscallFrame): i64 {
  const ns = clockNs(u32.wrap(call.a0));
  if (ns === UNKNOWN_CLOCK) {
    return i64(-EINVAL);
  }
  return writeTimespec(call.a1, ns);
}

export function sysClockGetres(call: SyscallFrame): i64 {
  if (clockNs(u32.wrap(call.a0)) === UNKNOWN_CLOCK) {
    return i64(-EINVAL);
  }
  return call.a1 === 0n ? 0n : writeTimespec(call.a1, 1n);
}

/** The clock is the host's. */
export function sysClockSettime(call: SyscallFrame): i64 {
  const clock = u32.wrap(call.a0);
  if (clock !== CLOCK_REALTIME) {
    return i64(-EINVAL);
  }
  const time: Timespec = zeroed();
  // SAFETY: plain integers.
  const read = userRead(castPtr<u8>(time), VirtAddr(call.a1), u64(sizeOf<Timespec>()));
  const isValid = time.tv_sec >= 0n && time.tv_nsec >= 0n && time.tv_nsec < NS_PER_SECOND;
  return read !== 0n ? read : i64(isValid ? -EPERM : -EINVAL);
}

export function sysGettimeofday(call: SyscallFrame): i64 {
  const ns = realtimeNs();
  if (call.a0 !== 0n) {
    const time: Timeval = {
      tv_sec: i64(ns / NS_PER_SECOND),
      tv_usec: i64((ns % NS_PER_SECOND) / NS_PER_MICROSECOND),
    };
    // SAFETY: plain integers, here and below.
    const written = userWrite(VirtAddr(call.a0), castPtr<u8>(time), u64(sizeOf<Timeval>()));
    if (written !== 0n) {
      return written;
    }
  }
  if (call.a1 === 0n) {
    return 0n;
  }
  const zone: Timezone = zeroed();
  return userWrite(VirtAddr(call.a1), castPtr<u8>(zone), u64(sizeOf<Timezone>()));
}

export function sysTime(call: SyscallFrame): i64 {
  let seconds: i64 = i64(realtimeNs() / NS_PER_SECOND);
  if (call.a0 !== 0n) {
    const written = userWrite(VirtAddr(call.a0), castPtr<u8>(addressOf(seconds)), 8n);
    if (written !== 0n) {
      return written;
    }
  }
  return seconds;
}

export function sysTimes(call: SyscallFrame): i64 {
  if (call.a0 !== 0n) {
    const times: Tms = zeroed();
    times.tms_utime = i64(processTimeNs() / (NS_PER_SECOND / USER_HZ));
    const written = userWrite(VirtAddr(call.a0), castPtr<u8>(times), u64(sizeOf<Tms>()));
    if (written !== 0n) {
      return written;
    }
  }
  return i64(monotonicNs() / (NS_PER_SECOND / USER_HZ));
}

export function sysNanosleep(call: SyscallFrame): i64 {
  const ns = readTimespecNs(call.a0);
  return ns < 0n ? ns : sleepFor(deadlineAfter(monotonicNs(), u64.wrap(ns)), call.a1);
}

/** A relative sleep: 0, or, if a signal ends it, how to go on, with the time that was left at `remainsAt` if that is not 0. */
function sleepFor(deadlineNs: u64, remainsAt: u64): i64 {
  if (sleepProgramUntil(deadlineNs)) {
    return 0n;
  }
  const now = monotonicNs();
  const left: u64 = deadlineNs > now ? deadlineNs - now : 0n;
  if (remainsAt !== 0n && writeTimespec(remainsAt, left) !== 0n) {
    return i64(-EFAULT);
  }
  const state = currentTask().signals;
  state.restart = sleepFor;
  state.restartDeadlineNs = deadlineNs;
  state.restartAddress = remainsAt;
  return i64(-ERESTART_RESTARTBLOCK);
}

export function sysClockNanosleep(call: SyscallFrame): i64 {
  const clock = u32.wrap(call.a0);
  const now = clockNs(clock);
  if (now === UNKNOWN_CLOCK || clock === CLOCK_THREAD_CPUTIME_ID) {
    return i64(-EINVAL);
  }
  if (clock === CLOCK_PROCESS_CPUTIME_ID || clock === CLOCK_MONOTONIC_RAW || isCoarse(clock)) {
    return i64(-EOPNOTSUPP);
  }
  const ns = readTimespecNs(call.a2);
  if (ns < 0n) {
    return ns;
  }
  const wanted = u64.wrap(ns);
  if ((u32.wrap(call.a1) & TIMER_ABSTIME) === 0) {
    return sleepFor(deadlineAfter(monotonicNs(), wanted), call.a3);
  }
  if (wanted > now && !sleepProgramUntil(deadlineAfter(monotonicNs(), wanted - now))) {
    return i64(-ERESTARTNOHAND);
  }
  return 0n;
}

function isCoarse(clock: u32): bool {
  return clock === CLOCK_REALTIME_COARSE || clock === CLOCK_MONOTONIC_COARSE;
}
