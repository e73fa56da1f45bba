/**
 * The state of the application's address space, and what changes its tree of regions: used by regions.ts and its neighbours only.
 *
 * One lock guards the tree and the page tables below APP_LIMIT. Faults and questions take it to read, whatever changes mappings takes it
 * to write. Everything in this file is called with the lock held to write, but for those functions that only look.
 */

import { EEXIST, EINVAL, ENOMEM } from "../../abi/errno.ts";
import { APP_BASE, APP_LIMIT, APP_MAP_LIMIT, LARGE_PAGE_SIZE, PAGE_SIZE } from "../../abi/memory-map.ts";
import {
  type HoleQuery,
  type Region,
  type RegionTree,
  treeFind,
  treeFindHole,
  treeFirstAbove,
  treeInsert,
  treeLastBelow,
  treeRemove,
  treeResize,
} from "../core/region-tree.ts";
import type { RwLock } from "../sync/rw-lock.ts";
import { heapAlloc, heapFree } from "./heap.ts";
import { pagesPrepareEdge, pagesRemove } from "./pages.ts";
import { RegionFlag, RegionKind, RegionTrait } from "./region-kinds.ts";
import { objectLink, objectUnlink } from "./region-objects.ts";

/** As Linux's vm.max_map_count. */
const MAX_REGIONS = 65530;
/** Kept free below the stack, so that it can grow when RLIMIT_STACK is raised; address space only. */
const STACK_ROOM_BYTES = 0x800_0000n;
/** After so many pages others get their turn. */
const UNMAP_BUDGET = 4096n;
/** Where Linux looks for room for MAP_32BIT. */
const LOW_START = 0x4000_0000n;
const LOW_LIMIT = 0x8000_0000n;

export const tree: RegionTree = zeroed();
export const spaceLock: RwLock = zeroed();

/** The most bytes that were mapped when some were about to be unmapped. */
let mostBytes: u64 = 0n;

/** The most bytes that were mapped at once. The caller has the lock. */
export function mappedMost(): u64 {
  return tree.bytes > mostBytes ? tree.bytes : mostBytes;
}

/** Another program begins. */
export function mappedMostForget(): void {
  mostBytes = 0n;
}

/** The end of a valid page range; 0n if it is not one. */
export function rangeEnd(address: VirtAddr, bytes: u64): u64 {
  const start = u64(address);
  if (
    bytes === 0n ||
    bytes > APP_LIMIT ||
    start < APP_BASE ||
    start >= APP_LIMIT ||
    (start & (PAGE_SIZE - 1n)) !== 0n
  ) {
    return 0n;
  }
  const end = (start + bytes + PAGE_SIZE - 1n) & ~(PAGE_SIZE - 1n);
  return end <= APP_LIMIT ? end : 0n;
}

/** What is mapped, besides where. */
export class RegionInfo {
  prot!: u32;
  kind!: u32;
  traits!: u32;
  detail!: u64;
  /** Of the kind File: the mapped object, which the caller keeps. */
  object!: VirtAddr;
}

/** Maps `bytes` bytes as `info` says; the address, or -EINVAL, -ENOMEM, -EEXIST. */
export function mapRegion(address: VirtAddr, bytes: u64, flags: RegionFlag, info: RegionInfo): i64 {
  const place = placeRegion(address, bytes, flags, info);
  if (place > 0n) {
    mergeAround(treeFind(tree, u64(place))!);
  }
  return place;
}

/** As mapRegion, but the region stays one of its own until mergeAround. */
export function placeRegion(address: VirtAddr, bytes: u64, flags: RegionFlag, info: RegionInfo): i64 {
  if (bytes === 0n) {
    return -i64(EINVAL);
  }
  if (bytes > APP_LIMIT - APP_BASE || tree.count >= MAX_REGIONS) {
    return -i64(ENOMEM);
  }
  const length = (bytes + PAGE_SIZE - 1n) & ~(PAGE_SIZE - 1n);
  const place = choosePlace(u64(address), length, flags);
  if (place < 0n) {
    return place;
  }
  const start = u64(place);
  if (flags === RegionFlag.Stack) {
    const guard: RegionInfo = { prot: 0, kind: u32(RegionKind.Guard), traits: 0, detail: 0n, object: 0n };
    if (addRegion(start - STACK_ROOM_BYTES, start, guard) < 0n) {
      return -i64(ENOMEM);
    }
  }
  const result = addRegion(start, start + length, info);
  return result < 0n ? result : place;
}

