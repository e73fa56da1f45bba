/** System calls on timers that send signals: setitimer, getitimer, alarm, and POSIX timers (timer_create and what follows). */

import { EAGAIN, EFAULT, EINVAL, EOPNOTSUPP } from "../abi/errno.ts";
import {
  NSIG,
  SI_KERNEL,
  SI_TIMER,
  SIGALRM,
  SIGEV_NONE,
  SIGEV_SIGNAL,
  SIGEV_THREAD,
  SIGEV_THREAD_ID,
  SIGPROF,
  SIGVTALRM,
  type Sigevent,
} from "../abi/linux-signal.ts";
import {
  CLOCK_BOOTTIME,
  CLOCK_MONOTONIC,
  CLOCK_PROCESS_CPUTIME_ID,
  CLOCK_REALTIME,
  CLOCK_TAI,
  CLOCK_THREAD_CPUTIME_ID,
  ITIMER_PROF,
  ITIMER_REAL,
  ITIMER_VIRTUAL,
  type Itimerspec,
  type Itimerval,
  NS_PER_MICROSECOND,
  NS_PER_SECOND,
  TIMER_ABSTIME,
  type Timespec,
  type Timeval,
} from "../abi/linux-time.ts";
import { heapAllocZeroed } from "../kernel/mm/heap.ts";
import { userRead, userWrite } from "../kernel/mm/user-access.ts";
import { lockAcquire, type SpinLock } from "../kernel/sync/spin-lock.ts";
import { FOREVER_NS } from "./clock.ts";
import {
  type IntervalTimer,
  intervalTimerEnd,
  intervalTimerLeft,
  intervalTimerSet,
  intervalTimersInit,
} from "./interval-timers.ts";
import type { SyscallFrame } from "./syscall-frame.ts";
import { taskFind, tasksLock } from "./task.ts";

const TIMER_LIMIT = 256;
const MOST_SECONDS = FOREVER_NS / NS_PER_SECOND - 1n;

/** Index: ITIMER_*. */
const itimers: FixedArray<IntervalTimer, 3> = zeroed();
/** Index: number of the timer. Their memory is kept for the next timer of that number, because a signal may still be under way. */
const timers: FixedArray<Ptr<IntervalTimer> | null, 256> = zeroed();
const isUsed: FixedArray<bool, 256> = zeroed();
const tableLock: SpinLock = zeroed();

export function timerCallsInit(): void {
  intervalTimersInit();
  itimerInit(ITIMER_REAL, CLOCK_MONOTONIC, SIGALRM);
  itimerInit(ITIMER_VIRTUAL, CLOCK_PROCESS_CPUTIME_ID, SIGVTALRM);
  itimerInit(ITIMER_PROF, CLOCK_PROCESS_CPUTIME_ID, SIGPROF);
}

function itimerInit(which: u32, clock: u32, signal: i32): void {
  const timer = itimers[which];
  timer.clock = clock;
  timer.node.isEmbedded = true;
  timer.node.info.si_signo = signal;
  timer.node.info.si_code = SI_KERNEL;
}

/** Nanoseconds, or -EINVAL. */
function timevalNs(time: Timeval): i64 {
  if (time.tv_sec < 0n || time.tv_usec < 0n || time.tv_usec >= NS_PER_SECOND / NS_PER_MICROSECOND) {
    return i64(-EINVAL);
  }
  return time.tv_sec > MOST_SECONDS ? FOREVER_NS : time.tv_sec * NS_PER_SECOND + time.tv_usec * NS_PER_MICROSECOND;
}

function timespecNs(time: Timespec): i64 {
  if (time.tv_sec < 0n || time.tv_nsec < 0n || time.tv_nsec >= NS_PER_SECOND) {
    return i64(-EINVAL);
  }
  return time.tv_sec > MOST_SECONDS ? FOREVER_NS : time.tv_sec * NS_PER_SECOND + time.tv_nsec;
}

/** What is left is rounded up, so that a timer that runs never shows 0. */
function putTimeval(time: Timeval, ns: u64): void {
  const microseconds = i64((ns + u64(NS_PER_MICROSECOND) - 1n) / u64(NS_PER_MICROSECOND));
  time.tv_sec = microseconds / (NS_PER_SECOND / NS_PER_MICROSECOND);
  time.tv_usec = microseconds % (NS_PER_SECOND / NS_PER_MICROSECOND);
}

