/** The futex queues against a plain list: order, counts, what is refused, and that nobody is lost on the way from queue to queue. */

import { expect, expectEqual, test } from "../../compiler/std/testing.ts";
import { type Random, randomBelow } from "../../kernel/core/random.ts";
import {
  FUTEX_BITS_ALL,
  type FutexChain,
  FutexKind,
  type FutexQueue,
  FutexState,
  type FutexWaiter,
  futexChainTake,
  futexKeyOfPlace,
  futexQueueAdd,
  futexQueueFirst,
  futexQueueIsEmpty,
  futexQueueNext,
  futexQueueRemove,
  futexQueueReorder,
  futexQueueRequeue,
  futexQueueWake,
  futexWoken,
} from "../core/futex-table.ts";

const WAITERS = 24;
const STEPS = 20_000;
const waiters: FixedArray<FutexWaiter, 24> = zeroed();
const queues: FixedArray<FutexQueue, 2> = zeroed();
/** When a waiter came, for the order among equals. */
const arrivals: FixedArray<u64, 24> = zeroed();
let clock: u64 = 0n;

function reset(): void {
  for (let index: u32 = 0; index < WAITERS; index++) {
    zero(waiters[index]);
  }
  zero(queues[0]);
  zero(queues[1]);
}

function queueUp(index: u32, queue: u32, key: u64, priority: u32, bits: u32): void {
  const waiter = waiters[index];
  waiter.key = key;
  waiter.priority = priority;
  waiter.bits = bits;
  waiter.kind = FutexKind.Plain;
  void queues[queue].waiting.fetchAdd(1);
  futexQueueAdd(queues[queue], addressOf(waiter));
  clock++;
  arrivals[index] = clock;
}

function indexOf(waiter: Ptr<FutexWaiter>): u32 {
  return u32((virtAddr(waiter) - virtAddr(waiters[0])) / u64(sizeOf<FutexWaiter>()));
}

function finish(chain: FutexChain): u32 {
  let count: u32 = 0;
  let waiter = futexChainTake(chain);
  while (waiter !== null) {
    futexWoken(waiter);
    count++;
    waiter = futexChainTake(chain);
  }
  return count;
}

function firstComeFirstWoken(): void {
  reset();
  queueUp(0, 0, 64n, 0, 1);
  queueUp(1, 0, 128n, 0, 1);
  queueUp(2, 0, 64n, 5, 1);
  queueUp(3, 0, 64n, 5, 2);
  queueUp(4, 0, 64n, 0, 1);
  const chain: FutexChain = zeroed();
  expectEqual(futexQueueWake(queues[0], 64n, FUTEX_BITS_ALL, 3, chain), 3n);
  const order: FixedArray<u32, 3> = fixedArray(2, 3, 0);
  for (const wanted of order) {
    const waiter = futexChainTake(chain);
    expect(waiter !== null && indexOf(waiter) === wanted, "priority first, then arrival");
  }
  expectEqual(futexQueueWake(queues[0], 64n, 2, 3, chain), 0n);
  expectEqual(futexQueueWake(queues[0], 64n, 1, 0, chain), 1n);
  expectEqual(i64(queues[0].waiting.load()), 1n);
  expect(futexQueueFirst(queues[0], 64n) === null, "nobody waits at 64 any more");
  expect(futexQueueRemove(queues[0], addressOf(waiters[1])), "one that gives up was queued");
  expect(!futexQueueRemove(queues[0], addressOf(waiters[1])), "and is not any more");
  expect(futexQueueIsEmpty(queues[0]), "the queue is empty");
}

function locksAreNotWoken(): void {
  reset();
  queueUp(0, 0, 64n, 0, 1);
  queueUp(1, 0, 64n, 0, 1);
  waiters[1].kind = FutexKind.Lock;
  const chain: FutexChain = zeroed();
  expect(futexQueueWake(queues[0], 64n, FUTEX_BITS_ALL, 5, chain) < 0n, "a waiter for a lock is not woken");
  expectEqual(i64(finish(chain)), 1n);
  expect(futexQueueRequeue(queues[0], queues[1], 64n, 128n, 0, 5, chain) < 0n, "nor moved");
}

