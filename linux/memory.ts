/**
 * brk, mmap and what changes mappings: Linux's rules on top of the kernel's regions (kernel/mm/regions.ts).
 *
 * Mappings of files are in map-file.ts. Advice and locking are in memory-advice.ts.
 */

import { EFAULT, EINVAL, ENOMEM, EOPNOTSUPP } from "../abi/errno.ts";
import {
  MAP_32BIT,
  MAP_ANONYMOUS,
  MAP_DENYWRITE,
  MAP_EXECUTABLE,
  MAP_FIXED,
  MAP_GROWSDOWN,
  MAP_HUGETLB,
  MAP_LOCKED,
  MAP_NONBLOCK,
  MAP_NORESERVE,
  MAP_POPULATE,
  MAP_PRIVATE,
  MAP_SHARED,
  MAP_SHARED_VALIDATE,
  MAP_STACK,
  MAP_TYPE,
  MREMAP_DONTUNMAP,
  MREMAP_FIXED,
  MREMAP_MAYMOVE,
  PROT_EXEC,
  PROT_GROWSDOWN,
  PROT_GROWSUP,
  PROT_READ,
  PROT_SEM,
  PROT_WRITE,
} from "../abi/linux-mman.ts";
import { APP_BASE, APP_LIMIT, PAGE_SIZE } from "../abi/memory-map.ts";
import { frameTotalCount } from "../kernel/mm/frames.ts";
import type { Prot } from "../kernel/mm/prot.ts";
import { regionPopulate } from "../kernel/mm/region-faults.ts";
import { RegionFlag, RegionTrait } from "../kernel/mm/region-kinds.ts";
import { type RegionMove, regionMove } from "../kernel/mm/region-move.ts";
import { nextRegion, type RegionReport } from "../kernel/mm/region-report.ts";
import { regionMap, regionProtect, regionUnmap } from "../kernel/mm/regions.ts";
import { type Mutex, mutexAcquire } from "../kernel/sync/mutex.ts";
import { thunkPageIn } from "./call-sites.ts";
import { programLayout } from "./layout.ts";
import { mapFile, mapMemory } from "./map-file.ts";
import type { MapRequest } from "./map-request.ts";
import { isDataMapping, mayMapMore } from "./memory-limits.ts";
import { isAligned, isInApplication, pageCeil, pagesFor } from "./memory-ranges.ts";
import { PEAK_NOTED_BYTES, peakNote } from "./peak-memory.ts";
import type { SyscallFrame } from "./syscall-frame.ts";
import { codeMayBeWritten } from "./written-code.ts";

const PROTECTIONS = PROT_READ | PROT_WRITE | PROT_EXEC;
/** What MAP_SHARED_VALIDATE lets pass: the flags that are older than it. */
const VALIDATED_FLAGS =
  MAP_SHARED_VALIDATE |
  MAP_32BIT |
  MAP_DENYWRITE |
  MAP_EXECUTABLE |
  MAP_FIXED |
  MAP_GROWSDOWN |
  MAP_HUGETLB |
  MAP_LOCKED |
  MAP_NONBLOCK |
  MAP_NORESERVE |
  MAP_POPULATE |
  MAP_STACK;

const breakLock: Mutex = zeroed();
/** The break: bytes below it belong to the heap; 0 before the first call. */
let programBreak: u64 = 0n;

/** The end of the heap, for /proc/self/maps. */
export function breakEnd(): u64 {
  return programBreak;
}

/** Another program has no heap yet. */
export function breakReset(): void {
  programBreak = 0n;
}

/**
 * More than the machine has in all: refused at once, as Linux does by default (vm.overcommit_memory 0), so that a program can handle
 * it. What is possible but too much shows at first touch.
 */
function isHopeless(bytes: u64): bool {
  return bytes / PAGE_SIZE > frameTotalCount();
}

