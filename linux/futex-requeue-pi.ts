/**
 * FUTEX_WAIT_REQUEUE_PI and FUTEX_CMP_REQUEUE_PI: the waiters of a condition variable move on to its mutex, which has priority inheritance.
 * The first one gets the mutex if it is free; the others wait for its owner as if they had called FUTEX_LOCK_PI.
 */

import { EAGAIN, EFAULT, EINVAL, ESRCH } from "../abi/errno.ts";
import { FUTEX_WAITERS } from "../abi/linux-process.ts";
import { lockAcquire } from "../kernel/sync/spin-lock.ts";
import {
  FUTEX_BITS_ALL,
  FutexKind,
  type FutexQueue,
  type FutexWaiter,
  futexQueueFirst,
  futexQueueMove,
  futexQueueNext,
  futexQueueTake,
} from "./core/futex-table.ts";
import {
  type FutexPair,
  type FutexPlace,
  futexAddress,
  futexBlock,
  futexKey,
  futexLockedPair,
  futexQueueIf,
  futexWaiterInit,
  futexWakeChain,
} from "./futex.ts";
import { inherit, piEndWait, piJoin, piTake } from "./futex-pi.ts";
import { FAULT, wordLoad, wordTouch } from "./futex-word.ts";
import type { Task } from "./task.ts";
import { piLock } from "./task-priority.ts";

/** The word of the lock is changed by others while it is taken for a waiter: so often it is tried again. */
const TRIES = 1000;

/** Waits at the futex `name` to be moved to the lock `target`; 0 means that the thread has it. */
export function futexWaitRequeuePi(name: u64, expected: u32, deadlineNs: u64, target: u64): i64 {
  if (futexKey(name) === futexKey(target)) {
    return i64(-EINVAL);
  }
  if (wordLoad(futexAddress(target)) === FAULT) {
    return i64(-EFAULT);
  }
  const waiter: FutexWaiter = zeroed();
  futexWaiterInit(waiter, name, FUTEX_BITS_ALL);
  waiter.kind = FutexKind.Condition;
  waiter.target = futexKey(target);
  const queued = futexQueueIf(waiter, expected);
  return queued !== 0n ? queued : piEndWait(waiter, futexBlock(waiter, deadlineNs));
}

/** How many waiters were given the lock or wait for it now. */
export function futexRequeuePi(pair: FutexPair): i64 {
  if (pair.firstMost !== 1 || pair.firstKey === pair.secondKey || i32.wrap(pair.secondMost) < 0) {
    return i64(-EINVAL);
  }
  let result: i64 = i64(-EFAULT);
  while (
    result === i64(-EFAULT) &&
    wordLoad(futexAddress(pair.first)) !== FAULT &&
    wordTouch(futexAddress(pair.second))
  ) {
    result = requeueOnce(pair);
  }
  return result;
}

function requeueOnce(pair: FutexPair): i64 {
  let result: i64 = 0n;
  {
    using _pi = lockAcquire(piLock);
    result = futexLockedPair(pair, requeueLocked);
    inheritFrom(pair.owner);
  }
  futexWakeChain(pair.chain);
  return result;
}

function inheritFrom(owner: VirtAddr): void {
  if (owner !== 0n) {
    // SAFETY: a task that others wait for does not go while piLock is held.
    inherit(pointerAt<Task>(owner));
  }
}

function requeueLocked(pair: FutexPair, from: FutexQueue, to: FutexQueue): i64 {
  const word = wordLoad(futexAddress(pair.first));
  if (word !== u64(pair.value)) {
    return word === FAULT ? i64(-EFAULT) : i64(-EAGAIN);
  }
  const most = u64(pair.secondMost) + 1n;
  let count: u64 = 0n;
  let waiter = futexQueueFirst(from, pair.firstKey);
  while (waiter !== null && count < most) {
    const next = futexQueueNext(waiter);
    if (waiter.kind !== FutexKind.Condition || waiter.target !== pair.secondKey) {
      return i64(-EINVAL);
    }
    const moved = moveOrGive(pair, from, to, waiter);
    if (moved !== 0n) {
      return count !== 0n ? i64(count) : moved;
    }
    count++;
    waiter = next;
  }
  return i64(count);
}

/** Gives the lock to a waiter, or lets it wait for it: 0 or an error, with the waiter where it was. */
function moveOrGive(pair: FutexPair, from: FutexQueue, to: FutexQueue, waiter: Ptr<FutexWaiter>): i64 {
  // SAFETY: the task waits until it is woken.
  const task = pointerAt<Task>(waiter.task);
  const mark: u32 = pair.secondMost !== 0 ? FUTEX_WAITERS : 0;
  const place: FutexPlace = { key: pair.secondKey, address: futexAddress(pair.second) };
  let taken: i64 = 1n;
  for (let tries: u32 = 0; taken > 0n && tries < TRIES; tries++) {
    taken = piTake(task, to, place, mark);
  }
  if (taken === 0n) {
    futexQueueTake(from, waiter, pair.chain);
    return 0n;
  }
  if (taken !== i64(-EAGAIN)) {
    return taken > 0n ? i64(-EAGAIN) : taken;
  }
  futexQueueMove(from, to, waiter, pair.secondKey);
  waiter.address = place.address;
  const owner = piJoin(waiter, to);
  if (owner === null) {
    futexQueueMove(to, from, waiter, pair.firstKey);
    waiter.address = futexAddress(pair.first);
    return i64(-ESRCH);
  }
  pair.owner = virtAddr(owner);
  return 0n;
}
