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
 *
 * A waiter may also be a function to call (epoll): with the queue's lock held and interrupts masked, so it may take spin locks that are
 * never held while somebody calls into this queue, and wake other queues.
 */

import { currentThread, threadWake } from "../sched/scheduler.ts";
import type { Thread } from "../sched/thread-type.ts";
import { lockAcquire, type SpinLock } from "./spin-lock.ts";

/** What a wake-up calls instead of waking a thread; whether somebody was woken by it. */
export type WaiterNotify = (waiter: Ptr<Waiter>, events: u32) => bool;

export class Waiter {
  next!: Ptr<Waiter> | null;
  previous!: Ptr<Waiter> | null;
  thread!: Ptr<Thread> | null;
  /** Woken by waitWakeOne since waitBegin: others that wait for the same may still sleep. */
  isWoken!: bool;
  isQueued!: bool;
  /** Of waitWakeAll's `events` those that concern the waiter; 0: all. */
  events!: u32;
  /** After one exclusive waiter has been woken, waitWakeAll leaves the other exclusive ones alone. */
  isExclusive!: bool;
  notify!: WaiterNotify | null;
}

/** All zero is an empty queue. */
export class WaitQueue {
  lock!: SpinLock;
  head!: Ptr<Waiter> | null;
  tail!: Ptr<Waiter> | null;
}

/** Appends the current thread. */
export function waitBegin(queue: WaitQueue, waiter: Waiter): void {
  waiter.thread = addressOf(currentThread());
  waitJoin(queue, waiter);
}

/** Appends a waiter whose `thread` or `notify` is set. */
export function waitJoin(queue: WaitQueue, waiter: Waiter): void {
  using _guard = lockAcquire(queue.lock);
  assert(!waiter.isQueued, "a waiter stands in one queue");
  const tail = queue.tail;
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

/**
 * Wakes every waiter that `events` (as poll(2) names them; all, if it does not matter) concern; they stay in the queue until they leave
 * it. May be called by interrupt handlers.
 */
export function waitWakeAll(queue: WaitQueue, events: u32 = u32.MAX): void {
  // Most objects have no waiters most of the time. A waiter that comes now tests its condition after it has joined.
  fence(Order.SeqCst);
  if (queue.head === null) {
    return;
  }
  wakeAll(queue, events);
}

/** @noinline */
function wakeAll(queue: WaitQueue, events: u32): void {
  using _guard = lockAcquire(queue.lock);
  let waiter: Ptr<Waiter> | null = queue.head;
  let tookExclusive: bool = false;
  while (waiter !== null) {
    const next = waiter.next;
    const concerns = waiter.events === 0 || (waiter.events & events) !== 0;
    if (concerns && !(waiter.isExclusive && tookExclusive)) {
      const took = wake(waiter, events);
      tookExclusive = tookExclusive || (waiter.isExclusive && took);
    }
    waiter = next;
  }
}

function wake(waiter: Ptr<Waiter>, events: u32): bool {
  const notify = waiter.notify;
  if (notify !== null) {
    return notify(waiter, events);
  }
  waiter.isWoken = true;
  threadWake(waiter.thread!);
  return true;
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
    if (!waiter.isWoken && wake(waiter, u32.MAX)) {
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