/** The new break, or the old one if it cannot move there. */
export function sysBrk(call: SyscallFrame): i64 {
  using _guard = mutexAcquire(breakLock);
  const start = programLayout.breakStart;
  if (programBreak === 0n) {
    programBreak = start;
  }
  const wanted = call.a0;
  if (wanted < start || wanted >= APP_LIMIT) {
    return i64(programBreak);
  }
  const oldEnd = pageCeil(programBreak);
  const newEnd = pageCeil(wanted);
  if (newEnd > oldEnd) {
    if (isHopeless(newEnd - start) || !mayMapMore(newEnd - oldEnd, true, 0n)) {
      return i64(programBreak);
    }
    const result = regionMap(VirtAddr(oldEnd), newEnd - oldEnd, PROT_READ | PROT_WRITE, RegionFlag.FixedNoReplace);
    if (result < 0n) {
      return i64(programBreak);
    }
  } else if (newEnd < oldEnd) {
    peakNote();
    if (regionUnmap(VirtAddr(newEnd), oldEnd - newEnd) < 0n) {
      return i64(programBreak);
    }
  }
  programBreak = wanted;
  return i64(programBreak);
}

export function sysMmap(call: SyscallFrame): i64 {
  const bytes = pagesFor(call.a1);
  let flags = u32.wrap(call.a3);
  if (!isAligned(call.a5)) {
    return i64(-EINVAL);
  }
  if ((flags & MAP_TYPE) === MAP_SHARED_VALIDATE && (flags & MAP_ANONYMOUS) === 0) {
    if ((flags & ~VALIDATED_FLAGS) !== 0) {
      return i64(-EOPNOTSUPP);
    }
    flags = (flags & ~MAP_TYPE) | MAP_SHARED;
  }
  const refused = mmapRefusal(call, bytes, flags);
  if (refused !== 0n) {
    return refused;
  }
  const request: MapRequest = {
    hint: call.a0,
    bytes,
    prot: u32.wrap(call.a2) & PROTECTIONS,
    flags,
    object: null,
    offset: 0n,
    traits: 0,
  };
  const address = (flags & MAP_ANONYMOUS) === 0 ? mapFile(call, request) : mapMemory(request);
  const isPopulated = (flags & MAP_POPULATE) !== 0 && (flags & MAP_NONBLOCK) === 0;
  if (address > 0n && (isPopulated || (flags & MAP_LOCKED) !== 0)) {
    // Like Linux: a mapping that cannot be filled now is filled at first touch.
    void regionPopulate(VirtAddr(u64(address)), bytes);
  }
  if (address > 0n) {
    codeMayBeWritten(u64(address), request.prot);
  }
  return address;
}

/** 0n, or why a mapping of `bytes` bytes (0n: too many) is not made wherever it would lie. */
function mmapRefusal(call: SyscallFrame, bytes: u64, flags: u32): i64 {
  const type = flags & MAP_TYPE;
  const growsShared = type === MAP_SHARED && (flags & MAP_GROWSDOWN) !== 0;
  if (call.a1 === 0n || (type !== MAP_PRIVATE && type !== MAP_SHARED) || growsShared) {
    return i64(-EINVAL);
  }
  const isAnonymous = (flags & MAP_ANONYMOUS) !== 0;
  // There are no reserved huge pages: 2 MiB pages come by themselves.
  if (bytes === 0n || (isAnonymous && (flags & MAP_HUGETLB) !== 0)) {
    return i64(-ENOMEM);
  }
  const isCounted = type === MAP_SHARED || (u32.wrap(call.a2) & PROT_WRITE) !== 0;
  const replaced: u64 = (flags & MAP_FIXED) !== 0 ? call.a0 : 0n;
  if (!mayMapMore(bytes, isDataMapping(u32.wrap(call.a2), type === MAP_SHARED), replaced)) {
    return i64(-ENOMEM);
  }
  return isAnonymous && isCounted && (flags & MAP_NORESERVE) === 0 && isHopeless(bytes) ? i64(-ENOMEM) : 0n;
}

export function sysMunmap(call: SyscallFrame): i64 {
  const bytes = pagesFor(call.a1);
  if (!isAligned(call.a0) || bytes === 0n || !isInApplication(call.a0, bytes)) {
    return i64(-EINVAL);
  }
  // Nothing is ever mapped below APP_BASE, and to unmap nothing is no error.
  const start = call.a0 < APP_BASE ? APP_BASE : call.a0;
  const end = call.a0 + bytes;
  if (bytes >= PEAK_NOTED_BYTES) {
    peakNote();
  }
  return end <= start ? 0n : unmapAround(start, end);
}

/** Unmaps all but pages of thunks, where there is nothing for the program to unmap. */
function unmapAround(start: u64, end: u64): i64 {
  let from = start;
  while (from < end) {
    const thunks = thunkPageIn(from, end);
    const to = thunks === 0n ? end : thunks;
    const result = to > from ? regionUnmap(VirtAddr(from), to - from) : 0n;
    if (result < 0n) {
      return result;
    }
    from = thunks === 0n ? end : thunks + PAGE_SIZE;
  }
  return 0n;
}

