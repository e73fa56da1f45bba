/**
 * Regular files in memory: their pages (memory-pages.ts) read and written through the direct map.
 *
 * The inode's mutex orders reads, writes and changes of size. Faults of mappings do not take it: they come while it is held, when the buffer
 * of a read is a mapping of the same file.
 */

import { EFAULT, EFBIG, EINVAL, ENOSPC, ENXIO, EPERM } from "../../abi/errno.ts";
import {
  F_SEAL_FUTURE_WRITE,
  F_SEAL_GROW,
  F_SEAL_SHRINK,
  F_SEAL_WRITE,
  FALLOC_FL_KEEP_SIZE,
  FALLOC_FL_PUNCH_HOLE,
  O_APPEND,
  S_IFDIR,
  S_IFREG,
  SEEK_CUR,
  SEEK_DATA,
  SEEK_END,
  SEEK_HOLE,
  SEEK_SET,
} from "../../abi/linux-files.ts";
import { PAGE_SIZE } from "../../abi/memory-map.ts";
import { mutexAcquire } from "../../kernel/sync/mutex.ts";
import { realtimeNs } from "../../kernel/time/clock.ts";
import { inodeWasWritten } from "./credentials.ts";
import { deviceOpen } from "./devices.ts";
import { directoryRead, directorySeek } from "./directory-description.ts";
import type { DirectorySink } from "./directory-sink.ts";
import { type File, type FileOperations, fileFlags } from "./file.ts";
import { generatedOpen } from "./generated.ts";
import { type Inode, inodeType } from "./inode.ts";
import {
  dataFrom,
  holeFrom,
  memoryKeepBorrowed,
  memoryPage,
  memoryPageFind,
  memoryPagesFree,
  pagesCutOff,
  pagesGiveUp,
} from "./memory-pages.ts";
import { sizeLimitGrow, sizeLimitWrite } from "./size-limit.ts";
import { type Transfer, transferPut, transferTake } from "./transfer.ts";

/** LLONG_MAX, as on Linux. */
export const MOST_FILE_BYTES = 0x7fff_ffff_ffff_f000n;
const OFFSET_MASK = PAGE_SIZE - 1n;

/** What holes are read from. */
const zeroPage: Bytes<4096> = zeroed();

function memoryRead(file: File, transfer: Transfer, position: Ptr<u64>): i64 {
  const inode = file.inode!;
  using _guard = mutexAcquire(inode.lock);
  let done: u64 = 0n;
  while (transfer.left > 0n && position.value < inode.size) {
    const offset = position.value & OFFSET_MASK;
    let part = PAGE_SIZE - offset;
    part = part < inode.size - position.value ? part : inode.size - position.value;
    part = part < transfer.left ? part : transfer.left;
    const page = memoryPageFind(inode, position.value / PAGE_SIZE) ?? elements(zeroPage);
    const moved = transferPut(transfer, page.add(offset), part);
    position.value += moved;
    done += moved;
    if (moved < part) {
      return done > 0n ? i64(done) : i64(-EFAULT);
    }
  }
  inode.accessNs = realtimeNs();
  return i64(done);
}

function memoryWrite(file: File, transfer: Transfer, position: Ptr<u64>): i64 {
  const inode = file.inode!;
  if (transfer.left === 0n) {
    return 0n;
  }
  using _guard = mutexAcquire(inode.lock);
  if ((fileFlags(file) & O_APPEND) !== 0 || transfer.appends) {
    position.value = inode.size;
  }
  const refusal = refusalToWrite(inode, position.value, transfer);
  if (refusal !== 0n) {
    return refusal;
  }
  inodeWasWritten(inode);
  let done: u64 = 0n;
  while (transfer.left > 0n) {
    const offset = position.value & OFFSET_MASK;
    const part = PAGE_SIZE - offset < transfer.left ? PAGE_SIZE - offset : transfer.left;
    const page = memoryPage(inode, position.value / PAGE_SIZE);
    const moved: u64 = page === null ? 0n : transferTake(transfer, page.add(offset), part);
    position.value += moved;
    done += moved;
    inode.size = position.value > inode.size ? position.value : inode.size;
    if (moved < part) {
      touch(inode);
      return done > 0n ? i64(done) : i64(page === null ? -ENOSPC : -EFAULT);
    }
  }
  touch(inode);
  return i64(done);
}

function touch(inode: Inode): void {
  inode.modifyNs = realtimeNs();
  inode.changeNs = inode.modifyNs;
}

/** 0n, -EFBIG or -EPERM; cuts the transfer at the largest size. */
function refusalToWrite(inode: Inode, position: u64, transfer: Transfer): i64 {
  if (position >= MOST_FILE_BYTES) {
    return i64(-EFBIG);
  }
  if ((inode.seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) !== 0) {
    return i64(-EPERM);
  }
  const limited = sizeLimitWrite(position, transfer);
  if (limited !== 0n) {
    return limited;
  }
  return (inode.seals & F_SEAL_GROW) !== 0 && position + transfer.left > inode.size ? i64(-EPERM) : 0n;
}

