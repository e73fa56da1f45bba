/**
 * Threads that wait for something that others hand to them: a place in a message queue, a message, a change of semaphores.
 *
 * Unlike a waiter of a wait queue (kernel/sync/wait-queue.ts), which looks for itself once it is woken, a sleeper finds its call done: who
 * finishes it has done on its behalf what it waits for, so nobody who comes in between can take it away. The object's mutex guards its list, and
 * what a sleeper carries; a sleeper lies on its thread's stack and is not touched after its thread has had the mutex again:
 *
 *     sleeperBegin(sleeper); sleepersAdd(list, sleeper);       with the mutex
 *     const why = sleeperWait(sleeper, deadlineNs);            without
 *     if (!sleeperEnd(list, sleeper)) ... `why` says why       with it again: taken out, unless somebody has finished it
 */

import { EINTR, ETIMEDOUT } from "../abi/errno.ts";
import { currentThread, threadWake } from "../kernel/sched/scheduler.ts";
import type { Thread } from "../kernel/sched/thread-type.ts";
import { monotonicNs } from "../kernel/time/clock.ts";
import { threadBlockUntil } from "../kernel/time/timer.ts";
import { waitIsInterrupted } from "./fs/wait.ts";

/** First in the class of what a sleeper carries, so that the address of one is that of the other. */
export class Sleeper {
  next!: Ptr<Sleeper> | null;
  previous!: Ptr<Sleeper> | null;
  thread!: Ptr<Thread>;
  isDone!: Atomic<u32>;
  /** What its call answers, once it is done. */
  result!: i64;
  /** Its place in lists that are ordered by it: higher ones come first. */
  rank!: u32;
}

/** All zero is empty. */
export class SleeperList {
  first!: Ptr<Sleeper> | null;
  last!: Ptr<Sleeper> | null;
}

/** All else of a sleeper is zero. */
export function sleeperBegin(sleeper: Sleeper): void {
  sleeper.thread = addressOf(currentThread());
}

/** Behind all others. */
export function sleepersAdd(list: SleeperList, sleeper: Sleeper): void {
  sleepersAddBehind(list, sleeper, list.last);
}

/** Behind all others of the same or a higher rank. */
export function sleepersAddByRank(list: SleeperList, sleeper: Sleeper): void {
  let previous = list.last;
  while (previous !== null && previous.rank < sleeper.rank) {
    previous = previous.previous;
  }
  sleepersAddBehind(list, sleeper, previous);
}

/** Behind one of the list, or before all of them (null). */
function sleepersAddBehind(list: SleeperList, sleeper: Sleeper, previous: Ptr<Sleeper> | null): void {
  const next = previous === null ? list.first : previous.next;
  sleeper.next = next;
  sleeper.previous = previous;
  if (next === null) {
    list.last = addressOf(sleeper);
  } else {
    next.previous = addressOf(sleeper);
  }
  if (previous === null) {
    list.first = addressOf(sleeper);
  } else {
    previous.next = addressOf(sleeper);
  }
}

function remove(list: SleeperList, sleeper: Sleeper): void {
  const next = sleeper.next;
  const previous = sleeper.previous;
  if (next === null) {
    list.last = previous;
  } else {
    next.previous = previous;
  }
  if (previous === null) {
    list.first = next;
  } else {
    previous.next = next;
  }
}

/** What the sleeper waits for has happened, or never will. */
export function sleeperFinish(list: SleeperList, sleeper: Ptr<Sleeper>, result: i64): void {
  remove(list, sleeper);
  sleeper.result = result;
  sleeper.isDone.store(1, Order.Release);
  threadWake(sleeper.thread);
}

/** The object is gone. */
export function sleepersFinishAll(list: SleeperList, result: i64): void {
  let sleeper = list.first;
  while (sleeper !== null) {
    const next = sleeper.next;
    sleeperFinish(list, sleeper, result);
    sleeper = next;
  }
}

/** Waits until it is done: 0n; -EINTR if the thread has other work, -ETIMEDOUT. */
export function sleeperWait(sleeper: Sleeper, deadlineNs: u64): i64 {
  while (sleeper.isDone.load(Order.Acquire) === 0) {
    if (waitIsInterrupted()) {
      return i64(-EINTR);
    }
    if (monotonicNs() >= deadlineNs) {
      return i64(-ETIMEDOUT);
    }
    threadBlockUntil(deadlineNs);
  }
  return 0n;
}

/** Whether it has been finished; otherwise it is taken out. */
export function sleeperEnd(list: SleeperList, sleeper: Sleeper): bool {
  if (sleeper.isDone.load(Order.Acquire) !== 0) {
    return true;
  }
  remove(list, sleeper);
  return false;
}
