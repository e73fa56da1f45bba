/**
 * No wake-up is lost: threads of the host wait, wake, give up and move each other with the queues of futexes (linux/core/futex-table.ts), in
 * the order of steps of linux/futex.ts, under a mutex and a condition variable as C libraries build them.
 *
 * The mutex is Drepper's with three states; the condition variable wakes nobody: it moves its waiters to the mutex, whose holder wakes them
 * one by one. Waiters lie on the stacks of threads that go on as soon as they are woken, so a touch too late is a data race. A thread
 * that sleeps far longer than any other holds the mutex has lost a wake-up.
 */

import { HOST_THREADS, hostYield, runThreads } from "../../compiler/std/host-threads.ts";
import { expect, test } from "../../compiler/std/testing.ts";
import { type Random, randomBelow } from "../../kernel/core/random.ts";
import {
  FUTEX_BITS_ALL,
  type FutexChain,
  type FutexQueue,
  FutexState,
  type FutexWaiter,
  futexChainTake,
  futexQueueAdd,
  futexQueueIsEmpty,
  futexQueueRemove,
  futexQueueRequeue,
  futexQueueWake,
  futexWoken,
} from "../core/futex-table.ts";

const STEPS = 5_000;
/** Yields; others run meanwhile. */
const LOST_AFTER = 20_000_000;
const NEVER = 0xffff_ffff;

/** Keys, which are the indices of word and bucket, too. */
const MUTEX = 0;
const CONDITION = 1;
const FREE = 0;
const HELD = 1;
const WANTED = 2;

class Bucket {
  held!: Atomic<u32>;
  queue!: FutexQueue;
}

const words: FixedArray<Atomic<u32>, 2> = zeroed();
const buckets: FixedArray<Bucket, 2> = zeroed();
/** 1: the thread has been woken since it last slept (Thread.wake). */
const permits: FixedArray<Atomic<u32>, 4> = zeroed();
const lost: Atomic<u32> = zeroed();
const woken: Atomic<u32> = zeroed();
const moved: Atomic<u32> = zeroed();
const gaveUp: Atomic<u32> = zeroed();
/** Guarded by the mutex, and not atomic. */
let counter: u32 = 0;

function bucketAcquire(bucket: Bucket): void {
  while (bucket.held.exchange(1, Order.Acquire) !== 0) {
    hostYield();
  }
}

function bucketRelease(bucket: Bucket): void {
  bucket.held.store(0, Order.Release);
}

function wakeChain(chain: FutexChain): void {
  let waiter = futexChainTake(chain);
  while (waiter !== null) {
    permits[u32(waiter.thread)].store(1);
    futexWoken(waiter);
    void woken.fetchAdd(1);
    waiter = futexChainTake(chain);
  }
}

function queueIf(waiter: FutexWaiter, key: u32, expected: u32): bool {
  const bucket = buckets[key];
  void bucket.queue.waiting.fetchAdd(1);
  bucketAcquire(bucket);
  const isExpected = words[key].load() === expected;
  if (isExpected) {
    futexQueueAdd(bucket.queue, addressOf(waiter));
  }
  bucketRelease(bucket);
  if (!isExpected) {
    void bucket.queue.waiting.fetchSub(1);
  }
  return isExpected;
}

function isIn(waiter: FutexWaiter, state: FutexState): bool {
  return waiter.state.load(Order.Acquire) === u32(state);
}

function awaitWoken(waiter: FutexWaiter): void {
  while (isIn(waiter, FutexState.Waking)) {
    hostYield();
  }
}

function giveUp(waiter: FutexWaiter): void {
  for (let key: u32 = MUTEX; key <= CONDITION; key++) {
    bucketAcquire(buckets[key]);
    const isHere = waiter.key === u64(key) && futexQueueRemove(buckets[key].queue, addressOf(waiter));
    bucketRelease(buckets[key]);
    if (isHere) {
      void gaveUp.fetchAdd(1);
      return;
    }
  }
  // It may have been moved to the mutex behind the look there; nobody moves waiters away from it.
  bucketAcquire(buckets[MUTEX]);
  const wasMoved = futexQueueRemove(buckets[MUTEX].queue, addressOf(waiter));
  bucketRelease(buckets[MUTEX]);
  if (!wasMoved) {
    awaitWoken(waiter);
  }
}

