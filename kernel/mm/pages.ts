/**
 * The pages behind the application's regions: given at first touch, protected, taken back.
 *
 * A fault costs an upcall, so memory that is touched in order is given in growing portions: 1, 2, 8, 32, 64 pages, then pages of
 * 2 MiB wherever a whole aligned block of the region has no small page yet. A program that touches little gets little: a hello
 * must not be charged 2 MiB for its first stack page. When memory is short, portions shrink to one page.
 *
 * Translations that are removed or narrowed are invalidated before their frames are reused, in batches: page by page for a few,
 * by reloading the top-level table for many (each nucleus call costs some 7 µs where ring 0 is emulated). The caller (regions.ts)
 * holds the lock of the space.
 */

import { ENOMEM } from "../../abi/errno.ts";
import { LARGE_PAGE_SIZE, PAGE_SIZE } from "../../abi/memory-map.ts";
import { PTE_ADDRESS_MASK, PTE_NO_EXECUTE, PTE_PRESENT, PTE_WRITE } from "../../abi/x86-paging.ts";
import { PAGE_FAULT_FETCH, PAGE_FAULT_WRITE } from "../../abi/x86-vectors.ts";
import { invalidatePage } from "../../nucleus/calls.ts";
import type { Region } from "../core/region-tree.ts";
import {
  frameAllocZeroed,
  frameFree,
  frameFreeCount,
  frameTotalCount,
  largeFrameAllocZeroed,
  largeFrameFree,
} from "./frames.ts";
import { levelBytes, mapPage, PageSize, protectPage, splitPage, takeTable, type Walk, walkTo } from "./page-table.ts";
import { Prot } from "./prot.ts";
import { FaultResult, RegionKind } from "./region-kinds.ts";
import { tlbInvalidate } from "./tlb.ts";

const PORTION_STEP = 4n;
const MOST_SMALL_PAGES = 64n;
/** From this portion on a whole 2 MiB page is given where one fits. */
const LARGE_PORTION = 256n;
/** Below 1/16 of all memory, pages are given one by one. */
const SCARCE_SHARE = 16n;

/** Resolves a fault of an access to `address`, which lies in `region`. */
export function resolveFault(region: Ptr<Region>, address: u64, error: u64): FaultResult {
  if (!isAllowed(region, error)) {
    return FaultResult.NotAllowed;
  }
  const page = address & ~(PAGE_SIZE - 1n);
  const walk: Walk = zeroed();
  walkTo(VirtAddr(page), 1, walk);
  if (entryAllows(walk.entry.value, error)) {
    // The translation is there already; this CPU had cached an older one.
    invalidatePage(VirtAddr(page));
    return FaultResult.Resolved;
  }
  if (region.kind === RegionKind.Physical) {
    return populatePhysical(region, page, page + PAGE_SIZE) < 0n ? FaultResult.OutOfMemory : FaultResult.Resolved;
  }
  return givePortion(region, page) ? FaultResult.Resolved : FaultResult.OutOfMemory;
}

function isAllowed(region: Ptr<Region>, error: u64): bool {
  if (region.prot === u32(Prot.None)) {
    return false;
  }
  if ((error & PAGE_FAULT_WRITE) !== 0n) {
    return (region.prot & u32(Prot.Write)) !== 0;
  }
  return (error & PAGE_FAULT_FETCH) === 0n || (region.prot & u32(Prot.Execute)) !== 0;
}

function entryAllows(entry: u64, error: u64): bool {
  if ((entry & PTE_PRESENT) === 0n) {
    return false;
  }
  if ((error & PAGE_FAULT_WRITE) !== 0n) {
    return (entry & PTE_WRITE) !== 0n;
  }
  return (error & PAGE_FAULT_FETCH) === 0n || (entry & PTE_NO_EXECUTE) === 0n;
}

// --- Giving ------------------------------------------------------------------------------------------------------------------

