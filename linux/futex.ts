/**
 * futex(2): waiting for, waking at and moving between addresses. Locks with priority inheritance are in futex-pi.ts, several addresses
 * at once in futex-waitv.ts.
 *
 * A *name* is what a call names a futex by: the address of its word, with NAME_SHARED if it is not private. A *key* is what tells futexes
 * apart: for those in shared mappings of files, the mapped object and the offset, so that two mappings of one page meet; otherwise, since
 * there is one process, the name. A bucket's lock is held for a look at the word and a few links; threads are woken behind it. Two buckets
 * are locked in the order of their addresses.
 *
 *     wait    waiting++ | lock | word as expected? | queue | unlock | block until Woken, a deadline or a signal
 *     wake    (word changed before) | waiting = 0? done | lock | take out | unlock | for each: wake its thread, say Woken
 */

import { EAGAIN, EFAULT, EINVAL, ENOSYS, ERESTART_RESTARTBLOCK, ERESTARTSYS, ETIMEDOUT } from "../abi/errno.ts";
import { regionSharedPlace, type SharedPlace } from "../kernel/mm/region-shared.ts";
import { enqueue } from "../kernel/sched/queueing.ts";
import { currentThread, threadClaim } from "../kernel/sched/scheduler.ts";
import type { Thread } from "../kernel/sched/thread-type.ts";
import { lockAcquire, type SpinLock } from "../kernel/sync/spin-lock.ts";
import { monotonicNs } from "../kernel/time/clock.ts";
import { NEVER_NS, threadBlockUntil } from "../kernel/time/timer.ts";
import { spinPause } from "../nucleus/cpu.ts";
import { irqRestore, irqSave } from "../nucleus/irq-mask.ts";
import { WAKE_OP_UNKNOWN, wakeOpCompare, wakeOpResult } from "./core/futex-operation.ts";
import {
  FUTEX_BITS_ALL,
  type FutexChain,
  type FutexQueue,
  FutexState,
  type FutexWaiter,
  futexChainTake,
  futexHash,
  futexKeyOfPlace,
  futexQueueAdd,
  futexQueueIsEmpty,
  futexQueueRemove,
  futexQueueRequeue,
  futexQueueWake,
  futexWoken,
} from "./core/futex-table.ts";
import { waitIsInterrupted } from "./fs/wait.ts";
import { FAULT, wordCompareExchange, wordLoad, wordTouch } from "./futex-word.ts";
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

/** In a name, whose address is a multiple of 4: not FUTEX_PRIVATE_FLAG. The two kinds do not meet, as on Linux. */
export const NAME_SHARED: u64 = 1n;

/** The address of the word that a name names. */
export function futexAddress(name: u64): u64 {
  return name & ~NAME_SHARED;
}

/** The key of the futex that a name names. */
export function futexKey(name: u64): u64 {
  const place: SharedPlace = zeroed();
  if ((name & NAME_SHARED) === 0n || !regionSharedPlace(futexAddress(name), place)) {
    return name;
  }
  return futexKeyOfPlace(place.object, place.offset);
}

export function futexBucket(key: u64): Ptr<FutexBucket> {
  return addressOf(buckets[u32(futexHash(key) & u64(BUCKET_COUNT - 1))]);
}

/** Makes a waiter of the current thread for the futex of that name. */
export function futexWaiterInit(waiter: FutexWaiter, name: u64, bits: u32): void {
  const task = currentTask();
  zero(waiter);
  waiter.key = futexKey(name);
  waiter.address = futexAddress(name);
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
    const thread = pointerAt<Thread>(waiter.thread);
    const wasMasked = irqSave();
    const isClaimed = threadClaim(thread);
    futexWoken(waiter);
    if (isClaimed) {
      enqueue(thread);
    }
    irqRestore(wasMasked);
    waiter = futexChainTake(chain);
  }
}

/** Queues the waiter if the word is still `expected`: 0, -EAGAIN, -EFAULT. */
export function futexQueueIf(waiter: FutexWaiter, expected: u32): i64 {
  let result: i64 = i64(-EFAULT);
  // The page is found before the lock is taken, so that a fault with the lock held is the exception.
  while (result === i64(-EFAULT) && wordLoad(waiter.address) !== FAULT) {
    result = queueIf(waiter, expected);
  }
  return result;
}