/** An address at which `bytes` bytes are free (after unmapping what Fixed replaces), or a negative errno. */
function choosePlace(address: u64, bytes: u64, flags: RegionFlag): i64 {
  if (flags === RegionFlag.Fixed || flags === RegionFlag.FixedNoReplace) {
    const end = rangeEnd(VirtAddr(address), bytes);
    if (end === 0n) {
      return (address & (PAGE_SIZE - 1n)) !== 0n ? -i64(EINVAL) : -i64(ENOMEM);
    }
    if (flags === RegionFlag.FixedNoReplace) {
      return isFree(address, end) ? i64(address) : -i64(EEXIST);
    }
    const result = unmapRange(address, end);
    return result < 0n ? result : i64(address);
  }
  const limit: u64 = flags === RegionFlag.Low ? LOW_LIMIT : APP_MAP_LIMIT;
  const hint = address & ~(PAGE_SIZE - 1n);
  if (hint !== 0n && flags !== RegionFlag.Stack) {
    const end = rangeEnd(VirtAddr(hint), bytes);
    if (end !== 0n && (end <= limit || limit === APP_MAP_LIMIT) && isFree(hint, end)) {
      return i64(hint);
    }
  }
  const guard: u64 = flags === RegionFlag.Stack ? STACK_ROOM_BYTES : 0n;
  const low: u64 = flags === RegionFlag.Low ? LOW_START : APP_BASE;
  const query: HoleQuery = { bytes: bytes + guard, align: PAGE_SIZE, low, high: limit };
  // Large pages need aligned addresses; a program that maps megabytes will want them.
  if (bytes >= LARGE_PAGE_SIZE && guard === 0n) {
    query.align = LARGE_PAGE_SIZE;
  }
  const place = treeFindHole(tree, query);
  return place === 0n ? -i64(ENOMEM) : i64(place + guard);
}

export function isFree(start: u64, end: u64): bool {
  const above = treeFirstAbove(tree, start);
  return above === null || above.start >= end;
}

export function isCovered(start: u64, end: u64): bool {
  let at0 = start;
  while (at0 < end) {
    const region = treeFind(tree, at0);
    if (region === null || region.kind === RegionKind.Guard) {
      return false;
    }
    at0 = region.end;
  }
  return true;
}

/** Adds a region where nothing is mapped; 0 or -ENOMEM. */
function addRegion(start: u64, end: u64, info: RegionInfo): i64 {
  const memory = heapAlloc(u64(sizeOf<Region>()));
  if (memory === null) {
    return -i64(ENOMEM);
  }
  // SAFETY: fresh memory of the size of a Region.
  const region = castPtr<Region>(memory);
  zero(region);
  region.start = start;
  region.end = end;
  region.prot = info.prot;
  region.kind = info.kind;
  region.traits = info.traits;
  region.detail = info.detail;
  region.object = info.object;
  treeInsert(tree, region);
  if (region.object !== 0n) {
    objectLink(region);
  }
  return 0n;
}

export function dropRegion(region: Ptr<Region>): void {
  treeRemove(tree, region);
  if (region.object !== 0n) {
    objectUnlink(region);
  }
  heapFree(castPtr<u8>(region));
}

/** Whether `high` shows what comes behind `low` in the same object. */
function continues(low: Ptr<Region>, high: Ptr<Region>): bool {
  return (
    low.kind === RegionKind.File && low.object === high.object && low.detail + (low.end - low.start) === high.detail
  );
}

function mayMerge(low: Ptr<Region>, high: Ptr<Region>): bool {
  return (
    low.end === high.start &&
    low.prot === high.prot &&
    low.traits === high.traits &&
    low.kind === high.kind &&
    (low.kind === RegionKind.Anonymous || continues(low, high))
  );
}

/** Merges `region` with the regions below and above it where they agree. */
export function mergeAround(region: Ptr<Region>): void {
  const above = treeFind(tree, region.end);
  if (above !== null && mayMerge(region, above)) {
    const end = above.end;
    dropRegion(above);
    treeResize(tree, region, region.start, end);
  }
  const below = treeLastBelow(tree, region.start);
  if (below !== null && mayMerge(below, region)) {
    const end = region.end;
    dropRegion(region);
    treeResize(tree, below, below.start, end);
  }
}

