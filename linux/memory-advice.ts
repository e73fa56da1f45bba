/**
 * madvise, mincore, mlock and msync: what programs say and ask about memory that they have mapped.
 *
 * Advice that only concerns speed is taken and ignored. Nothing is ever swapped out, so to lock memory is to give it its pages; there is no
 * limit, as for Linux's root.
 */

import { EBUSY, EFAULT, EINVAL, ENOMEM } from "../abi/errno.ts";
import {
  MADV_COLD,
  MADV_COLLAPSE,
  MADV_DODUMP,
  MADV_DOFORK,
  MADV_DONTDUMP,
  MADV_DONTFORK,
  MADV_DONTNEED,
  MADV_DONTNEED_LOCKED,
  MADV_FREE,
  MADV_HUGEPAGE,
  MADV_KEEPONFORK,
  MADV_MERGEABLE,
  MADV_NOHUGEPAGE,
  MADV_NORMAL,
  MADV_PAGEOUT,
  MADV_POPULATE_READ,
  MADV_POPULATE_WRITE,
  MADV_RANDOM,
  MADV_REMOVE,
  MADV_SEQUENTIAL,
  MADV_UNMERGEABLE,
  MADV_WILLNEED,
  MADV_WIPEONFORK,
  MCL_CURRENT,
  MCL_FUTURE,
  MCL_ONFAULT,
  MLOCK_ONFAULT,
  MS_ASYNC,
  MS_INVALIDATE,
  MS_SYNC,
} from "../abi/linux-mman.ts";
import { APP_BASE, PAGE_SIZE } from "../abi/memory-map.ts";
import { Prot } from "../kernel/mm/prot.ts";
import { regionPopulate } from "../kernel/mm/region-faults.ts";
import { RegionKind, RegionTrait } from "../kernel/mm/region-kinds.ts";
import { nextRegion, PageState, pageState, type RegionReport } from "../kernel/mm/region-report.ts";
import { regionRemove, regionSync } from "../kernel/mm/region-shared.ts";
import { regionAllows, regionDiscard, regionSetTraits } from "../kernel/mm/regions.ts";
import { userWrite } from "../kernel/mm/user-access.ts";
import { isAligned, isInApplication, pagesFor, setLocksFuture } from "./memory-ranges.ts";
import { PEAK_NOTED_BYTES, peakNote } from "./peak-memory.ts";
import type { SyscallFrame } from "./syscall-frame.ts";

const SHARED: u32 = u32(RegionTrait.Shared);
const LOCKED: u32 = u32(RegionTrait.Locked);
const LARGE: u32 = u32(RegionTrait.LargePages);
const SMALL: u32 = u32(RegionTrait.SmallPages);

/** What the regions of a range have in common. */
class RangeSummary {
  /** Traits that any of them has. */
  traits!: u32;
  hasHole!: bool;
  /** Some of it is the program file. */
  hasFile!: bool;
}

function summarise(start: u64, bytes: u64, summary: RangeSummary): void {
  const report: RegionReport = zeroed();
  const end = start + bytes;
  let at0 = start;
  summary.traits = 0;
  summary.hasHole = start < APP_BASE;
  summary.hasFile = false;
  while (at0 < end) {
    if (!nextRegion(at0, report) || report.start > at0 || report.kind === RegionKind.Guard) {
      summary.hasHole = true;
    }
    if (report.start >= end || report.end <= at0) {
      return;
    }
    if (report.kind !== RegionKind.Guard) {
      summary.traits |= report.traits;
      const isFile = report.kind === RegionKind.Physical || report.kind === RegionKind.File;
      summary.hasFile = summary.hasFile || isFile;
    }
    at0 = report.end;
  }
}

// --- madvise -----------------------------------------------------------------------------------------------------------------

export function sysMadvise(call: SyscallFrame): i64 {
  const advice = u32.wrap(call.a2);
  const bytes = pagesFor(call.a1);
  if (!isAdvice(advice) || !isAligned(call.a0) || (call.a1 !== 0n && bytes === 0n)) {
    return i64(-EINVAL);
  }
  if (bytes === 0n) {
    return 0n;
  }
  if (call.a0 < APP_BASE || !isInApplication(call.a0, bytes)) {
    return i64(-ENOMEM);
  }
  if (bytes >= PEAK_NOTED_BYTES) {
    peakNote();
  }
  const summary: RangeSummary = zeroed();
  summarise(call.a0, bytes, summary);
  const result = advise(VirtAddr(call.a0), bytes, advice, summary);
  // A part that is not mapped is an error, after the rest was done.
  return result === 0n && summary.hasHole ? i64(-ENOMEM) : result;
}

