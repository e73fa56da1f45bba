/**
 * What is mapped, and what of it has pages: for /proc/self/maps, VmRSS and mincore.
 *
 * Everything here takes the lock to read for a bounded time and goes on by address, so what changes meanwhile may be seen or not, as on
 * Linux. A page that was given ahead and that nobody has touched yet does not count (page-neighbours.ts, first-touch.ts). Pages are
 * counted by looking at the tables: nobody asks often, and a counter would cost every fault something.
 */

import { APP_BASE, APP_LIMIT, PAGE_SIZE } from "../../abi/memory-map.ts";
import { PTE_ADDRESS_MASK } from "../../abi/x86-paging.ts";
import { treeFind, treeFirstAbove } from "../core/region-tree.ts";
import { readAcquire } from "../sync/rw-lock.ts";
import { isResident, levelBytes, type Walk, walkTo } from "./page-table.ts";
import { RegionKind } from "./region-kinds.ts";
import { objectIndex, objectOf } from "./region-objects.ts";
import { mappedMost, spaceLock, tree } from "./region-space.ts";

/** A region as others see it. */
export class RegionReport {
  start!: u64;
  end!: u64;
  /** PROT_* bits. */
  prot!: u32;
  kind!: RegionKind;
  /** Bits of RegionTrait. */
  traits!: u32;
}

/** The lowest region that ends above `address`; false if there is none. */
export function nextRegion(address: u64, report: RegionReport): bool {
  using _guard = readAcquire(spaceLock);
  const region = treeFirstAbove(tree, address);
  if (region === null) {
    return false;
  }
  report.start = region.start;
  report.end = region.end;
  report.prot = region.prot;
  report.kind = kindOf(region.kind);
  report.traits = region.traits;
  return true;
}

function kindOf(kind: u32): RegionKind {
  switch (kind) {
    case 0:
      return RegionKind.Anonymous;
    case 1:
      return RegionKind.Physical;
    case 2:
      return RegionKind.Stack;
    case 4:
      return RegionKind.File;
    default:
      return RegionKind.Guard;
  }
}

/** Pages that are there, whose memory lies together. */
export class MemoryRun {
  start!: u64;
  bytes!: u64;
  physical!: PhysAddr;
}

/**
 * The first pages of `[start, end)` that are there, as far as their memory lies together, `most` bytes at most; false if there are none. All
 * three are multiples of the page size. For when nothing changes any more: it takes no lock.
 */
export function nextRun(start: u64, end: u64, most: u64, run: MemoryRun): bool {
  const walk: Walk = zeroed();
  run.bytes = 0n;
  let address = start;
  while (address < end && run.bytes < most) {
    walkTo(VirtAddr(address), 1, walk);
    const size = levelBytes(walk.level);
    const next = (address & ~(size - 1n)) + size;
    const physical = PhysAddr((walk.value & PTE_ADDRESS_MASK & ~(size - 1n)) | (address & (size - 1n)));
    const isThere = walk.value !== 0n;
    if (run.bytes > 0n && (!isThere || physical !== run.physical + run.bytes)) {
      return true;
    }
    if (isThere) {
      if (run.bytes === 0n) {
        run.start = address;
        run.physical = physical;
      }
      const part = (next < end ? next : end) - address;
      const room = most - run.bytes;
      run.bytes += part < room ? part : room;
    }
    address = next;
  }
  return run.bytes > 0n;
}

/** The most bytes that were mapped at once, room for the stack included. */
export function mappedBytesMost(): u64 {
  using _guard = readAcquire(spaceLock);
  return mappedMost();
}

/** The lowest page of `[start, end)` that is there, or `end`. A few thousand looks at most: it is for a stack. */
export function firstResident(start: u64, end: u64): u64 {
  using _guard = readAcquire(spaceLock);
  const walk: Walk = zeroed();
  let address = start;
  while (address < end) {
    walkTo(VirtAddr(address), 1, walk);
    if (isResident(walk.entry, walk.value)) {
      return address;
    }
    const size = levelBytes(walk.level);
    address = (address & ~(size - 1n)) + size;
  }
  return end;
}

/** Entries that are looked at while the lock is held. */
const COUNT_STEPS = 4096;

/** Pages of 4 KiB that the application has, of the program file as well as its own. */
export function residentPageCount(): u64 {
  return residentPagesIn(APP_BASE, APP_LIMIT);
}

/** The same of `[start, end)`. */
export function residentPagesIn(start: u64, end: u64): u64 {
  const count: ResidentCount = { next: start, pages: 0n };
  while (count.next < end) {
    countSome(count, end);
  }
  return count.pages;
}

class ResidentCount {
  next!: u64;
  pages!: u64;
}

function countSome(count: ResidentCount, end: u64): void {
  using _guard = readAcquire(spaceLock);
  const walk: Walk = zeroed();
  for (let step: u32 = 0; step < COUNT_STEPS && count.next < end; step++) {
    walkTo(VirtAddr(count.next), 1, walk);
    const size = levelBytes(walk.level);
    const next = (count.next & ~(size - 1n)) + size;
    if (isResident(walk.entry, walk.value)) {
      count.pages += ((next < end ? next : end) - count.next) / PAGE_SIZE;
    }
    count.next = next;
  }
}

/** What mincore tells of a page. */
export enum PageState {
  Unmapped = 0,
  Absent = 1,
  Present = 2,
}

export function pageState(address: u64): PageState {
  using _guard = readAcquire(spaceLock);
  const region = treeFind(tree, address);
  if (region === null || region.kind === RegionKind.Guard) {
    return PageState.Unmapped;
  }
  const walk: Walk = zeroed();
  walkTo(VirtAddr(address), 1, walk);
  if (isResident(walk.entry, walk.value)) {
    return PageState.Present;
  }
  const isCached =
    region.kind === RegionKind.File &&
    objectOf(region).operations!.find(objectOf(region), objectIndex(region, address)) !== 0n;
  return isCached ? PageState.Present : PageState.Absent;
}