function reorderingKeepsEverybody(): void {
  reset();
  for (let index: u32 = 0; index < 5; index++) {
    queueUp(index, 0, 64n, 0, 1);
  }
  futexQueueReorder(queues[0], addressOf(waiters[3]), 9);
  expect(indexOf(futexQueueFirst(queues[0], 64n)!) === 3, "the one with the highest priority comes first");
  futexQueueReorder(queues[0], addressOf(waiters[3]), 0);
  let last = futexQueueFirst(queues[0], 64n)!;
  let next = futexQueueNext(last);
  while (next !== null) {
    last = next;
    next = futexQueueNext(next);
  }
  expect(indexOf(last) === 3, "and behind its equals when it has lost it");
}

/** Waiters of a key in a queue stand by priority, and those of one priority that were never moved by arrival. */
function isOrdered(queue: FutexQueue, key: u64): bool {
  let waiter = futexQueueFirst(queue, key);
  while (waiter !== null) {
    const next = futexQueueNext(waiter);
    if (next !== null && next.priority > waiter.priority) {
      return false;
    }
    waiter = next;
  }
  return true;
}

function countQueued(queue: FutexQueue, key: u64): u32 {
  let count: u32 = 0;
  let waiter = futexQueueFirst(queue, key);
  while (waiter !== null) {
    count++;
    waiter = futexQueueNext(waiter);
  }
  return count;
}

/** Keys 64 and 68 live in queue 0, 128 in queue 1. */
function keyOf(place: u32): u64 {
  return place === 0 ? 64n : place === 1 ? 68n : 128n;
}

function queueOf(place: u32): u32 {
  return place === 2 ? 1 : 0;
}

function nobodyIsLost(): void {
  reset();
  const random: Random = { state: 4711n };
  let queued: u32 = 0;
  for (let step: u32 = 0; step < STEPS; step++) {
    const chain: FutexChain = zeroed();
    const place = randomBelow(random, 3);
    const other = randomBelow(random, 3);
    const choice = randomBelow(random, 8);
    const index = randomBelow(random, WAITERS);
    const isQueued = waiters[index].state.load() === u32(FutexState.Queued);
    if (choice < 4 && !isQueued) {
      queueUp(index, queueOf(place), keyOf(place), randomBelow(random, 3), 1 << randomBelow(random, 2));
      queued++;
    } else if (choice === 4 && isQueued) {
      const own: u32 = waiters[index].key === 128n ? 1 : 0;
      expect(futexQueueRemove(queues[own], addressOf(waiters[index])), "it was there");
      queued--;
    } else if (choice === 5) {
      const woken = futexQueueWake(queues[queueOf(place)], keyOf(place), randomBelow(random, 4), 2, chain);
      expectEqual(i64(finish(chain)), woken);
      queued -= u32(woken);
    } else if (choice === 6) {
      const from = queues[queueOf(place)];
      const to = queues[queueOf(other)];
      const before = countQueued(from, keyOf(place));
      const moved = futexQueueRequeue(from, to, keyOf(place), keyOf(other), 1, 3, chain);
      expectEqual(moved, i64(before < 4 ? before : 4));
      queued -= finish(chain);
    }
    expectEqual(i64(queues[0].waiting.load() + queues[1].waiting.load()), i64(queued));
    expectEqual(
      i64(countQueued(queues[0], 64n) + countQueued(queues[0], 68n) + countQueued(queues[1], 128n)),
      i64(queued),
    );
  }
  expect(isOrdered(queues[0], 64n) && isOrdered(queues[1], 128n), "in the end the order holds");
}

/** Different objects and offsets have different keys, none of them an application address. */
function placesHaveKeys(): void {
  const key = futexKeyOfPlace(1, 8n);
  expect(key !== futexKeyOfPlace(2, 8n) && key !== futexKeyOfPlace(1, 12n), "objects and offsets count");
  expect(key === futexKeyOfPlace(1, 8n), "and nothing else");
  expect(futexKeyOfPlace(1, 0x3ff_ffff_fffcn) !== futexKeyOfPlace(2, 0n), "far behind in one file is not another file");
  expect(key > 0x7fff_ffff_ffffn, "no address of an application");
}

export function testFutexTable(): void {
  test("futex table: what is mapped and where is a key", placesHaveKeys);
  test("futex table: first come, first woken, by priority", firstComeFirstWoken);
  test("futex table: who waits for a lock is not woken by others", locksAreNotWoken);
  test("futex table: a changed priority changes the place", reorderingKeepsEverybody);
  test("futex table: nobody is lost between queues", nobodyIsLost);
}
