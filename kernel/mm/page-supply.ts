/**
 * How the application's regions get their pages: at first touch, or when asked.
 *
 * A fault costs an upcall, so memory that is touched in order is given in growing portions: 1, 4, 16, 64 pages, then pages of
 * 2 MiB wherever a whole aligned block of the region has no small page yet. Where large pages are refused the block gets all its small ones
 * (block-tables.ts). A program that touches little gets little: a hello must not be charged 2 MiB for its first stack page. When memory is
 * short, portions shrink to one page. Behind the last portion a block becomes a large page if most of it is ahead (promotion.ts). What is given before any touch is in first-touch.ts.
 *
 * Memory that is touched here and there is given in blocks of 64 KiB where pages close by are in use already: a heap of pools, whose first pages
 * are touched before the second ones. What was not asked for is marked as untouched there, too.
 *
 * The caller holds the lock of the space to read, so other CPUs may give pages of the same region meanwhile: whoever fills an entry
 * first has given the page, the other one frees its frame. A page of 2 MiB takes long to clear, so the caller does that without the
 * lock when it is told that one is wanted, and comes again.
 */

import { ENOMEM } from "../../abi/errno.ts";
import { LARGE_PAGE_SIZE, PAGE_SIZE } from "../../abi/memory-map.ts";
import { PTE_NO_EXECUTE, PTE_PRESENT, PTE_WRITE } from "../../abi/x86-paging.ts";
import { PAGE_FAULT_FETCH, PAGE_FAULT_PRESENT, PAGE_FAULT_WRITE } from "../../abi/x86-vectors.ts";
import { invalidatePage } from "../../nucleus/calls.ts";
import type { Region } from "../core/region-tree.ts";
import { blockTableKeep, blockTableTake } from "./block-tables.ts";
import { type FaultStream, LARGE_PORTION, streamOf } from "./fault-streams.ts";
import { frameAllocZeroed, frameFree, framesAreScarce } from "./frames.ts";
import { fillUntouched, type Stretch, stretchAround } from "./page-neighbours.ts";
import {
  entryFill,
  entryTouch,
  isGiven,
  leafEntry,
  levelBytes,
  tableEntry,
  type Walk,
  walkMaking,
  walkTo,
} from "./page-table.ts";
import { Prot } from "./prot.ts";
import { FaultResult, RegionKind, RegionTrait } from "./region-kinds.ts";

const MOST_SMALL_PAGES = 128n;
/** The portion of the second fault in order. */
const FEW_BYTES = 0x4000n;
/** A block of stretchAround was given: who goes on behind it in order gets the portion that follows this one. */
const BLOCK_PORTION = 8;
const PROMOTED_BELOW_BYTES = 0x8_0000n;
const LARGE_MASK = LARGE_PAGE_SIZE - 1n;

/** A page of 2 MiB that is made while no lock is held; the caller owns `frame` as long as it is not 0n. */
export class LargeOffer {
  /** The offer stands: `frame`, or 0n if there is no memory for one. */
  isMade!: bool;
  frame!: PhysAddr;
}

/** Resolves a fault of an access to `address`, which `region`, not of the kind File, allows. */
export function resolveFault(region: Ptr<Region>, address: u64, error: u64, offer: LargeOffer): FaultResult {
  const page = address & ~(PAGE_SIZE - 1n);
  const walk: Walk = zeroed();
  walkTo(VirtAddr(page), 1, walk);
  if (walk.value !== 0n) {
    return resolveMapped(page, walk.value, error);
  }
  if (region.kind === RegionKind.Physical) {
    return populatePhysical(region, page, page + PAGE_SIZE) < 0n ? FaultResult.OutOfMemory : FaultResult.Resolved;
  }
  return givePortion(region, page, walk, offer);
}

/** Whether the region's protection allows the access that `error`, of a page fault, tells of. */
export function isAllowed(region: Ptr<Region>, error: u64): bool {
  if (region.prot === u32(Prot.None) || region.kind === RegionKind.Guard) {
    return false;
  }
  if ((error & PAGE_FAULT_WRITE) !== 0n) {
    return (region.prot & u32(Prot.Write)) !== 0;
  }
  return (error & PAGE_FAULT_FETCH) === 0n || (region.prot & u32(Prot.Execute)) !== 0;
}