function advise(start: VirtAddr, bytes: u64, advice: u32, summary: RangeSummary): i64 {
  const isLocked = (summary.traits & LOCKED) !== 0;
  const isShared = (summary.traits & SHARED) !== 0;
  switch (advice) {
    case MADV_DONTNEED:
      // Shared memory is a file of Linux's: what is in it stays.
      return isLocked ? i64(-EINVAL) : regionDiscard(start, bytes, SHARED);
    case MADV_DONTNEED_LOCKED:
      return regionDiscard(start, bytes, SHARED);
    case MADV_FREE:
      return isLocked || isShared || summary.hasFile ? i64(-EINVAL) : regionDiscard(start, bytes);
    case MADV_REMOVE:
      return isLocked || !(isShared || summary.hasFile) ? i64(-EINVAL) : regionRemove(u64(start), u64(start) + bytes);
    case MADV_HUGEPAGE:
      return regionSetTraits(start, bytes, LARGE, SMALL);
    case MADV_NOHUGEPAGE:
      return regionSetTraits(start, bytes, SMALL, LARGE);
    case MADV_COLD:
    case MADV_PAGEOUT:
      return isLocked ? i64(-EINVAL) : 0n;
    case MADV_WIPEONFORK:
      return isShared || summary.hasFile ? i64(-EINVAL) : 0n;
    case MADV_POPULATE_READ:
      return populate(start, bytes, Prot.Read, summary);
    case MADV_POPULATE_WRITE:
      return populate(start, bytes, Prot.Write, summary);
    default:
      return 0n;
  }
}

function populate(start: VirtAddr, bytes: u64, prot: Prot, summary: RangeSummary): i64 {
  if (summary.hasHole) {
    return i64(-ENOMEM);
  }
  return regionAllows(start, bytes, prot) ? regionPopulate(start, bytes) : i64(-EINVAL);
}

/** Advice that Linux knows, too. */
function isAdvice(advice: u32): bool {
  switch (advice) {
    case MADV_NORMAL:
    case MADV_RANDOM:
    case MADV_SEQUENTIAL:
    case MADV_WILLNEED:
    case MADV_DONTNEED:
    case MADV_FREE:
    case MADV_REMOVE:
    case MADV_DONTFORK:
    case MADV_DOFORK:
    case MADV_MERGEABLE:
    case MADV_UNMERGEABLE:
    case MADV_HUGEPAGE:
    case MADV_NOHUGEPAGE:
    case MADV_DONTDUMP:
    case MADV_DODUMP:
    case MADV_WIPEONFORK:
    case MADV_KEEPONFORK:
    case MADV_COLD:
    case MADV_PAGEOUT:
    case MADV_POPULATE_READ:
    case MADV_POPULATE_WRITE:
    case MADV_DONTNEED_LOCKED:
    case MADV_COLLAPSE:
      return true;
    default:
      return false;
  }
}

// --- mincore -----------------------------------------------------------------------------------------------------------------

const VECTOR_BYTES = 64n;

/** Which pages are in memory; what lies before a hole has been answered when the hole is found. */
export function sysMincore(call: SyscallFrame): i64 {
  if (!isAligned(call.a0)) {
    return i64(-EINVAL);
  }
  const bytes = pagesFor(call.a1);
  if ((call.a1 !== 0n && bytes === 0n) || !isInApplication(call.a0, bytes)) {
    return i64(-ENOMEM);
  }
  const pages = bytes / PAGE_SIZE;
  if (!isInApplication(call.a2, pages)) {
    return i64(-EFAULT);
  }
  const vector: Bytes<64> = zeroed();
  for (let done: u64 = 0n; done < pages; done += VECTOR_BYTES) {
    const wanted = pages - done < VECTOR_BYTES ? pages - done : VECTOR_BYTES;
    const known = pageStates(call.a0 + done * PAGE_SIZE, wanted, elements(vector));
    if (userWrite(VirtAddr(call.a2 + done), elements(vector), known) !== 0n) {
      return i64(-EFAULT);
    }
    if (known < wanted) {
      return i64(-ENOMEM);
    }
  }
  return 0n;
}

