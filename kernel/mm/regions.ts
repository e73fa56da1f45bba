/**
 * The application's address space: which ranges may be touched, and how. The pages behind them are in pages.ts.
 *
 * Anonymous memory gets its frames at first touch; physical regions show memory that somebody else owns (the program file, the
 * clock page). Neighbours that agree are merged, so a heap that grows stays one region. One lock guards the tree and the page
 * tables below APP_LIMIT.
 *
 *     APP_BASE ... program | brk ...           ... | mapping | mapping | stack | APP_LIMIT        holes are taken from the top
 */

import { EEXIST, EINVAL, ENOMEM } from "../../abi/errno.ts";
import { APP_BASE, APP_LIMIT, LARGE_PAGE_SIZE, PAGE_SIZE } from "../../abi/memory-map.ts";
import type { TrapFrame } from "../../nucleus/trap-frame.ts";
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
import { lockAcquire, type SpinLock } from "../sync/spin-lock.ts";
import { heapAlloc, heapFree } from "./heap.ts";
import { pagesPopulate, pagesPrepareEdge, pagesProtect, pagesRemove, resolveFault } from "./pages.ts";
import type { Prot } from "./prot.ts";
import { FaultResult, RegionFlag, RegionKind } from "./region-kinds.ts";

/** As Linux's vm.max_map_count. */
const MAX_REGIONS = 65530;

const tree: RegionTree = zeroed();
const treeLock: SpinLock = zeroed();

/** Maps zero-filled memory, given pages at first touch. Returns the address, or -EINVAL, -ENOMEM, -EEXIST. */
export function regionMap(address: VirtAddr, bytes: u64, prot: Prot, flags: RegionFlag): i64 {
  using _guard = lockAcquire(treeLock);
  const kind = flags === RegionFlag.Stack ? RegionKind.Stack : RegionKind.Anonymous;
  return mapRegion(address, bytes, prot, flags, kind, 0n);
}

/**
 * Maps physical memory that somebody else owns (the program file); never freed by regionUnmap. `physical` and `address` are
 * page-aligned; what was mapped there is replaced. Its pages are mapped at once.
 */
export function regionMapPhysical(address: VirtAddr, physical: PhysAddr, bytes: u64, prot: Prot): i64 {
  using _guard = lockAcquire(treeLock);
  if ((u64(physical) & (PAGE_SIZE - 1n)) !== 0n) {
    return -i64(EINVAL);
  }
  const flags = address === 0n ? RegionFlag.None : RegionFlag.Fixed;
  const place = mapRegion(address, bytes, prot, flags, RegionKind.Physical, u64(physical));
  if (place < 0n) {
    return place;
  }
  const region = treeFind(tree, u64(place))!;
  const result = pagesPopulate(region, region.start, region.end);
  return result < 0n ? result : place;
}

/** Unmaps all that lies in `[address, address + bytes)`; 0 or -EINVAL, -ENOMEM. */
export function regionUnmap(address: VirtAddr, bytes: u64): i64 {
  using _guard = lockAcquire(treeLock);
  const end = rangeEnd(address, bytes);
  return end === 0n ? -i64(EINVAL) : unmapRange(u64(address), end);
}

/** Changes the protection of `[address, address + bytes)`; 0, -EINVAL, or -ENOMEM if a part is not mapped or memory is short. */
export function regionProtect(address: VirtAddr, bytes: u64, prot: Prot): i64 {
  using _guard = lockAcquire(treeLock);
  const start = u64(address);
  const end = rangeEnd(address, bytes);
  if (end === 0n) {
    return bytes === 0n && (start & (PAGE_SIZE - 1n)) === 0n ? 0n : -i64(EINVAL);
  }
  if (!isCovered(start, end)) {
    return -i64(ENOMEM);
  }
  const cut = cutEdges(start, end);
  if (cut < 0n) {
    return cut;
  }
  let region = treeFirstAbove(tree, start);
  while (region !== null && region.start < end) {
    const next = region.end;
    if (region.prot !== u32(prot)) {
      region.prot = u32(prot);
      pagesProtect(region);
      mergeAround(region);
    }
    region = next < end ? treeFirstAbove(tree, next) : null;
  }
  return 0n;
}

