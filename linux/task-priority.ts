/**
 * Which of the kernel's 32 priorities a task's thread runs at: by its policy, and by what it inherits through locks (linux/futex-pi.ts).
 *
 *     SCHED_FIFO, SCHED_RR     1 .. 99 spread over 9 .. 31, FIFO without time slices
 *     SCHED_OTHER, SCHED_BATCH PRIORITY_NORMAL, whatever the nice value: that divides time on Linux, it does not let others starve
 *     SCHED_IDLE               below: runs only when nobody else would
 *
 * piLock guards it: what a task inherits may change with every lock that others wait for.
 */

import { SCHED_FIFO, SCHED_IDLE, SCHED_RR } from "../abi/linux-process.ts";
import { threadSetPriority } from "../kernel/sched/scheduler.ts";
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

/** Gives the task's thread the priority that is due to it; the level at which it waits for locks itself. The caller holds piLock. */
export function taskBoost(task: Ptr<Task>): u32 {
  const thread = task.thread;
  let level = task.realtimePriority;
  let waiter = task.piWaiters;
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
  if (thread !== null && !task.isEnding) {
    thread.hasNoSlice = task.policy === SCHED_FIFO;
    if (thread.run.priority !== priority) {
      threadSetPriority(thread, priority);
    }
  }
  return level;
}
