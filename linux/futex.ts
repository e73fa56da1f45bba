/**
 * futex(2): waiting for, waking at and moving between addresses. Locks with priority inheritance are in futex-pi.ts, several addresses
 * at once in futex-waitv.ts.
 *
 * There is one process, so an address and whether the futex is private are a key. A bucket's lock is held for a look at the word
 * and a few links; threads are woken behind it. Two buckets are locked in the order of their addresses.
 *
 *     wait    waiting++ | lock | word as expected? | queue | unlock | block until Woken, a deadline or a signal
 *     wake    (word changed before) | waiting = 0? done | lock | take out | unlock | for each: wake its thread, say Woken
 */

import { EAGAIN, EFAULT, EINVAL, ENOSYS, ERESTART_RESTARTBLOCK, ERESTARTSYS, ETIMEDOUT } from "../abi/errno.ts";
import { currentThread, threadWake } from "../kernel/sched/scheduler.ts";
import type { Thread } from "../kernel/sched/thread-type.ts";
import { lockAcquire, type SpinLock } from "../kernel/sync/spin-lock.ts";
import { monotonicNs } from "../kernel/time/clock.ts";
import { NEVER_NS, threadBlockUntil } from "../kernel/time/timer.ts";
import { spinPause } from "../nucleus/cpu.ts";
import { WAKE_OP_UNKNOWN, wakeOpCompare, wakeOpResult } from "./core/futex-operation.ts";
import {
  FUTEX_BITS_ALL,
  type FutexChain,
  type FutexQueue,
  FutexState,
  type FutexWaiter,
  futexChainTake,
  futexHash,
  futexQueueAdd,
  futexQueueIsEmpty,
  futexQueueRemove,
  futexQueueRequeue,
  futexQueueWake,
  futexWoken,
} from "./core/futex-table.ts";
import { waitIsInterrupted } from "./fs/wait.ts";
import { FAULT, wordCompareExchange, wordLoad } from "./futex-word.ts";
import { currentTask } from "./task.ts";

const BUCKET_COUNT = 256;

/** A cache line each: neighbours are used by different processors. */
@struct(64, { align: 64 })
export class FutexBucket {
  lock!: SpinLock;
  queue!: FutexQueue;
}

/** @align 64 */
const buckets: FixedArray<FutexBucket, 256> = zeroed();

/** In a key, whose address is a multiple of 4: not FUTEX_PRIVATE_FLAG. The two kinds do not meet, as on Linux. */
export const KEY_SHARED: u64 = 1n;

/** The address of the word behind a key. */
export function futexAddress(key: u64): u64 {
  return key & ~KEY_SHARED;
}

export function futexBucket(key: u64): Ptr<FutexBucket> {
  return addressOf(buckets[u32(futexHash(key) & u64(BUCKET_COUNT - 1))]);
}

/** Makes a waiter of the current thread. */
export function futexWaiterInit(waiter: FutexWaiter, key: u64, bits: u32): void {
  const task = currentTask();
  zero(waiter);
  waiter.key = key;
  waiter.bits = bits;
  waiter.priority = task.effectivePriority;
  waiter.thread = virtAddr(currentThread());
  waiter.task = virtAddr(task);
}

/** Wakes the threads of all waiters of a chain; no lock of a bucket is held. */
export function futexWakeChain(chain: FutexChain): void {
  let waiter = futexChainTake(chain);
  while (waiter !== null) {
    // SAFETY: the thread does not go on before futexWoken, so it and the waiter on its stack are there.
    threadWake(pointerAt<Thread>(waiter.thread));
    futexWoken(waiter);
    waiter = futexChainTake(chain);
  }
}

/** Queues the waiter if the word is still `expected`: 0, -EAGAIN, -EFAULT. */
export function futexQueueIf(waiter: FutexWaiter, expected: u32): i64 {
  // The page is found before the lock is taken, so that a fault with the lock held is the exception.
  if (wordLoad(futexAddress(waiter.key)) === FAULT) {
    return i64(-EFAULT);
  }
  const bucket = futexBucket(waiter.key);
  void bucket.queue.waiting.fetchAdd(1);
  let word: u64 = 0n;
  {
    using _guard = lockAcquire(bucket.lock);
    word = wordLoad(futexAddress(waiter.key));
    if (word === u64(expected)) {
      futexQueueAdd(bucket.queue, addressOf(waiter));
      return 0n;
    }
  }
  void bucket.queue.waiting.fetchSub(1);
  return word === FAULT ? i64(-EFAULT) : i64(-EAGAIN);
}

