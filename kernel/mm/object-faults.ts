/**
 * How regions of the kind File get their pages. The rules are in mapped-object.ts.
 *
 * A page that is shown has PTE_SHOWN in its entry. It is writable only where a write need not be noticed: in a shared mapping of an object
 * that does not ask which pages are dirty, or after `dirty`. A write to a page of a private mapping replaces it by a copy.
 *
 * A fault also maps those neighbours that are in memory already: the 256 KiB around it, counted from the object's beginning, as files are
 * fetched. What a library's code touches next is likely there, and a fault costs more than sixty-four look-ups.
 *
 * What a loader maps of an image to be written to, a few pages of addresses that it is about to relocate, is copied at once instead, at the
 * first touch of any kind: shown first, each page would be two faults and a translation to forget.
 *
 * The caller holds the lock of the space to read.
 */

import { EFAULT, ENOMEM } from "../../abi/errno.ts";
import { LARGE_PAGE_SIZE, PAGE_SIZE } from "../../abi/memory-map.ts";
import { PTE_ADDRESS_MASK, PTE_PRESENT, PTE_SHOWN, PTE_WRITE } from "../../abi/x86-paging.ts";
import { PAGE_FAULT_WRITE } from "../../abi/x86-vectors.ts";
import { invalidatePage } from "../../nucleus/calls.ts";
import type { Region } from "../core/region-tree.ts";
import { frameAlloc, frameFree } from "./frames.ts";
import type { MappedObject } from "./mapped-object.ts";
import { protOf, resolveMapped } from "./page-supply.ts";
import { directMap, entryFill, entryReplace, leafEntry, type Walk, walkMaking, walkTo } from "./page-table.ts";
import { Prot } from "./prot.ts";
import { FaultResult, RegionTrait } from "./region-kinds.ts";
import { objectIndex, objectOf } from "./region-objects.ts";
import { tlbInvalidate, tlbServe } from "./tlb.ts";

/** A fault gives what lies in the same 256 KiB of the object, as far as one page table has it. */
const AROUND_PAGES = 64n;

/** What a fault needs before it can go on; with a reference to the object, which is the taker's. */
export class WantedPage {
  object!: Ptr<MappedObject> | null;
  index!: u64;
  /** Whoever faults may wait for a page; otherwise an access to one that is not in memory is not allowed. */
  mayFetch!: bool;
}

function isShared(region: Ptr<Region>): bool {
  return (region.traits & u32(RegionTrait.Shared)) !== 0;
}

/** Larger ones are data, of which a program may leave much alone. */
const COPIED_WHOLE_BYTES = 0x1_0000n;

/** Whether all of the region's pages are copied when one of them is touched. */
function isCopiedWhole(region: Ptr<Region>): bool {
  const isWritten = !isShared(region) && (region.prot & u32(Prot.Write)) !== 0;
  const isOfImage = (region.traits & u32(RegionTrait.OfImage)) !== 0;
  return isWritten && isOfImage && region.end - region.start <= COPIED_WHOLE_BYTES;
}

/** Resolves an access to `page` that the region allows. With WantsPage, `wanted` says what has to be fetched first. */
export function resolveShown(region: Ptr<Region>, page: u64, error: u64, wanted: WantedPage): FaultResult {
  const walk: Walk = zeroed();
  if (walkMaking(VirtAddr(page), 1, walk) < 0n) {
    return FaultResult.OutOfMemory;
  }
  const isWrite = (error & PAGE_FAULT_WRITE) !== 0n;
  if (walk.value !== 0n) {
    if ((walk.value & (PTE_SHOWN | PTE_PRESENT)) === PTE_SHOWN) {
      // Another CPU is about to put a copy here, and waits until nobody uses the old page: this one may be whom it waits for.
      tlbServe();
      return FaultResult.Resolved;
    }
    const isNoticed = isWrite && (walk.value & (PTE_SHOWN | PTE_WRITE)) === PTE_SHOWN;
    return isNoticed ? firstWrite(region, page, walk) : resolveMapped(page, walk.value, error);
  }
  const object = objectOf(region);
  const index = objectIndex(region, page);
  const frame = object.operations!.find(object, index);
  if (frame === 0n) {
    if (!wanted.mayFetch) {
      return FaultResult.NotAllowed;
    }
    object.operations!.keep(object);
    wanted.object = object;
    wanted.index = index;
    return FaultResult.WantsPage;
  }
  if (isCopiedWhole(region)) {
    copyOthers(region, page);
    return copyPage(region, page, walk, frame);
  }
  if (isWrite && !isShared(region)) {
    return copyPage(region, page, walk, frame);
  }
  show(region, object, index, frame, walk.entry, isWrite);
  showAround(region, page);
  return FaultResult.Resolved;
}

/**
 * Maps what is in memory of `[start, end)`, which a loader has just mapped, before it is touched: a segment of an image is nearly always used,
 * and each touch would be a fault. What is written to is copied, if it is small.
 */
export function showImage(region: Ptr<Region>, start: u64, end: u64): void {
  const isCopied = isCopiedWhole(region);
  const isWritten = (region.prot & u32(Prot.Write)) !== 0;
  if ((region.traits & u32(RegionTrait.OfImage)) === 0 || isShared(region) || (isWritten && !isCopied)) {
    return;
  }
  const wanted: WantedPage = zeroed();
  const stop = isCopied || end - start < SHOWN_MOST_BYTES ? end : start + SHOWN_MOST_BYTES;
  for (let page = start; page < stop; page += pagesLeft(region, page) * PAGE_SIZE) {
    void resolveShown(region, page, isCopied ? PAGE_FAULT_WRITE : 0n, wanted);
  }
}
/** Of larger segments the rest comes when it is touched. */
const SHOWN_MOST_BYTES = 0x10_0000n;

