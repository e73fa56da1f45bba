/**
 * Locks with priority inheritance: FUTEX_LOCK_PI and its kin (Documentation/locking/pi-futex of Linux).
 *
 * The word holds its owner's number, which programs write themselves while nobody waits. Whoever must wait sets FUTEX_WAITERS, so that the
 * owner gives the lock back through the kernel, which hands it to the first waiter: the word names the new owner before its thread runs.
 * Who owns what, who waits for whom and what they inherit is in core/pi-locks.ts; here are the calls, with their locks and waits.
 *
 * One lock guards all of it, because a chain of owners and waiters has no order in which many locks could be taken: these operations are for
 * contended locks whose holders matter. Order: piLock, a bucket, tasksLock; and piLock before the lock of a run queue.
 */

import { EAGAIN, EFAULT, EPERM, ERESTARTNOINTR, ERESTARTSYS, ESRCH } from "../abi/errno.ts";
import { FUTEX_OWNER_DIED, FUTEX_TID_MASK } from "../abi/linux-process.ts";
import { lockAcquire } from "../kernel/sync/spin-lock.ts";
import {
  FUTEX_BITS_ALL,
  type FutexChain,
  FutexKind,
  type FutexWaiter,
  futexQueueAdd,
  futexQueueFirst,
  futexQueueRemove,
  futexQueueReorder,
} from "./core/futex-table.ts";
import {
  PI_AGAIN,
  type PiOwner,
  type PiPlace,
  type PiWorld,
  piGiveBack,
  piGrant,
  piHandOver,
  piInherit,
  piJoin,
  piRemove,
  piTake,
} from "./core/pi-locks.ts";
import {
  futexAddress,
  futexAwaitWoken,
  futexBlock,
  futexBucket,
  futexKey,
  futexWaiterInit,
  futexWakeChain,
} from "./futex.ts";
import { FAULT, wordCompareExchange, wordLoad, wordTouch } from "./futex-word.ts";
import { currentTask, type Task, taskFind, tasksLock } from "./task.ts";
import { piLock, taskBoost } from "./task-priority.ts";

export const piWorld: PiWorld = {
  load: wordLoad,
  exchange: wordCompareExchange,
  find: findOwner,
  boost: boostOwner,
  reorder,
};

function findOwner(number: u32): Ptr<PiOwner> | null {
  using _guard = lockAcquire(tasksLock);
  const task = taskFind(i32(number));
  return task === null || task.pi.isEnding ? null : addressOf(task.pi);
}

function boostOwner(owner: Ptr<PiOwner>): u32 {
  // SAFETY: every owner is the first field of a Task.
  return taskBoost(castPtr<Task>(owner));
}

function reorder(waiter: Ptr<FutexWaiter>, level: u32): void {
  const bucket = futexBucket(waiter.key);
  using _guard = lockAcquire(bucket.lock);
  futexQueueReorder(bucket.queue, waiter, level);
}

/** Gives the task the priority that its waiters demand, and those it waits for in turn. The caller holds piLock and no bucket. */
export function inherit(task: Ptr<Task>): void {
  piInherit(piWorld, addressOf(task.pi));
}

/** FUTEX_LOCK_PI, FUTEX_LOCK_PI2, FUTEX_TRYLOCK_PI. */
export function futexLockPi(name: u64, deadlineNs: u64, isTry: bool): i64 {
  const waiter: FutexWaiter = zeroed();
  futexWaiterInit(waiter, name, FUTEX_BITS_ALL);
  let result: i64 = PI_AGAIN;
  while (result === PI_AGAIN || result === i64(-EFAULT)) {
    if (!wordTouch(waiter.address)) {
      return i64(-EFAULT);
    }
    result = lockOrJoin(waiter, isTry);
  }
  if (result !== i64(-EAGAIN) || isTry) {
    return result;
  }
  return piEndWait(waiter, futexBlock(waiter, deadlineNs));
}