/** Whether nobody has taken the waiter out of its queue yet. */
export function futexIsQueued(waiter: FutexWaiter): bool {
  return waiter.state.load(Order.Acquire) === u32(FutexState.Queued);
}

/** Takes the waiter out again; false if it was woken first, which is complete when this returns. */
export function futexGiveUp(waiter: FutexWaiter): bool {
  for (;;) {
    const key = readVolatile(addressOf(waiter.key));
    const bucket = futexBucket(key);
    using _guard = lockAcquire(bucket.lock);
    // It may have been moved to another bucket before its lock was taken.
    if (waiter.key === key) {
      if (futexQueueRemove(bucket.queue, addressOf(waiter))) {
        return true;
      }
      break;
    }
  }
  futexAwaitWoken(waiter);
  return false;
}

/** The waker is about to end its work with the waiter. */
export function futexAwaitWoken(waiter: FutexWaiter): void {
  while (waiter.state.load(Order.Acquire) === u32(FutexState.Waking)) {
    spinPause();
  }
}

/** Blocks while the waiter is queued: 0 once it was woken, -ETIMEDOUT, -ERESTARTSYS for a signal; then it may still be in the queue. */
export function futexBlock(waiter: FutexWaiter, deadlineNs: u64): i64 {
  let result: i64 = 0n;
  while (futexIsQueued(waiter)) {
    if (waitIsInterrupted()) {
      result = i64(-ERESTARTSYS);
      break;
    }
    if (monotonicNs() >= deadlineNs) {
      result = i64(-ETIMEDOUT);
      break;
    }
    threadBlockUntil(deadlineNs);
  }
  if (result === 0n) {
    futexAwaitWoken(waiter);
  }
  return result;
}

/** FUTEX_WAIT, FUTEX_WAIT_BITSET: until monotonicNs() reaches `deadlineNs`, NEVER_NS for ever. */
export function futexWait(key: u64, expected: u32, bits: u32, deadlineNs: u64): i64 {
  if (bits === 0) {
    return i64(-EINVAL);
  }
  const waiter: FutexWaiter = zeroed();
  futexWaiterInit(waiter, key, bits);
  const queued = futexQueueIf(waiter, expected);
  if (queued !== 0n) {
    return queued;
  }
  const result = futexBlock(waiter, deadlineNs);
  return result !== 0n && futexGiveUp(waiter) ? result : 0n;
}

/** As futexWait; after a signal a wait with a deadline goes on by restart_syscall(2), which needs no arguments. */
export function futexWaitUntil(key: u64, expected: u32, bits: u32, deadlineNs: u64): i64 {
  const result = futexWait(key, expected, bits, deadlineNs);
  if (result !== i64(-ERESTARTSYS) || deadlineNs === NEVER_NS) {
    return result;
  }
  const task = currentTask();
  task.restartWord = expected;
  task.restartBits = bits;
  task.signals.restart = waitAgain;
  task.signals.restartDeadlineNs = deadlineNs;
  task.signals.restartAddress = key;
  return i64(-ERESTART_RESTARTBLOCK);
}

function waitAgain(deadlineNs: u64, key: u64): i64 {
  const task = currentTask();
  return futexWaitUntil(key, task.restartWord, task.restartBits, deadlineNs);
}

/** FUTEX_WAKE, FUTEX_WAKE_BITSET. */
export function futexWake(key: u64, most: u32, bits: u32): i64 {
  if (bits === 0) {
    return i64(-EINVAL);
  }
  const bucket = futexBucket(key);
  if (futexQueueIsEmpty(bucket.queue)) {
    return 0n;
  }
  const chain: FutexChain = zeroed();
  let result: i64 = 0n;
  {
    using _guard = lockAcquire(bucket.lock);
    result = futexQueueWake(bucket.queue, key, bits, most, chain);
  }
  futexWakeChain(chain);
  return result;
}

