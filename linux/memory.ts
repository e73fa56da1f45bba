/**
 * brk, mmap and what changes mappings: Linux's rules on top of the kernel's regions (kernel/mm/regions.ts).
 *
 * Mappings of files are in map-file.ts. Advice that only concerns speed is taken and ignored.
 */

import { EFAULT, EINVAL, ENOMEM } from "../abi/errno.ts";
import {
  MADV_COLD,
  MADV_DODUMP,
  MADV_DOFORK,
  MADV_DONTDUMP,
  MADV_DONTFORK,
  MADV_DONTNEED,
  MADV_FREE,
  MADV_HUGEPAGE,
  MADV_MERGEABLE,
  MADV_NOHUGEPAGE,
  MADV_NORMAL,
  MADV_PAGEOUT,
  MADV_POPULATE_READ,
  MADV_POPULATE_WRITE,
  MADV_RANDOM,
  MADV_SEQUENTIAL,
  MADV_UNMERGEABLE,
  MADV_WILLNEED,
  MAP_32BIT,
  MAP_ANONYMOUS,
  MAP_FIXED,
  MAP_FIXED_NOREPLACE,
  MAP_NORESERVE,
  MAP_POPULATE,
  MAP_PRIVATE,
  MAP_SHARED,
  MAP_TYPE,
  MREMAP_FIXED,
  MREMAP_MAYMOVE,
  PROT_EXEC,
  PROT_READ,
  PROT_WRITE,
} from "../abi/linux-mman.ts";
import { APP_BASE, APP_LIMIT, PAGE_SIZE } from "../abi/memory-map.ts";
import { frameTotalCount } from "../kernel/mm/frames.ts";
import { directMap, translate } from "../kernel/mm/page-table.ts";
import { Prot } from "../kernel/mm/prot.ts";
import { RegionFlag } from "../kernel/mm/region-kinds.ts";
import {
  regionAllows,
  regionDiscard,
  regionMap,
  regionPopulate,
  regionProtect,
  regionUnmap,
} from "../kernel/mm/regions.ts";
import { programLayout } from "./layout.ts";
import { mapFile } from "./map-file.ts";
import type { SyscallFrame } from "./syscall-frame.ts";

const PROTECTIONS = PROT_READ | PROT_WRITE | PROT_EXEC;
/** MAP_32BIT: Linux searches the second GiB. */
const LOW_START = 0x4000_0000n;
const LOW_END = 0x8000_0000n;
const LOW_STEP = 0x100_0000n;

/** The break: bytes below it belong to the heap; 0 before the first call. */
let programBreak: u64 = 0n;

/** The end of the heap, for /proc/self/maps. */
export function breakEnd(): u64 {
  return programBreak;
}

function pageCeil(value: u64): u64 {
  return (value + PAGE_SIZE - 1n) & ~(PAGE_SIZE - 1n);
}

function isAligned(value: u64): bool {
  return (value & (PAGE_SIZE - 1n)) === 0n;
}

/** Whole pages that hold `bytes`; 0 if there is no such number of bytes. */
function pagesFor(bytes: u64): u64 {
  return bytes > APP_LIMIT ? 0n : pageCeil(bytes);
}

/** What a mapped range permits throughout, as PROT_* bits; -EFAULT if a part of it is not mapped. */
function protectionOf(address: u64, bytes: u64): i64 {
  const start = VirtAddr(address);
  if (!isInApplication(address, bytes) || !regionAllows(start, bytes, Prot.None)) {
    return i64(-EFAULT);
  }
  const read: u32 = regionAllows(start, bytes, Prot.Read) ? PROT_READ : 0;
  const write: u32 = regionAllows(start, bytes, Prot.Write) ? PROT_WRITE : 0;
  const execute: u32 = regionAllows(start, bytes, Prot.Execute) ? PROT_EXEC : 0;
  return i64(read | write | execute);
}

function isInApplication(address: u64, bytes: u64): bool {
  return address < APP_LIMIT && bytes <= APP_LIMIT - address;
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
    if (isHopeless(newEnd - start)) {
      return i64(programBreak);
    }
    const result = regionMap(VirtAddr(oldEnd), newEnd - oldEnd, PROT_READ | PROT_WRITE, RegionFlag.FixedNoReplace);
    if (result < 0n) {
      return i64(programBreak);
    }
  } else if (newEnd < oldEnd && regionUnmap(VirtAddr(newEnd), oldEnd - newEnd) < 0n) {
    return i64(programBreak);
  }
  programBreak = wanted;
  return i64(programBreak);
}

