/**
 * Locks of open file descriptions (F_OFD_SETLK): of ranges, owned by a description, which exclude each other within the program.
 *
 * Where programs of the host can lock the file too (InodeOperations.lock), the guest is one owner to them: what any description has, the
 * guest has there, and a range is given back to the host when no description of the guest has it any more.
 */

import { EAGAIN, EBADF, EFAULT, EINVAL, ENOLCK, EOVERFLOW, ERESTARTSYS } from "../abi/errno.ts";
import {
  F_OFD_GETLK,
  F_OFD_SETLK,
  F_OFD_SETLKW,
  F_RDLCK,
  F_UNLCK,
  F_WRLCK,
  type Flock,
  SEEK_CUR,
  SEEK_END,
} from "../abi/linux-files.ts";
import { userRead, userWrite } from "../kernel/mm/user-access.ts";
import { lockAcquire, type SpinLock } from "../kernel/sync/spin-lock.ts";
import { type WaitQueue, waitWakeAll } from "../kernel/sync/wait-queue.ts";
import {
  type RangeLock,
  type RangeLocks,
  rangeLockGiveUp,
  rangeLockHas,
  rangeLockInTheWay,
  rangeLockTake,
} from "./core/range-locks.ts";
import { type File, fileMayRead, fileMayWrite, filesSetForgetRanges } from "./fs/file.ts";
import { waitWhile } from "./fs/wait.ts";

const LAST_BYTE = 0x7fff_ffff_ffff_ffffn;

const locks: RangeLocks = zeroed();
const tableLock: SpinLock = zeroed();
const waiters: WaitQueue = zeroed();

/** What is locked: the inode, or what a description without one stands for, as both ends of a pipe do. */
export function lockedObject(file: File): VirtAddr {
  return file.inode === null ? file.object : virtAddr(file.inode);
}

/** The bytes that a struct flock means: 0n, -EINVAL or -EOVERFLOW. */
export function flockRange(file: File, lock: Flock, range: RangeLock): i64 {
  const inode = file.inode;
  if (lock.l_whence < 0 || lock.l_whence > SEEK_END) {
    return i64(-EINVAL);
  }
  const size: i64 = inode === null ? 0n : i64(inode.size);
  const base: i64 = lock.l_whence === SEEK_END ? size : lock.l_whence === SEEK_CUR ? i64(file.position) : 0n;
  if (lock.l_start > 0n && base > i64(LAST_BYTE) - lock.l_start) {
    return i64(-EOVERFLOW);
  }
  const start = base + lock.l_start;
  if (start < 0n || (lock.l_len < 0n && start + lock.l_len < 0n)) {
    return i64(-EINVAL);
  }
  if (lock.l_len > 0n && lock.l_len - 1n > i64(LAST_BYTE) - start) {
    return i64(-EOVERFLOW);
  }
  range.start = u64(lock.l_len < 0n ? start + lock.l_len : start);
  range.last = lock.l_len === 0n ? LAST_BYTE : range.start + u64(lock.l_len < 0n ? -lock.l_len : lock.l_len) - 1n;
  range.file = u64(lockedObject(file));
  range.owner = u64(virtAddr(file));
  range.isWrite = lock.l_type === F_WRLCK;
  return 0n;
}

/** F_OFD_GETLK, F_OFD_SETLK, F_OFD_SETLKW. */
export function descriptionLock(file: Ptr<File>, command: u32, address: u64): i64 {
  const lock: Flock = zeroed();
  const wish: RangeLock = zeroed();
  // SAFETY: plain integers, here and below.
  if (userRead(castPtr<u8>(lock), VirtAddr(address), u64(sizeOf<Flock>())) !== 0n) {
    return i64(-EFAULT);
  }
  const type = lock.l_type;
  const isKnown = type === F_RDLCK || type === F_WRLCK || (type === F_UNLCK && command !== F_OFD_GETLK);
  if (!isKnown || lock.l_pid !== 0) {
    return i64(-EINVAL);
  }
  const isRange = flockRange(file, lock, wish);
  if (isRange !== 0n) {
    return isRange;
  }
  if (command === F_OFD_GETLK) {
    const asked = whoIsInTheWay(file, wish, lock);
    return asked !== 0n ? asked : userWrite(VirtAddr(address), castPtr<u8>(lock), u64(sizeOf<Flock>()));
  }
  if ((type === F_RDLCK && !fileMayRead(file)) || (type === F_WRLCK && !fileMayWrite(file))) {
    return i64(-EBADF);
  }
  return type === F_UNLCK ? giveUp(file, wish) : take(file, wish, command === F_OFD_SETLKW);
}