/** A call that works on two addresses, with the locks of both buckets held. */
export class FutexPair {
  first!: u64;
  second!: u64;
  firstMost!: u32;
  secondMost!: u32;
  /** Compared with the word at `first` if `isCompared`; the operation of FUTEX_WAKE_OP. */
  value!: u32;
  isCompared!: bool;
  /** Whom waiters wait for whom FUTEX_CMP_REQUEUE_PI has moved. */
  owner!: VirtAddr;
  chain!: FutexChain;
}

export type FutexPairWork = (pair: FutexPair, from: FutexQueue, to: FutexQueue) => i64;

/** Runs `work` under both locks, then wakes what it has put in the chain. */
export function futexWithPair(pair: FutexPair, work: FutexPairWork): i64 {
  const result = futexLockedPair(pair, work);
  futexWakeChain(pair.chain);
  return result;
}

/** As futexWithPair; the caller wakes what is in the chain. */
export function futexLockedPair(pair: FutexPair, work: FutexPairWork): i64 {
  const first = futexBucket(pair.first);
  const second = futexBucket(pair.second);
  const isOrdered = virtAddr(first) <= virtAddr(second);
  const low = isOrdered ? first : second;
  const high = isOrdered ? second : first;
  using _low = lockAcquire(low.lock);
  if (virtAddr(low) === virtAddr(high)) {
    return work(pair, first.queue, second.queue);
  }
  using _high = lockAcquire(high.lock);
  return work(pair, first.queue, second.queue);
}

/** FUTEX_REQUEUE, FUTEX_CMP_REQUEUE. */
export function futexRequeue(pair: FutexPair): i64 {
  if (i32.wrap(pair.firstMost) < 0 || i32.wrap(pair.secondMost) < 0) {
    return i64(-EINVAL);
  }
  if (wordLoad(futexAddress(pair.first)) === FAULT || wordLoad(futexAddress(pair.second)) === FAULT) {
    return i64(-EFAULT);
  }
  return futexWithPair(pair, requeueLocked);
}

function requeueLocked(pair: FutexPair, from: FutexQueue, to: FutexQueue): i64 {
  if (pair.isCompared) {
    const word = wordLoad(futexAddress(pair.first));
    if (word !== u64(pair.value)) {
      return word === FAULT ? i64(-EFAULT) : i64(-EAGAIN);
    }
  }
  return futexQueueRequeue(from, to, pair.first, pair.second, pair.firstMost, pair.secondMost, pair.chain);
}

/** FUTEX_WAKE_OP: changes the word at `second`, wakes at `first`, and at `second` too if the word was as the operation says. */
export function futexWakeOp(pair: FutexPair): i64 {
  if (wordLoad(futexAddress(pair.first)) === FAULT) {
    return i64(-EFAULT);
  }
  return futexWithPair(pair, wakeOpLocked);
}

function wakeOpLocked(pair: FutexPair, first: FutexQueue, second: FutexQueue): i64 {
  let before = wordLoad(futexAddress(pair.second));
  for (;;) {
    if (before === FAULT) {
      return i64(-EFAULT);
    }
    const wanted = wakeOpResult(pair.value, u32(before));
    if (wanted === WAKE_OP_UNKNOWN) {
      return i64(-ENOSYS);
    }
    const seen = wordCompareExchange(futexAddress(pair.second), u32(before), u32(wanted));
    if (seen === before) {
      break;
    }
    before = seen;
  }
  const compared = wakeOpCompare(pair.value, u32(before));
  if (compared < 0n) {
    return compared;
  }
  const result = futexQueueWake(first, pair.first, FUTEX_BITS_ALL, pair.firstMost, pair.chain);
  if (result < 0n || compared === 0n) {
    return result;
  }
  const more = futexQueueWake(second, pair.second, FUTEX_BITS_ALL, pair.secondMost, pair.chain);
  return more < 0n ? more : result + more;
}
