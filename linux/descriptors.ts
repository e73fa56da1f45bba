/**
 * The descriptor table: which number leads to which open file description (linux/fs/file.ts).
 *
 * Looking a number up takes no lock: the slot's word is read, a reference is taken if the description still has one, and the slot is read
 * again. If it has not changed, the reference is to what the number leads to; descriptions are never freed to other uses, so the
 * attempt harms nobody. Taking and giving back numbers is done under one lock.
 */

import { EBADF, EINVAL, EMFILE } from "../abi/errno.ts";
import { heapAllocZeroed } from "../kernel/mm/heap.ts";
import { lockAcquire, type SpinLock } from "../kernel/sync/spin-lock.ts";
import {
  FD_MOST,
  type FdChunk,
  type FdSpace,
  fdGiveBack,
  fdNextTaken,
  fdSlot,
  fdTake,
  fdTakeLowest,
  SLOT_CLOSES_ON_EXEC,
} from "./fs/core/fd-space.ts";
import { type File, fileClose, fileIsPathOnly, fileKeep, filePut, fileTryKeep } from "./fs/file.ts";

/** RLIMIT_NOFILE at the start: what programs may raise it to, and what holds until they do. */
export const FD_LIMIT_HARD = FD_MOST;
export const FD_LIMIT_SOFT = 1024;
const NO_FD = u32.MAX;

const space: FdSpace = zeroed();
const tableLock: SpinLock = zeroed();
/** The first chunk needs no heap. */
const firstChunk: FdChunk = zeroed();
let limit: u32 = FD_LIMIT_SOFT;

export function descriptorsInit(): void {
  space.chunks[0].store(u64(virtAddr(firstChunk)));
}

/** RLIMIT_NOFILE was changed. */
export function fdLimitSet(wanted: u64): void {
  limit = wanted < u64(FD_MOST) ? u32(wanted) : FD_MOST;
}

/** RLIMIT_NOFILE. */
export function fdLimit(): u32 {
  return limit;
}

function contentOf(fd: i32): u64 {
  const slot = fd < 0 ? null : fdSlot(space, u32(fd));
  return slot === null ? 0n : slot.word.load(Order.Acquire);
}

function fileAt(content: u64): Ptr<File> {
  // SAFETY: slots hold addresses of descriptions, whose memory stays descriptions'.
  return pointerAt<File>(content & ~SLOT_CLOSES_ON_EXEC);
}

export function fdIsOpen(fd: i32): bool {
  return contentOf(fd) !== 0n;
}

/** The open file of a number with a reference for the caller (filePut), or null: EBADF. A mere place (O_PATH) is none. */
export function fdGet(fd: i32): Ptr<File> | null {
  const file = fdGetAny(fd);
  if (file !== null && fileIsPathOnly(file)) {
    filePut(file);
    return null;
  }
  return file;
}

/** As fdGet, for the few calls that O_PATH is enough for. */
export function fdGetAny(fd: i32): Ptr<File> | null {
  const slot = fd < 0 ? null : fdSlot(space, u32(fd));
  if (slot === null) {
    return null;
  }
  let content = slot.word.load(Order.Acquire);
  while (content !== 0n) {
    const file = fileAt(content);
    if (fileTryKeep(file)) {
      const now = slot.word.load(Order.Acquire);
      if (((now ^ content) & ~SLOT_CLOSES_ON_EXEC) === 0n) {
        return file;
      }
      filePut(file);
    }
    content = slot.word.load(Order.Acquire);
  }
  return null;
}

/** Enters a description at the lowest free number of at least `lowest`; the table takes over the caller's reference unless it fails. */
export function fdAdd(file: Ptr<File>, closesOnExec: bool, lowest: u32 = 0): i64 {
  using _guard = lockAcquire(tableLock);
  const fd = fdTakeLowest(space, lowest, limit, heapAllocZeroed);
  if (fd >= 0n) {
    fill(u32(fd), file, closesOnExec);
  }
  return fd;
}

function fill(fd: u32, file: Ptr<File>, closesOnExec: bool): void {
  fdSlot(space, fd)!.word.store(u64(virtAddr(file)) | (closesOnExec ? SLOT_CLOSES_ON_EXEC : 0n), Order.Release);
}

