/**
 * FUTEX_WAIT_REQUEUE_PI and FUTEX_CMP_REQUEUE_PI: the waiters of a condition variable move on to its mutex, which has priority inheritance.
 * The first one gets the mutex if it is free; the others wait for its owner as if they had called FUTEX_LOCK_PI.
 */

import { EAGAIN, EFAULT, EINVAL } from "../abi/errno.ts";
import { FUTEX_WAITERS } from "../abi/linux-process.ts";
import { lockAcquire } from "../kernel/sync/spin-lock.ts";
import {
  FUTEX_BITS_ALL,
  FutexKind,
  type FutexQueue,
  type FutexWaiter,
  futexQueueFirst,
  futexQueueNext,
} from "./core/futex-table.ts";
import { type PiMove, type PiOwner, piInherit, piMove } from "./core/pi-locks.ts";
import {
  type FutexPair,
  futexAddress,
  futexBlock,
  futexKey,
  futexLockedPair,
  futexQueueIf,
  futexWaiterInit,
  futexWakeChain,
} from "./futex.ts";
import { piEndWait, piWorld } from "./futex-pi.ts";
import { FAULT, wordLoad, wordTouch } from "./futex-word.ts";
import { piLock } from "./task-priority.ts";

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
    // SAFETY: an owner that others wait for does not go while piLock is held.
    piInherit(piWorld, pointerAt<PiOwner>(owner));
  }
}

function requeueLocked(pair: FutexPair, from: FutexQueue, to: FutexQueue): i64 {
  const word = wordLoad(futexAddress(pair.first));
  if (word !== u64(pair.value)) {
    return word === FAULT ? i64(-EFAULT) : i64(-EAGAIN);
  }
  const most = u64(pair.secondMost) + 1n;
  const move: PiMove = zeroed();
  move.from = { key: pair.firstKey, address: futexAddress(pair.first) };
  move.to = { key: pair.secondKey, address: futexAddress(pair.second) };
  move.mark = pair.secondMost !== 0 ? FUTEX_WAITERS : 0;
  let count: u64 = 0n;
  let waiter = futexQueueFirst(from, pair.firstKey);
  while (waiter !== null && count < most) {
    const next = futexQueueNext(waiter);
    if (waiter.kind !== FutexKind.Condition || waiter.target !== pair.secondKey) {
      return i64(-EINVAL);
    }
    const moved = piMove(piWorld, from, to, waiter, move, pair.chain);
    if (move.owner !== null) {
      pair.owner = virtAddr(move.owner);
    }
    if (moved !== 0n) {
      return count !== 0n ? i64(count) : moved;
    }
    count++;
    waiter = next;
  }
  return i64(count);
}
