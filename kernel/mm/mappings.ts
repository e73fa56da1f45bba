/**
 * What a file does to the mappings that show it: takes pages out of them, and makes them read-only so that writes are noticed again. When and
 * in which order is in mapped-object.ts.
 *
 * The caller holds no spin lock, and keeps the object.
 */

import { type ShownPart, shownPart } from "../core/shown-part.ts";
import { writeAcquire } from "../sync/rw-lock.ts";
import type { MappedObject } from "./mapped-object.ts";
import { pagesForget, pagesProtectShown } from "./pages.ts";
import { spaceLock } from "./region-space.ts";

/** Which pages mappedForget takes. */
export enum ForgetKind {
  /** Those that are the file's: it wants the frames back. */
  Shown = 0,
  /** The copies of private mappings, too: the file has become shorter, and all that lay behind its end is gone. */
  WithCopies = 1,
}

/** Others get their turn after so many pages. */
const FORGET_BUDGET = 4096n;

/**
 * Takes pages `[first, end)` of the object out of all mappings; when it returns, no CPU uses one. The caller has seen to it that the
 * object's `find` finds none of them, before it calls.
 */
export function mappedForget(object: MappedObject, first: u64, end: u64, kind: ForgetKind): void {
  // Whoever maps the object later finds the pages gone.
  fence(Order.SeqCst);
  while (readVolatile(addressOf(object.regions)) !== null && !forgetSome(object, first, end, kind)) {}
}

/** Whether all is done. What was taken does not come back, so the next turn begins at the first region again. */
function forgetSome(object: MappedObject, first: u64, end: u64, kind: ForgetKind): bool {
  using _guard = writeAcquire(spaceLock);
  const part: ShownPart = zeroed();
  let left: u64 = FORGET_BUDGET;
  let region = object.regions;
  while (region !== null && left > 0n) {
    shownPart(region, first, end, part);
    if (part.start < part.end) {
      const taken = pagesForget(part.start, part.end, kind === ForgetKind.WithCopies, left);
      left = taken < left ? left - taken : 0n;
    }
    region = region.nextOfObject;
  }
  return left > 0n;
}

/**
 * Makes pages `[first, end)` of the object read-only in all shared mappings: the next write to one calls `dirty`. When it returns, no CPU
 * writes to one without that.
 */
export function mappedProtect(object: MappedObject, first: u64, end: u64): void {
  fence(Order.SeqCst);
  if (readVolatile(addressOf(object.regions)) === null) {
    return;
  }
  using _guard = writeAcquire(spaceLock);
  const part: ShownPart = zeroed();
  let region = object.regions;
  while (region !== null) {
    shownPart(region, first, end, part);
    if (part.start < part.end) {
      pagesProtectShown(part.start, part.end);
    }
    region = region.nextOfObject;
  }
}

/** Whether any mapping may write to the object. */
export function mappedHasWriters(object: MappedObject): bool {
  return readVolatile(addressOf(object.writers)) !== 0;
}
