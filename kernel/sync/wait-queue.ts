/**
 * Wait queues: threads that wait for something to happen to an object, and the ways to wake them.
 *
 * A waiter stands in the queue while it tests its condition, so whoever changes the condition afterwards finds it there and wakes it;
 * threadWake before the waiter blocks is not lost (kernel/sched/scheduler.ts). A wake-up is a hint: the condition decides.
 *
 *     const waiter: Waiter = zeroed();
 *     waitBegin(queue, waiter);
 *     while (!isReady(object) && !isInterrupted() && monotonicNs() < deadlineNs) threadBlockUntil(deadlineNs);
 *     waitEnd(queue, waiter);
 *
 * A thread may stand in several queues at once (poll), with one Waiter for each. The lock is held for a few instructions only, and may be
 * taken inside the object's own lock. A queue must outlive its waiters; a waiter lies on its thread's stack.
 */

import { currentThread, threadWake } from "../sched/scheduler.ts";
import type { Thread } from "../sched/thread-type.ts";
import { lockAcquire, type SpinLock } from "./spin-lock.ts";

export class Waiter {
  next!: Ptr<Waiter> | null;
  previous!: Ptr<Waiter> | null;
  thread!: Ptr<Thread> | null;
  /** Woken by waitWakeOne since waitBegin: others that wait for the same may still sleep. */
  isWoken!: bool;
  isQueued!: bool;
}

/** All zero is an empty queue. */
export class WaitQueue {
  lock!: SpinLock;
  head!: Ptr<Waiter> | null;
  tail!: Ptr<Waiter> | null;
}

/** Appends the current thread. */
export function waitBegin(queue: WaitQueue, waiter: Waiter): void {
  using _guard = lockAcquire(queue.lock);
  assert(!waiter.isQueued, "a waiter stands in one queue");
  const tail = queue.tail;
  waiter.thread = addressOf(currentThread());
  waiter.isWoken = false;
  waiter.isQueued = true;
  waiter.next = null;
  waiter.previous = tail;
  if (tail === null) {
    queue.head = addressOf(waiter);
  } else {
    tail.next = addressOf(waiter);
  }
  queue.tail = addressOf(waiter);
  // The condition is read after this is visible, as the waker changes it before it looks for waiters.
  fence(Order.SeqCst);
}

/** Takes the waiter out. One that waitWakeOne chose and that leaves without the thing hands the wake-up on: see waitPassOn. */
export function waitEnd(queue: WaitQueue, waiter: Waiter): void {
  using _guard = lockAcquire(queue.lock);
  remove(queue, waiter);
}

function remove(queue: WaitQueue, waiter: Waiter): void {
  if (!waiter.isQueued) {
    return;
  }
  const next = waiter.next;
  const previous = waiter.previous;
  if (next === null) {
    queue.tail = previous;
  } else {
    next.previous = previous;
  }
  if (previous === null) {
    queue.head = next;
  } else {
    previous.next = next;
  }
  waiter.isQueued = false;
}

/** Wakes every waiter; they stay in the queue until they leave it. May be called by interrupt handlers. */
export function waitWakeAll(queue: WaitQueue): void {
  // Most objects have no waiters most of the time. A waiter that comes now tests its condition after it has joined.
  fence(Order.SeqCst);
  if (queue.head === null) {
    return;
  }
  using _guard = lockAcquire(queue.lock);
  let waiter: Ptr<Waiter> | null = queue.head;
  while (waiter !== null) {
    waiter.isWoken = true;
    threadWake(waiter.thread!);
    waiter = waiter.next;
  }
}

/** Wakes the first waiter that has not been woken yet; false if there is none. */
export function waitWakeOne(queue: WaitQueue): bool {
  fence(Order.SeqCst);
  if (queue.head === null) {
    return false;
  }
  using _guard = lockAcquire(queue.lock);
  let waiter: Ptr<Waiter> | null = queue.head;
  while (waiter !== null) {
    if (!waiter.isWoken) {
      waiter.isWoken = true;
      threadWake(waiter.thread!);
      return true;
    }
    waiter = waiter.next;
  }
  return false;
}

/** For a waiter that leaves without taking what it was woken for (a signal, a timeout): the next one gets the wake-up. */
export function waitPassOn(queue: WaitQueue, waiter: Waiter): void {
  if (waiter.isWoken) {
    void waitWakeOne(queue);
  }
}
