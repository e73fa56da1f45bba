/**
 * The application's address space: which ranges may be touched, and how. The pages behind them are in page-supply.ts and pages.ts.
 *
 * Anonymous memory gets its frames at first touch; physical regions show memory that somebody else owns (the program file, the
 * clock page); file regions show pages of a mapped object when they are touched. Neighbours that agree are merged, so a heap that
 * grows stays one region.
 *
 *     APP_BASE ... program | brk ...           ... | mapping | mapping | stack | APP_LIMIT        holes are taken from the top
 *
 * Neighbours: region-space.ts (the tree), region-faults.ts (pages), region-move.ts (mremap), region-report.ts (what is mapped and what
 * has pages).
 */

import { EACCES, EINVAL, ENOMEM } from "../../abi/errno.ts";
import { PAGE_SIZE } from "../../abi/memory-map.ts";
import { treeFind, treeFirstAbove } from "../core/region-tree.ts";
import { readAcquire, writeAcquire } from "../sync/rw-lock.ts";
import { expectFirstTouch, expectTouchesOf } from "./first-touch.ts";
import { framesReturnSurplus } from "./frames.ts";
import type { MappedObject } from "./mapped-object.ts";
import { showImage } from "./object-faults.ts";
import { populatePhysical } from "./page-supply.ts";
import { pagesPrepareEdge, pagesProtect, pagesRemove } from "./pages.ts";
import { Prot } from "./prot.ts";
import { RegionFlag, RegionKind, RegionTrait } from "./region-kinds.ts";
import { objectsRelease } from "./region-objects.ts";
import { ownPages } from "./region-own.ts";
import {
  cutEdges,
  isCovered,
  mapRegion,
  mergeAround,
  type RegionInfo,
  rangeEnd,
  spaceLock,
  tree,
  unmapSome,
} from "./region-space.ts";

/** Discarding gives others their turn after so many pages. */
const DISCARD_BUDGET = 4096n;

/**
 * Maps zero-filled memory, given pages at first touch. Returns the address, or -EINVAL, -ENOMEM, -EEXIST. `traits` are bits of
 * RegionTrait; with Grows the region extends downwards when it is accessed below its start.
 */
export function regionMap(address: VirtAddr, bytes: u64, prot: Prot, flags: RegionFlag, traits: u32 = 0): i64 {
  const isStack = flags === RegionFlag.Stack || (traits & u32(RegionTrait.Grows)) !== 0;
  const info: RegionInfo = {
    prot: u32(prot),
    kind: u32(isStack ? RegionKind.Stack : RegionKind.Anonymous),
    traits: flags === RegionFlag.Stack ? traits | u32(RegionTrait.Grows) : traits,
    detail: 0n,
    object: 0n,
  };
  return mapUnlocked(address, bytes, flags, info);
}

/**
 * Maps what a mapped object shows from `offset`, a multiple of the page size, on. The caller keeps the object during the call. Results and
 * `traits` as regionMap's.
 */
export function regionMapObject(address: VirtAddr, bytes: u64, prot: Prot, flags: RegionFlag, shown: ShownObject): i64 {
  const info: RegionInfo = {
    prot: u32(prot),
    kind: u32(RegionKind.File),
    traits: shown.traits,
    detail: shown.offset,
    object: virtAddr(shown.object),
  };
  return mapUnlocked(address, bytes, flags, info);
}

export class ShownObject {
  object!: Ptr<MappedObject>;
  offset!: u64;
  /** Bits of RegionTrait. */
  traits!: u32;
}

function mapUnlocked(address: VirtAddr, bytes: u64, flags: RegionFlag, info: RegionInfo): i64 {
  const place = mapLocked(address, bytes, flags, info);
  objectsRelease();
  return place;
}

function mapLocked(address: VirtAddr, bytes: u64, flags: RegionFlag, info: RegionInfo): i64 {
  using _guard = writeAcquire(spaceLock);
  const place = mapRegion(address, bytes, flags, info);
  if (place > 0n) {
    const region = treeFind(tree, u64(place))!;
    expectFirstTouch(region, u64(place), bytes);
    // A loader first maps a whole file anywhere, then its segments where they belong: the first mapping is hardly touched.
    if (flags === RegionFlag.Fixed) {
      showImage(region, u64(place), u64(place) + bytes);
    }
  }
  return place;
}

/**
 * Maps physical memory that somebody else owns (the program file); never freed by regionUnmap. `physical` and `address` are
 * page-aligned; what was mapped there is replaced. Its pages are mapped at once. `prot` does not allow writing: what becomes writable later
 * is a copy (region-own.ts).
 */
export function regionMapPhysical(address: VirtAddr, physical: PhysAddr, bytes: u64, prot: Prot): i64 {
  const place = mapPhysicalLocked(address, physical, bytes, prot);
  objectsRelease();
  return place;
}

function mapPhysicalLocked(address: VirtAddr, physical: PhysAddr, bytes: u64, prot: Prot): i64 {
  using _guard = writeAcquire(spaceLock);
  assert((u32(prot) & u32(Prot.Write)) === 0, "others' memory is not written");
  if ((u64(physical) & (PAGE_SIZE - 1n)) !== 0n) {
    return -i64(EINVAL);
  }
  const flags = address === 0n ? RegionFlag.None : RegionFlag.Fixed;
  const info: RegionInfo = {
    prot: u32(prot),
    kind: u32(RegionKind.Physical),
    traits: 0,
    detail: u64(physical),
    object: 0n,
  };
  const place = mapRegion(address, bytes, flags, info);
  if (place < 0n) {
    return place;
  }
  const region = treeFind(tree, u64(place))!;
  const result = populatePhysical(region, region.start, region.end);
  return result < 0n ? result : place;
}