function queueIf(waiter: FutexWaiter, expected: u32): i64 {
  const bucket = futexBucket(waiter.key);
  void bucket.queue.waiting.fetchAdd(1);
  let word: u64 = 0n;
  {
    using _guard = lockAcquire(bucket.lock);
    word = wordLoad(waiter.address);
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
export function futexWait(name: u64, expected: u32, bits: u32, deadlineNs: u64): i64 {
  if (bits === 0) {
    return i64(-EINVAL);
  }
  const waiter: FutexWaiter = zeroed();
  futexWaiterInit(waiter, name, bits);
  const queued = futexQueueIf(waiter, expected);
  if (queued !== 0n) {
    return queued;
  }
  const result = futexBlock(waiter, deadlineNs);
  return result !== 0n && futexGiveUp(waiter) ? result : 0n;
}

/** As futexWait; after a signal a wait with a deadline goes on by restart_syscall(2), which needs no arguments. */
export function futexWaitUntil(name: u64, expected: u32, bits: u32, deadlineNs: u64): i64 {
  const result = futexWait(name, expected, bits, deadlineNs);
  if (result !== i64(-ERESTARTSYS) || deadlineNs === NEVER_NS) {
    return result;
  }
  const task = currentTask();
  task.restartWord = expected;
  task.restartBits = bits;
  task.signals.restart = waitAgain;
  task.signals.restartDeadlineNs = deadlineNs;
  task.signals.restartAddress = name;
  return i64(-ERESTART_RESTARTBLOCK);
}

function waitAgain(deadlineNs: u64, name: u64): i64 {
  const task = currentTask();
  return futexWaitUntil(name, task.restartWord, task.restartBits, deadlineNs);
}

/** FUTEX_WAKE, FUTEX_WAKE_BITSET. */
export function futexWake(name: u64, most: u32, bits: u32): i64 {
  if (bits === 0) {
    return i64(-EINVAL);
  }
  const key = futexKey(name);
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
  /** Names. */
  first!: u64;
  second!: u64;
  /** Their keys, which futexPairInit finds. */
  firstKey!: u64;
  secondKey!: u64;
  firstMost!: u32;
  secondMost!: u32;
  /** Compared with the word at `first` if `isCompared`; the operation of FUTEX_WAKE_OP. */
  value!: u32;
  isCompared!: bool;
  /** Whom waiters wait for whom FUTEX_CMP_REQUEUE_PI has moved. */
  owner!: VirtAddr;
  chain!: FutexChain;
}

/** Gives a pair its names. */
export function futexPairInit(pair: FutexPair, first: u64, second: u64): void {
  pair.first = first;
  pair.second = second;
  pair.firstKey = futexKey(first);
  pair.secondKey = futexKey(second);
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
  const first = futexBucket(pair.firstKey);
  const second = futexBucket(pair.secondKey);
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
  let result: i64 = i64(-EFAULT);
  while (result === i64(-EFAULT) && isReadable(pair.first) && isReadable(pair.second)) {
    result = futexWithPair(pair, requeueLocked);
  }
  return result;
}

function isReadable(name: u64): bool {
  return wordLoad(futexAddress(name)) !== FAULT;
}

function requeueLocked(pair: FutexPair, from: FutexQueue, to: FutexQueue): i64 {
  if (pair.isCompared) {
    const word = wordLoad(futexAddress(pair.first));
    if (word !== u64(pair.value)) {
      return word === FAULT ? i64(-EFAULT) : i64(-EAGAIN);
    }
  }
  return futexQueueRequeue(from, to, pair.firstKey, pair.secondKey, pair.firstMost, pair.secondMost, pair.chain);
}

/** FUTEX_WAKE_OP: changes the word at `second`, wakes at `first`, and at `second` too if the word was as the operation says. */
export function futexWakeOp(pair: FutexPair): i64 {
  let result: i64 = i64(-EFAULT);
  while (result === i64(-EFAULT) && isReadable(pair.first) && wordTouch(futexAddress(pair.second))) {
    result = futexWithPair(pair, wakeOpLocked);
  }
  return result;
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
  const result = futexQueueWake(first, pair.firstKey, FUTEX_BITS_ALL, pair.firstMost, pair.chain);
  if (result < 0n || compared === 0n) {
    return result;
  }
  const more = futexQueueWake(second, pair.secondKey, FUTEX_BITS_ALL, pair.secondMost, pair.chain);
  return more < 0n ? more : result + more;
}
