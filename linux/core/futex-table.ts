/**
 * The queues of waiting threads behind futex(2): who waits for which address, who is woken next, who moves to another address.
 *
 * Every bucket of a hash table has one queue for all addresses that fall into it, ordered by priority and by arrival within one priority.
 * A waiter lies on its thread's stack, so whoever takes it out may not touch it any more once it has said so:
 *
 *     Queued -> Waking    taken out of the queue, under the bucket's lock
 *     Waking -> Woken     the last touch, when nothing but the waker can make the thread ready, or it is; from here on the waiter may be gone
 *
 * Waiters that are taken out stand in a chain, so that their threads are woken after the lock has been released.
 *
 * `waiting` is counted up before a thread compares the word at the address and down when it is out of the queue. A waker, who has changed the
 * word, reads it without the lock: 0 means that whoever comes now will see the new word. Without it a wake-up could fall between the
 * comparison and the queueing.
 *
 * Pure: the caller holds the lock of every queue that it passes, except for futexQueueIsEmpty. Tested on the host.
 */

import { EINVAL } from "../../abi/errno.ts";

export enum FutexState {
  /** Was never in a queue. */
  Idle = 0,
  Queued = 1,
  Waking = 2,
  Woken = 3,
}

/** What a waiter waits for, which decides which calls may wake it. */
export enum FutexKind {
  /** To be woken: FUTEX_WAIT and its kin. */
  Plain = 0,
  /** To be moved to the lock at `target`: FUTEX_WAIT_REQUEUE_PI. */
  Condition = 1,
  /** To be given the lock: FUTEX_LOCK_PI. */
  Lock = 2,
}

export const FUTEX_BITS_ALL = 0xffff_ffff;

export class FutexWaiter {
  next!: Ptr<FutexWaiter> | null;
  previous!: Ptr<FutexWaiter> | null;
  /** Which futex; changed by those who move the waiter, under the locks of both queues. */
  key!: u64;
  /** Where its word can be accessed. */
  address!: u64;
  bits!: u32;
  priority!: u32;
  kind!: FutexKind;
  state!: Atomic<u32>;
  /** Whom to wake, and whatever else belongs to the waiter (linux/futex.ts). */
  thread!: VirtAddr;
  task!: VirtAddr;
  /** Where a waiter of kind Condition may be moved. */
  target!: u64;
  /** Of kind Lock: the task that holds the lock, and the list of those that wait for locks of that task (linux/futex-pi.ts). */
  holder!: VirtAddr;
  holderNext!: Ptr<FutexWaiter> | null;
  holderPrevious!: Ptr<FutexWaiter> | null;
}

/** All zero is an empty queue. */
export class FutexQueue {
  head!: Ptr<FutexWaiter> | null;
  tail!: Ptr<FutexWaiter> | null;
  waiting!: Atomic<u32>;
}

/** Waiters that have been taken out and whose threads are to be woken, in this order; linked by `next`. */
export class FutexChain {
  head!: Ptr<FutexWaiter> | null;
  tail!: Ptr<FutexWaiter> | null;
  count!: u32;
}

/** In a key: of an object. No application address has this bit. */
const KEY_OBJECT: u64 = 0x8000_0000_0000_0000n;
/** An object's number and an offset share a key; where either is too large for its bits, a futex may be woken for nothing. */
const KEY_OFFSET_BITS = 42n;

/** The key of a futex at `offset` of a mapped object. */
export function futexKeyOfPlace(object: u32, offset: u64): u64 {
  return KEY_OBJECT | (u64(object) << KEY_OFFSET_BITS) | (offset & ((1n << KEY_OFFSET_BITS) - 1n));
}

/** Spreads addresses, which are multiples of 4 and often of 64. */
export function futexHash(key: u64): u64 {
  const mixed = (key >> 2n) * 0x9e37_79b9_7f4a_7c15n;
  return mixed >> 40n;
}

/** Without the lock, by a waker that has changed the word before: nobody waits, and nobody is about to without seeing the change. */
export function futexQueueIsEmpty(queue: FutexQueue): bool {
  fence(Order.SeqCst);
  return queue.waiting.load() === 0;
}

/** Behind all waiters of its priority or a higher one. The caller has counted `waiting` up already. */
export function futexQueueAdd(queue: FutexQueue, waiter: Ptr<FutexWaiter>): void {
  let before = queue.tail;
  while (before !== null && before.priority < waiter.priority) {
    before = before.previous;
  }
  const after: Ptr<FutexWaiter> | null = before === null ? queue.head : before.next;
  waiter.previous = before;
  waiter.next = after;
  if (before === null) {
    queue.head = waiter;
  } else {
    before.next = waiter;
  }
  if (after === null) {
    queue.tail = waiter;
  } else {
    after.previous = waiter;
  }
  waiter.state.store(FutexState.Queued, Order.Relaxed);
}

function unlink(queue: FutexQueue, waiter: Ptr<FutexWaiter>): void {
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
}

