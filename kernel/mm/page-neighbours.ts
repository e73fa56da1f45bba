/**
 * Memory that is touched here and there: how much to give around a page that was touched out of order.
 *
 * A heap of pools (Python's, V8's) touches the first page of each pool, and the others later. A fault costs more than the frames of a block, so
 * where pages close by are in use, the page comes with its aligned 64 KiB, in a crowd of them with 256 KiB, where there is one such page
 * with 16 KiB, else alone, as stacks of threads and sparse tables want it. What was not asked for is marked as given (givenEntry)
 * and counts for nothing here, until the first page of its eight is touched: a program that does not use what it is given does not get more of it.
 *
 *     three blocks of 64 KiB, cut to the region and to the table     | pages in use here count | page, given | and here |
 */

import { LARGE_PAGE_SIZE, PAGE_SIZE } from "../../abi/memory-map.ts";
import { PTE_COUNT } from "../../abi/x86-paging.ts";
import type { Region } from "../core/region-tree.ts";
import { frameAllocZeroed, frameFree } from "./frames.ts";
import { protOf } from "./page-supply.ts";
import { entryFill, givenEntry, isResident, untouchedEntry } from "./page-table.ts";
import { RegionKind, RegionTrait } from "./region-kinds.ts";

const BLOCK_BYTES = 0x1_0000n;
const FEW_BYTES = 0x4000n;
/** So many pages in use make a block worth giving, and so many a large one. */
const MANY_TOUCHED = 2;
const CROWD_TOUCHED = 16;
const LARGE_BLOCK_BYTES = 0x4_0000n;

/** Pages `[start, end)` of one table. */
export class Stretch {
  start!: u64;
  end!: u64;
}

/** What to give for a touch of `page`, whose entry is `entry`; whether that is a whole block. */
export function stretchAround(region: Ptr<Region>, page: u64, entry: Ptr<u64>, given: Stretch): bool {
  const block = page & ~(BLOCK_BYTES - 1n);
  setWithin(given, region, page, block - BLOCK_BYTES, block + 2n * BLOCK_BYTES);
  const touched = touchedPages(entry, given);
  const bytes = bytesFor(touched);
  const start = page & ~(bytes - 1n);
  setWithin(given, region, page, start, start + bytes);
  return bytes >= BLOCK_BYTES;
}

function bytesFor(touched: u32): u64 {
  if (touched >= MANY_TOUCHED) {
    return touched >= CROWD_TOUCHED ? LARGE_BLOCK_BYTES : BLOCK_BYTES;
  }
  return touched > 0 ? FEW_BYTES : PAGE_SIZE;
}

/** `[start, end)`, cut to the region and to the table of `page`. */
function setWithin(stretch: Stretch, region: Ptr<Region>, page: u64, start: u64, end: u64): void {
  const table = page & ~(LARGE_PAGE_SIZE - 1n);
  const tableEnd = table + LARGE_PAGE_SIZE;
  const first = region.start > table ? region.start : table;
  const last = region.end < tableEnd ? region.end : tableEnd;
  stretch.start = start > first ? start : first;
  stretch.end = end < last ? end : last;
}

/** The entry of another page in the table that has `entry`. */
function entryBeside(entry: Ptr<u64>, page: u64): Ptr<u64> {
  const index = (page / PAGE_SIZE) & u64(PTE_COUNT - 1);
  // SAFETY: tables are aligned to their size, a page.
  return pointerAt<u64>(virtAddr(entry) & ~(PAGE_SIZE - 1n)).add(index);
}

function touchedPages(entry: Ptr<u64>, among: Stretch): u32 {
  let count: u32 = 0;
  for (let page = among.start; page < among.end; page += PAGE_SIZE) {
    const value = readVolatile(entryBeside(entry, page));
    count += value !== 0n && isResident(entryBeside(entry, page), value) ? 1 : 0;
  }
  return count;
}

/** Gives frames to the empty entries of the stretch, as pages that nobody has asked for; as far as there is memory. */
export function fillUntouched(entry: Ptr<u64>, stretch: Stretch, region: Ptr<Region>): void {
  const prot = protOf(region);
  for (let page = stretch.start; page < stretch.end; page += PAGE_SIZE) {
    const place = entryBeside(entry, page);
    if (readVolatile(place) !== 0n) {
      continue;
    }
    const frame = frameAllocZeroed();
    if (frame === 0n) {
      return;
    }
    if (!entryFill(place, comesAlong(region) ? givenEntry(place, frame, prot) : untouchedEntry(frame, prot))) {
      frameFree(frame);
    }
  }
}

/**
 * Whether pages of the region may count together, eight by eight. Not where the program wants small pages, which it may have asked for because it
 * looks at each; and not in stacks, whose pages are touched from the last to the first.
 */
export function comesAlong(region: Ptr<Region>): bool {
  return region.kind !== RegionKind.Stack && (region.traits & u32(RegionTrait.SmallPages)) === 0;
}