/** Stores 0 or 1 for up to `count` pages; how many come before the first that is not mapped. */
function pageStates(start: u64, count: u64, vector: Ptr<u8>): u64 {
  for (let index: u64 = 0n; index < count; index++) {
    const state = pageState(start + index * PAGE_SIZE);
    if (state === PageState.Unmapped) {
      return index;
    }
    vector.add(index).value = state === PageState.Present ? 1 : 0;
  }
  return count;
}

// --- mlock and msync ---------------------------------------------------------------------------------------------------------

export function sysMlock(call: SyscallFrame): i64 {
  return lockRange(call.a0, call.a1, true);
}

export function sysMlock2(call: SyscallFrame): i64 {
  const flags = u32.wrap(call.a2);
  return (flags & ~MLOCK_ONFAULT) !== 0 ? i64(-EINVAL) : lockRange(call.a0, call.a1, flags === 0);
}

function lockRange(address: u64, length: u64, isPopulated: bool): i64 {
  const start = address & ~(PAGE_SIZE - 1n);
  const bytes = pagesFor(length + (address - start));
  if (length === 0n) {
    return 0n;
  }
  if (bytes === 0n) {
    return i64(-EINVAL);
  }
  if (start < APP_BASE || !isInApplication(start, bytes)) {
    return i64(-ENOMEM);
  }
  const result = regionSetTraits(VirtAddr(start), bytes, LOCKED, 0);
  if (result < 0n || !isPopulated) {
    return result;
  }
  // Linux gives the pages by touching them, which fails where there is no access.
  const isPopulatedNow =
    regionAllows(VirtAddr(start), bytes, Prot.Read) && regionPopulate(VirtAddr(start), bytes) === 0n;
  return isPopulatedNow ? 0n : i64(-ENOMEM);
}

export function sysMunlock(call: SyscallFrame): i64 {
  const start = call.a0 & ~(PAGE_SIZE - 1n);
  const bytes = pagesFor(call.a1 + (call.a0 - start));
  if (call.a1 === 0n) {
    return 0n;
  }
  if (bytes === 0n) {
    return i64(-EINVAL);
  }
  if (start < APP_BASE || !isInApplication(start, bytes)) {
    return i64(-ENOMEM);
  }
  return regionSetTraits(VirtAddr(start), bytes, 0, LOCKED);
}

/** What is mapped is not filled: a reservation of hundreds of GiB would take all memory, and nothing is swapped out anyway. */
export function sysMlockall(call: SyscallFrame): i64 {
  const flags = u32.wrap(call.a0);
  if (flags === 0 || (flags & ~(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT)) !== 0 || flags === MCL_ONFAULT) {
    return i64(-EINVAL);
  }
  setLocksFuture((flags & MCL_FUTURE) !== 0);
  if ((flags & MCL_CURRENT) !== 0) {
    changeAll(LOCKED, 0);
  }
  return 0n;
}

export function sysMunlockall(_call: SyscallFrame): i64 {
  setLocksFuture(false);
  changeAll(0, LOCKED);
  return 0n;
}

function changeAll(set: u32, clear: u32): void {
  const report: RegionReport = zeroed();
  let at0: u64 = APP_BASE;
  while (nextRegion(at0, report)) {
    void regionSetTraits(VirtAddr(report.start), report.end - report.start, set, clear);
    at0 = report.end;
  }
}

export function sysMsync(call: SyscallFrame): i64 {
  const flags = u32.wrap(call.a2);
  const isContradiction = (flags & MS_ASYNC) !== 0 && (flags & MS_SYNC) !== 0;
  if ((flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC)) !== 0 || isContradiction || !isAligned(call.a0)) {
    return i64(-EINVAL);
  }
  const bytes = pagesFor(call.a1);
  if ((call.a1 !== 0n && bytes === 0n) || !isInApplication(call.a0, bytes)) {
    return i64(-ENOMEM);
  }
  const summary: RangeSummary = zeroed();
  summarise(call.a0, bytes, summary);
  if ((flags & MS_INVALIDATE) !== 0 && (summary.traits & LOCKED) !== 0) {
    return i64(-EBUSY);
  }
  const synced = regionSync(call.a0, call.a0 + bytes, (flags & MS_SYNC) !== 0);
  return synced === 0n && bytes !== 0n && summary.hasHole ? i64(-ENOMEM) : synced;
}