/** For a waiter that gives up: takes it out if nobody else has; whether it was still in the queue. */
export function futexQueueRemove(queue: FutexQueue, waiter: Ptr<FutexWaiter>): bool {
  if (waiter.state.load(Order.Relaxed) !== u32(FutexState.Queued)) {
    return false;
  }
  unlink(queue, waiter);
  waiter.state.store(FutexState.Idle, Order.Relaxed);
  void queue.waiting.fetchSub(1);
  return true;
}

/** The first waiter for `key`, or null. */
export function futexQueueFirst(queue: FutexQueue, key: u64): Ptr<FutexWaiter> | null {
  return findFrom(queue.head, key);
}

/** The first one behind `waiter` with the same key, or null. */
export function futexQueueNext(waiter: Ptr<FutexWaiter>): Ptr<FutexWaiter> | null {
  return findFrom(waiter.next, waiter.key);
}

function findFrom(start: Ptr<FutexWaiter> | null, key: u64): Ptr<FutexWaiter> | null {
  let waiter = start;
  while (waiter !== null && waiter.key !== key) {
    waiter = waiter.next;
  }
  return waiter;
}

/** Moves a queued waiter to the end of `chain`. */
export function futexQueueTake(queue: FutexQueue, waiter: Ptr<FutexWaiter>, chain: FutexChain): void {
  unlink(queue, waiter);
  void queue.waiting.fetchSub(1);
  waiter.state.store(FutexState.Waking, Order.Relaxed);
  waiter.next = null;
  const tail = chain.tail;
  if (tail === null) {
    chain.head = waiter;
  } else {
    tail.next = waiter;
  }
  chain.tail = waiter;
  chain.count++;
}

/** The next waiter to wake, or null. The caller wakes its thread and ends with futexWoken. */
export function futexChainTake(chain: FutexChain): Ptr<FutexWaiter> | null {
  const waiter = chain.head;
  if (waiter !== null) {
    chain.head = waiter.next;
  }
  return waiter;
}

/** The last touch of a waiter that was taken out. */
export function futexWoken(waiter: Ptr<FutexWaiter>): void {
  waiter.state.store(FutexState.Woken, Order.Release);
}

/**
 * Takes up to `most` waiters for `key` whose bits meet `bits` into `chain`, one at least, as Linux does for 0: how many, or -EINVAL if one of
 * them may not be woken this way (those before it are woken all the same).
 */
export function futexQueueWake(queue: FutexQueue, key: u64, bits: u32, most: u32, chain: FutexChain): i64 {
  let count: u32 = 0;
  let waiter = futexQueueFirst(queue, key);
  while (waiter !== null) {
    const next = futexQueueNext(waiter);
    if (waiter.kind !== FutexKind.Plain) {
      return i64(-EINVAL);
    }
    if ((waiter.bits & bits) !== 0) {
      futexQueueTake(queue, waiter, chain);
      count++;
      if (count >= most) {
        break;
      }
    }
    waiter = next;
  }
  return i64(count);
}

/** Gives a queued waiter another priority, and the place that goes with it. */
export function futexQueueReorder(queue: FutexQueue, waiter: Ptr<FutexWaiter>, priority: u32): void {
  unlink(queue, waiter);
  waiter.priority = priority;
  futexQueueAdd(queue, waiter);
}

/** Moves a waiter to the queue of `key`, which may be the same queue. */
export function futexQueueMove(from: FutexQueue, to: FutexQueue, waiter: Ptr<FutexWaiter>, key: u64): void {
  waiter.key = key;
  if (virtAddr(from) === virtAddr(to)) {
    return;
  }
  unlink(from, waiter);
  // In this order: for a moment the waiter counts twice, and never not at all.
  void to.waiting.fetchAdd(1);
  void from.waiting.fetchSub(1);
  futexQueueAdd(to, waiter);
}

/**
 * Wakes up to `wakeMost` waiters for `key` and moves up to `moveMost` further ones to `target`: how many of both together, or -EINVAL if one
 * of them waits for a lock.
 */
export function futexQueueRequeue(
  from: FutexQueue,
  to: FutexQueue,
  key: u64,
  target: u64,
  wakeMost: u32,
  moveMost: u32,
  chain: FutexChain,
): i64 {
  let count: u64 = 0n;
  const most = u64(wakeMost) + u64(moveMost);
  let waiter = futexQueueFirst(from, key);
  // A waiter that stays in the queue under the same key must not be met again: the end is known before.
  while (waiter !== null && count < most) {
    const next = futexQueueNext(waiter);
    if (waiter.kind !== FutexKind.Plain) {
      return i64(-EINVAL);
    }
    count++;
    if (count <= u64(wakeMost)) {
      futexQueueTake(from, waiter, chain);
    } else {
      futexQueueMove(from, to, waiter, target);
    }
    waiter = next;
  }
  return i64(count);
}
