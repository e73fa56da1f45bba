/**
 * The reader-writer lock with threads as CPUs: what it protects is not atomic, so a reader beside a writer is a data race that
 * ThreadSanitizer reports, besides the torn values that the readers look for.
 */

import { HOST_THREADS, hostYield, runThreads } from "../../../compiler/std/host-threads.ts";
import { expect, test } from "../../../compiler/std/testing.ts";
import { type PhaseLock, phaseReadEnter, phaseReadLeave, phaseWriteEnter, phaseWriteLeave } from "../phase-lock.ts";
import { type Random, randomBelow } from "../random.ts";

const STEPS = 100_000;
const WRITES = 3_000;

const lock: PhaseLock = zeroed();
const writers: Atomic<u32> = zeroed();
/** Both have the same value outside of writers' sections. */
let first: u64 = 0n;
let second: u64 = 0n;
const torn: Atomic<u32> = zeroed();
const readingTogether: Atomic<u32> = zeroed();
const reading: Atomic<u32> = zeroed();
const written: Atomic<u32> = zeroed();

function read(cpu: u32, random: Random): void {
  const place = phaseReadEnter(lock, cpu, hostYield);
  if (reading.fetchAdd(1, Order.Relaxed) > 0) {
    readingTogether.store(1, Order.Relaxed);
  }
  const seen = first;
  if (randomBelow(random, 16) === 0) {
    hostYield();
  }
  if (seen !== second) {
    void torn.fetchAdd(1);
  }
  void reading.fetchSub(1, Order.Relaxed);
  phaseReadLeave(place);
}

function write(random: Random): void {
  while (writers.exchange(1, Order.Acquire) !== 0) {
    hostYield();
  }
  phaseWriteEnter(lock, hostYield);
  first++;
  if (randomBelow(random, 4) === 0) {
    hostYield();
  }
  second++;
  void written.fetchAdd(1);
  phaseWriteLeave(lock);
  writers.store(0, Order.Release);
}

function mixed(cpu: u32): void {
  const random: Random = { state: u64(cpu) + 1n };
  for (let step: u32 = 0; step < STEPS; step++) {
    if (randomBelow(random, 16) === 0) {
      write(random);
    } else {
      read(cpu, random);
    }
  }
}

function readersAndWritersExclude(): void {
  runThreads(mixed);
  expect(torn.load() === 0, "no reader sees half of a change");
  expect(first === second && first === u64(written.load()), "no change is lost");
  expect(readingTogether.load() === 1, "readers read at the same time");
}

/** One thread writes without pause, the others read a fixed number of times: it ends only if readers get their turn, and the writer. */
function unfair(cpu: u32): void {
  const random: Random = { state: u64(cpu) + 100n };
  for (let step: u32 = 0; step < WRITES; step++) {
    if (cpu === 0) {
      write(random);
    } else {
      read(cpu, random);
    }
  }
}

function nobodyStarves(): void {
  const before = second;
  runThreads(unfair);
  expect(second === before + u64(WRITES), "all changes were made");
  expect(lock.limit.load() === HOST_THREADS, "every reader has its place");
}

export function phaseLockTests(): void {
  test("phase lock: readers and writers exclude each other", readersAndWritersExclude);
  test("phase lock: neither side starves", nobodyStarves);
}
