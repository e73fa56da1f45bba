/**
 * The pages behind the application's regions once they are there: taken away, protected, moved. How they come is in page-supply.ts.
 *
 * Translations that are removed or narrowed are invalidated on all CPUs before their frames are reused, in batches. Tables are
 * walked once each, not once for every page of theirs.
 *
 * The caller (regions.ts) holds the lock of the space to write.
 */

import { ENOMEM } from "../../abi/errno.ts";
import { LARGE_PAGE_SIZE, PAGE_SIZE } from "../../abi/memory-map.ts";
import { PTE_ACCESSED, PTE_ADDRESS_MASK, PTE_ALONG, PTE_PRESENT, PTE_SHOWN, PTE_WRITE } from "../../abi/x86-paging.ts";
import type { Region } from "../core/region-tree.ts";
import { blockOf, blockTableKeep, mapsBlock } from "./block-tables.ts";
import { frameFree, largeFrameFree } from "./frames.ts";
import { protOf } from "./page-supply.ts";
import {
  entryProtected,
  entryReplace,
  GROUP_PAGES,
  groupPart,
  isTouched,
  levelBytes,
  splitPage,
  takeTable,
  type Walk,
  walkMaking,
  walkTo,
} from "./page-table.ts";
import { RegionKind } from "./region-kinds.ts";
import { TLB_FEW_PAGES, TlbFrees, tlbInvalidate, tlbInvalidateOwn } from "./tlb.ts";

const LARGE_MASK = LARGE_PAGE_SIZE - 1n;

// --- Batches -----------------------------------------------------------------------------------------------------------------

/**
 * What was changed and not yet invalidated. Every flush makes all CPUs answer, so there is room for many frames; addresses are of use
 * only as long as there are few.
 */
const BATCH_FRAMES = 1024;
class Batch {
  /** Translations that were changed since the last flush. */
  changed!: u32;
  frameCount!: u32;
  /** Tables are among the frames. */
  frees!: TlbFrees;
  addresses!: FixedArray<u64, 8>;
  /** Frames to free after invalidation; bit 0: it is 2 MiB; bit 1: it is the table of a block, and both are free then. */
  frames!: FixedArray<u64, 1024>;
}
staticAssert(TLB_FEW_PAGES === 8, "there is room for the addresses that tlbInvalidate looks at");
/** Guarded by the lock that the callers hold; too large for a stack. */
const batch: Batch = zeroed();

/** Notes a changed translation and, unless it is 0n, the frame that it led to. */
function batchAdd(address: u64, frame: u64): void {
  if (batch.changed < TLB_FEW_PAGES) {
    batch.addresses[batch.changed] = address;
  }
  batch.changed++;
  batchAddFrame(frame);
}

/** Notes a frame alone, unless it is 0n: no CPU has cached a translation to it. */
function batchAddFrame(frame: u64): void {
  if (frame !== 0n) {
    batch.frames[batch.frameCount] = frame;
    batch.frameCount++;
    if (batch.frameCount === BATCH_FRAMES) {
      batchFlush();
    }
  }
}

/** The same of a table that was taken away whole; 0n: there was none. */
function batchAddTable(address: u64, table: PhysAddr): void {
  if (table !== 0n) {
    batch.frees = TlbFrees.Tables;
    batchAdd(address, u64(table));
  }
}

/** The same of the table of a block; any of its 512 translations may be cached. */
function batchAddBlock(table: PhysAddr): void {
  batch.frees = TlbFrees.Tables;
  batch.changed += TLB_FEW_PAGES + 1;
  batchAddFrame(u64(table) | BLOCK_TABLE);
}
const BLOCK_TABLE = 2n;

function batchFlush(): void {
  tlbInvalidate(elements(batch.addresses), batch.changed, batch.frees);
  batch.frees = TlbFrees.Pages;
  for (let index: u32 = 0; index < batch.frameCount; index++) {
    const frame = batch.frames[index];
    if ((frame & 1n) !== 0n) {
      largeFrameFree(PhysAddr(frame - 1n));
    } else if ((frame & BLOCK_TABLE) !== 0n) {
      const table = PhysAddr(frame - BLOCK_TABLE);
      largeFrameFree(blockOf(table));
      blockTableKeep(table);
    } else {
      frameFree(PhysAddr(frame));
    }
  }
  batch.changed = 0;
  batch.frameCount = 0;
}

function lesser(a: u64, b: u64): u64 {
  return a < b ? a : b;
}