function writeItimer(address: u64, intervalNs: u64, leftNs: u64): i64 {
  const value: Itimerval = zeroed();
  putTimeval(value.interval, intervalNs);
  putTimeval(value.value, leftNs);
  // SAFETY: plain integers, here and below.
  return userWrite(VirtAddr(address), castPtr<u8>(value), u64(sizeOf<Itimerval>()));
}

/** setitimer(which, new, old) */
export function sysSetitimer(call: SyscallFrame): i64 {
  const which = u32.wrap(call.a0);
  const wanted: Itimerval = zeroed();
  if (call.a1 !== 0n && userRead(castPtr<u8>(wanted), VirtAddr(call.a1), u64(sizeOf<Itimerval>())) !== 0n) {
    return i64(-EFAULT);
  }
  const intervalNs = timevalNs(wanted.interval);
  const valueNs = timevalNs(wanted.value);
  if (which > ITIMER_PROF || intervalNs < 0n || valueNs < 0n) {
    return i64(-EINVAL);
  }
  const timer = addressOf(itimers[which]);
  const before = timer.period.intervalNs;
  const left = intervalTimerSet(timer, u64(valueNs), u64(intervalNs), false);
  return call.a2 === 0n ? 0n : writeItimer(call.a2, before, left);
}

/** getitimer(which, value) */
export function sysGetitimer(call: SyscallFrame): i64 {
  const which = u32.wrap(call.a0);
  if (which > ITIMER_PROF) {
    return i64(-EINVAL);
  }
  const timer = addressOf(itimers[which]);
  return writeItimer(call.a1, timer.period.intervalNs, intervalTimerLeft(timer));
}

/** alarm(seconds): the seconds that were left, rounded, but not to 0. */
export function sysAlarm(call: SyscallFrame): i64 {
  const seconds = u64(u32.wrap(call.a0));
  const left = intervalTimerSet(addressOf(itimers[ITIMER_REAL]), seconds * u64(NS_PER_SECOND), 0n, false);
  const rounded = (left + u64(NS_PER_SECOND) / 2n) / u64(NS_PER_SECOND);
  return i64(left !== 0n && rounded === 0n ? 1n : rounded);
}

/** timer_create(clock, event, number) */
export function sysTimerCreate(call: SyscallFrame): i64 {
  const clock = u32.wrap(call.a0);
  if (!isTimerClock(clock)) {
    return isOtherClock(clock) ? i64(-EOPNOTSUPP) : i64(-EINVAL);
  }
  const event: Sigevent = zeroed();
  event.sigev_signo = SIGALRM;
  if (call.a1 !== 0n) {
    if (userRead(castPtr<u8>(event), VirtAddr(call.a1), u64(sizeOf<Sigevent>())) !== 0n) {
      return i64(-EFAULT);
    }
    if (!isEvent(event)) {
      return i64(-EINVAL);
    }
  }
  const number = takeNumber();
  if (number < 0n) {
    return number;
  }
  let id = i32(number);
  const timer = timers[u32(number)]!;
  if (call.a1 === 0n) {
    event.sigev_value = u64(number);
  }
  prepare(timer, clock, event, id);
  const written = userWrite(VirtAddr(call.a2), castPtr<u8>(addressOf(id)), 4n);
  if (written !== 0n) {
    isUsed[u32(number)] = false;
  }
  return written;
}

function isTimerClock(clock: u32): bool {
  switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_MONOTONIC:
    case CLOCK_BOOTTIME:
    case CLOCK_TAI:
    case CLOCK_PROCESS_CPUTIME_ID:
    case CLOCK_THREAD_CPUTIME_ID:
      return true;
    default:
      return false;
  }
}

/** Clocks that can be read but not waited for: the raw and the coarse ones. */
function isOtherClock(clock: u32): bool {
  return clock > CLOCK_THREAD_CPUTIME_ID && clock < CLOCK_BOOTTIME;
}

function isEvent(event: Sigevent): bool {
  const hasSignal = event.sigev_signo >= 1 && event.sigev_signo <= NSIG;
  switch (u32.wrap(event.sigev_notify)) {
    case SIGEV_NONE:
      return true;
    case SIGEV_SIGNAL:
    case SIGEV_THREAD:
      return hasSignal;
    case SIGEV_THREAD_ID: {
      using _guard = lockAcquire(tasksLock);
      return hasSignal && taskFind(event.sigev_tid) !== null;
    }
    default:
      return false;
  }
}

