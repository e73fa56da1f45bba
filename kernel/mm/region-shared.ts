/** What system calls do to the objects behind a range of addresses: msync, MADV_REMOVE; and where in its object an address is. */

import { EACCES, EINVAL, EOPNOTSUPP } from "../../abi/errno.ts";
import { PAGE_SIZE } from "../../abi/memory-map.ts";
import { treeFind, treeFirstAbove } from "../core/region-tree.ts";
import { readAcquire } from "../sync/rw-lock.ts";
import type { MappedObject } from "./mapped-object.ts";
import { RegionKind, RegionTrait } from "./region-kinds.ts";
import { objectIndex, objectOf } from "./region-objects.ts";
import { spaceLock, tree } from "./region-space.ts";

/** The part of a range that lies in one region. */
class Part {
  /** First address behind it. */
  end!: u64;
  /** What it shows, with a reference for the taker; null: nothing. */
  object!: Ptr<MappedObject> | null;
  traits!: u32;
  firstPage!: u64;
  endPage!: u64;
}

/** The part that begins at `start` or above; false if there is none below `end`. */
function nextPart(start: u64, end: u64, part: Part): bool {
  using _guard = readAcquire(spaceLock);
  const region = treeFirstAbove(tree, start);
  if (region === null || region.start >= end) {
    return false;
  }
  const first = region.start > start ? region.start : start;
  part.end = region.end < end ? region.end : end;
  part.traits = region.traits;
  part.object = null;
  if (region.kind === RegionKind.File) {
    part.object = objectOf(region);
    part.object.operations!.keep(part.object);
    part.firstPage = objectIndex(region, first);
    part.endPage = part.firstPage + (part.end - first) / PAGE_SIZE;
  }
  return true;
}

/** What is shown at an address, with a reference for the caller; null: nothing is mapped there, or no object. */
export function regionObjectAt(address: u64, place: SharedPlace): Ptr<MappedObject> | null {
  using _guard = readAcquire(spaceLock);
  const region = treeFind(tree, address);
  if (region === null || region.kind !== RegionKind.File) {
    return null;
  }
  const object = objectOf(region);
  object.operations!.keep(object);
  place.object = object.number;
  place.offset = region.detail + (address - region.start);
  return object;
}

type PartWork = (part: Part, object: Ptr<MappedObject>) => i64;

/** Calls `work` for every part that shows an object, until one fails; without any lock. */
function forParts(start: u64, end: u64, work: PartWork): i64 {
  const part: Part = zeroed();
  let at0 = start;
  let result: i64 = 0n;
  while (result === 0n && at0 < end && nextPart(at0, end, part)) {
    const object = part.object;
    if (object !== null) {
      result = work(part, object);
      object.operations!.put(object);
    }
    at0 = part.end;
  }
  return result;
}

/** msync of `[start, end)`: what shared mappings have written goes where it belongs. 0n or the first error. */
export function regionSync(start: u64, end: u64, isWaiting: bool): i64 {
  return forParts(start, end, isWaiting ? syncAndWait : syncOnly);
}

function syncAndWait(part: Part, object: Ptr<MappedObject>): i64 {
  return syncPart(part, object, true);
}

function syncOnly(part: Part, object: Ptr<MappedObject>): i64 {
  return syncPart(part, object, false);
}

function syncPart(part: Part, object: Ptr<MappedObject>, isWaiting: bool): i64 {
  const sync = object.operations!.sync;
  const isShared = (part.traits & u32(RegionTrait.Shared)) !== 0;
  return sync === null || !isShared ? 0n : sync(object, part.firstPage, part.endPage, isWaiting);
}

/** MADV_REMOVE of `[start, end)`: 0n, -EINVAL, -EACCES, -EOPNOTSUPP or what the file system says. */
export function regionRemove(start: u64, end: u64): i64 {
  return forParts(start, end, removePart);
}

function removePart(part: Part, object: Ptr<MappedObject>): i64 {
  if ((part.traits & u32(RegionTrait.Locked)) !== 0) {
    return -i64(EINVAL);
  }
  const bits = part.traits & (u32(RegionTrait.Shared) | u32(RegionTrait.NeverWritable));
  if (bits !== u32(RegionTrait.Shared)) {
    return -i64(EACCES);
  }
  const discard = object.operations!.discard;
  return discard === null ? -i64(EOPNOTSUPP) : discard(object, part.firstPage, part.endPage);
}

/** Where in its object an address is. */
export class SharedPlace {
  /** MappedObject.number */
  object!: u32;
  offset!: u64;
}

/** False if nothing is mapped at the address, or nothing shared that has an object. */
export function regionSharedPlace(address: u64, place: SharedPlace): bool {
  using _guard = readAcquire(spaceLock);
  const region = treeFind(tree, address);
  if (region === null || region.kind !== RegionKind.File || (region.traits & u32(RegionTrait.Shared)) === 0) {
    return false;
  }
  place.object = objectOf(region).number;
  place.offset = region.detail + (address - region.start);
  return true;
}