/** Gives an entry that is `before` another value; whether no CPU has cached the old one, so that nothing need be invalidated. */
function entryChange(entry: Ptr<u64>, before: u64, after: u64): bool {
  if ((before & PTE_PRESENT) === 0n) {
    entry.value = after;
    return true;
  }
  if (!isTouched(before)) {
    if (entryReplace(entry, before, after)) {
      return true;
    }
    // Another CPU touches the page meanwhile, and that is all that may happen to it.
    entry.value = after === 0n ? 0n : after | PTE_ACCESSED;
    return false;
  }
  entry.value = after;
  return false;
}

/** The first address behind what one entry of `level` at `page` maps. */
function behind(page: u64, level: u32): u64 {
  const size = levelBytes(level);
  return (page & ~(size - 1n)) + size;
}

/** Splits the 2 MiB page that `address` lies inside of, if there is one; 0 or -ENOMEM. Before a range is changed at that edge. */
export function pagesPrepareEdge(address: u64): i64 {
  return (address & LARGE_MASK) === 0n ? 0n : splitPage(VirtAddr(address));
}

/** The pages of `[start, end)` go away. Of the group in which they end, the first page may be among them, and others not. */
function partGroup(start: u64, end: u64): void {
  const first = end & ~(GROUP_PAGES * PAGE_SIZE - 1n);
  if (first === end || first < start) {
    return;
  }
  const walk: Walk = zeroed();
  walkTo(VirtAddr(first), 1, walk);
  if (walk.level === 1) {
    groupPart(walk.entry);
  }
}

// --- Taking ------------------------------------------------------------------------------------------------------------------

/**
 * Unmaps the pages of `[start, end)`, a part of the region whose edges are prepared, and frees their frames if they are ours. Stops
 * after some `budget` pages, so that others need not wait for long; returns the address up to which all is done.
 */
export function pagesRemove(region: Ptr<Region>, start: u64, end: u64, budget: u64): u64 {
  const isOwned = region.kind !== RegionKind.Physical;
  partGroup(start, end);
  const walk: Walk = zeroed();
  let page = start;
  let removed: u64 = 0n;
  while (page < end && removed < budget) {
    walkTo(VirtAddr(page), 1, walk);
    if (walk.level > 1) {
      if (walk.value !== 0n) {
        walk.entry.value = 0n;
        batchAdd(page, isOwned ? (walk.value & PTE_ADDRESS_MASK) | 1n : 0n);
        removed++;
      }
      page = behind(page, walk.level);
      continue;
    }
    const stop = lesser(behind(page, 2), end);
    if (isOwned && stop - page === LARGE_PAGE_SIZE && mapsBlock(walk.entry)) {
      batchAddBlock(takeTable(VirtAddr(page)));
      removed += BLOCK_COST;
      page = stop;
      continue;
    }
    removed += removeFromTable(walk.entry, page, stop, isOwned);
    if (behind(page, 2) <= end && behind(page, 2) - LARGE_PAGE_SIZE >= start) {
      // The whole block is gone, and its table with it: a large page may come next.
      batchAddTable(page, takeTable(VirtAddr(page)));
    }
    page = stop;
  }
  batchFlush();
  return lesser(page, end);
}

/** In pages: what it takes to see that a table maps a block, and to free it. */
const BLOCK_COST = 8n;

/** Empties the entries of one table from `entry`, that of `start`, on; how many were not empty. */
function removeFromTable(entry: Ptr<u64>, start: u64, end: u64, isOwned: bool): u64 {
  let removed: u64 = 0n;
  let place = entry;
  for (let page = start; page < end; page += PAGE_SIZE) {
    const value = readVolatile(place);
    if (value !== 0n) {
      const frame = isOwned && (value & PTE_SHOWN) === 0n ? value & PTE_ADDRESS_MASK : 0n;
      if (entryChange(place, value, 0n)) {
        batchAddFrame(frame);
      } else {
        batchAdd(page, frame);
      }
      removed++;
    }
    place = place.add(1);
  }
  return removed;
}

/**
 * Takes up to `most` pages of `[start, end)` that a region of a file shows, and if `takesCopies` those that it has copied; how many. The
 * tables stay. The region need not end there, because all its pages are small.
 */
export function pagesForget(start: u64, end: u64, takesCopies: bool, most: u64): u64 {
  const walk: Walk = zeroed();
  let taken: u64 = 0n;
  let page = start;
  while (page < end && taken < most) {
    walkTo(VirtAddr(page), 1, walk);
    if (walk.level > 1) {
      page = behind(page, walk.level);
      continue;
    }
    const stop = lesser(behind(page, 2), end);
    let place = walk.entry;
    for (; page < stop; page += PAGE_SIZE) {
      const value = place.value;
      const isShown = (value & PTE_SHOWN) !== 0n;
      if (value !== 0n && (isShown || takesCopies)) {
        place.value = 0n;
        batchAdd(page, isShown ? 0n : value & PTE_ADDRESS_MASK);
        taken++;
      }
      place = place.add(1);
    }
  }
  batchFlush();
  return taken;
}

