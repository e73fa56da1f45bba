/**
 * A lock that is held over round trips to a server: by any number of threads that share it, or by one alone. Waiting threads sleep; one that
 * wants to be alone keeps later ones from sharing.
 */

import { threadBlock } from "../../../kernel/sched/scheduler.ts";
import { lockAcquire, type SpinLock } from "../../../kernel/sync/spin-lock.ts";
import { type Waiter, type WaitQueue, waitBegin, waitEnd, waitWakeAll } from "../../../kernel/sync/wait-queue.ts";

/** All zero is free. */
export class ShareLock {
  lock!: SpinLock;
  sharers!: u32;
  isAlone!: bool;
  /** Threads that wait to be alone. */
  wanting!: u32;
  queue!: WaitQueue;
}

export function shareBegin(order: ShareLock): void {
  if (tryShare(order)) {
    return;
  }
  const waiter: Waiter = zeroed();
  waitBegin(order.queue, waiter);
  while (!tryShare(order)) {
    threadBlock();
  }
  waitEnd(order.queue, waiter);
}

function tryShare(order: ShareLock): bool {
  using _guard = lockAcquire(order.lock);
  if (order.isAlone || order.wanting > 0) {
    return false;
  }
  order.sharers++;
  return true;
}

export function shareEnd(order: ShareLock): void {
  {
    using _guard = lockAcquire(order.lock);
    order.sharers--;
  }
  waitWakeAll(order.queue);
}

export function aloneBegin(order: ShareLock): void {
  addWish(order);
  if (!tryAlone(order)) {
    const waiter: Waiter = zeroed();
    waitBegin(order.queue, waiter);
    while (!tryAlone(order)) {
      threadBlock();
    }
    waitEnd(order.queue, waiter);
  }
}

function addWish(order: ShareLock): void {
  using _guard = lockAcquire(order.lock);
  order.wanting++;
}

function tryAlone(order: ShareLock): bool {
  using _guard = lockAcquire(order.lock);
  if (order.isAlone || order.sharers > 0) {
    return false;
  }
  order.isAlone = true;
  order.wanting--;
  return true;
}

export function aloneEnd(order: ShareLock): void {
  {
    using _guard = lockAcquire(order.lock);
    order.isAlone = false;
  }
  waitWakeAll(order.queue);
}