export function sysMmap(call: SyscallFrame): i64 {
  const bytes = pagesFor(call.a1);
  const flags = u32.wrap(call.a3);
  const type = flags & MAP_TYPE;
  if (call.a1 === 0n || (type !== MAP_PRIVATE && type !== MAP_SHARED)) {
    return i64(-EINVAL);
  }
  if ((u32.wrap(call.a2) & ~PROTECTIONS) !== 0 || !isAligned(call.a5)) {
    return i64(-EINVAL);
  }
  if ((flags & MAP_ANONYMOUS) === 0) {
    return bytes === 0n ? i64(-ENOMEM) : mapFile(call, bytes, mapAt);
  }
  if (bytes === 0n) {
    return i64(-ENOMEM);
  }
  const prot: Prot = u32.wrap(call.a2);
  const isReserved = (u32.wrap(call.a2) & PROT_WRITE) !== 0 && (flags & MAP_NORESERVE) === 0;
  if (isReserved && isHopeless(bytes)) {
    return i64(-ENOMEM);
  }
  const address = mapAt(call.a0, bytes, prot, flags);
  if (address > 0n && (flags & MAP_POPULATE) !== 0) {
    // Like Linux: a mapping that cannot be filled now is filled at first touch.
    void regionPopulate(VirtAddr(u64(address)), bytes);
  }
  return address;
}

function mapAt(hint: u64, bytes: u64, prot: Prot, flags: u32): i64 {
  if ((flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) !== 0) {
    if (!isAligned(hint)) {
      return i64(-EINVAL);
    }
    if (hint < APP_BASE || !isInApplication(hint, bytes)) {
      return i64(-ENOMEM);
    }
    const isExclusive = (flags & MAP_FIXED_NOREPLACE) !== 0;
    return regionMap(VirtAddr(hint), bytes, prot, isExclusive ? RegionFlag.FixedNoReplace : RegionFlag.Fixed);
  }
  if ((flags & MAP_32BIT) !== 0) {
    return mapLow(bytes, prot);
  }
  const page = hint & ~(PAGE_SIZE - 1n);
  return regionMap(
    VirtAddr(page >= APP_BASE && isInApplication(page, bytes) ? page : 0n),
    bytes,
    prot,
    RegionFlag.None,
  );
}

function mapLow(bytes: u64, prot: Prot): i64 {
  for (let at: u64 = LOW_START; at < LOW_END && bytes <= LOW_END - at; at += LOW_STEP) {
    const result = regionMap(VirtAddr(at), bytes, prot, RegionFlag.FixedNoReplace);
    if (result > 0n) {
      return result;
    }
  }
  return i64(-ENOMEM);
}

export function sysMunmap(call: SyscallFrame): i64 {
  const bytes = pagesFor(call.a1);
  if (!isAligned(call.a0) || bytes === 0n || !isInApplication(call.a0, bytes)) {
    return i64(-EINVAL);
  }
  return regionUnmap(VirtAddr(call.a0), bytes);
}

export function sysMprotect(call: SyscallFrame): i64 {
  if (!isAligned(call.a0) || (u32.wrap(call.a2) & ~PROTECTIONS) !== 0) {
    return i64(-EINVAL);
  }
  if (call.a1 === 0n) {
    return 0n;
  }
  const bytes = pagesFor(call.a1);
  if (bytes === 0n || !isInApplication(call.a0, bytes)) {
    return i64(-ENOMEM);
  }
  const prot: Prot = u32.wrap(call.a2);
  return regionProtect(VirtAddr(call.a0), bytes, prot);
}

export function sysMadvise(call: SyscallFrame): i64 {
  const bytes = pagesFor(call.a1);
  if (!isAligned(call.a0) || (call.a1 !== 0n && bytes === 0n)) {
    return i64(-EINVAL);
  }
  if (bytes === 0n) {
    return isAdvice(u32.wrap(call.a2)) ? 0n : i64(-EINVAL);
  }
  if (!isInApplication(call.a0, bytes)) {
    return i64(-ENOMEM);
  }
  switch (u32.wrap(call.a2)) {
    case MADV_DONTNEED:
    case MADV_FREE:
      return discard(call.a0, bytes);
    case MADV_POPULATE_READ:
    case MADV_POPULATE_WRITE:
      return regionPopulate(VirtAddr(call.a0), bytes);
    default:
      return isAdvice(u32.wrap(call.a2)) ? 0n : i64(-EINVAL);
  }
}

/** A part that is not mapped is an error, after the rest was discarded, as on Linux. */
function discard(address: u64, bytes: u64): i64 {
  const result = regionDiscard(VirtAddr(address), bytes);
  return result === 0n && protectionOf(address, bytes) < 0n ? i64(-ENOMEM) : result;
}

/** Advice that may be ignored. */
function isAdvice(advice: u32): bool {
  switch (advice) {
    case MADV_NORMAL:
    case MADV_RANDOM:
    case MADV_SEQUENTIAL:
    case MADV_WILLNEED:
    case MADV_DONTNEED:
    case MADV_FREE:
    case MADV_DONTFORK:
    case MADV_DOFORK:
    case MADV_MERGEABLE:
    case MADV_UNMERGEABLE:
    case MADV_HUGEPAGE:
    case MADV_NOHUGEPAGE:
    case MADV_DONTDUMP:
    case MADV_DODUMP:
    case MADV_COLD:
    case MADV_PAGEOUT:
    case MADV_POPULATE_READ:
    case MADV_POPULATE_WRITE:
      return true;
    default:
      return false;
  }
}

