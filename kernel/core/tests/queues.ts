/** Run queue, timer heap and log ring against simple models. */

import { expect, expectEqual, test } from "../../../compiler/std/testing.ts";
import { type LogRing, logRingAppend, logRingInit, logRingRead } from "../log-ring.ts";
import { type Random, randomBelow, randomNext } from "../random.ts";
import {
  PRIORITY_COUNT,
  type RunNode,
  type RunQueue,
  runQueueHighest,
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

const NODES = 200;
const STEPS = 30_000;

const queue: RunQueue = zeroed();
const nodes: FixedArray<RunNode, 200> = zeroed();
/** When a node was queued; 0n: it is not. */
const queuedAt: FixedArray<u64, 200> = zeroed();

/** The node that must come next: highest priority, then first come. */
function modelNext(): u32 {
  let best: u32 = NODES;
  for (let index: u32 = 0; index < NODES; index++) {
    if (queuedAt[index] === 0n) {
      continue;
    }
    const isBetter =
      best === NODES ||
      nodes[index].priority > nodes[best].priority ||
      (nodes[index].priority === nodes[best].priority && queuedAt[index] < queuedAt[best]);
    if (isBetter) {
      best = index;
    }
  }
  return best;
}

function runQueueRandom(): void {
  const random: Random = { state: 77n };
  for (let step: u32 = 1; step <= STEPS; step++) {
    const index = randomBelow(random, NODES);
    const choice = randomBelow(random, 3);
    if (choice === 0) {
      const expected = modelNext();
      const node = runQueuePop(queue);
      expect(expected === NODES ? node === null : virtAddr(node) === virtAddr(nodes[expected]), "order of the queue");
      if (expected < NODES) {
        queuedAt[expected] = 0n;
      }
    } else if (queuedAt[index] === 0n) {
      nodes[index].priority = randomBelow(random, PRIORITY_COUNT);
      runQueuePush(queue, addressOf(nodes[index]));
      queuedAt[index] = u64(step);
    } else if (choice === 1) {
      runQueueRemove(queue, addressOf(nodes[index]));
      queuedAt[index] = 0n;
    }
    const next = modelNext();
    expect((queue.ready === 0) === (next === NODES), "the bitmap says whether anything is ready");
    expect(next === NODES || runQueueHighest(queue) === nodes[next].priority, "highest priority");
  }
}

const heap: TimerHeap = zeroed();
const timers: FixedArray<TimerNode, 200> = zeroed();

function earliest(): u64 {
  let best: u64 = u64.MAX;
  for (let index: u32 = 0; index < NODES; index++) {
    if (timers[index].armed && timers[index].deadlineNs < best) {
      best = timers[index].deadlineNs;
    }
  }
  return best;
}

function timerHeapRandom(): void {
  const random: Random = { state: 4711n };
  for (let step: u32 = 0; step < STEPS; step++) {
    const timer = addressOf(timers[randomBelow(random, NODES)]);
    const choice = randomBelow(random, 3);
    if (choice === 0) {
      const first = timerHeapFirst(heap);
      expect(first === null ? earliest() === u64.MAX : first.deadlineNs === earliest(), "the first is the earliest");
      if (first !== null) {
        timerHeapRemove(heap, first);
      }
    } else if (timer.armed) {
      timerHeapRemove(heap, timer);
    } else {
      timer.deadlineNs = randomNext(random) >> (randomBelow(random, 2) === 0 ? u64(60n) : u64(20n));
      timerHeapInsert(heap, timer);
    }
    if (step % 100 === 0) {
      timerHeapCheck(heap);
    }
  }
  let last: u64 = 0n;
  let first = timerHeapFirst(heap);
  while (first !== null) {
    expect(first.deadlineNs >= last, "timers come in order");
    last = first.deadlineNs;
    timerHeapRemove(heap, first);
    first = timerHeapFirst(heap);
  }
  expectEqual(i64(heap.count), 0n);
}

const ringBytes: Bytes<256> = zeroed();
const lineBytes: Bytes<64> = zeroed();

function readLine(ring: LogRing, position: u64, expected: string): u64 {
  let length: u64 = 0n;
  const next = logRingRead(ring, position, sliceOf(elements(lineBytes), 64n), addressOf(length));
  expect(stringOf(elements(lineBytes), length) === expected, expected);
  return next;
}

function logRingKeepsWholeLines(): void {
  const ring: LogRing = zeroed();
  logRingInit(ring, sliceOf(elements(ringBytes), 256n));
  for (let index: u32 = 0; index < 100; index++) {
    // Lines of different lengths, so that the oldest ends anywhere.
    logRingAppend(ring, `line ${index * index * index}\n`);
    expect(ring.head - ring.tail <= 256n, "the ring is not overfull");
    expect(index < 40 || ring.head - ring.tail > 240n, "no more is dropped than needed");
    let position: u64 = 0n;
    while (position < ring.head) {
      let length: u64 = 0n;
      position = logRingRead(ring, position, sliceOf(elements(lineBytes), 64n), addressOf(length));
      expect(length >= 7n && stringOf(elements(lineBytes), 5) === "line ", "whole lines only");
    }
  }
}

function logRingReadsInOrder(): void {
  const ring: LogRing = zeroed();
  logRingInit(ring, sliceOf(elements(ringBytes), 256n));
  logRingAppend(ring, "first\n");
  logRingAppend(ring, "second\n");
  let position = readLine(ring, 0n, "first\n");
  position = readLine(ring, position, "second\n");
  expect(readLine(ring, position, "") === position, "nothing more");
  logRingAppend(ring, "third\n");
  expect(readLine(ring, position, "third\n") === ring.head, "the end");
}

function logRingCutsLongLines(): void {
  const ring: LogRing = zeroed();
  logRingInit(ring, sliceOf(elements(ringBytes), 256n));
  const long = "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789";
  logRingAppend(ring, `${long}${long}\n`);
  expect(ring.head === 128n && ringBytes[127] === 0x0a, "half the ring at most, and it still ends in a newline");
}

export function queueTests(): void {
  test("run queue: random operations agree with a model", runQueueRandom);
  test("timer heap: random operations agree with a model", timerHeapRandom);
  test("log ring: overwrites whole lines", logRingKeepsWholeLines);
  test("log ring: reads in order", logRingReadsInOrder);
  test("log ring: cuts long lines", logRingCutsLongLines);
}