/** The page is there: another CPU has given it, or this one had cached what it was before. */
export function resolveMapped(page: u64, entry: u64, error: u64): FaultResult {
  if (!entryAllows(entry, error)) {
    return FaultResult.NotAllowed;
  }
  if ((error & PAGE_FAULT_PRESENT) !== 0n) {
    invalidatePage(VirtAddr(page));
  }
  return FaultResult.Resolved;
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

/** Gives the page and, if memory is touched in order, some that follow in the direction of growth. */
function givePortion(region: Ptr<Region>, page: u64, walk: Walk, offer: LargeOffer): FaultResult {
  const isDown = region.kind === RegionKind.Stack;
  const stream = streamOf(page);
  const portion = framesAreScarce() ? 1 : stream.portion;
  const wantsLarge = portion >= LARGE_PORTION || (region.traits & u32(RegionTrait.LargePages)) !== 0;
  if (wantsLarge && walk.level >= 2 && coversBlock(region, page)) {
    if (!offer.isMade) {
      return FaultResult.WantsLarge;
    }
    if (offer.frame !== 0n && fillBlock(region, page, walk, offer)) {
      stream.next = isDown ? (page & ~LARGE_MASK) - PAGE_SIZE : (page & ~LARGE_MASK) + LARGE_PAGE_SIZE;
      stream.portion = LARGE_PORTION;
      return FaultResult.Resolved;
    }
  }
  if (portion >= LARGE_PORTION && walk.level === 1 && mayPromote(region, page)) {
    if (!offer.isMade) {
      return FaultResult.WantsLarge;
    }
    if (offer.frame !== 0n) {
      stream.next = blockStart(page) + LARGE_PAGE_SIZE;
      stream.portion = LARGE_PORTION;
      return FaultResult.WantsPromotion;
    }
  }
  if (portion === 1 && walk.level === 1 && !framesAreScarce()) {
    return giveAmongOthers(region, page, walk.entry, stream);
  }
  const pages = u64(portion) < MOST_SMALL_PAGES ? u64(portion) : MOST_SMALL_PAGES;
  return isDown ? giveBelow(region, page, pages, stream) : giveAbove(region, page, pages, stream);
}

/** Gives the page, and around it as much as its neighbourhood lets expect; `entry` is that of the page, in a table that is there. */
function giveAmongOthers(region: Ptr<Region>, page: u64, entry: Ptr<u64>, stream: FaultStream): FaultResult {
  const given: Stretch = zeroed();
  const isBlock = stretchAround(region, page, entry, given);
  if (region.kind === RegionKind.Stack) {
    stream.next = (isBlock ? given.start : page) - PAGE_SIZE;
  } else {
    stream.next = isBlock ? given.end : page + PAGE_SIZE;
  }
  stream.portion = isBlock ? BLOCK_PORTION : 1;
  if (fillTable(entry, 1, region) < 0n) {
    return FaultResult.OutOfMemory;
  }
  fillUntouched(entry, given, region);
  return FaultResult.Resolved;
}

/** A portion ends with its 2 MiB, so that the next block is still whole when it is reached. */
function giveAbove(region: Ptr<Region>, page: u64, pages: u64, stream: FaultStream): FaultResult {
  const ceiling = lesser((page & ~LARGE_MASK) + LARGE_PAGE_SIZE, region.end);
  const end = lesser(page + pages * PAGE_SIZE, ceiling);
  stream.next = end;
  return giveSmall(region, page, page, end);
}

function giveBelow(region: Ptr<Region>, page: u64, pages: u64, stream: FaultStream): FaultResult {
  const block = page & ~LARGE_MASK;
  const floor = block > region.start ? block : region.start;
  const first = page - floor < pages * PAGE_SIZE ? floor : page + PAGE_SIZE - pages * PAGE_SIZE;
  stream.next = first - PAGE_SIZE;
  return giveSmall(region, page, first, page + PAGE_SIZE);
}

/**
 * The page must get a frame; those beside it, in the same table, are a favour. Two touches in a row are not yet many: what the second one
 * brings along is marked as untouched.
 */
function giveSmall(region: Ptr<Region>, page: u64, first: u64, end: u64): FaultResult {
  const walk: Walk = zeroed();
  if (walkMaking(VirtAddr(first), 1, walk) < 0n) {
    return FaultResult.OutOfMemory;
  }
  if (walk.level > 1) {
    // Another CPU was faster with a large page.
    return FaultResult.Resolved;
  }
  const own = walk.entry.add((page - first) / PAGE_SIZE);
  if (fillTable(own, 1, region) < 0n) {
    return FaultResult.OutOfMemory;
  }
  if (end - first <= FEW_BYTES) {
    const given: Stretch = { start: first, end };
    fillUntouched(own, given, region);
  } else {
    void fillTable(walk.entry, u32((end - first) / PAGE_SIZE), region);
  }
  return FaultResult.Resolved;
}

function lesser(a: u64, b: u64): u64 {
  return a < b ? a : b;
}

// --- Entries -----------------------------------------------------------------------------------------------------------------

export function blockStart(page: u64): u64 {
  return page & ~LARGE_MASK;
}

/** Whether the region covers the 2 MiB around `page`. */
function coversBlock(region: Ptr<Region>, page: u64): bool {
  const block = blockStart(page);
  return block >= region.start && region.end - block >= LARGE_PAGE_SIZE;
}

/**
 * Whether the block of `page` may become one large page (promotion.ts): most of it lies ahead of the page, and it is memory that programs keep
 * data in, with one protection.
 */
export function mayPromote(region: Ptr<Region>, page: u64): bool {
  return (
    region.kind === RegionKind.Anonymous &&
    region.prot === u32(Prot.ReadWrite) &&
    (region.traits & u32(RegionTrait.SmallPages)) === 0 &&
    coversBlock(region, page) &&
    page - blockStart(page) < PROMOTED_BELOW_BYTES
  );
}

/**
 * Maps the offered memory over the block of `page` if it has no table yet: as a large page or, where the region refuses those, as small ones.
 * False if it has, or there is no memory for one.
 */
function fillBlock(region: Ptr<Region>, page: u64, walk: Walk, offer: LargeOffer): bool {
  if (walkMaking(VirtAddr(page), 2, walk) < 0n || walk.value !== 0n) {
    return false;
  }
  const isFilled =
    (region.traits & u32(RegionTrait.SmallPages)) === 0
      ? entryFill(walk.entry, leafEntry(offer.frame, protOf(region), true))
      : fillSmallBlock(region, walk.entry, offer.frame);
  if (isFilled) {
    offer.frame = 0n;
  }
  return isFilled;
}

function fillSmallBlock(region: Ptr<Region>, entry: Ptr<u64>, block: PhysAddr): bool {
  const table = blockTableTake(block, protOf(region));
  if (table === 0n) {
    return false;
  }
  const isFilled = entryFill(entry, tableEntry(table));
  if (!isFilled) {
    blockTableKeep(table);
  }
  return isFilled;
}

/** Gives frames to the empty ones of `count` entries of one table, from `entry` on; 0 or -ENOMEM. */
function fillTable(entry: Ptr<u64>, count: u32, region: Ptr<Region>): i64 {
  const prot = protOf(region);
  for (let index: u32 = 0; index < count; index++) {
    const place = entry.add(u64(index));
    const value = readVolatile(place);
    if (value !== 0n) {
      if (isGiven(value)) {
        entryTouch(place, value);
      }
      continue;
    }
    const frame = frameAllocZeroed();
    if (frame === 0n) {
      return -i64(ENOMEM);
    }
    if (!entryFill(place, leafEntry(frame, prot, false))) {
      frameFree(frame);
    }
  }
  return 0n;
}

/**
 * Gives every page of `[start, end)` of the region its frame, up to the end of the 2 MiB of `start`. Returns the address up to which that
 * is done (`start` if a large page is wanted first), or -ENOMEM. What may not be accessed gets nothing.
 */
export function pagesPopulate(region: Ptr<Region>, start: u64, end: u64, offer: LargeOffer): i64 {
  const stop = lesser((start & ~LARGE_MASK) + LARGE_PAGE_SIZE, end);
  if (region.prot === u32(Prot.None)) {
    return i64(end);
  }
  if (region.kind === RegionKind.Physical) {
    const result = populatePhysical(region, start, stop);
    return result < 0n ? result : i64(stop);
  }
  const walk: Walk = zeroed();
  walkTo(VirtAddr(start), 1, walk);
  if (walk.value === 0n && walk.level >= 2 && stop - start === LARGE_PAGE_SIZE) {
    if (!offer.isMade) {
      return i64(start);
    }
    if (offer.frame !== 0n && fillBlock(region, start, walk, offer)) {
      return i64(stop);
    }
  }
  const result = walkMaking(VirtAddr(start), 1, walk);
  if (result < 0n || walk.level > 1) {
    return result < 0n ? result : i64(stop);
  }
  const filled = fillTable(walk.entry, u32((stop - start) / PAGE_SIZE), region);
  return filled < 0n ? filled : i64(stop);
}

/** Maps what a physical region shows of `[start, end)`; 0 or -ENOMEM. */
export function populatePhysical(region: Ptr<Region>, start: u64, end: u64): i64 {
  const walk: Walk = zeroed();
  let page = start;
  while (page < end) {
    walkTo(VirtAddr(page), 1, walk);
    const physical = region.detail + (page - region.start);
    const isLarge =
      walk.level >= 2 && walk.value === 0n && ((page | physical) & LARGE_MASK) === 0n && end - page >= LARGE_PAGE_SIZE;
    const level: u32 = isLarge ? 2 : 1;
    if (walk.value === 0n) {
      const result = walkMaking(VirtAddr(page), level, walk);
      if (result < 0n) {
        return result;
      }
      if (walk.value === 0n) {
        void entryFill(walk.entry, leafEntry(PhysAddr(physical), protOf(region), isLarge));
      }
    }
    page += levelBytes(level);
  }
  return 0n;
}

/** The region's protection as the enumeration that page tables are made with. */
export function protOf(region: Ptr<Region>): Prot {
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
