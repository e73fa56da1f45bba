/**
 * Timers that send signals: what setitimer, alarm and timer_create have in common.
 *
 * As on Linux a timer whose signal is pending does not run on: its next period starts when the signal is taken, and what was missed is
 * counted (core/interval.ts). So a program that does not look at its signals costs no interrupts, however short the interval.
 *
 * Clocks of processor time have no interrupt of their own: the kernel's timer is set for the earliest moment at which so much time can
 * have been used, and asks again.
 *
 *     timersLock    period, clock, isArmed, overruns; taken last. The kernel's timer is armed outside of it, because cancelling it may
 *                   wait for the callback, which takes it. One at a time arms it (isStarting); whoever else wants that, the callback
 *                   too, leaves word by the generation and does not wait. The callback looks whether it is time.
 */

import type { Siginfo } from "../abi/linux-signal.ts";
import { CLOCK_PROCESS_CPUTIME_ID, CLOCK_REALTIME, CLOCK_THREAD_CPUTIME_ID } from "../abi/linux-time.ts";
import { threadYield } from "../kernel/sched/scheduler.ts";
import { lockAcquire, type SpinLock } from "../kernel/sync/spin-lock.ts";
import { monotonicNs, realtimeNs } from "../kernel/time/clock.ts";
import { NEVER_NS, type Timer, timerArm, timerCancel } from "../kernel/time/timer.ts";
import { clockNs, deadlineAfter, FOREVER_NS } from "./clock.ts";
import { type Period, periodForward } from "./core/interval.ts";
import type { SignalNode } from "./core/signal-queue.ts";
import { NodeSent, signalSendNode, signalWithdrawNode } from "./signal-send.ts";
import { signalSetTimerTaken } from "./signal-state.ts";
import { taskCount } from "./task.ts";

/** Between two looks at processor time, and between two periods of a timer whose signal is ignored. */
const LEAST_NS = 1_000_000n;

/** All zero but the node's siginfo is a timer that does not run. */
export class IntervalTimer {
  /** First, because the kernel's callback gets its address. */
  timer!: Timer;
  node!: SignalNode;
  period!: Period;
  clock!: u32;
  isArmed!: bool;
  /** SIGEV_NONE: it can only be asked. */
  isSilent!: bool;
  /** The thread that gets the signal; 0: the process. */
  tid!: i32;
  /** Counts what has to be heeded by whoever is arming the kernel's timer. */
  generation!: u32;
  isStarting!: bool;
  /** Made by timer_create: its siginfo says how many periods were missed. */
  isPosix!: bool;
  /** How many the last signal that was taken reported. */
  lastOverruns!: u64;
}

const timersLock: SpinLock = zeroed();

export function intervalTimersInit(): void {
  signalSetTimerTaken(onTaken);
}

function isCpuClock(clock: u32): bool {
  return clock === CLOCK_PROCESS_CPUTIME_ID || clock === CLOCK_THREAD_CPUTIME_ID;
}

/** The scale of `period`: monotonic time, or processor time. */
function nowOf(timer: Ptr<IntervalTimer>): u64 {
  return isCpuClock(timer.clock) ? clockNs(timer.clock) : monotonicNs();
}

/**
 * Starts the timer: `valueNs` from now, or, if `isAbsolute`, at that time of its clock; then every `intervalNs`. A value of 0 stops it. What
 * was left of its time before, or 0.
 */
export function intervalTimerSet(timer: Ptr<IntervalTimer>, valueNs: u64, intervalNs: u64, isAbsolute: bool): u64 {
  const left = intervalTimerLeft(timer);
  {
    using _guard = lockAcquire(timersLock);
    timer.isArmed = valueNs !== 0n;
    timer.period.intervalNs = intervalNs;
    timer.period.deadlineNs = isAbsolute ? scaled(timer, valueNs) : deadlineAfter(nowOf(timer), valueNs);
    timer.lastOverruns = 0n;
  }
  signalWithdrawNode(timer.tid, addressOf(timer.node));
  start(timer);
  return left;
}

/** Stops the timer for good: when this returns, neither its callback nor its signal is under way, and it may become another timer. */
export function intervalTimerEnd(timer: Ptr<IntervalTimer>): void {
  void intervalTimerSet(timer, 0n, 0n, false);
  // Whoever is arming it at the moment hears that it must not run.
  while (isBeingStarted(timer)) {
    threadYield();
  }
  // Waits for a callback that saw it due before. Its signal may have come behind the first look at those that are pending.
  void timerCancel(timer.timer);
  signalWithdrawNode(timer.tid, addressOf(timer.node));
}

function isBeingStarted(timer: Ptr<IntervalTimer>): bool {
  using _guard = lockAcquire(timersLock);
  return timer.isStarting;
}

