/**
 * Mutex: for sections that may take long or touch application memory, whose faults need interrupts; waiting threads block.
 *
 * Without contention taking and releasing are one atomic instruction each. There is no hand-over: whoever comes first gets it, so a
 * holder that releases and takes it again does not wait for a thread that has yet to be scheduled. Not for interrupt handlers.
 *
 *     using guard = mutexAcquire(pipe.lock);
 */

import { threadBlock } from "../sched/scheduler.ts";
import { type Waiter, type WaitQueue, waitBegin, waitEnd, waitWakeOne } from "./wait-queue.ts";

const FREE = 0;
const HELD = 1;
/** Held, and somebody may be waiting. */
const CONTENDED = 2;

/** All zero is free. */
export class Mutex {
  state!: Atomic<u32>;
  waiters!: WaitQueue;

  [Symbol.dispose](): void {
    mutexRelease(this);
  }
}

/** Waits for the mutex and takes it; disposing of the result gives it back. */
export function mutexAcquire(mutex: Mutex): Mutex {
  if (!mutex.state.compareExchange(FREE, HELD, Order.Acquire)) {
    acquireContended(mutex);
  }
  return mutex;
}

export function mutexRelease(mutex: Mutex): void {
  if (mutex.state.exchange(FREE, Order.Release) === CONTENDED) {
    void waitWakeOne(mutex.waiters);
  }
}

/** @noinline */
function acquireContended(mutex: Mutex): void {
  for (;;) {
    // A fresh waiter each time: one that was woken and came too late may be woken again.
    const waiter: Waiter = zeroed();
    waitBegin(mutex.waiters, waiter);
    const isOurs = mutex.state.exchange(CONTENDED, Order.Acquire) === FREE;
    if (!isOurs) {
      threadBlock();
    }
    waitEnd(mutex.waiters, waiter);
    if (isOurs) {
      return;
    }
  }
}