/** As fdAdd; on failure the caller's reference is given back, too. */
export function fdAddOrPut(file: Ptr<File>, closesOnExec: bool): i64 {
  const fd = fdAdd(file, closesOnExec);
  if (fd < 0n) {
    filePut(file);
  }
  return fd;
}

/** Closes a number: 0 or -EBADF. */
export function fdClose(fd: i32): i64 {
  const file = takeOut(fd);
  if (file === null) {
    return i64(-EBADF);
  }
  fileClose(file);
  return 0n;
}

function takeOut(fd: i32): Ptr<File> | null {
  using _guard = lockAcquire(tableLock);
  if (contentOf(fd) === 0n) {
    return null;
  }
  return fileAt(fdGiveBack(space, u32(fd)));
}

/** F_DUPFD: the new number, -EBADF, -EINVAL or -EMFILE. */
export function fdDuplicate(fd: i32, lowest: i32, closesOnExec: bool): i64 {
  if (lowest < 0 || u32(lowest) >= limit) {
    return i64(-EINVAL);
  }
  const file = fdGetAny(fd);
  if (file === null) {
    return i64(-EBADF);
  }
  const result = fdAdd(file, closesOnExec, u32(lowest));
  if (result < 0n) {
    filePut(file);
  }
  return result;
}

/** dup2: makes `target`, which is another number, lead where `fd` leads; the number or -EBADF, -EMFILE. */
export function fdReplace(fd: i32, target: i32, closesOnExec: bool): i64 {
  if (target < 0 || u32(target) >= limit) {
    return i64(-EBADF);
  }
  const file = fdGetAny(fd);
  if (file === null) {
    return i64(-EBADF);
  }
  const before = exchange(u32(target), file, closesOnExec);
  if (before !== null) {
    fileClose(before);
  }
  return fdIsOpen(target) ? i64(target) : i64(-EMFILE);
}

/** The description that the number led to before; it leads to `file` now, or to nothing if there is no memory. */
function exchange(target: u32, file: Ptr<File>, closesOnExec: bool): Ptr<File> | null {
  using _guard = lockAcquire(tableLock);
  const before = contentOf(i32(target));
  if (!fdTake(space, target, heapAllocZeroed)) {
    return file;
  }
  fill(target, file, closesOnExec);
  return before === 0n ? null : fileAt(before);
}

/** FD_CLOEXEC of an open number: 1, 0 or -EBADF. */
export function fdClosesOnExec(fd: i32): i64 {
  const content = contentOf(fd);
  return content === 0n ? i64(-EBADF) : i64(content & SLOT_CLOSES_ON_EXEC);
}

export function fdSetClosesOnExec(fd: i32, closes: bool): i64 {
  using _guard = lockAcquire(tableLock);
  const content = contentOf(fd);
  if (content === 0n) {
    return i64(-EBADF);
  }
  fill(u32(fd), fileAt(content), closes);
  return 0n;
}

/** close_range: closes the open numbers of `[first, last]`, or only marks them to be closed by execve. */
export function fdCloseRange(first: u32, last: u32, onlyMark: bool): void {
  let fd = nextOpen(first);
  while (fd !== NO_FD && fd <= last) {
    void (onlyMark ? fdSetClosesOnExec(i32(fd), true) : fdClose(i32(fd)));
    fd = nextOpen(fd + 1);
  }
}

/** Another program gets only the descriptors that are not marked. */
export function fdCloseOnExec(): void {
  let fd = nextOpen(0);
  while (fd !== NO_FD) {
    if (fdClosesOnExec(i32(fd)) > 0n) {
      void fdClose(i32(fd));
    }
    fd = nextOpen(fd + 1);
  }
}

/** The lowest open number of at least `from`, or u32.MAX: /proc/self/fd. */
export function nextOpen(from: u32): u32 {
  using _guard = lockAcquire(tableLock);
  return fdNextTaken(space, from);
}

/** One more than the highest number that was ever open: what select looks at. */
export function fdEnd(): u32 {
  return space.end;
}

/** Enters a description at a number that is free: standard input, output and error at the start. */
export function fdPlace(fd: u32, file: Ptr<File>): void {
  using _guard = lockAcquire(tableLock);
  const has = fdTake(space, fd, heapAllocZeroed);
  assert(has, "the first chunk exists");
  fileKeep(file);
  fill(fd, file, false);
}