/** Unmaps all that lies in `[address, address + bytes)`; 0 or -EINVAL, -ENOMEM. */
export function regionUnmap(address: VirtAddr, bytes: u64): i64 {
  const end = rangeEnd(address, bytes);
  if (end === 0n) {
    return -i64(EINVAL);
  }
  let at0 = u64(address);
  while (at0 < end) {
    const next = unmapTurn(at0, end);
    if (next < 0n) {
      return next;
    }
    at0 = u64(next);
  }
  objectsRelease();
  framesReturnSurplus();
  return 0n;
}

function unmapTurn(start: u64, end: u64): i64 {
  using _guard = writeAcquire(spaceLock);
  return unmapSome(start, end);
}

/**
 * Changes the protection of `[address, address + bytes)`; 0, -EINVAL, -EACCES (a file is never writable), or -ENOMEM: memory is short, or a
 * part is not mapped (what is mapped before has been changed, as on Linux).
 */
export function regionProtect(address: VirtAddr, bytes: u64, prot: Prot): i64 {
  using _guard = writeAcquire(spaceLock);
  const start = u64(address);
  const end = rangeEnd(address, bytes);
  if (end === 0n) {
    return bytes === 0n && (start & (PAGE_SIZE - 1n)) === 0n ? 0n : -i64(EINVAL);
  }
  const cut = cutEdges(start, end);
  if (cut < 0n) {
    return cut;
  }
  let at0 = start;
  while (at0 < end) {
    const region = treeFind(tree, at0);
    if (region === null || region.kind === RegionKind.Guard) {
      return -i64(ENOMEM);
    }
    const isWritable = (u32(prot) & u32(Prot.Write)) !== 0;
    if (isWritable && (region.traits & u32(RegionTrait.NeverWritable)) !== 0) {
      return -i64(EACCES);
    }
    if (isWritable && region.kind === RegionKind.Physical && ownPages(region) !== 0n) {
      return -i64(ENOMEM);
    }
    at0 = region.end;
    if (region.prot !== u32(prot)) {
      const before = region.prot;
      region.prot = u32(prot);
      pagesProtect(region, before);
      if (before === 0) {
        expectTouchesOf(region, region.start, region.end);
      }
    }
    mergeAround(region);
  }
  return 0n;
}

/** Sets and clears bits of RegionTrait in `[address, address + bytes)`; 0, -EINVAL, or -ENOMEM (a part is not mapped). */
export function regionSetTraits(address: VirtAddr, bytes: u64, set: u32, clear: u32): i64 {
  using _guard = writeAcquire(spaceLock);
  const start = u64(address);
  const end = rangeEnd(address, bytes);
  if (end === 0n) {
    return bytes === 0n ? 0n : -i64(EINVAL);
  }
  const isWhole = isCovered(start, end);
  const cut = cutEdges(start, end);
  if (cut < 0n) {
    return cut;
  }
  let region = treeFirstAbove(tree, start);
  while (region !== null && region.start < end) {
    const next = region.end;
    if (region.kind !== RegionKind.Guard) {
      region.traits = (region.traits & ~clear) | set;
      mergeAround(region);
    }
    region = next < end ? treeFirstAbove(tree, next) : null;
  }
  return isWhole ? 0n : -i64(ENOMEM);
}

/**
 * Drops the contents of a range: the next touch of anonymous memory finds zeros (MADV_DONTNEED); 0, -EINVAL, -ENOMEM. Regions with any of
 * `keptTraits` keep theirs.
 */
export function regionDiscard(address: VirtAddr, bytes: u64, keptTraits: u32 = 0): i64 {
  const end = rangeEnd(address, bytes);
  if (end === 0n) {
    return bytes === 0n ? 0n : -i64(EINVAL);
  }
  let at0 = u64(address);
  while (at0 < end) {
    const next = discardTurn(at0, end, keptTraits);
    if (next < 0n) {
      return next;
    }
    at0 = u64(next);
  }
  framesReturnSurplus();
  return 0n;
}

function discardTurn(start: u64, end: u64, keptTraits: u32): i64 {
  using _guard = writeAcquire(spaceLock);
  const region = treeFirstAbove(tree, start);
  if (region === null || region.start >= end) {
    return i64(end);
  }
  const first = region.start > start ? region.start : start;
  const last = region.end < end ? region.end : end;
  const isKept = region.kind === RegionKind.Physical || region.kind === RegionKind.Guard;
  if (isKept || (region.traits & keptTraits) !== 0) {
    return i64(last);
  }
  if (pagesPrepareEdge(first) < 0n || pagesPrepareEdge(last) < 0n) {
    return -i64(ENOMEM);
  }
  return i64(pagesRemove(region, first, last, DISCARD_BUDGET));
}

/** Whether all of `[address, address + bytes)` is mapped with at least `prot`. */
export function regionAllows(address: VirtAddr, bytes: u64, prot: Prot): bool {
  using _guard = readAcquire(spaceLock);
  const end = u64(address) + bytes;
  let at0 = u64(address);
  while (at0 < end) {
    const region = treeFind(tree, at0);
    if (region === null || region.kind === RegionKind.Guard || (region.prot & u32(prot)) !== u32(prot)) {
      return false;
    }
    at0 = region.end;
  }
  return true;
}