/** Sleeps while the word is `expected`; gives up after `patience` yields. */
function wait(cpu: u32, key: u32, expected: u32, patience: u32): void {
  const waiter: FutexWaiter = zeroed();
  waiter.key = u64(key);
  waiter.bits = FUTEX_BITS_ALL;
  waiter.thread = VirtAddr(u64(cpu));
  if (!queueIf(waiter, key, expected)) {
    return;
  }
  for (let yields: u32 = 0; isIn(waiter, FutexState.Queued); yields++) {
    if (yields >= patience || yields >= LOST_AFTER) {
      if (yields >= LOST_AFTER) {
        void lost.fetchAdd(1);
      }
      giveUp(waiter);
      return;
    }
    while (permits[cpu].exchange(0) === 0 && yields < patience && yields < LOST_AFTER) {
      yields++;
      hostYield();
    }
  }
  awaitWoken(waiter);
}

function wake(key: u32, most: u32): void {
  const bucket = buckets[key];
  if (futexQueueIsEmpty(bucket.queue)) {
    return;
  }
  const chain: FutexChain = zeroed();
  bucketAcquire(bucket);
  void futexQueueWake(bucket.queue, u64(key), FUTEX_BITS_ALL, most, chain);
  bucketRelease(bucket);
  wakeChain(chain);
}

function mutexLock(cpu: u32): void {
  if (words[MUTEX].compareExchange(FREE, HELD)) {
    return;
  }
  while (words[MUTEX].exchange(WANTED) !== FREE) {
    wait(cpu, MUTEX, WANTED, NEVER);
  }
}

/** After a wait at the condition: others may have been moved to the mutex as well, so it is wanted. */
function mutexLockAgain(cpu: u32): void {
  while (words[MUTEX].exchange(WANTED) !== FREE) {
    wait(cpu, MUTEX, WANTED, NEVER);
  }
}

function mutexUnlock(): void {
  if (words[MUTEX].exchange(FREE) === WANTED) {
    wake(MUTEX, 1);
  }
}

function conditionWait(cpu: u32, patience: u32): void {
  const seen = words[CONDITION].load();
  mutexUnlock();
  wait(cpu, CONDITION, seen, patience);
  mutexLockAgain(cpu);
}

/** With the mutex held: all that wait are moved to it. */
function conditionBroadcast(): void {
  void words[CONDITION].fetchAdd(1);
  words[MUTEX].store(WANTED);
  const chain: FutexChain = zeroed();
  bucketAcquire(buckets[MUTEX]);
  bucketAcquire(buckets[CONDITION]);
  const count = futexQueueRequeue(
    buckets[CONDITION].queue,
    buckets[MUTEX].queue,
    u64(CONDITION),
    u64(MUTEX),
    0,
    NEVER,
    chain,
  );
  bucketRelease(buckets[CONDITION]);
  bucketRelease(buckets[MUTEX]);
  wakeChain(chain);
  void moved.fetchAdd(u32(count));
}

function threadMain(cpu: u32): void {
  const random: Random = { state: u64(cpu) + 11n };
  for (let step: u32 = 0; step < STEPS; step++) {
    mutexLock(cpu);
    counter++;
    const choice = randomBelow(random, 8);
    if (choice === 0) {
      conditionWait(cpu, randomBelow(random, 64));
    } else if (choice === 1) {
      conditionBroadcast();
    } else if (choice === 2) {
      hostYield();
    }
    mutexUnlock();
  }
}

function noWakeUpIsLost(): void {
  runThreads(threadMain);
  expect(lost.load() === 0, "no thread slept for ever");
  expect(counter === STEPS * HOST_THREADS, "the mutex excludes");
  expect(woken.load() > HOST_THREADS && moved.load() > HOST_THREADS, "threads were woken and moved");
  expect(gaveUp.load() > HOST_THREADS, "threads gave up");
  for (let key: u32 = MUTEX; key <= CONDITION; key++) {
    expect(buckets[key].queue.head === null && buckets[key].queue.waiting.load() === 0, "nobody is left in a queue");
  }
}

export function futexWaitTests(): void {
  test("futexes: no wake-up is lost among waits, wakes, moves and threads that give up", noWakeUpIsLost);
}
