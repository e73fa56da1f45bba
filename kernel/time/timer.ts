/**
 * Timers: a queue by deadline (core/timer-heap.ts) in front of the one-shot timer of the local APIC. Tickless: without an armed
 * timer there is no timer interrupt.
 */

import { irqRestore, irqSave } from "../../nucleus/irq-mask.ts";
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
import { monotonicNs } from "./clock.ts";
import { lapicTimerStart, lapicTimerStop, VECTOR_TIMER } from "./lapic.ts";

/** A one-shot timer; the caller owns the memory, which must stay valid while it is armed. */
export class Timer {
  /** First, because the heap links timers by it. */
  node!: TimerNode;
  callback!: TimerCallback | null;
  argument!: u64;
}

export type TimerCallback = (timer: Timer) => void;

/** @percpu */
const heap: TimerHeap = zeroed();
/**
 * Deadline that the hardware is set to; 0n: it is stopped.
 * @percpu
 */
let hardwareNs: u64 = 0n;

export function timersInit(): void {
  irqRegister(VECTOR_TIMER, onTimerInterrupt);
}

/**
 * Calls `callback` once monotonicNs() >= deadlineNs, in interrupt context with interrupts masked. An armed timer is moved. The
 * callback may arm the timer again.
 */
export function timerArm(timer: Timer, deadlineNs: u64, callback: TimerCallback): void {
  const wasMasked = irqSave();
  if (timer.node.armed) {
    timerHeapRemove(heap, addressOf(timer.node));
  }
  timer.node.deadlineNs = deadlineNs;
  timer.callback = callback;
  timerHeapInsert(heap, addressOf(timer.node));
  setHardware();
  irqRestore(wasMasked);
}

/** Whether the timer was armed; now it is not, and its callback is not running. */
export function timerCancel(timer: Timer): bool {
  const wasMasked = irqSave();
  const wasArmed = timer.node.armed;
  if (wasArmed) {
    timerHeapRemove(heap, addressOf(timer.node));
    // The hardware keeps its time: an interrupt too many costs less than reprogramming it at every cancelled timeout.
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
  hardwareNs = 0n;
  let node = timerHeapFirst(heap);
  while (node !== null && node.deadlineNs <= monotonicNs()) {
    timerHeapRemove(heap, node);
    // SAFETY: `node` is the first field of Timer.
    const timer = castPtr<Timer>(node);
    const callback = timer.callback;
    if (callback !== null) {
      callback(timer);
    }
    node = timerHeapFirst(heap);
  }
  setHardware();
}

function setHardware(): void {
  const first = timerHeapFirst(heap);
  if (first === null) {
    if (hardwareNs !== 0n) {
      lapicTimerStop();
      hardwareNs = 0n;
    }
    return;
  }
  if (hardwareNs !== 0n && hardwareNs <= first.deadlineNs) {
    // It will fire no later than needed and be set again then.
    return;
  }
  const now = monotonicNs();
  hardwareNs = first.deadlineNs > 0n ? first.deadlineNs : 1n;
  lapicTimerStart(first.deadlineNs > now ? first.deadlineNs - now : 0n);
}

staticAssert(offsetOf<Timer>("node") === 0, "a TimerNode's address is its Timer's");