export function sysMremap(call: SyscallFrame): i64 {
  const flags = u32.wrap(call.a3);
  const oldBytes = pagesFor(call.a1);
  const newBytes = pagesFor(call.a2);
  if (!isAligned(call.a0) || newBytes === 0n || oldBytes === 0n) {
    return i64(-EINVAL);
  }
  if ((flags & ~(MREMAP_MAYMOVE | MREMAP_FIXED)) !== 0 || flags === MREMAP_FIXED) {
    return i64(-EINVAL);
  }
  const prot = protectionOf(call.a0, oldBytes);
  if (prot < 0n) {
    return i64(-EFAULT);
  }
  if ((flags & MREMAP_FIXED) !== 0) {
    return moveFixed(call.a0, oldBytes, newBytes, call.a4, u32(prot));
  }
  if (newBytes <= oldBytes) {
    const cut = newBytes < oldBytes ? regionUnmap(VirtAddr(call.a0 + newBytes), oldBytes - newBytes) : 0n;
    return cut < 0n ? cut : i64(call.a0);
  }
  if (isHopeless(newBytes)) {
    return i64(-ENOMEM);
  }
  const end = call.a0 + oldBytes;
  const more = newBytes - oldBytes;
  if (isInApplication(end, more) && regionMap(VirtAddr(end), more, u32(prot), RegionFlag.FixedNoReplace) > 0n) {
    return i64(call.a0);
  }
  if ((flags & MREMAP_MAYMOVE) === 0) {
    return i64(-ENOMEM);
  }
  const target = regionMap(0n, newBytes, PROT_READ | PROT_WRITE, RegionFlag.None);
  return target < 0n ? target : moveTo(call.a0, oldBytes, u64(target), newBytes, u32(prot));
}

function moveFixed(from: u64, oldBytes: u64, newBytes: u64, to: u64, prot: Prot): i64 {
  const isApart = to >= from + oldBytes || from >= to + newBytes;
  if (!isAligned(to) || to < APP_BASE || !isInApplication(to, newBytes) || !isApart) {
    return i64(-EINVAL);
  }
  const target = regionMap(VirtAddr(to), newBytes, PROT_READ | PROT_WRITE, RegionFlag.Fixed);
  const kept = oldBytes < newBytes ? oldBytes : newBytes;
  if (target < 0n) {
    return target;
  }
  const moved = moveTo(from, kept, to, newBytes, prot);
  if (moved >= 0n && kept < oldBytes) {
    void regionUnmap(VirtAddr(from + kept), oldBytes - kept);
  }
  return moved;
}

/** Copies the pages that exist, and only these, and unmaps the old ones. */
function moveTo(from: u64, bytes: u64, to: u64, newBytes: u64, prot: Prot): i64 {
  // Pages that permit nothing have no translation, but they have contents, which move with them.
  if (prot === Prot.None && regionProtect(VirtAddr(from), bytes, Prot.Read) < 0n) {
    void regionUnmap(VirtAddr(to), newBytes);
    return i64(-ENOMEM);
  }
  for (let offset: u64 = 0n; offset < bytes; offset += PAGE_SIZE) {
    const source = translate(VirtAddr(from + offset));
    if (source !== 0n) {
      const populated = regionPopulate(VirtAddr(to + offset), PAGE_SIZE);
      if (populated < 0n) {
        void regionUnmap(VirtAddr(to), newBytes);
        if (prot === Prot.None) {
          void regionProtect(VirtAddr(from), bytes, prot);
        }
        return i64(-ENOMEM);
      }
      // SAFETY: both frames are mapped pages of the application, seen through the direct map.
      copyBytes(directMap(translate(VirtAddr(to + offset))), directMap(source), PAGE_SIZE);
    }
  }
  void regionUnmap(VirtAddr(from), bytes);
  const result = regionProtect(VirtAddr(to), newBytes, prot);
  return result < 0n ? result : i64(to);
}

/** mlock and its kin: nothing is ever swapped out. */
export function sysMlock(call: SyscallFrame): i64 {
  const start = call.a0 & ~(PAGE_SIZE - 1n);
  const bytes = pagesFor(call.a1 + (call.a0 - start));
  if (bytes === 0n) {
    return call.a1 === 0n ? 0n : i64(-EINVAL);
  }
  return protectionOf(start, bytes) < 0n ? i64(-ENOMEM) : 0n;
}

/** msync: there is no file behind a mapping. */
export function sysMsync(call: SyscallFrame): i64 {
  return isAligned(call.a0) ? 0n : i64(-EINVAL);
}