/** The lowest number that no timer has, with memory behind it; -EAGAIN. */
function takeNumber(): i64 {
  using _guard = lockAcquire(tableLock);
  for (let number: u32 = 0; number < TIMER_LIMIT; number++) {
    if (!isUsed[number]) {
      if (timers[number] === null) {
        const memory = heapAllocZeroed(u64(sizeOf<IntervalTimer>()));
        if (memory === null) {
          return i64(-EAGAIN);
        }
        // SAFETY: fresh zeroed memory of that size.
        timers[number] = castPtr<IntervalTimer>(memory);
      }
      isUsed[number] = true;
      return i64(number);
    }
  }
  return i64(-EAGAIN);
}

function prepare(timer: Ptr<IntervalTimer>, clock: u32, event: Sigevent, id: i32): void {
  timer.clock = clock;
  timer.isPosix = true;
  timer.isSilent = event.sigev_notify === SIGEV_NONE;
  timer.tid = event.sigev_notify === SIGEV_THREAD_ID ? event.sigev_tid : 0;
  timer.lastOverruns = 0n;
  timer.node.isEmbedded = true;
  timer.node.info.si_signo = timer.isSilent ? SIGALRM : event.sigev_signo;
  timer.node.info.si_code = SI_TIMER;
  timer.node.info.first = u64(id);
  timer.node.info.value = event.sigev_value;
}

function timerOf(number: u64): Ptr<IntervalTimer> | null {
  const index = u32.wrap(number);
  return index < TIMER_LIMIT && isUsed[index] ? timers[index] : null;
}

/** timer_settime(number, flags, new, old) */
export function sysTimerSettime(call: SyscallFrame): i64 {
  const wanted: Itimerspec = zeroed();
  if (call.a2 === 0n) {
    return i64(-EINVAL);
  }
  if (userRead(castPtr<u8>(wanted), VirtAddr(call.a2), u64(sizeOf<Itimerspec>())) !== 0n) {
    return i64(-EFAULT);
  }
  const timer = timerOf(call.a0);
  const intervalNs = timespecNs(wanted.interval);
  const valueNs = timespecNs(wanted.value);
  if (timer === null || intervalNs < 0n || valueNs < 0n) {
    return i64(-EINVAL);
  }
  const before = timer.period.intervalNs;
  const isAbsolute = (u32.wrap(call.a1) & TIMER_ABSTIME) !== 0;
  const left = intervalTimerSet(timer, u64(valueNs), u64(intervalNs), isAbsolute);
  return call.a3 === 0n ? 0n : writeTimer(call.a3, before, left);
}

function writeTimer(address: u64, intervalNs: u64, leftNs: u64): i64 {
  const value: Itimerspec = zeroed();
  value.interval = { tv_sec: i64(intervalNs) / NS_PER_SECOND, tv_nsec: i64(intervalNs) % NS_PER_SECOND };
  value.value = { tv_sec: i64(leftNs) / NS_PER_SECOND, tv_nsec: i64(leftNs) % NS_PER_SECOND };
  return userWrite(VirtAddr(address), castPtr<u8>(value), u64(sizeOf<Itimerspec>()));
}

/** timer_gettime(number, value) */
export function sysTimerGettime(call: SyscallFrame): i64 {
  const timer = timerOf(call.a0);
  return timer === null ? i64(-EINVAL) : writeTimer(call.a1, timer.period.intervalNs, intervalTimerLeft(timer));
}

export function sysTimerGetoverrun(call: SyscallFrame): i64 {
  const timer = timerOf(call.a0);
  return timer === null ? i64(-EINVAL) : i64(timer.lastOverruns);
}

export function sysTimerDelete(call: SyscallFrame): i64 {
  return remove(u32.wrap(call.a0)) ? 0n : i64(-EINVAL);
}

function remove(number: u32): bool {
  const timer = timerOf(u64(number));
  if (timer === null) {
    return false;
  }
  intervalTimerEnd(timer);
  isUsed[number] = false;
  return true;
}

/** Another program has none of the POSIX timers; those of setitimer go on. */
export function timersDelete(): void {
  for (let number: u32 = 0; number < TIMER_LIMIT; number++) {
    void remove(number);
  }
}
