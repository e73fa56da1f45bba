/**
 * Pages that are given before they are touched, with the call that asks for the memory.
 *
 * What a program has just asked for it is about to touch: malloc writes the size of a block in front of it, and an arena that has grown by a
 * page hands that page out. So the first page of a small new mapping, and the first few of a range that becomes writable, are given with
 * the call, marked as untouched, which costs a hundredth of a fault. A CPU has four such guesses open at a time: if the last ones were wrong,
 * there is no next one until a page of them has been touched or is gone. Untouched pages are no part of what the program sees as resident,
 * and to take one away again no CPU has to forget anything.
 *
 * Whoever fills memory in order finds these pages there, and faults behind them: that is still in order, and gets the next portion.
 *
 * The caller holds the lock of the space to write.
 */

import { LARGE_PAGE_SIZE, PAGE_SIZE } from "../../abi/memory-map.ts";
import type { Region } from "../core/region-tree.ts";
import { expectInOrder, streamsMoveOn } from "./fault-streams.ts";
import { frameAllocZeroed, framesAreScarce } from "./frames.ts";
import { protOf } from "./page-supply.ts";
import { isTouched, untouchedEntry, type Walk, walkMaking, walkTo } from "./page-table.ts";
import { Prot } from "./prot.ts";
import { RegionKind } from "./region-kinds.ts";

const LARGE_MASK = LARGE_PAGE_SIZE - 1n;
/**
 * The first page of each of the last guesses on this CPU.
 * @percpu
 */
const guesses: FixedArray<u64, 4> = zeroed();
const MOST_GUESSES = 4;
/** So many pages of a range that becomes writable are given ahead. */
const EXPECTED_MOST = 4n;

/** The program has just mapped `bytes` bytes of the region at `start`. */
export function expectFirstTouch(region: Ptr<Region>, start: u64, bytes: u64): void {
  if (bytes < LARGE_PAGE_SIZE) {
    expectTouches(region, start, 1);
    expectInOrder(start + PAGE_SIZE);
  }
}

/** `[start, end)` of the region, which could not be accessed, has just become writable. */
export function expectTouchesOf(region: Ptr<Region>, start: u64, end: u64): void {
  // A large range is a stack as likely as a heap, and a stack is touched at its other end.
  if (end - start < LARGE_PAGE_SIZE) {
    expectTouches(region, start, u32(lesser((end - start) / PAGE_SIZE, EXPECTED_MOST)));
  }
}

/** Gives up to `count` pages from `start` on, as far as they lie in one table and have no frames yet. */
function expectTouches(region: Ptr<Region>, start: u64, count: u32): void {
  const isWritable = (region.prot & u32(Prot.ReadWrite)) === u32(Prot.ReadWrite);
  if (region.kind !== RegionKind.Anonymous || !isWritable || framesAreScarce()) {
    return;
  }
  const guess = freeGuess();
  if (guess === MOST_GUESSES) {
    return;
  }
  const walk: Walk = zeroed();
  if (walkMaking(VirtAddr(start), 1, walk) < 0n || walk.level > 1) {
    return;
  }
  const prot = protOf(region);
  const end = lesser(start + u64(count) * PAGE_SIZE, (start & ~LARGE_MASK) + LARGE_PAGE_SIZE);
  let entry = walk.entry;
  let page = start;
  for (; page < end && entry.value === 0n; page += PAGE_SIZE) {
    const frame = frameAllocZeroed();
    if (frame === 0n) {
      break;
    }
    entry.value = untouchedEntry(frame, prot);
    if (page === start) {
      guesses[guess] = page;
    }
    entry = entry.add(1);
  }
  streamsMoveOn(start, page);
}

/** A place for one more guess; MOST_GUESSES: all are open. */
function freeGuess(): u32 {
  const walk: Walk = zeroed();
  let guess: u32 = 0;
  while (guess < MOST_GUESSES) {
    walkTo(VirtAddr(guesses[guess]), 1, walk);
    if (walk.value === 0n || isTouched(walk.value)) {
      break;
    }
    guess++;
  }
  return guess;
}

function lesser(a: u64, b: u64): u64 {
  return a < b ? a : b;
}