// --- Protecting --------------------------------------------------------------------------------------------------------------

/**
 * Gives all pages of the region its protection. If it only allows more than `before`, other CPUs are not asked: one that has cached the
 * narrower translation faults, and finds that it may go on (page-supply.ts). Programs switch between read-only and writable often.
 */
export function pagesProtect(region: Ptr<Region>, before: u32): void {
  const walk: Walk = zeroed();
  const prot = protOf(region);
  let page = region.start;
  while (page < region.end) {
    walkTo(VirtAddr(page), 1, walk);
    if (walk.level > 1) {
      if (walk.value !== 0n) {
        walk.entry.value = entryProtected(walk.value, prot);
        batchAdd(page, 0n);
      }
      page = behind(page, walk.level);
      continue;
    }
    const stop = lesser(behind(page, 2), region.end);
    let place = walk.entry;
    for (; page < stop; page += PAGE_SIZE) {
      const value = readVolatile(place);
      if (value !== 0n && !entryChange(place, value, entryProtected(value, prot))) {
        batchAdd(page, 0n);
      }
      place = place.add(1);
    }
  }
  if ((before & ~region.prot) === 0) {
    tlbInvalidateOwn(elements(batch.addresses), batch.changed);
    batch.changed = 0;
  }
  batchFlush();
}

/** Takes the permission to write from the pages of `[start, end)` that a region of a file shows. */
export function pagesProtectShown(start: u64, end: u64): void {
  const walk: Walk = zeroed();
  let page = start;
  while (page < end) {
    walkTo(VirtAddr(page), 1, walk);
    if (walk.level > 1) {
      page = behind(page, walk.level);
      continue;
    }
    const stop = lesser(behind(page, 2), end);
    let place = walk.entry;
    for (; page < stop; page += PAGE_SIZE) {
      const value = place.value;
      if ((value & (PTE_SHOWN | PTE_WRITE)) === (PTE_SHOWN | PTE_WRITE)) {
        place.value = value & ~PTE_WRITE;
        batchAdd(page, 0n);
      }
      place = place.add(1);
    }
  }
  batchFlush();
}

// --- Moving ------------------------------------------------------------------------------------------------------------------

/**
 * Makes everything that pagesMove needs memory for: tables at the new place, and small pages where a large one does not keep its
 * alignment. 0 or -ENOMEM; a failure has no effect that anybody sees.
 */
export function pagesPrepareMove(from: u64, bytes: u64, to: u64): i64 {
  const isAligned = ((from ^ to) & LARGE_MASK) === 0n;
  const walk: Walk = zeroed();
  const target: Walk = zeroed();
  let offset: u64 = 0n;
  while (offset < bytes) {
    walkTo(VirtAddr(from + offset), 1, walk);
    const isLarge = walk.level > 1;
    if (isLarge && walk.value !== 0n && !isAligned) {
      if (splitPage(VirtAddr(from + offset)) < 0n) {
        return -i64(ENOMEM);
      }
      continue;
    }
    if (walk.value !== 0n && walkMaking(VirtAddr(to + offset), isLarge ? 2 : 1, target) < 0n) {
      return -i64(ENOMEM);
    }
    offset = behind(from + offset, walk.level) - from;
  }
  return 0n;
}

/** Moves the pages of `[from, from + bytes)` to `to`, where nothing is mapped. Both edges and the way were prepared. */
export function pagesMove(from: u64, bytes: u64, to: u64): void {
  const walk: Walk = zeroed();
  partGroup(from, from + bytes);
  let offset: u64 = 0n;
  while (offset < bytes) {
    walkTo(VirtAddr(from + offset), 1, walk);
    if (walk.value !== 0n) {
      // Another CPU may touch the page at this moment: where it lands it must not count as untouched, which is taken for zero (promotion.ts).
      const moved = entryReplace(walk.entry, walk.value, 0n) ? walk.value : walk.value | PTE_ACCESSED;
      walk.entry.value = 0n;
      batchAdd(from + offset, 0n);
      // Nor with others' first page: its group is another one there.
      moveEntry(to + offset, walk.level > 1 ? moved : moved & ~PTE_ALONG, walk.level);
    }
    offset = behind(from + offset, walk.level) - from;
  }
  batchFlush();
}

function moveEntry(address: u64, value: u64, level: u32): void {
  const target: Walk = zeroed();
  if (level > 1) {
    // A table left over from small pages that were here before has to make room.
    batchAddTable(address, takeTable(VirtAddr(address)));
  }
  walkTo(VirtAddr(address), level, target);
  assert(target.level === level, "the way is prepared");
  assert(target.value === 0n, "nothing is mapped at the new place");
  target.entry.value = value;
}
