/**
 * Pages that are given before they are touched, with the call that asks for the memory.
 *
 * What a program has just asked for it is about to touch: malloc writes the size of a block in front of it, and an arena that has grown by a
 * page hands that page out. So the first page of a small new mapping, and the first eight of a range that becomes writable or of a heap that
 * grows, are given with the call, which costs a hundredth of a fault; twice as many each time while most of what was given last has come into use
 * (V8 fills its chunks of 256 KiB). A CPU has four such guesses open at a time: if the last ones were wrong,
 * there is no next one until the first page of one has been touched or is gone. Pages that nobody has touched are no part of what the program sees
 * as resident, eight by eight (page-table.ts: givenEntry).
 *
 * Whoever fills memory in order finds these pages there, and faults behind them: that is still in order, and gets the next portion.
 *
 * The caller holds the lock of the space to write.
 */

import { LARGE_PAGE_SIZE, PAGE_SIZE } from "../../abi/memory-map.ts";
import type { Region } from "../core/region-tree.ts";
import { expectInOrder, streamsMoveOn } from "./fault-streams.ts";
import { frameAllocZeroed, framesAreScarce } from "./frames.ts";
import { comesAlong } from "./page-neighbours.ts";
import { protOf } from "./page-supply.ts";
import { givenEntry, isResident, isTouched, untouchedEntry, type Walk, walkMaking, walkTo } from "./page-table.ts";
import { Prot } from "./prot.ts";
import { RegionKind } from "./region-kinds.ts";

const LARGE_MASK = LARGE_PAGE_SIZE - 1n;

/** Pages `[start, start + count)` that were given ahead. */
class Guess {
  start!: u64;
  count!: u64;
}
/**
 * The last guesses on this CPU.
 * @percpu
 */
const guesses: FixedArray<Guess, 4> = zeroed();
const MOST_GUESSES = 4;
/** So many pages of a range that becomes writable are given ahead, as experience on this CPU says: a multiple of a group, or 0 at the beginning. */
const LEAST_EXPECTED = 8n;
const MOST_EXPECTED = 64n;
/** @percpu */
let expected: u64 = 0n;
/**
 * The guess that was made last.
 * @percpu
 */
let newest: u32 = 0;

/** The program has just mapped `bytes` bytes of the region at `start`. */
export function expectFirstTouch(region: Ptr<Region>, start: u64, bytes: u64): void {
  if (bytes >= LARGE_PAGE_SIZE) {
    return;
  }
  // A heap that grows goes on where it ends; other mappings may be buffers that hardly anything is put into.
  const count: u64 = region.start < start ? lesser(bytes / PAGE_SIZE, expectedPages()) : 1n;
  expectTouches(region, start, count);
  expectInOrder(start + count * PAGE_SIZE);
}

/** `[start, end)` of the region, which could not be accessed, has just become writable. */
export function expectTouchesOf(region: Ptr<Region>, start: u64, end: u64): void {
  // A large range is a stack as likely as a heap, and a stack is touched at its other end.
  if (end - start < LARGE_PAGE_SIZE) {
    expectTouches(region, start, lesser((end - start) / PAGE_SIZE, expectedPages()));
  }
}

function expectedPages(): u64 {
  learn(guesses[newest]);
  return expected === 0n ? LEAST_EXPECTED : expected;
}

/** Gives up to `count` pages from `start` on, as far as they lie in one table and have no frames yet. */
function expectTouches(region: Ptr<Region>, start: u64, count: u64): void {
  const isWritable = (region.prot & u32(Prot.ReadWrite)) === u32(Prot.ReadWrite);
  if (region.kind !== RegionKind.Anonymous || !isWritable || framesAreScarce()) {
    return;
  }
  const guess = freeGuess(start);
  if (guess === MOST_GUESSES) {
    return;
  }
  const walk: Walk = zeroed();
  if (walkMaking(VirtAddr(start), 1, walk) < 0n || walk.level > 1) {
    return;
  }
  const prot = protOf(region);
  const isLed = comesAlong(region);
  const end = lesser(start + count * PAGE_SIZE, (start & ~LARGE_MASK) + LARGE_PAGE_SIZE);
  let entry = walk.entry;
  let page = start;
  for (; page < end && entry.value === 0n; page += PAGE_SIZE) {
    const frame = frameAllocZeroed();
    if (frame === 0n) {
      break;
    }
    entry.value = isLed ? givenEntry(entry, frame, prot) : untouchedEntry(frame, prot);
    entry = entry.add(1);
  }
  if (page > start) {
    guesses[guess] = { start, count: (page - start) / PAGE_SIZE };
    newest = guess;
  }
  streamsMoveOn(start, page);
}

/**
 * A place for a guess at `start`, where there is no page: of one whose first page has been touched or is gone, as it is if it was made at the same
 * place; MOST_GUESSES: all are open.
 */
function freeGuess(start: u64): u32 {
  for (let place: u32 = 0; place < MOST_GUESSES; place++) {
    if (guesses[place].start === start) {
      return place;
    }
  }
  const walk: Walk = zeroed();
  let tried: u32 = 0;
  while (tried < MOST_GUESSES) {
    const place = (newest + 1 + tried) % MOST_GUESSES;
    walkTo(VirtAddr(guesses[place].start), 1, walk);
    if (walk.value === 0n || isTouched(walk.value)) {
      return place;
    }
    tried++;
  }
  return MOST_GUESSES;
}

/** From the last guess for a range: more next time if most of it is in use by now, less if little is. */
function learn(guess: Guess): void {
  if (guess.count < LEAST_EXPECTED) {
    return;
  }
  const walk: Walk = zeroed();
  let used: u64 = 0n;
  // The last page of each group, which counts as the first one does.
  for (let page: u64 = LEAST_EXPECTED - 1n; page < guess.count; page += LEAST_EXPECTED) {
    walkTo(VirtAddr(guess.start + page * PAGE_SIZE), 1, walk);
    used += isResident(walk.entry, walk.value) ? LEAST_EXPECTED : 0n;
  }
  if (used * 4n >= guess.count * 3n) {
    expected = lesser(guess.count * 2n, MOST_EXPECTED);
  } else if (used * 2n < guess.count) {
    expected = LEAST_EXPECTED;
  }
}

function lesser(a: u64, b: u64): u64 {
  return a < b ? a : b;
}
