/**
 * Which regions show which object. The regions of an object hold one reference to it together: taken with the first of them, given back after
 * the last. Giving back may block, so it waits until the lock of the space is free again: whoever may have unmapped something calls
 * objectsRelease then.
 */

import { PAGE_SIZE } from "../../abi/memory-map.ts";
import type { Region } from "../core/region-tree.ts";
import { lockAcquire, type SpinLock } from "../sync/spin-lock.ts";
import type { MappedObject } from "./mapped-object.ts";
import { RegionTrait } from "./region-kinds.ts";

const releaseLock: SpinLock = zeroed();
let firstReleased: Ptr<MappedObject> | null = null;
/** Guarded by the lock of the space. */
let lastNumber: u32 = 0;

/** What a region of the kind File shows. */
export function objectOf(region: Ptr<Region>): Ptr<MappedObject> {
  // SAFETY: regions of this kind are made with their object, and keep it.
  return pointerAt<MappedObject>(region.object);
}

/** The number of the object's page at `page`, an address in the region. */
export function objectIndex(region: Ptr<Region>, page: u64): u64 {
  return (region.detail + (page - region.start)) / PAGE_SIZE;
}

function isWriter(region: Ptr<Region>): bool {
  const bits = region.traits & (u32(RegionTrait.Shared) | u32(RegionTrait.NeverWritable));
  return bits === u32(RegionTrait.Shared);
}

/** A region that shows an object has come into being. The lock of the space is held to write. */
export function objectLink(region: Ptr<Region>): void {
  const object = objectOf(region);
  const first = object.regions;
  if (object.number === 0) {
    lastNumber++;
    object.number = lastNumber;
  }
  if (first === null) {
    object.operations!.keep(object);
  } else {
    first.previousOfObject = region;
  }
  region.nextOfObject = first;
  region.previousOfObject = null;
  object.regions = region;
  object.writers += isWriter(region) ? 1 : 0;
}

/** A region that shows an object goes. The lock of the space is held to write. */
export function objectUnlink(region: Ptr<Region>): void {
  const object = objectOf(region);
  const next = region.nextOfObject;
  const previous = region.previousOfObject;
  if (next !== null) {
    next.previousOfObject = previous;
  }
  if (previous !== null) {
    previous.nextOfObject = next;
  } else {
    object.regions = next;
  }
  object.writers -= isWriter(region) ? 1 : 0;
  if (object.regions === null) {
    objectSurplus(object);
  }
}

/** Somebody's reference is not needed any more; objectsRelease gives it back. */
export function objectSurplus(object: Ptr<MappedObject>): void {
  using _guard = lockAcquire(releaseLock);
  if (object.surplus === 0) {
    object.nextReleased = firstReleased;
    firstReleased = object;
  }
  object.surplus++;
}

/** Gives back the references of objects that were unmapped. No lock is held. */
export function objectsRelease(): void {
  while (readVolatile(addressOf(firstReleased)) !== null) {
    const object = takeReleased();
    if (object !== null) {
      object.operations!.put(object);
    }
  }
}

/** An object with one reference to give back: each is taken for itself, because the object may be gone after the last. */
function takeReleased(): Ptr<MappedObject> | null {
  using _guard = lockAcquire(releaseLock);
  const object = firstReleased;
  if (object !== null) {
    object.surplus--;
    if (object.surplus === 0) {
      firstReleased = object.nextReleased;
      object.nextReleased = null;
    }
  }
  return object;
}
