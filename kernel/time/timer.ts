/**
 * Timers: on each processor a queue by deadline (core/timer-heap.ts) in front of the one-shot timer of its local APIC. Tickless: without
 * an armed timer there is no timer interrupt.
 */

import { spinPause } from "../../nucleus/cpu.ts";
import { irqRestore, irqSave } from "../../nucleus/irq-mask.ts";
import { cpuIndex } from "../../nucleus/percpu.ts";
import {
  type TimerHeap,
  type TimerNode,
  timerHeapFirst,
  timerHeapInsert,
  timerHeapRemove,
} from "../core/timer-heap.ts";
import { irqRegister } from "../irq.ts";
import { currentThread, threadBlock, threadWake } from "../sched/scheduler.ts";
import type { Thread } from "../sched/thread-type.ts";
import { lockAcquire, type SpinLock } from "../sync/spin-lock.ts";
import { VECTOR_TIMER } from "../vectors.ts";
import { monotonicNs } from "./clock.ts";
import { lapicTimerStart, lapicTimerStop } from "./lapic.ts";

/** A one-shot timer; the caller owns the memory, which must stay valid while it is armed. */
export class Timer {
  /** First, because the heap links timers by it. */
  node!: TimerNode;
  callback!: TimerCallback | null;
  argument!: u64;
  /** The processor on which it is, or was last, armed. */
  cpu!: u32;
}

export type TimerCallback = (timer: Timer) => void;

/** The timers of one processor. Its hardware is set by itself only; others may take timers out. */
@struct(64, { align: 64 })
class TimerQueue {
  lock!: SpinLock;
  heap!: TimerHeap;
  /** Deadline that the hardware is set to; 0n: it is stopped. */
  hardwareNs!: u64;
  /** Whose callback is running. */
  running!: Ptr<Timer> | null;
}

/** @align 64 */
const queues: FixedArray<TimerQueue, 64> = zeroed();

export function timersInit(): void {
  irqRegister(VECTOR_TIMER, onTimerInterrupt);
}

/**
 * Calls `callback` once monotonicNs() >= deadlineNs, on this processor, in interrupt context with interrupts masked. An armed timer is
 * moved. The callback may arm the timer again. Who shares a timer among processors sees to it that one at a time arms it.
 */
export function timerArm(timer: Timer, deadlineNs: u64, callback: TimerCallback): void {
  const wasMasked = irqSave();
  if (timer.node.armed) {
    void timerCancel(timer);
  }
  {
    const queue = queues[cpuIndex];
    using _guard = lockAcquire(queue.lock);
    timer.node.deadlineNs = deadlineNs;
    timer.callback = callback;
    timer.cpu = cpuIndex;
    timerHeapInsert(queue.heap, addressOf(timer.node));
    setHardware(queue);
  }
  irqRestore(wasMasked);
}

/**
 * Whether the timer was armed; now it is not, and its callback runs on no other processor: so the caller must not hold what the callback
 * waits for.
 */
export function timerCancel(timer: Timer): bool {
  const wasMasked = irqSave();
  let wasArmed: bool = false;
  for (;;) {
    const cpu = timer.cpu;
    const queue = queues[cpu];
    let isRunning: bool = false;
    {
      using _guard = lockAcquire(queue.lock);
      if (timer.cpu === cpu && timer.node.armed) {
        timerHeapRemove(queue.heap, addressOf(timer.node));
        // The hardware keeps its time: an interrupt too many costs less than reprogramming it at every cancelled timeout.
        wasArmed = true;
      }
      const running = queue.running;
      isRunning = cpu !== cpuIndex && running !== null && virtAddr(running) === virtAddr(timer);
    }
    if (!isRunning && timer.cpu === cpu && !timer.node.armed) {
      break;
    }
    spinPause();
  }
  irqRestore(wasMasked);
  return wasArmed;
}

export function timerIsArmed(timer: Timer): bool {
  return timer.node.armed;
}

/** Deadline of a wait without one. */
export const NEVER_NS = u64.MAX;

/** Blocks the current thread until monotonicNs() >= deadlineNs, whatever wakes it meanwhile. */
export function sleepUntil(deadlineNs: u64): void {
  while (monotonicNs() < deadlineNs) {
    threadBlockUntil(deadlineNs);
  }
}

/** As threadBlock, but returns at `deadlineNs` (NEVER_NS: none) at the latest. */
export function threadBlockUntil(deadlineNs: u64): void {
  if (deadlineNs === NEVER_NS) {
    threadBlock();
    return;
  }
  const timer: Timer = zeroed();
  timer.argument = u64(virtAddr(currentThread()));
  timerArm(timer, deadlineNs, wakeSleeper);
  threadBlock();
  void timerCancel(timer);
}

function wakeSleeper(timer: Timer): void {
  // SAFETY: threadBlockUntil put its thread there and does not return before the timer is cancelled.
  threadWake(pointerAt<Thread>(timer.argument));
}

/** Runs what is due, then sets the hardware to what is next. */
function onTimerInterrupt(_vector: u32): void {
  const queue = queues[cpuIndex];
  queue.hardwareNs = 0n;
  let timer = takeDue(queue);
  while (timer !== null) {
    const callback = timer.callback;
    if (callback !== null) {
      callback(timer);
    }
    timer = takeDue(queue);
  }
  using _guard = lockAcquire(queue.lock);
  setHardware(queue);
}

/** Takes a timer whose time has come out of the heap and marks it running; null if there is none. */
function takeDue(queue: TimerQueue): Ptr<Timer> | null {
  using _guard = lockAcquire(queue.lock);
  queue.running = null;
  const node = timerHeapFirst(queue.heap);
  if (node === null || node.deadlineNs > monotonicNs()) {
    return null;
  }
  timerHeapRemove(queue.heap, node);
  // SAFETY: `node` is the first field of Timer.
  const timer = castPtr<Timer>(node);
  queue.running = timer;
  return timer;
}

/** With the queue's lock, on its own processor. */
function setHardware(queue: TimerQueue): void {
  const first = timerHeapFirst(queue.heap);
  if (first === null) {
    if (queue.hardwareNs !== 0n) {
      lapicTimerStop();
      queue.hardwareNs = 0n;
    }
    return;
  }
  if (queue.hardwareNs !== 0n && queue.hardwareNs <= first.deadlineNs) {
    // It will fire no later than needed and be set again then.
    return;
  }
  const now = monotonicNs();
  queue.hardwareNs = first.deadlineNs > 0n ? first.deadlineNs : 1n;
  lapicTimerStart(first.deadlineNs > now ? first.deadlineNs - now : 0n);
}

staticAssert(offsetOf<Timer>("node") === 0, "a TimerNode's address is its Timer's");