/** ftruncate: 0n, -EPERM, -EFBIG. */
export function memoryResize(inode: Ptr<Inode>, size: u64): i64 {
  using _guard = mutexAcquire(inode.lock);
  if (size > MOST_FILE_BYTES) {
    return i64(-EFBIG);
  }
  const seal: u32 = size < inode.size ? F_SEAL_SHRINK : size > inode.size ? F_SEAL_GROW : 0;
  if ((inode.seals & seal) !== 0) {
    return i64(-EPERM);
  }
  inodeWasWritten(inode);
  if (size < inode.size) {
    pagesCutOff(inode, size);
    zeroIn(inode, size, (size + OFFSET_MASK) & ~OFFSET_MASK);
  }
  inode.size = size;
  touch(inode);
  return 0n;
}

/** Zeroes `[start, end)`, which lies in one page. */
function zeroIn(inode: Ptr<Inode>, start: u64, end: u64): void {
  const isThere = start < end && memoryPageFind(inode, start / PAGE_SIZE) !== null;
  const page = isThere ? memoryPage(inode, start / PAGE_SIZE) : null;
  if (page !== null) {
    fillBytes(page.add(start & OFFSET_MASK), 0, end - start);
  }
}

/** fallocate: 0n, -ENOSPC, -EFBIG, -EPERM. The mode has been checked. */
export function memoryAllocate(inode: Ptr<Inode>, mode: u32, offset: u64, bytes: u64): i64 {
  using _guard = mutexAcquire(inode.lock);
  const end = offset + bytes;
  if ((mode & FALLOC_FL_PUNCH_HOLE) !== 0) {
    if ((inode.seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) !== 0) {
      return i64(-EPERM);
    }
    punch(inode, offset, end);
    return 0n;
  }
  if (end > MOST_FILE_BYTES) {
    return i64(-EFBIG);
  }
  if ((inode.seals & F_SEAL_GROW) !== 0 && end > inode.size) {
    return i64(-EPERM);
  }
  const isTooLarge = end > inode.size ? sizeLimitGrow(end) : 0n;
  if (isTooLarge !== 0n) {
    return isTooLarge;
  }
  const first = offset / PAGE_SIZE;
  const last = (end + OFFSET_MASK) / PAGE_SIZE;
  if (last - first > memoryPagesFree()) {
    return i64(-ENOSPC);
  }
  for (let index = first; index < last; index++) {
    if (memoryPage(inode, index) === null) {
      return i64(-ENOSPC);
    }
  }
  if ((mode & FALLOC_FL_KEEP_SIZE) === 0 && end > inode.size) {
    inode.size = end;
  }
  touch(inode);
  return 0n;
}

function punch(inode: Ptr<Inode>, offset: u64, end: u64): void {
  const firstWhole = (offset + OFFSET_MASK) & ~OFFSET_MASK;
  const endWhole = end & ~OFFSET_MASK;
  if (firstWhole > endWhole) {
    zeroIn(inode, offset, end);
    return;
  }
  zeroIn(inode, offset, firstWhole);
  memoryKeepBorrowed(inode, endWhole / PAGE_SIZE);
  pagesGiveUp(inode, firstWhole / PAGE_SIZE, endWhole / PAGE_SIZE);
  zeroIn(inode, endWhole, end);
  touch(inode);
}

/** lseek of files with a size: SEEK_DATA and SEEK_HOLE by pages. */
function memorySeek(file: File, offset: i64, whence: u32): i64 {
  const inode = file.inode!;
  using _guard = mutexAcquire(file.positionLock);
  let target = offset;
  switch (whence) {
    case SEEK_SET:
      break;
    case SEEK_CUR:
      target = i64(file.position) + offset;
      break;
    case SEEK_END:
      target = i64(inode.size) + offset;
      break;
    default:
      if (offset < 0n || u64(offset) >= inode.size) {
        return i64(-ENXIO);
      }
      target =
        whence === SEEK_DATA ? dataFrom(inode, u64(offset)) : whence === SEEK_HOLE ? holeFrom(inode, u64(offset)) : -1n;
      if (target < 0n) {
        return target;
      }
  }
  if (target < 0n) {
    return i64(-EINVAL);
  }
  file.position = u64(target);
  return target;
}

function directoryList(file: File, sink: DirectorySink): i64 {
  const inode = file.inode!;
  const list = inode.operations.list;
  return list === null ? i64(-EINVAL) : list(inode, file, sink);
}

/** InodeOperations.open of all inodes in memory. */
export function memoryOpen(inode: Ptr<Inode>, file: Ptr<File>): i64 {
  switch (inodeType(inode)) {
    case S_IFREG:
      if (inode.generate !== null) {
        return generatedOpen(inode, file);
      }
      file.operations = addressOf(MEMORY_FILE_OPERATIONS);
      return 0n;
    case S_IFDIR:
      file.operations = addressOf(DIRECTORY_OPERATIONS);
      return 0n;
    default:
      return deviceOpen(inode, file);
  }
}

export const MEMORY_FILE_OPERATIONS: FileOperations = {
  name: "",
  read: memoryRead,
  write: memoryWrite,
  poll: null,
  control: null,
  status: null,
  list: null,
  seek: memorySeek,
  release: null,
  isPositioned: true,
};

export const DIRECTORY_OPERATIONS: FileOperations = {
  name: "",
  read: directoryRead,
  write: null,
  poll: null,
  control: null,
  status: null,
  list: directoryList,
  seek: directorySeek,
  release: null,
  isPositioned: true,
};

export function fileIsMemory(file: File): bool {
  return virtAddr(file.operations) === virtAddr(MEMORY_FILE_OPERATIONS);
}
