/**
 * Moving and resizing mappings (mremap): page-table entries are moved, contents are not copied.
 *
 * What may fail is done first: boundaries, tables at the new place, the new region. After that nothing fails, so a mapping is at its
 * old place or at its new one, whole.
 */

import { EFAULT, EINVAL, ENOMEM } from "../../abi/errno.ts";
import { APP_BASE } from "../../abi/memory-map.ts";
import { type Region, treeFind, treeResize } from "../core/region-tree.ts";
import { writeAcquire } from "../sync/rw-lock.ts";
import { pagesMove, pagesPrepareMove } from "./pages.ts";
import { RegionFlag, RegionKind, RegionTrait } from "./region-kinds.ts";
import { objectOf, objectSurplus, objectsRelease } from "./region-objects.ts";
import {
  cutEdges,
  dropRegion,
  isFree,
  mapRegion,
  mergeAround,
  placeRegion,
  type RegionInfo,
  rangeEnd,
  spaceLock,
  tree,
  unmapRange,
} from "./region-space.ts";

/** What mremap is asked to do. Addresses and lengths are whole pages. */
export class RegionMove {
  from!: u64;
  oldBytes!: u64;
  newBytes!: u64;
  /** Where to, exactly; what is mapped there is replaced. 0n: stay, or anywhere if mayMove. */
  to!: u64;
  mayMove!: bool;
  /** The old range stays mapped, without its pages (MREMAP_DONTUNMAP); implies that it moves. */
  keepsOld!: bool;
}

/** An old length of 0: shared memory is mapped a second time. -EINVAL: what is there is not shared. */
function duplicate(move: RegionMove): i64 {
  const region = treeFind(tree, move.from)!;
  if (region.kind !== RegionKind.File || (region.traits & u32(RegionTrait.Shared)) === 0) {
    return -i64(EINVAL);
  }
  if (!move.mayMove) {
    return -i64(ENOMEM);
  }
  const info: RegionInfo = zeroed();
  describe(region, info);
  info.detail = region.detail + (move.from - region.start);
  // The target may be where the first one is: a reference of its own, so that the object does not go in between.
  const object = objectOf(region);
  object.operations!.keep(object);
  const flags = move.to === 0n ? RegionFlag.None : RegionFlag.Fixed;
  const place = mapRegion(VirtAddr(move.to), move.newBytes, flags, info);
  objectSurplus(object);
  return place;
}

/** The address of the mapping afterwards, or -EFAULT (it is not one mapping), -ENOMEM, -EINVAL. */
export function regionMove(move: RegionMove): i64 {
  const result = moveLocked(move);
  objectsRelease();
  return result;
}

function moveLocked(move: RegionMove): i64 {
  using _guard = writeAcquire(spaceLock);
  if (treeFind(tree, move.from) === null) {
    return -i64(EFAULT);
  }
  if (move.oldBytes === 0n) {
    return duplicate(move);
  }
  return move.to !== 0n || move.keepsOld ? moveAway(move) : resize(move);
}

/** Shrinks or grows at the old place, or moves if that is allowed and there is no room. */
function resize(move: RegionMove): i64 {
  if (move.newBytes <= move.oldBytes) {
    if (rangeEnd(VirtAddr(move.from), move.oldBytes) === 0n) {
      return -i64(EINVAL);
    }
    const cut = unmapRange(move.from + move.newBytes, move.from + move.oldBytes);
    return cut < 0n ? cut : i64(move.from);
  }
  const region = treeFind(tree, move.from)!;
  const end = move.from + move.oldBytes;
  if (move.oldBytes > region.end - move.from) {
    return -i64(EFAULT);
  }
  const newEnd = rangeEnd(VirtAddr(move.from), move.newBytes);
  if (end === region.end && newEnd !== 0n && isFree(end, newEnd) && mayGrowUp(region)) {
    treeResize(tree, region, region.start, newEnd);
    mergeAround(region);
    return i64(move.from);
  }
  return move.mayMove ? moveAway(move) : -i64(ENOMEM);
}

function mayGrowUp(region: Ptr<Region>): bool {
  return region.kind === RegionKind.Anonymous || region.kind === RegionKind.File;
}

function moveAway(move: RegionMove): i64 {
  if (move.to !== 0n) {
    const cleared = clearTarget(move);
    if (cleared < 0n) {
      return cleared;
    }
  }
  const kept = move.oldBytes < move.newBytes ? move.oldBytes : move.newBytes;
  const region = treeFind(tree, move.from);
  if (region === null || kept > region.end - move.from) {
    return -i64(EFAULT);
  }
  if (region.kind === RegionKind.Physical && move.newBytes > kept) {
    // There is nothing behind what it shows.
    return -i64(ENOMEM);
  }
  const cut = cutEdges(move.from, move.from + kept);
  if (cut < 0n) {
    return cut;
  }
  const info: RegionInfo = zeroed();
  describe(treeFind(tree, move.from)!, info);
  const flags = move.to === 0n ? RegionFlag.None : RegionFlag.FixedNoReplace;
  const place = placeRegion(VirtAddr(move.to), move.newBytes, flags, info);
  if (place < 0n) {
    mergeAround(treeFind(tree, move.from)!);
    return place;
  }
  if (pagesPrepareMove(move.from, kept, u64(place)) < 0n) {
    void unmapRange(u64(place), u64(place) + move.newBytes);
    mergeAround(treeFind(tree, move.from)!);
    return -i64(ENOMEM);
  }
  pagesMove(move.from, kept, u64(place));
  leaveOld(move);
  mergeAround(treeFind(tree, u64(place))!);
  return place;
}

/** As Linux does, before anything is known about the old range: the target is unmapped, and what the new size does not hold. */
function clearTarget(move: RegionMove): i64 {
  if (move.to < APP_BASE || rangeEnd(VirtAddr(move.to), move.newBytes) === 0n) {
    return -i64(EINVAL);
  }
  const cleared = unmapRange(move.to, move.to + move.newBytes);
  if (cleared < 0n || move.oldBytes <= move.newBytes) {
    return cleared;
  }
  return rangeEnd(VirtAddr(move.from), move.oldBytes) === 0n
    ? -i64(EINVAL)
    : unmapRange(move.from + move.newBytes, move.from + move.oldBytes);
}

/** What the mapping is at its new place. A part of a stack that moves is no stack there. */
function describe(region: Ptr<Region>, info: RegionInfo): void {
  info.prot = region.prot;
  info.kind = region.kind === RegionKind.Stack ? u32(RegionKind.Anonymous) : region.kind;
  info.traits = region.traits;
  info.detail = region.detail;
  info.object = region.object;
}

/** The old range has no pages any more. It is a region of its own still. */
function leaveOld(move: RegionMove): void {
  const region = treeFind(tree, move.from)!;
  if (move.keepsOld) {
    mergeAround(region);
  } else {
    dropRegion(region);
  }
}
