/**
 * Waiting in a system call, so that it can be ended: by what is waited for, a deadline, or work that the thread has to do before it goes
 * on in the application (a signal, the end of the program).
 *
 * A call that is ended this way answers ERESTARTSYS or ERESTARTNOHAND, which no application sees: the way back to it runs the signal's
 * handler and makes EINTR of the answer, or makes the call again.
 */

import { currentThread, threadBlock } from "../../kernel/sched/scheduler.ts";
import type { Waiter, WaitQueue } from "../../kernel/sync/wait-queue.ts";
import { waitBegin, waitEnd } from "../../kernel/sync/wait-queue.ts";
import { monotonicNs } from "../../kernel/time/clock.ts";
import { NEVER_NS, threadBlockUntil } from "../../kernel/time/timer.ts";
import { signalIsWaiting } from "../signal-send.ts";

/** Whether the current thread must not wait any longer: a hint that came to nothing does not end a call that cannot start again. */
export function waitIsInterrupted(): bool {
  return currentThread().work.load(Order.Relaxed) !== 0 && signalIsWaiting();
}

/** What `waitWhile` asks again and again; the object is the caller's. */
export type WaitCondition = (object: VirtAddr) => bool;

/** Waits in `queue` while `condition(object)` holds; false if the wait was interrupted while it still held. */
export function waitWhile(queue: WaitQueue, condition: WaitCondition, object: VirtAddr, events: u32): bool {
  const waiter: Waiter = zeroed();
  waiter.events = events;
  waitBegin(queue, waiter);
  let holds = condition(object);
  while (holds && !waitIsInterrupted()) {
    threadBlock();
    holds = condition(object);
  }
  waitEnd(queue, waiter);
  return !holds;
}

/** Blocks until something wakes the thread or `deadlineNs` has come; false if it has, or if the wait must end. */
export function waitUntil(deadlineNs: u64): bool {
  if (waitIsInterrupted() || (deadlineNs !== NEVER_NS && monotonicNs() >= deadlineNs)) {
    return false;
  }
  threadBlockUntil(deadlineNs);
  return true;
}