/** As piTake; -EAGAIN means that the waiter is queued, unless it only tries. */
function lockOrJoin(waiter: FutexWaiter, isTry: bool): i64 {
  const task = currentTask();
  const bucket = futexBucket(waiter.key);
  using _pi = lockAcquire(piLock);
  let owner: Ptr<PiOwner> | null = null;
  {
    using _guard = lockAcquire(bucket.lock);
    const place: PiPlace = { key: waiter.key, address: waiter.address };
    const result = piTake(piWorld, addressOf(task.pi), bucket.queue, place, 0);
    if (result !== i64(-EAGAIN) || isTry) {
      return result;
    }
    void bucket.queue.waiting.fetchAdd(1);
    futexQueueAdd(bucket.queue, addressOf(waiter));
    owner = piJoin(piWorld, addressOf(waiter), bucket.queue);
    if (owner === null) {
      // The word was changed against the rules.
      void futexQueueRemove(bucket.queue, addressOf(waiter));
      return i64(-ESRCH);
    }
  }
  piInherit(piWorld, owner);
  return i64(-EAGAIN);
}

/** A wait for a lock is over, with `result` if nobody has given it the lock meanwhile. */
export function piEndWait(waiter: FutexWaiter, result: i64): i64 {
  if (result === 0n) {
    return 0n;
  }
  let isOut: bool = false;
  const wasLock = piLeave(waiter, addressOf(isOut));
  if (!isOut) {
    futexAwaitWoken(waiter);
    return 0n;
  }
  if (result !== i64(-ERESTARTSYS)) {
    return result;
  }
  // A wait that began as one for a condition cannot start again once it was moved.
  return waiter.target !== 0n && wasLock ? i64(-EAGAIN) : i64(-ERESTARTNOINTR);
}

/** Takes the waiter out if it is still queued, and says so in `isOut`; whether it waits for the lock. */
function piLeave(waiter: FutexWaiter, isOut: Ptr<bool>): bool {
  using _pi = lockAcquire(piLock);
  const isLock = waiter.kind === FutexKind.Lock;
  {
    const bucket = futexBucket(waiter.key);
    using _guard = lockAcquire(bucket.lock);
    isOut.value = piRemove(bucket.queue, addressOf(waiter));
  }
  if (isOut.value && isLock) {
    // SAFETY: an owner that others wait for does not go while piLock is held.
    piInherit(piWorld, pointerAt<PiOwner>(waiter.holder));
  }
  return isLock;
}

/** FUTEX_UNLOCK_PI */
export function futexUnlockPi(name: u64): i64 {
  const task = currentTask();
  const chain: FutexChain = zeroed();
  const place: PiPlace = { key: futexKey(name), address: futexAddress(name) };
  let result: i64 = PI_AGAIN;
  while (result === PI_AGAIN || result === i64(-EFAULT)) {
    const word: u64 = wordTouch(place.address) ? wordLoad(place.address) : FAULT;
    if (word === FAULT) {
      return i64(-EFAULT);
    }
    if ((u32(word) & FUTEX_TID_MASK) !== u32(task.tid)) {
      return i64(-EPERM);
    }
    result = unlockOrGrant(task, place, u32(word), chain);
  }
  // Before the new owner is woken: it may be what the lower priority of this thread lets run.
  futexWakeChain(chain);
  if (result === 0n) {
    using _pi = lockAcquire(piLock);
    void taskBoost(task);
  }
  return result;
}

function unlockOrGrant(task: Ptr<Task>, place: PiPlace, word: u32, chain: FutexChain): i64 {
  const bucket = futexBucket(place.key);
  using _pi = lockAcquire(piLock);
  using _guard = lockAcquire(bucket.lock);
  return piGiveBack(piWorld, addressOf(task.pi), bucket.queue, place, word, chain);
}

/** A task that has handed on all its locks goes on as another program's. */
export function piOwnerBegins(task: Ptr<Task>): void {
  using _pi = lockAcquire(piLock);
  task.pi.isEnding = false;
}

/** A task ends: the locks that it holds and others wait for are theirs, marked. Nobody waits for it from here on. */
export function piOwnerEnds(task: Ptr<Task>): void {
  const chain: FutexChain = zeroed();
  {
    using _pi = lockAcquire(piLock);
    task.pi.isEnding = true;
    let waiting = task.pi.waiters;
    while (waiting !== null) {
      const bucket = futexBucket(waiting.key);
      using _guard = lockAcquire(bucket.lock);
      const first = futexQueueFirst(bucket.queue, waiting.key);
      const result = piGrant(piWorld, bucket.queue, first!, FUTEX_OWNER_DIED, chain);
      if (result < 0n) {
        // The word is gone, and with it what the lock guarded.
        piHandOver(piWorld, bucket.queue, first!, chain);
      }
      waiting = task.pi.waiters;
    }
  }
  futexWakeChain(chain);
}

staticAssert(offsetOf<Task>("pi") === 0, "a task is where its owner is");