/** A time of the timer's clock on the scale of `period`. */
function scaled(timer: Ptr<IntervalTimer>, ns: u64): u64 {
  if (timer.clock !== CLOCK_REALTIME) {
    return ns;
  }
  const now = realtimeNs();
  return ns > now ? deadlineAfter(monotonicNs(), ns - now) : 1n;
}

/** Nanoseconds until the timer's next end; 0 if it does not run. */
export function intervalTimerLeft(timer: Ptr<IntervalTimer>): u64 {
  using _guard = lockAcquire(timersLock);
  if (!timer.isArmed) {
    return 0n;
  }
  const now = nowOf(timer);
  if (timer.isSilent || timer.node.isQueued) {
    const period: Period = { deadlineNs: timer.period.deadlineNs, intervalNs: timer.period.intervalNs };
    void periodForward(period, now);
    return period.deadlineNs > now ? period.deadlineNs - now : 0n;
  }
  // It runs, so it is not over, even if its interrupt is late.
  return timer.period.deadlineNs > now ? timer.period.deadlineNs - now : 1n;
}

/** Arms the kernel's timer as the state says, or leaves it to whoever is doing so: again for each change meanwhile. */
function start(timer: Ptr<IntervalTimer>): void {
  if (!mayStart(timer)) {
    return;
  }
  let generation: u32 = 0;
  do {
    let dueNs: u64 = NEVER_NS;
    {
      using _guard = lockAcquire(timersLock);
      generation = timer.generation;
      if (timer.isArmed && !timer.isSilent) {
        dueNs = nextLook(timer);
      }
    }
    if (dueNs >= FOREVER_NS) {
      void timerCancel(timer.timer);
    } else {
      timerArm(timer.timer, dueNs, onDue);
    }
  } while (!isStarted(timer, generation));
}

/** Whether nobody else is arming it: two at once would put it into the queues of two processors. */
function mayStart(timer: Ptr<IntervalTimer>): bool {
  using _guard = lockAcquire(timersLock);
  timer.generation++;
  if (timer.isStarting) {
    return false;
  }
  timer.isStarting = true;
  return true;
}

function isStarted(timer: Ptr<IntervalTimer>, generation: u32): bool {
  using _guard = lockAcquire(timersLock);
  if (timer.generation !== generation) {
    return false;
  }
  timer.isStarting = false;
  return true;
}

/** The earliest monotonic time at which the timer can be due. */
function nextLook(timer: Ptr<IntervalTimer>): u64 {
  if (!isCpuClock(timer.clock)) {
    return timer.period.deadlineNs;
  }
  const used = nowOf(timer);
  const left: u64 = timer.period.deadlineNs > used ? timer.period.deadlineNs - used : 0n;
  const each = left / u64(taskCount());
  return monotonicNs() + (each > LEAST_NS ? each : LEAST_NS);
}

/** The kernel's timer; interrupt context. */
function onDue(kernelTimer: Timer): void {
  // SAFETY: it is the first field of an IntervalTimer.
  const timer = castPtr<IntervalTimer>(kernelTimer);
  let isDue: bool = false;
  {
    using _guard = lockAcquire(timersLock);
    isDue = timer.isArmed && nowOf(timer) >= timer.period.deadlineNs;
    if (isDue && timer.period.intervalNs === 0n) {
      timer.isArmed = false;
    }
  }
  if (!isDue) {
    start(timer);
    return;
  }
  if (signalSendNode(timer.tid, addressOf(timer.node)) === NodeSent.Lost) {
    skip(timer);
  }
}

/** Nobody wants the signal: the timer runs on all the same, because somebody may from now on, but not too often. */
function skip(timer: Ptr<IntervalTimer>): void {
  {
    using _guard = lockAcquire(timersLock);
    if (!timer.isArmed || timer.period.intervalNs === 0n) {
      return;
    }
    void periodForward(timer.period, nowOf(timer) + LEAST_NS);
  }
  start(timer);
}

/** A timer's signal was taken: its overruns, and the next period. */
function onTaken(node: Ptr<SignalNode>, info: Siginfo): void {
  // SAFETY: embedded nodes are fields of an IntervalTimer, at this offset.
  const timer = pointerAt<IntervalTimer>(virtAddr(node) - u64(offsetOf<IntervalTimer>("node")));
  {
    using _guard = lockAcquire(timersLock);
    if (timer.isArmed && timer.period.intervalNs !== 0n) {
      timer.lastOverruns = periodForward(timer.period, nowOf(timer));
    } else {
      timer.lastOverruns = 0n;
    }
    if (timer.isPosix) {
      info.first = (info.first & 0xffff_ffffn) | (timer.lastOverruns << 32n);
    }
    if (!timer.isArmed) {
      return;
    }
  }
  start(timer);
}

staticAssert(offsetOf<IntervalTimer>("timer") === 0, "a Timer's address is its IntervalTimer's");