/** Gives the pages of a range their frames now (stack pages before the first instruction, MAP_POPULATE); 0 or -ENOMEM. */
export function regionPopulate(address: VirtAddr, bytes: u64): i64 {
  using _guard = lockAcquire(treeLock);
  const end = rangeEnd(address, bytes);
  if (end === 0n || !isCovered(u64(address), end)) {
    return -i64(ENOMEM);
  }
  let at0 = u64(address);
  while (at0 < end) {
    const region = treeFind(tree, at0)!;
    const last = region.end < end ? region.end : end;
    const result = pagesPopulate(region, at0, last);
    if (result < 0n) {
      return result;
    }
    at0 = last;
  }
  return 0n;
}

/** Drops the contents of a range: the next touch of anonymous memory finds zeros (MADV_DONTNEED); 0, -EINVAL, -ENOMEM. */
export function regionDiscard(address: VirtAddr, bytes: u64): i64 {
  using _guard = lockAcquire(treeLock);
  const end = rangeEnd(address, bytes);
  if (end === 0n) {
    return bytes === 0n ? 0n : -i64(EINVAL);
  }
  const start = u64(address);
  if (pagesPrepareEdge(start) < 0n || pagesPrepareEdge(end) < 0n) {
    return -i64(ENOMEM);
  }
  let region = treeFirstAbove(tree, start);
  while (region !== null && region.start < end) {
    const next = region.end;
    if (region.kind !== RegionKind.Physical) {
      pagesRemove(region, region.start > start ? region.start : start, next < end ? next : end);
    }
    region = next < end ? treeFirstAbove(tree, next) : null;
  }
  return 0n;
}

/** Whether all of `[address, address + bytes)` is mapped with at least `prot`. */
export function regionAllows(address: VirtAddr, bytes: u64, prot: Prot): bool {
  using _guard = lockAcquire(treeLock);
  const end = u64(address) + bytes;
  let at0 = u64(address);
  while (at0 < end) {
    const region = treeFind(tree, at0);
    if (region === null || (region.prot & u32(prot)) !== u32(prot)) {
      return false;
    }
    at0 = region.end;
  }
  return true;
}

/** Gives a faulting application address its page; `error` is the page-fault error code. */
export function faultResolve(address: VirtAddr, error: u64): FaultResult {
  if (u64(address) < APP_BASE || u64(address) >= APP_LIMIT) {
    return FaultResult.NotAllowed;
  }
  using _guard = lockAcquire(treeLock);
  const region = treeFind(tree, u64(address));
  return region === null ? FaultResult.NotAllowed : resolveFault(region, u64(address), error);
}

/**
 * What ends the program when one of its accesses cannot be satisfied; the linux layer sets it at start. `outOfMemory` tells an
 * access that is allowed but has no frame from one that is not allowed. If it returns, the frame is resumed.
 */
export type FaultSink = (frame: Ptr<TrapFrame>, address: VirtAddr, outOfMemory: bool) => void;
let faultSink: FaultSink | null = null;

export function regionSetFaultSink(sink: FaultSink): void {
  faultSink = sink;
}

/** The sink of the linux layer; null before the program starts. */
export function regionFaultSink(): FaultSink | null {
  return faultSink;
}

/** As faultResolve: whether the access may be repeated. */
export function handleUserFault(address: VirtAddr, error: u64): bool {
  return faultResolve(address, error) === FaultResult.Resolved;
}

// --- The tree ----------------------------------------------------------------------------------------------------------------

