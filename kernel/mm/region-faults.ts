/**
 * Faults of the application's address space, and giving pages before they are touched.
 *
 * A fault is answered with the lock of the space held to read (page-supply.ts, object-faults.ts). What takes long is done without it, and
 * then the fault is looked at once more, because anything may have changed: clearing 2 MiB, reading a page of a file, growing a stack.
 */

import { EFAULT, ENOMEM } from "../../abi/errno.ts";
import { APP_BASE, APP_LIMIT, PAGE_SIZE } from "../../abi/memory-map.ts";
import { irqIsMasked, irqRestore, irqSave } from "../../nucleus/irq-mask.ts";
import type { TrapFrame } from "../../nucleus/trap-frame.ts";
import { treeFind } from "../core/region-tree.ts";
import { readAcquire, writeAcquire } from "../sync/rw-lock.ts";
import { largeFrameAllocZeroed, largeFrameFree } from "./frames.ts";
import { populateError, resolveShown, type WantedPage } from "./object-faults.ts";
import { isAllowed, type LargeOffer, pagesPopulate, resolveFault } from "./page-supply.ts";
import { promote } from "./promotion.ts";
import { Prot } from "./prot.ts";
import { FaultResult, RegionKind } from "./region-kinds.ts";
import { growStack, mayBeBelowStack, rangeEnd, spaceLock, tree } from "./region-space.ts";
import { regionAllows } from "./regions.ts";

/** What a region with the trait Grows may grow to: RLIMIT_STACK. */
let growthLimit: u64 = 0x80_0000n;

export function regionSetGrowthLimit(bytes: u64): void {
  growthLimit = bytes;
}

/** What is done without the lock between two looks at a fault. */
class FaultWork {
  offer!: LargeOffer;
  wanted!: WantedPage;
}

/**
 * Gives a faulting application address its page; `error` is the page-fault error code. If the interrupted code had masked interrupts
 * (`mayBlock` is false), it may hold spin locks: then a page that would have to be fetched is not given (NotAllowed).
 */
export function faultResolve(address: VirtAddr, error: u64, mayBlock: bool): FaultResult {
  if (u64(address) < APP_BASE || u64(address) >= APP_LIMIT) {
    return FaultResult.NotAllowed;
  }
  const work: FaultWork = zeroed();
  work.wanted.mayFetch = mayBlock;
  let hasFetched = false;
  let result = faultOnce(u64(address), error, work);
  while (result >= FaultResult.WantsLarge) {
    hasFetched = hasFetched || result === FaultResult.WantsPage;
    if (!prepare(u64(address), addressOf(result), work)) {
      break;
    }
    result = faultOnce(u64(address), error, work);
  }
  if (work.offer.frame !== 0n) {
    largeFrameFree(work.offer.frame);
  }
  return hasFetched && result === FaultResult.Resolved ? FaultResult.Fetched : result;
}

/** Does what the fault waits for; false if it fails, with the result of the fault in `result`. */
function prepare(address: u64, result: Ptr<FaultResult>, work: FaultWork): bool {
  switch (result.value) {
    case FaultResult.WantsLarge:
      work.offer.isMade = true;
      work.offer.frame = largeFrameAllocZeroed();
      return true;
    case FaultResult.WantsPromotion:
      promote(address & ~(PAGE_SIZE - 1n), work.offer);
      if (work.offer.frame !== 0n) {
        // Nothing came of it: small pages, then.
        largeFrameFree(work.offer.frame);
        work.offer.frame = PhysAddr(0n);
      }
      return true;
    case FaultResult.WantsPage:
      result.value = fetchWanted(work.wanted);
      return result.value === FaultResult.Resolved;
    default:
      result.value = FaultResult.NotAllowed;
      return grow(address);
  }
}

/** Fetches the page that is wanted, with interrupts as whoever faulted had them. */
function fetchWanted(wanted: WantedPage): FaultResult {
  const object = wanted.object!;
  const operations = object.operations!;
  const wasMasked = irqIsMasked();
  irqRestore(false);
  const fetched = operations.fetch(object, wanted.index);
  operations.put(object);
  if (wasMasked) {
    void irqSave();
  }
  if (fetched === 0n) {
    return FaultResult.Resolved;
  }
  return fetched === -i64(ENOMEM) ? FaultResult.OutOfMemory : FaultResult.BusError;
}