export function sysMprotect(call: SyscallFrame): i64 {
  const wanted = u32.wrap(call.a2);
  const grows = wanted & (PROT_GROWSDOWN | PROT_GROWSUP);
  if (grows === (PROT_GROWSDOWN | PROT_GROWSUP) || !isAligned(call.a0)) {
    return i64(-EINVAL);
  }
  if (call.a1 === 0n) {
    return 0n;
  }
  const bytes = pagesFor(call.a1);
  if (bytes === 0n || !isInApplication(call.a0, bytes) || call.a0 < APP_BASE) {
    return i64(-ENOMEM);
  }
  if ((wanted & ~(PROTECTIONS | PROT_SEM)) !== 0) {
    return i64(-EINVAL);
  }
  if ((wanted & PROT_WRITE) !== 0 && isHopeless(bytes) && becomesCounted(call.a0)) {
    return i64(-ENOMEM);
  }
  const prot: Prot = wanted & PROTECTIONS;
  // To the program a page of thunks is a hole: what lies before it changes.
  const thunks = thunkPageIn(call.a0, call.a0 + bytes);
  const known: u64 = thunks === 0n ? bytes : thunks - call.a0;
  const result = known === 0n ? i64(-ENOMEM) : regionProtect(VirtAddr(call.a0), known, prot);
  if (result === 0n) {
    codeMayBeWritten(call.a0, prot);
  }
  return result === 0n && thunks !== 0n ? i64(-ENOMEM) : result;
}

/** Whether the mapping at `address` did not count as wanted memory, but would if it were writable. */
function becomesCounted(address: u64): bool {
  const report: RegionReport = zeroed();
  const isExempt = u32(RegionTrait.NoReserve) | u32(RegionTrait.Shared);
  return nextRegion(address, report) && (report.prot & PROT_WRITE) === 0 && (report.traits & isExempt) === 0;
}

export function sysMremap(call: SyscallFrame): i64 {
  const flags = u32.wrap(call.a3);
  const isFixed = (flags & MREMAP_FIXED) !== 0;
  const keepsOld = (flags & MREMAP_DONTUNMAP) !== 0;
  const mayMove = (flags & MREMAP_MAYMOVE) !== 0;
  if ((flags & ~(MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP)) !== 0 || ((isFixed || keepsOld) && !mayMove)) {
    return i64(-EINVAL);
  }
  const move: RegionMove = {
    from: call.a0,
    oldBytes: pagesFor(call.a1),
    newBytes: pagesFor(call.a2),
    to: isFixed ? call.a4 : 0n,
    mayMove,
    keepsOld,
  };
  if (!isAligned(move.from) || move.newBytes === 0n || (keepsOld && move.oldBytes !== move.newBytes)) {
    return i64(-EINVAL);
  }
  if (isFixed && !isFreeTarget(move)) {
    return i64(-EINVAL);
  }
  if (move.from < APP_BASE || !isInApplication(move.from, move.oldBytes)) {
    return i64(-EFAULT);
  }
  if (thunkPageIn(move.from, move.from + move.oldBytes) !== 0n) {
    return i64(-EFAULT);
  }
  if (isFixed && thunkPageIn(move.to, move.to + move.newBytes) !== 0n) {
    return i64(-ENOMEM);
  }
  const grows: u64 = move.newBytes > move.oldBytes ? move.newBytes - move.oldBytes : 0n;
  if (grows > 0n && (isHopeless(grows) || !mayMapMore(grows, isDataAt(move.from), 0n))) {
    return i64(-ENOMEM);
  }
  return regionMove(move);
}

/** Whether what is mapped there counts as data. */
function isDataAt(address: u64): bool {
  const report: RegionReport = zeroed();
  return nextRegion(address, report) && isDataMapping(report.prot, (report.traits & u32(RegionTrait.Shared)) !== 0);
}

/** Whether MREMAP_FIXED names a place that is possible and apart from the old one. */
function isFreeTarget(move: RegionMove): bool {
  const isApart = move.to + move.newBytes <= move.from || move.from + move.oldBytes <= move.to;
  return isAligned(move.to) && move.to >= APP_BASE && isInApplication(move.to, move.newBytes) && isApart;
}
