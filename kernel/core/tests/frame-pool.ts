/** The frame pool against a model: a byte per frame says who owns it, and poolCheck compares lists, counts and bits. */

import { expect, test } from "../../../compiler/std/testing.ts";
import type { FrameBlock } from "../frame-block.ts";
import {
  type FramePool,
  poolAddRange,
  poolAlloc,
  poolAllocLarge,
  poolAllocRun,
  poolBlockCount,
  poolFree,
  poolFreeRun,
  poolHasMore,
  poolInit,
  poolSetAllReady,
  poolSetReady,
  poolTakeReturnable,
  poolTookBack,
} from "../frame-pool.ts";
import { poolCheck } from "../frame-pool-check.ts";
import { type Random, randomBelow } from "../random.ts";

const END_FRAME = 8192n;
const BLOCKS = 16;
const STEPS = 20_000;
const MAX_RUNS = 512;
const RETURNED = 2;

const blocks: FixedArray<FrameBlock, 16> = zeroed();
const pool: FramePool = zeroed();
/** 1: handed out. */
const owned: Bytes<8192> = zeroed();
/** 1: handed out before; RETURNED: but given back to the host since. */
const wasUsed: Bytes<8192> = zeroed();

class Run {
  first!: u64;
  count!: u64;
}
const runs: FixedArray<Run, 512> = zeroed();
let runCount: u32 = 0;

/** Two ranges with a hole between them, neither at the edge of a block. */
function start(): void {
  // Descriptors need not be initialised: whatever they hold must not matter.
  fillBytes(castPtr<u8>(elements(blocks)), 0xa5, u64(sizeOf<FrameBlock>()) * u64(BLOCKS));
  zero(owned);
  zero(wasUsed);
  runCount = 0;
  poolInit(pool, elements(blocks), poolBlockCount(END_FRAME));
  expect(poolAddRange(pool, 700n, 3000n), "first range fits");
  expect(poolAddRange(pool, 4100n, 8190n), "second range fits");
}

function isUsable(frame: u64): bool {
  return (frame >= 700n && frame < 3000n) || (frame >= 4100n && frame < 8190n);
}

function take(first: u64, count: u64, align: u64): void {
  if (first === 0n) {
    return;
  }
  expect(first % align === 0n, "a run is aligned");
  for (let frame = first; frame < first + count; frame++) {
    expect(isUsable(frame), "a frame is memory");
    expect(!pool.isUnused || at(wasUsed, frame) !== 1, "a frame that is said to be unused is");
    expect(
      !(pool.isUnused && pool.isReturned) || at(wasUsed, frame) === RETURNED,
      "one that is said to be returned is, too",
    );
    setAt(wasUsed, frame, 1);
    expect(at(owned, frame) === 0, "a frame is handed out once");
    setAt(owned, frame, 1);
  }
  runs[runCount].first = first;
  runs[runCount].count = count;
  runCount++;
}

function give(index: u32): void {
  const run = runs[index];
  for (let frame = run.first; frame < run.first + run.count; frame++) {
    setAt(owned, frame, 0);
  }
  if (run.count === 1n) {
    poolFree(pool, run.first);
  } else {
    poolFreeRun(pool, run.first, run.count);
  }
  runCount--;
  if (index !== runCount) {
    copy(runs[index], runs[runCount]);
  }
}

/** Gives a free block back to the host; it cannot be handed out meanwhile. */
function returnBlock(isZero: bool): void {
  const before = pool.freeFrames;
  const first = poolTakeReturnable(pool);
  if (first === 0n) {
    return;
  }
  expect(pool.freeFrames === before - 512n, "the block is nobody's");
  for (let frame = first; frame < first + 512n; frame++) {
    expect(at(owned, frame) === 0, "only free frames are returned");
    if (isZero) {
      setAt(wasUsed, frame, RETURNED);
    }
  }
  poolTookBack(pool, first, isZero);
  expect(pool.freeFrames === before, "and then it is free again");
}

function ownedCount(): u64 {
  let count: u64 = 0n;
  for (let frame: u64 = 0n; frame < END_FRAME; frame++) {
    count += u64(at(owned, frame));
  }
  return count;
}

function randomOperations(): void {
  start();
  const random: Random = { state: 0x9e37_79b9_7f4a_7c15n };
  for (let step: u32 = 0; step < STEPS; step++) {
    const choice = randomBelow(random, 100);
    if (runCount > 0 && (choice < 45 || runCount === MAX_RUNS)) {
      give(randomBelow(random, runCount));
    } else if (choice < 80) {
      take(poolAlloc(pool), 1n, 1n);
    } else if (choice < 84) {
      take(poolAllocLarge(pool), 512n, 512n);
    } else {
      const count = u64(randomBelow(random, choice < 97 ? 40 : 1500) + 1);
      const align = u64(1n) << u64(randomBelow(random, 11));
      take(poolAllocRun(pool, count, align), count, align);
    }
    if (randomBelow(random, 32) === 0) {
      returnBlock(randomBelow(random, 4) !== 0);
    }
    if (step % 64 === 0) {
      poolCheck(pool);
      expect(pool.freeFrames + ownedCount() === pool.totalFrames, "every frame is free or owned");
    }
  }
  while (runCount > 0) {
    give(runCount - 1);
  }
  poolCheck(pool);
  expect(pool.freeFrames === 2300n + 4090n, "everything comes back");
}

function exhaustion(): void {
  start();
  let count: u64 = 0n;
  let frame = poolAlloc(pool);
  while (frame !== 0n) {
    expect(isUsable(frame) && at(owned, frame) === 0, "each frame once");
    setAt(owned, frame, 1);
    count++;
    frame = poolAlloc(pool);
  }
  expect(count === 6390n, "all of both ranges is given out");
  expect(poolAllocLarge(pool) === 0n && poolAllocRun(pool, 1n, 1n) === 0n, "nothing is left");
  poolCheck(pool);
  for (let each: u64 = 0n; each < END_FRAME; each++) {
    if (at(owned, each) !== 0) {
      poolFree(pool, each);
    }
  }
  poolCheck(pool);
  expect(poolAllocLarge(pool) !== 0n, "freed frames merge to large ones");
}

function startIsLazy(): void {
  start();
  expect(poolAlloc(pool) === 700n, "the lowest frame comes first");
  for (let index: u32 = 2; index < BLOCKS; index++) {
    expect(blocks[index].next === 0xa5a5_a5a5, "descriptors of unused blocks are not touched");
  }
}

function memoryThatComesLater(): void {
  start();
  poolSetReady(pool, 2049n);
  let count: u64 = 0n;
  let frame = poolAlloc(pool);
  while (frame !== 0n) {
    expect(frame < 2048n, "no frame beyond what is ready");
    count++;
    frame = poolAlloc(pool);
  }
  expect(count === 2048n - 700n, "all that is ready");
  expect(poolAllocLarge(pool) === 0n && poolAllocRun(pool, 600n, 1n) === 0n, "nothing else");
  expect(poolHasMore(pool), "there is more");
  poolSetAllReady(pool);
  expect(!poolHasMore(pool), "now there is not");
  expect(poolAllocRun(pool, 600n, 1n) >= 2048n, "the rest is used");
  poolCheck(pool);
}

export function framePoolTests(): void {
  test("frame pool: random operations keep every invariant", randomOperations);
  test("frame pool: exhaustion and return", exhaustion);
  test("frame pool: unused descriptors are not touched", startIsLazy);
  test("frame pool: memory that becomes ready later", memoryThatComesLater);
}