function whoIsInTheWay(file: File, wish: RangeLock, answer: Flock): i64 {
  {
    using _guard = lockAcquire(tableLock);
    const other = rangeLockInTheWay(locks, wish);
    if (other !== null) {
      flockOf(other, other.isWrite ? F_WRLCK : F_RDLCK, answer);
      answer.l_pid = -1;
      return 0n;
    }
  }
  const inode = file.inode;
  const operation = inode === null ? null : inode.operations.lock;
  if (inode === null || operation === null) {
    answer.l_type = F_UNLCK;
    return 0n;
  }
  const asked: Flock = zeroed();
  flockOf(wish, wish.isWrite ? F_WRLCK : F_RDLCK, asked);
  const result = operation(inode, file, F_OFD_GETLK, asked);
  if (asked.l_type === F_UNLCK) {
    answer.l_type = F_UNLCK;
  } else if (result === 0n) {
    copy(answer, asked);
  }
  return result;
}

function flockOf(range: RangeLock, type: i16, lock: Flock): void {
  lock.l_type = type;
  lock.l_whence = 0;
  lock.l_start = i64(range.start);
  lock.l_len = range.last === LAST_BYTE ? 0n : i64(range.last - range.start + 1n);
}

function take(file: Ptr<File>, wish: RangeLock, isWaiting: bool): i64 {
  filesSetForgetRanges(forget);
  let result = tryTake(wish);
  while (result === i64(-EAGAIN) && isWaiting) {
    if (!waitWhile(waiters, isBlocked, virtAddr(wish), 0)) {
      return i64(-ERESTARTSYS);
    }
    result = tryTake(wish);
  }
  if (result !== 0n) {
    return result;
  }
  const told = tellOthers(file, wish, wish.isWrite ? F_WRLCK : F_RDLCK, isWaiting);
  if (told !== 0n) {
    void giveUp(file, wish);
  }
  // A lock that became weaker lets others in.
  waitWakeAll(waiters);
  return told;
}

function tryTake(wish: RangeLock): i64 {
  using _guard = lockAcquire(tableLock);
  if (rangeLockInTheWay(locks, wish) !== null) {
    return i64(-EAGAIN);
  }
  return rangeLockTake(locks, wish) ? 0n : i64(-ENOLCK);
}

function isBlocked(address: VirtAddr): bool {
  const wish = pointerAt<RangeLock>(address);
  using _guard = lockAcquire(tableLock);
  return rangeLockInTheWay(locks, wish) !== null;
}

function giveUp(file: Ptr<File>, part: RangeLock): i64 {
  {
    using _guard = lockAcquire(tableLock);
    if (!rangeLockGiveUp(locks, part, 0)) {
      return i64(-ENOLCK);
    }
  }
  const told = tellFree(file, part);
  waitWakeAll(waiters);
  return told;
}

/** What no other description of the guest has is free for programs of the host, too. */
function tellFree(file: Ptr<File>, part: RangeLock): i64 {
  const rest: RangeLock = zeroed();
  copy(rest, part);
  // Everybody else's locks are in the way of one that writes.
  rest.isWrite = true;
  for (;;) {
    const free: RangeLock = zeroed();
    copy(free, rest);
    let isLast: bool = true;
    {
      using _guard = lockAcquire(tableLock);
      const other = rangeLockInTheWay(locks, rest);
      if (other !== null) {
        isLast = other.last >= rest.last;
        free.last = other.start === 0n ? 0n : other.start - 1n;
        rest.start = other.last + 1n;
        if (other.start <= free.start) {
          free.owner = 0n;
        }
      }
    }
    const told = free.owner === 0n ? 0n : tellOthers(file, free, F_UNLCK, false);
    if (told !== 0n || isLast) {
      return told;
    }
  }
}

function tellOthers(file: Ptr<File>, range: RangeLock, type: i16, isWaiting: bool): i64 {
  const inode = file.inode;
  const operation = inode === null ? null : inode.operations.lock;
  if (inode === null || operation === null) {
    return 0n;
  }
  const lock: Flock = zeroed();
  flockOf(range, type, lock);
  return operation(inode, file, isWaiting ? F_OFD_SETLKW : F_OFD_SETLK, lock);
}

/** FileRelease: a description's locks go with it. */
function forget(file: File): void {
  const owner = u64(virtAddr(file));
  {
    using _guard = lockAcquire(tableLock);
    if (!rangeLockHas(locks, owner)) {
      return;
    }
  }
  const all: RangeLock = { owner, file: u64(lockedObject(file)), start: 0n, last: LAST_BYTE, isWrite: true };
  void giveUp(addressOf(file), all);
}