/** Gives the page and, if the region is touched in order, some that follow in the direction of growth. False: no memory. */
function givePortion(region: Ptr<Region>, page: u64): bool {
  const isScarce = frameFreeCount() < frameTotalCount() / SCARCE_SHARE;
  const portion = isScarce ? 1n : nextPortion(region, page);
  if (portion >= LARGE_PORTION && giveLarge(region, page)) {
    return true;
  }
  const bytes = PAGE_SIZE * (portion > MOST_SMALL_PAGES ? MOST_SMALL_PAGES : portion);
  // A portion ends with its 2 MiB, so that the next block is still whole when it is reached.
  const block = page & ~(LARGE_PAGE_SIZE - 1n);
  let first = page;
  let end = page + PAGE_SIZE;
  if (region.kind === RegionKind.Stack) {
    const floor = block > region.start ? block : region.start;
    first = end - floor > bytes ? end - bytes : floor;
    region.detail = first - PAGE_SIZE;
  } else {
    const ceiling = block + LARGE_PAGE_SIZE < region.end ? block + LARGE_PAGE_SIZE : region.end;
    end = ceiling - page > bytes ? page + bytes : ceiling;
    region.detail = end;
  }
  // The page itself must get a frame; those beside it are a favour.
  if (populateAnonymous(region, page, page + PAGE_SIZE) < 0n) {
    return false;
  }
  void populateAnonymous(region, first, end);
  return true;
}

/** `detail` is where an access in order would fault next; `portion` what it was given last. */
function nextPortion(region: Ptr<Region>, page: u64): u64 {
  const isInOrder = region.detail === page;
  if (!isInOrder) {
    region.portion = 1;
  } else if (u64(region.portion) < LARGE_PORTION) {
    region.portion = region.portion === 1 ? 2 : region.portion * u32(PORTION_STEP);
  }
  return u64(region.portion);
}

/** Maps a 2 MiB page over the block of `page` if the region covers the block and none of it has a page; whether it did. */
function giveLarge(region: Ptr<Region>, page: u64): bool {
  const block = page & ~(LARGE_PAGE_SIZE - 1n);
  if (block < region.start || region.end - block < LARGE_PAGE_SIZE) {
    return false;
  }
  const walk: Walk = zeroed();
  walkTo(VirtAddr(block), 2, walk);
  if (walk.entry.value !== 0n) {
    return false;
  }
  const frame = largeFrameAllocZeroed();
  if (frame === 0n) {
    return false;
  }
  if (mapPage(VirtAddr(block), frame, protOf(region), PageSize.Large) < 0n) {
    largeFrameFree(frame);
    return false;
  }
  region.detail = region.kind === RegionKind.Stack ? block - PAGE_SIZE : block + LARGE_PAGE_SIZE;
  return true;
}

/** Gives every page of `[start, end)` of the region its frame; 0 or -ENOMEM. */
export function pagesPopulate(region: Ptr<Region>, start: u64, end: u64): i64 {
  if (region.kind === RegionKind.Physical) {
    return populatePhysical(region, start, end);
  }
  return region.kind === RegionKind.Guard ? 0n : populateAnonymous(region, start, end);
}

function populateAnonymous(region: Ptr<Region>, start: u64, end: u64): i64 {
  const walk: Walk = zeroed();
  for (let page = start; page < end; page += PAGE_SIZE) {
    walkTo(VirtAddr(page), 1, walk);
    if (walk.entry.value !== 0n) {
      continue;
    }
    const frame = frameAllocZeroed();
    if (frame === 0n) {
      return -i64(ENOMEM);
    }
    const result = mapPage(VirtAddr(page), frame, protOf(region), PageSize.Small);
    if (result < 0n) {
      frameFree(frame);
      return result;
    }
  }
  return 0n;
}

