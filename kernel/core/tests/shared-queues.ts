/**
 * Run queues and timer heaps with threads as CPUs: what is queued is taken by its own CPU, by one that steals, or by one that cancels, each time
 * under the queue's lock. A node that two CPUs took would be a data race on its counters, which ThreadSanitizer reports; one that
 * was lost is missing at the end.
 */

import { HOST_THREADS, hostYield, runThreads } from "../../../compiler/std/host-threads.ts";
import { expect, test } from "../../../compiler/std/testing.ts";
import { type Random, randomBelow, randomNext } from "../random.ts";
import {
  type RunNode,
  type RunQueue,
  runQueueFindLast,
  runQueuePop,
  runQueuePush,
  runQueueRemove,
} from "../run-queue.ts";
import {
  type TimerHeap,
  type TimerNode,
  timerHeapCheck,
  timerHeapFirst,
  timerHeapInsert,
  timerHeapRemove,
} from "../timer-heap.ts";

const NODES = 24;
const STEPS = 20_000;

class Thread {
  /** First, as the queue wants it. */
  node!: RunNode;
  turns!: u64;
}

class Lock {
  held!: Atomic<u32>;
}

const locks: FixedArray<Lock, 4> = zeroed();
const queues: FixedArray<RunQueue, 4> = zeroed();
const threads: FixedArray<Thread, 24> = zeroed();
const turns: Atomic<u64> = zeroed();

const heaps: FixedArray<TimerHeap, 4> = zeroed();
const timers: FixedArray<TimerNode, 24> = zeroed();
const fired: Atomic<u64> = zeroed();

function take(index: u32): void {
  while (locks[index].held.exchange(1, Order.Acquire) !== 0) {
    hostYield();
  }
}

function give(index: u32): void {
  locks[index].held.store(0, Order.Release);
}

function isEven(_node: Ptr<RunNode>, argument: u64): bool {
  return (argument & 1n) === 0n;
}

/** From the own queue, or the last one of another's. */
function nextThread(cpu: u32, random: Random): Ptr<RunNode> | null {
  take(cpu);
  let node = runQueuePop(queues[cpu]);
  give(cpu);
  if (node === null) {
    const victim = randomBelow(random, HOST_THREADS);
    take(victim);
    node = runQueueFindLast(queues[victim], isEven, randomNext(random));
    if (node !== null) {
      runQueueRemove(queues[victim], node);
    }
    give(victim);
  }
  return node;
}

function schedule(cpu: u32): void {
  const random: Random = { state: u64(cpu) + 7n };
  for (let step: u32 = 0; step < STEPS; step++) {
    const node = nextThread(cpu, random);
    if (node === null) {
      hostYield();
      continue;
    }
    // SAFETY: the node is the first field of a Thread.
    castPtr<Thread>(node).turns++;
    void turns.fetchAdd(1n, Order.Relaxed);
    node.priority = randomBelow(random, 32);
    const place = randomBelow(random, HOST_THREADS);
    take(place);
    runQueuePush(queues[place], node);
    give(place);
  }
}

function threadsAreRunOnce(): void {
  for (let index: u32 = 0; index < NODES; index++) {
    runQueuePush(queues[index % HOST_THREADS], addressOf(threads[index].node));
  }
  runThreads(schedule);
  let queued: u32 = 0;
  let counted: u64 = 0n;
  for (let index: u32 = 0; index < HOST_THREADS; index++) {
    queued += queues[index].count;
  }
  for (let index: u32 = 0; index < NODES; index++) {
    counted += threads[index].turns;
  }
  expect(queued === NODES, "every thread is in one queue");
  expect(counted === turns.load() && counted > 0n, "every turn is counted");
}

/** Each CPU fires the first timer of its own heap, or cancels one of its timers before its time, and arms it in a heap of its own again. */
function keepTime(cpu: u32): void {
  const random: Random = { state: u64(cpu) + 77n };
  for (let step: u32 = 0; step < STEPS; step++) {
    const heap = randomBelow(random, HOST_THREADS);
    take(heap);
    let timer = timerHeapFirst(heaps[heap]);
    if (timer !== null && randomBelow(random, 2) === 0) {
      // Any other one of the same heap: timers go back to the heap they come from.
      const chosen = addressOf(timers[randomBelow(random, NODES / HOST_THREADS) * HOST_THREADS + heap]);
      timer = chosen.armed ? chosen : timer;
    }
    if (timer !== null) {
      timerHeapRemove(heaps[heap], timer);
    }
    give(heap);
    if (timer === null) {
      continue;
    }
    timer.deadlineNs = randomNext(random) >> 8n;
    void fired.fetchAdd(1n, Order.Relaxed);
    take(heap);
    timerHeapInsert(heaps[heap], timer);
    give(heap);
  }
}

function timersAreKept(): void {
  for (let index: u32 = 0; index < NODES; index++) {
    timers[index].deadlineNs = u64(index);
    timerHeapInsert(heaps[index % HOST_THREADS], addressOf(timers[index]));
  }
  runThreads(keepTime);
  let armed: u64 = 0n;
  for (let index: u32 = 0; index < HOST_THREADS; index++) {
    timerHeapCheck(heaps[index]);
    armed += heaps[index].count;
  }
  expect(armed === u64(NODES) && fired.load() > 0n, "every timer is armed in one heap");
}

export function sharedQueueTests(): void {
  test("run queues: threads that move among CPUs are neither lost nor run twice", threadsAreRunOnce);
  test("timer heaps: timers that any CPU takes are neither lost nor taken twice", timersAreKept);
}