function faultOnce(address: u64, error: u64, work: FaultWork): FaultResult {
  using _guard = readAcquire(spaceLock);
  const region = treeFind(tree, address);
  if (region === null || region.kind === RegionKind.Guard) {
    return mayBeBelowStack(region, address) ? FaultResult.WantsGrowth : FaultResult.NotAllowed;
  }
  if (!isAllowed(region, error)) {
    return FaultResult.NotAllowed;
  }
  return region.kind === RegionKind.File
    ? resolveShown(region, address & ~(PAGE_SIZE - 1n), error, work.wanted)
    : resolveFault(region, address, error, work.offer);
}

function grow(address: u64): bool {
  using _guard = writeAcquire(spaceLock);
  const region = treeFind(tree, address);
  if (region !== null && region.kind !== RegionKind.Guard) {
    // Another CPU was here first.
    return true;
  }
  return growStack(address, growthLimit);
}

// --- Before they are touched -------------------------------------------------------------------------------------------------

/** Gives the pages of a range their frames now (stack pages before the first instruction, MAP_POPULATE); 0, -ENOMEM, -EFAULT. */
export function regionPopulate(address: VirtAddr, bytes: u64): i64 {
  const end = rangeEnd(address, bytes);
  if (end === 0n || !regionAllows(address, end - u64(address), Prot.None)) {
    return -i64(ENOMEM);
  }
  const work: FaultWork = zeroed();
  work.wanted.mayFetch = true;
  const offer = work.offer;
  let at0 = u64(address);
  let result: i64 = 0n;
  while (at0 < end && result >= 0n) {
    const offered = offer.frame;
    result = populateOnce(at0, end, work);
    if (result >= 0n && work.wanted.object !== null) {
      at0 = u64(result);
      result = fetchPopulated(work.wanted);
    } else if (result === i64(at0)) {
      offer.isMade = true;
      offer.frame = largeFrameAllocZeroed();
    } else if (result >= 0n) {
      at0 = u64(result);
      // Taken: the next block gets an offer of its own. Where there was no memory for one, there is none for the next.
      offer.isMade = offer.isMade && !(offered !== 0n && offer.frame === 0n);
    }
  }
  if (offer.frame !== 0n) {
    largeFrameFree(offer.frame);
  }
  return result < 0n ? result : 0n;
}

function fetchPopulated(wanted: WantedPage): i64 {
  const fetched = fetchWanted(wanted);
  wanted.object = null;
  if (fetched === FaultResult.Resolved) {
    return 0n;
  }
  return fetched === FaultResult.OutOfMemory ? -i64(ENOMEM) : -i64(EFAULT);
}

/**
 * The address up to which it is done, `start` if a page of 2 MiB is to be offered, or -ENOMEM. With `wanted.object` set, the page at that
 * address has to be fetched.
 */
function populateOnce(start: u64, end: u64, work: FaultWork): i64 {
  using _guard = readAcquire(spaceLock);
  const region = treeFind(tree, start);
  if (region === null) {
    return -i64(ENOMEM);
  }
  const last = region.end < end ? region.end : end;
  if (region.kind !== RegionKind.File) {
    return pagesPopulate(region, start, last, work.offer);
  }
  if (region.prot === u32(Prot.None)) {
    return i64(last);
  }
  const error = populateError(region);
  const stop = last - start < POPULATE_BYTES ? last : start + POPULATE_BYTES;
  for (let page = start; page < stop; page += PAGE_SIZE) {
    const result = resolveShown(region, page, error, work.wanted);
    if (result !== FaultResult.Resolved) {
      return result === FaultResult.WantsPage ? i64(page) : -i64(ENOMEM);
    }
  }
  return i64(stop);
}
/** Looked at while the lock is held. */
const POPULATE_BYTES = 0x4_0000n;

// --- Faults that cannot be resolved ------------------------------------------------------------------------------------------

/**
 * What ends the program when one of its accesses cannot be satisfied; the linux layer sets it at start. `result` is NotAllowed, OutOfMemory
 * or BusError. If it returns, the frame is resumed.
 */
export type FaultSink = (frame: Ptr<TrapFrame>, address: VirtAddr, result: FaultResult) => void;
let faultSink: FaultSink | null = null;

export function regionSetFaultSink(sink: FaultSink): void {
  faultSink = sink;
}

/** The sink of the linux layer; null before the program starts. */
export function regionFaultSink(): FaultSink | null {
  return faultSink;
}