function populatePhysical(region: Ptr<Region>, start: u64, end: u64): i64 {
  const walk: Walk = zeroed();
  let page = start;
  while (page < end) {
    walkTo(VirtAddr(page), 1, walk);
    if (walk.entry.value !== 0n) {
      page += PAGE_SIZE;
      continue;
    }
    const physical = region.detail + (page - region.start);
    const isLarge =
      walk.level >= 2 && ((page | physical) & (LARGE_PAGE_SIZE - 1n)) === 0n && end - page >= LARGE_PAGE_SIZE;
    const size = isLarge ? PageSize.Large : PageSize.Small;
    const result = mapPage(VirtAddr(page), PhysAddr(physical), protOf(region), size);
    if (result < 0n) {
      return result;
    }
    page += isLarge ? LARGE_PAGE_SIZE : PAGE_SIZE;
  }
  return 0n;
}

function protOf(region: Ptr<Region>): Prot {
  switch (region.prot & 7) {
    case 0:
      return Prot.None;
    case 1:
      return Prot.Read;
    case 2:
      return Prot.Write;
    case 3:
      return Prot.ReadWrite;
    case 4:
      return Prot.Execute;
    case 5:
      return Prot.ReadExecute;
    case 6:
      return Prot.WriteExecute;
    default:
      return Prot.All;
  }
}

// --- Taking ------------------------------------------------------------------------------------------------------------------

/** What was unmapped and not yet invalidated. */
const BATCH_SIZE = 64;
class Batch {
  count!: u32;
  addresses!: FixedArray<u64, 64>;
  /** Frame to free after invalidation, 0n for none; bit 0: it is 2 MiB. */
  frames!: FixedArray<u64, 64>;
}
/** Guarded by the lock that the callers hold; too large for a stack. */
const batch: Batch = zeroed();

function batchAdd(address: u64, frame: u64): void {
  if (batch.count === BATCH_SIZE) {
    batchFlush();
  }
  batch.addresses[batch.count] = address;
  batch.frames[batch.count] = frame;
  batch.count++;
}

function batchFlush(): void {
  tlbInvalidate(elements(batch.addresses), batch.count);
  for (let index: u32 = 0; index < batch.count; index++) {
    const frame = batch.frames[index];
    if ((frame & 1n) !== 0n) {
      largeFrameFree(PhysAddr(frame - 1n));
    } else if (frame !== 0n) {
      frameFree(PhysAddr(frame));
    }
  }
  batch.count = 0;
}

/** Splits the 2 MiB page that `address` lies inside of, if there is one; 0 or -ENOMEM. Before a range is changed at that edge. */
export function pagesPrepareEdge(address: u64): i64 {
  return (address & (LARGE_PAGE_SIZE - 1n)) === 0n ? 0n : splitPage(VirtAddr(address));
}

/** Unmaps the pages of `[start, end)`, a part of the region whose edges are prepared, and frees their frames if they are ours. */
export function pagesRemove(region: Ptr<Region>, start: u64, end: u64): void {
  const isOwned = region.kind !== RegionKind.Physical;
  const walk: Walk = zeroed();
  let page = start;
  while (page < end) {
    walkTo(VirtAddr(page), 1, walk);
    const size = levelBytes(walk.level);
    const entry = walk.entry.value;
    if (entry !== 0n) {
      walk.entry.value = 0n;
      const frame = (entry & PTE_ADDRESS_MASK) | (walk.level > 1 ? 1n : 0n);
      batchAdd(page, isOwned ? frame : 0n);
    }
    const next = (page & ~(size - 1n)) + size;
    if (walk.level === 1 && (next & (LARGE_PAGE_SIZE - 1n)) === 0n && next - LARGE_PAGE_SIZE >= start && next <= end) {
      // The whole block is gone, and its table with it: a large page may come next.
      batchAdd(page, u64(takeTable(VirtAddr(page))));
    }
    page = next;
  }
  batchFlush();
}

/** Gives all pages of the region its protection. */
export function pagesProtect(region: Ptr<Region>): void {
  const walk: Walk = zeroed();
  let page = region.start;
  while (page < region.end) {
    walkTo(VirtAddr(page), 1, walk);
    if (walk.entry.value !== 0n) {
      protectPage(VirtAddr(page), protOf(region));
      batchAdd(page, 0n);
    }
    const size = levelBytes(walk.level);
    page = (page & ~(size - 1n)) + size;
  }
  batchFlush();
}
