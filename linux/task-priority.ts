/**
 * Which of the kernel's 32 priorities a task's thread runs at: by its policy, and by what it inherits through locks (linux/futex-pi.ts).
 *
 *     SCHED_FIFO, SCHED_RR     1 .. 99 spread over 9 .. 31, FIFO without time slices
 *     SCHED_OTHER, SCHED_BATCH PRIORITY_NORMAL, whatever the nice value: that divides time, it does not let others starve. So it is the length
 *                              of a slice, a quarter more or less for each step, as Linux weighs threads (kernel/sched/core.c,
 *                              sched_prio_to_weight); threads that share a processor take turns, and get time in that proportion
 *     SCHED_IDLE               below: runs only when nobody else would
 *
 * piLock guards it: what a task inherits may change with every lock that others wait for.
 */

import { SCHED_FIFO, SCHED_IDLE, SCHED_RR } from "../abi/linux-process.ts";
import { SLICE_NS } from "../kernel/sched/slice.ts";
import { threadSetPriority } from "../kernel/sched/thread-settings.ts";
import { PRIORITY_HIGHEST, PRIORITY_NORMAL } from "../kernel/sched/thread-type.ts";
import type { SpinLock } from "../kernel/sync/spin-lock.ts";
import type { Task } from "./task.ts";

export const REALTIME_LOWEST = 1;
export const REALTIME_HIGHEST = 99;
const PRIORITY_IDLE = 4;

/** Guards locks with priority inheritance and the priorities of tasks. Order: piLock, a futex bucket, tasksLock; none is held before it. */
export const piLock: SpinLock = zeroed();

export function isRealtime(policy: u32): bool {
  return policy === SCHED_FIFO || policy === SCHED_RR;
}

function kernelPriority(policy: u32, level: u32): u32 {
  if (level !== 0) {
    const steps = PRIORITY_HIGHEST - PRIORITY_NORMAL - 1;
    return PRIORITY_NORMAL + 1 + ((level - REALTIME_LOWEST) * steps) / (REALTIME_HIGHEST - REALTIME_LOWEST);
  }
  return policy === SCHED_IDLE ? PRIORITY_IDLE : PRIORITY_NORMAL;
}

/** No turn is longer: at nice -11 and below there is no difference any more. */
const LONGEST_SLICE_NS = 100_000_000;

/** How long a thread with this nice value runs while others wait. */
function sliceOf(nice: i32): u32 {
  let sliceNs: u32 = SLICE_NS;
  for (let step: i32 = 0; step < nice; step++) {
    sliceNs = (sliceNs / 5) * 4;
  }
  for (let step: i32 = nice; step < 0 && sliceNs < LONGEST_SLICE_NS; step++) {
    sliceNs = (sliceNs / 4) * 5;
  }
  return sliceNs < LONGEST_SLICE_NS ? sliceNs : LONGEST_SLICE_NS;
}

/** Sets the task's nice value, and the share of time that goes with it. The caller holds piLock or tasksLock. */
export function taskSetNice(task: Ptr<Task>, nice: i32): void {
  task.nice = nice;
  if (task.thread !== null) {
    task.thread.sliceNs = isRealtime(task.policy) ? SLICE_NS : sliceOf(nice);
  }
}

/** Gives the task's thread the priority that is due to it; the level at which it waits for locks itself. The caller holds piLock. */
export function taskBoost(task: Ptr<Task>): u32 {
  const thread = task.thread;
  let level = task.realtimePriority;
  let waiter = task.pi.waiters;
  let isWanted: bool = false;
  while (waiter !== null) {
    isWanted = true;
    level = waiter.priority > level ? waiter.priority : level;
    waiter = waiter.holderNext;
  }
  let priority = kernelPriority(task.policy, level);
  if (isWanted && priority < PRIORITY_NORMAL) {
    priority = PRIORITY_NORMAL;
  }
  task.effectivePriority = level;
  if (thread !== null && !task.pi.isEnding) {
    thread.hasNoSlice = task.policy === SCHED_FIFO;
    taskSetNice(task, task.nice);
    if (thread.run.priority !== priority) {
      threadSetPriority(thread, priority);
    }
  }
  return level;
}