/** Maps a page of the object where none is mapped; if another CPU was faster, that is as good. */
function show(
  region: Ptr<Region>,
  object: Ptr<MappedObject>,
  index: u64,
  frame: PhysAddr,
  entry: Ptr<u64>,
  isWrite: bool,
): void {
  const dirty = object.operations!.dirty;
  if (isWrite && dirty !== null) {
    dirty(object, index);
  }
  const isWritable = isShared(region) && (isWrite || dirty === null);
  const value = leafEntry(frame, protOf(region), false) | PTE_SHOWN;
  void entryFill(entry, isWritable ? value : value & ~PTE_WRITE);
}

function showAround(region: Ptr<Region>, page: u64): void {
  const table = page & ~(LARGE_PAGE_SIZE - 1n);
  const left = pagesLeft(region, page);
  const before = (AROUND_PAGES - left) * PAGE_SIZE;
  const block = page - table > before ? page - before : table;
  const first = block > region.start ? block : region.start;
  const behind = lesser(page + left * PAGE_SIZE, table + LARGE_PAGE_SIZE);
  const end = lesser(behind, region.end);
  const object = objectOf(region);
  const walk: Walk = zeroed();
  walkTo(VirtAddr(first), 1, walk);
  let entry = walk.entry;
  for (let at0 = first; at0 < end; at0 += PAGE_SIZE) {
    if (readVolatile(entry) === 0n) {
      const index = objectIndex(region, at0);
      const frame = object.operations!.find(object, index);
      if (frame !== 0n) {
        show(region, object, index, frame, entry, false);
      }
    }
    entry = entry.add(1);
  }
}

/** How many pages of the object's 256 KiB lie at `page` and behind it. */
function pagesLeft(region: Ptr<Region>, page: u64): u64 {
  return AROUND_PAGES - (objectIndex(region, page) % AROUND_PAGES);
}

function lesser(a: u64, b: u64): u64 {
  return a < b ? a : b;
}

/** Copies all other pages of the region that are in memory and lie in the same table. */
function copyOthers(region: Ptr<Region>, page: u64): void {
  const table = page & ~(LARGE_PAGE_SIZE - 1n);
  const first = table > region.start ? table : region.start;
  const end = table + LARGE_PAGE_SIZE < region.end ? table + LARGE_PAGE_SIZE : region.end;
  const object = objectOf(region);
  const walk: Walk = zeroed();
  for (let other = first; other < end; other += PAGE_SIZE) {
    walkTo(VirtAddr(other), 1, walk);
    const frame =
      other === page || walk.value !== 0n ? 0n : object.operations!.find(object, objectIndex(region, other));
    if (frame !== 0n && copyPage(region, other, walk, PhysAddr(frame)) !== FaultResult.Resolved) {
      return;
    }
  }
}

/** A write to a page that has been shown for reading. */
function firstWrite(region: Ptr<Region>, page: u64, walk: Walk): FaultResult {
  if (!isShared(region)) {
    return copyPage(region, page, walk, PhysAddr(walk.value & PTE_ADDRESS_MASK));
  }
  const object = objectOf(region);
  const dirty = object.operations!.dirty;
  if (dirty !== null) {
    dirty(object, objectIndex(region, page));
  }
  if (entryReplace(walk.entry, walk.value, walk.value | PTE_WRITE)) {
    // It allows more than before: another CPU that has cached the old entry comes here, and goes on.
    invalidatePage(VirtAddr(page));
  }
  return FaultResult.Resolved;
}

/** Gives a private mapping a page of its own with the contents of `frame`, in place of `walk.value`. */
function copyPage(region: Ptr<Region>, page: u64, walk: Walk, frame: PhysAddr): FaultResult {
  const copied = frameAlloc();
  if (copied === 0n) {
    return FaultResult.OutOfMemory;
  }
  copyBytes(directMap(copied), directMap(frame), PAGE_SIZE);
  const value = leafEntry(copied, protOf(region), false);
  if (walk.value === 0n) {
    if (!entryFill(walk.entry, value)) {
      frameFree(copied);
    }
    return FaultResult.Resolved;
  }
  // Nobody may write to the new page while somebody can still read the old one: whoever comes meanwhile tries again.
  if (!entryReplace(walk.entry, walk.value, walk.value & ~PTE_PRESENT)) {
    frameFree(copied);
    return FaultResult.Resolved;
  }
  const address: FixedArray<u64, 1> = fixedArray(page);
  tlbInvalidate(elements(address), 1);
  writeVolatile(walk.entry, value);
  return FaultResult.Resolved;
}

/** Gives a private mapping its own copy of a page that it shows, as a write would; 0n, -EFAULT if it shows none there, or -ENOMEM. */
export function ownShown(region: Ptr<Region>, page: u64): i64 {
  const walk: Walk = zeroed();
  walkTo(VirtAddr(page), 1, walk);
  while ((walk.value & PTE_SHOWN) !== 0n) {
    if ((walk.value & PTE_PRESENT) === 0n) {
      // Another CPU is about to do the same.
      tlbServe();
    } else if (copyPage(region, page, walk, PhysAddr(walk.value & PTE_ADDRESS_MASK)) !== FaultResult.Resolved) {
      return -i64(ENOMEM);
    }
    walkTo(VirtAddr(page), 1, walk);
  }
  return walk.value === 0n ? -i64(EFAULT) : 0n;
}

/** What MAP_POPULATE and mlock do to a page: as a read, or as a write where that gives a private mapping its copy. */
export function populateError(region: Ptr<Region>): u64 {
  const isCopied = !isShared(region) && (region.prot & u32(Prot.Write)) !== 0;
  return isCopied ? PAGE_FAULT_WRITE : 0n;
}