/** Whether `detail` says what is behind the region's first page. */
function showsSomething(region: Ptr<Region>): bool {
  return region.kind === RegionKind.Physical || region.kind === RegionKind.File;
}

/** Makes `address` a boundary of regions and pages; 0 or -ENOMEM. */
export function cutAt(address: u64): i64 {
  if (pagesPrepareEdge(address) < 0n) {
    return -i64(ENOMEM);
  }
  const region = treeFind(tree, address);
  if (region === null || region.start === address) {
    return 0n;
  }
  const memory = heapAlloc(u64(sizeOf<Region>()));
  if (memory === null) {
    return -i64(ENOMEM);
  }
  // SAFETY: as addRegion.
  const upper = castPtr<Region>(memory);
  copy(upper, region);
  upper.start = address;
  if (showsSomething(region)) {
    upper.detail = region.detail + (address - region.start);
  }
  treeResize(tree, region, region.start, address);
  treeInsert(tree, upper);
  if (upper.object !== 0n) {
    objectLink(upper);
  }
  return 0n;
}

export function cutEdges(start: u64, end: u64): i64 {
  const result = cutAt(start);
  return result < 0n ? result : cutAt(end);
}

/** Unmaps `[start, end)` at once; 0 or -ENOMEM. */
export function unmapRange(start: u64, end: u64): i64 {
  let at0 = start;
  while (at0 < end) {
    const next = unmapSome(at0, end, u64.MAX);
    if (next < 0n) {
      return next;
    }
    at0 = u64(next);
  }
  return 0n;
}

/** Unmaps `[start, end)` or, if that is much, the beginning of it. The address up to which it is done, or -ENOMEM. */
export function unmapSome(start: u64, end: u64, budget: u64 = UNMAP_BUDGET): i64 {
  if (isFree(start, end)) {
    return i64(end);
  }
  mostBytes = mappedMost();
  const cut = cutEdges(start, end);
  if (cut < 0n) {
    return cut;
  }
  const region = treeFirstAbove(tree, start)!;
  const reached = pagesRemove(region, region.start, region.end, budget);
  if (reached < region.end) {
    if (showsSomething(region)) {
      region.detail += reached - region.start;
    }
    treeResize(tree, region, reached, region.end);
    return i64(reached);
  }
  dropRegion(region);
  return i64(reached);
}

/**
 * Extends the growing region above `address`, which lies in a hole or in the room kept for the stack, down to it; false if it may not.
 * `most`: bytes that such a region may have (RLIMIT_STACK).
 */
export function growStack(address: u64, most: u64): bool {
  const page = address & ~(PAGE_SIZE - 1n);
  const room = treeFind(tree, page);
  const above = room === null ? treeFirstAbove(tree, page) : treeFind(tree, room.end);
  if (!mayGrow(room, above, page, most)) {
    return false;
  }
  if (room !== null && page === room.start) {
    return false;
  }
  if (room !== null) {
    treeResize(tree, room, room.start, page);
  }
  treeResize(tree, above!, page, above!.end);
  return true;
}

/** Linux keeps 1 MiB between a growing region and what is below it, unless that cannot be accessed. */
const STACK_GAP_BYTES = 0x10_0000n;

function mayGrow(room: Ptr<Region> | null, above: Ptr<Region> | null, page: u64, most: u64): bool {
  if (above === null || above.kind !== RegionKind.Stack || (above.traits & u32(RegionTrait.Grows)) === 0) {
    return false;
  }
  if (above.end - page > most || page < APP_BASE + STACK_GAP_BYTES) {
    return false;
  }
  if (room !== null) {
    return room.kind === RegionKind.Guard;
  }
  const below = treeLastBelow(tree, page);
  return below === null || below.prot === 0 || page - below.end >= STACK_GAP_BYTES;
}

/** Whether growStack may have something to do for an access to `address`, which `region` (null: a hole) does not allow. */
export function mayBeBelowStack(region: Ptr<Region> | null, address: u64): bool {
  const above = region === null ? treeFirstAbove(tree, address) : treeFind(tree, region.end);
  const isRoom = region === null || region.kind === RegionKind.Guard;
  return isRoom && above !== null && above.kind === RegionKind.Stack && (above.traits & u32(RegionTrait.Grows)) !== 0;
}