/** The end of a valid page range; 0n if it is not one. */
function rangeEnd(address: VirtAddr, bytes: u64): u64 {
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

function mapRegion(address: VirtAddr, bytes: u64, prot: Prot, flags: RegionFlag, kind: RegionKind, detail: u64): i64 {
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
  if (kind === RegionKind.Stack && addRegion(start - PAGE_SIZE, start, 0, RegionKind.Guard, 0n) < 0n) {
    return -i64(ENOMEM);
  }
  const result = addRegion(start, start + length, u32(prot), kind, detail);
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
  const hint = address & ~(PAGE_SIZE - 1n);
  if (
    hint !== 0n &&
    flags === RegionFlag.None &&
    rangeEnd(VirtAddr(hint), bytes) !== 0n &&
    isFree(hint, hint + bytes)
  ) {
    return i64(hint);
  }
  const guard: u64 = flags === RegionFlag.Stack ? PAGE_SIZE : 0n;
  const query: HoleQuery = { bytes: bytes + guard, align: PAGE_SIZE, low: APP_BASE, high: APP_LIMIT };
  // Large pages need aligned addresses; a program that maps megabytes will want them.
  if (bytes >= LARGE_PAGE_SIZE && guard === 0n) {
    query.align = LARGE_PAGE_SIZE;
  }
  const place = treeFindHole(tree, query);
  return place === 0n ? -i64(ENOMEM) : i64(place + guard);
}

function isFree(start: u64, end: u64): bool {
  const above = treeFirstAbove(tree, start);
  return above === null || above.start >= end;
}

function isCovered(start: u64, end: u64): bool {
  let at0 = start;
  while (at0 < end) {
    const region = treeFind(tree, at0);
    if (region === null) {
      return false;
    }
    at0 = region.end;
  }
  return true;
}

/** Adds a region where nothing is mapped, merging it with neighbours; 0 or -ENOMEM. */
function addRegion(start: u64, end: u64, prot: u32, kind: RegionKind, detail: u64): i64 {
  const memory = heapAlloc(u64(sizeOf<Region>()));
  if (memory === null) {
    return -i64(ENOMEM);
  }
  // SAFETY: fresh memory of the size of a Region.
  const region = castPtr<Region>(memory);
  zero(region);
  region.start = start;
  region.end = end;
  region.prot = prot;
  region.kind = u32(kind);
  region.detail = detail;
  treeInsert(tree, region);
  mergeAround(region);
  return 0n;
}

function dropRegion(region: Ptr<Region>): void {
  treeRemove(tree, region);
  heapFree(castPtr<u8>(region));
}

function mayMerge(low: Ptr<Region>, high: Ptr<Region>): bool {
  return (
    low.end === high.start &&
    low.prot === high.prot &&
    low.kind === RegionKind.Anonymous &&
    high.kind === RegionKind.Anonymous
  );
}

/** Merges `region` with the regions below and above it where they agree. */
function mergeAround(region: Ptr<Region>): void {
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

/** Makes `address` a boundary of regions and pages; 0 or -ENOMEM. */
function cutAt(address: u64): i64 {
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
  if (region.kind === RegionKind.Physical) {
    upper.detail = region.detail + (address - region.start);
  }
  treeResize(tree, region, region.start, address);
  treeInsert(tree, upper);
  return 0n;
}

function cutEdges(start: u64, end: u64): i64 {
  const result = cutAt(start);
  return result < 0n ? result : cutAt(end);
}

function unmapRange(start: u64, end: u64): i64 {
  if (isFree(start, end)) {
    return 0n;
  }
  const cut = cutEdges(start, end);
  if (cut < 0n) {
    return cut;
  }
  let region = treeFirstAbove(tree, start);
  while (region !== null && region.start < end) {
    const next = region.end;
    pagesRemove(region, region.start, next);
    dropRegion(region);
    region = next < end ? treeFirstAbove(tree, next) : null;
  }
  return 0n;
}
