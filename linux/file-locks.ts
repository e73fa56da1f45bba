/**
 * Advisory locks: flock(2), which descriptions hold, and record locks of fcntl(2), which processes hold.
 *
 * There is one process, and a process's own record locks never stand in its way: they are granted, and nobody is found to hold one, unless
 * other processes can lock the file (InodeOperations.lock). Locks of descriptions (flock) do conflict. They are kept in one short list:
 * programs hold few. Where others can lock the file, a lock of a description is a record lock of all of it for them.
 */

import { EAGAIN, EBADF, EFAULT, EINVAL, ENOLCK, ERESTARTSYS } from "../abi/errno.ts";
import {
  F_GETLK,
  F_RDLCK,
  F_SETLK,
  F_SETLKW,
  F_UNLCK,
  F_WRLCK,
  type Flock,
  LOCK_EX,
  LOCK_NB,
  LOCK_SH,
  LOCK_UN,
} from "../abi/linux-files.ts";
import { userRead, userWrite } from "../kernel/mm/user-access.ts";
import { lockAcquire, type SpinLock } from "../kernel/sync/spin-lock.ts";
import { type WaitQueue, waitWakeAll } from "../kernel/sync/wait-queue.ts";
import type { RangeLock } from "./core/range-locks.ts";
import { flockRange, lockedObject } from "./description-locks.ts";
import { fdGet } from "./descriptors.ts";
import { type File, fileMayRead, fileMayWrite, filePut, filesSetForgetLocks } from "./fs/file.ts";
import { waitWhile } from "./fs/wait.ts";
import type { SyscallFrame } from "./syscall-frame.ts";

const MOST_LOCKS = 256;

class FileLock {
  /** The description that holds it, and the inode that it is of; null: the entry is free. */
  file!: Ptr<File> | null;
  inode!: VirtAddr;
  isExclusive!: bool;
}

const locks: FixedArray<FileLock, 256> = zeroed();
const listLock: SpinLock = zeroed();
const waiters: WaitQueue = zeroed();

class Wish {
  file!: Ptr<File>;
  isExclusive!: bool;
}

/** flock(fd, operation) */
export function sysFlock(call: SyscallFrame): i64 {
  const operation = u32.wrap(call.a1);
  const kind = operation & ~LOCK_NB;
  if (kind !== LOCK_SH && kind !== LOCK_EX && kind !== LOCK_UN) {
    return i64(-EINVAL);
  }
  const file = fdGet(i32.wrap(call.a0));
  if (file === null) {
    return i64(-EBADF);
  }
  let result: i64 = 0n;
  if (kind === LOCK_UN) {
    release(file);
    result = lockForOthers(file, F_UNLCK, true);
  } else {
    result = take(file, kind === LOCK_EX, (operation & LOCK_NB) !== 0);
  }
  filePut(file);
  return result;
}

function take(file: Ptr<File>, isExclusive: bool, isNonblocking: bool): i64 {
  filesSetForgetLocks(release);
  const wish: Wish = { file, isExclusive };
  let result = tryTake(wish);
  while (result === i64(-EAGAIN) && !isNonblocking) {
    if (!waitWhile(waiters, isBlocked, virtAddr(wish), 0)) {
      return i64(-ERESTARTSYS);
    }
    result = tryTake(wish);
  }
  if (result === 0n) {
    result = lockForOthers(file, isExclusive && fileMayWrite(file) ? F_WRLCK : F_RDLCK, !isNonblocking);
    if (result < 0n) {
      release(file);
    }
  }
  return result;
}

/** The same lock as other processes see it: 0n, -EAGAIN, -ERESTARTSYS, ... */
function lockForOthers(file: Ptr<File>, type: i16, isWaiting: bool): i64 {
  const inode = file.inode;
  const operation = inode === null ? null : inode.operations.lock;
  if (inode === null || operation === null) {
    return 0n;
  }
  const whole: Flock = zeroed();
  whole.l_type = type;
  return operation(inode, file, isWaiting ? F_SETLKW : F_SETLK, whole);
}

function tryTake(wish: Wish): i64 {
  using _guard = lockAcquire(listLock);
  let own: i64 = -1n;
  let free: i64 = -1n;
  for (let i: u32 = 0; i < MOST_LOCKS; i++) {
    const lock = locks[i];
    if (lock.file === null) {
      free = free < 0n ? i64(i) : free;
    } else if (virtAddr(lock.file) === virtAddr(wish.file)) {
      own = i64(i);
    } else if (conflicts(lock, wish)) {
      return i64(-EAGAIN);
    }
  }
  const place = own >= 0n ? own : free;
  if (place < 0n) {
    return i64(-ENOLCK);
  }
  locks[u32(place)] = { file: wish.file, inode: lockedObject(wish.file), isExclusive: wish.isExclusive };
  return 0n;
}

function conflicts(lock: FileLock, wish: Wish): bool {
  return lock.inode === lockedObject(wish.file) && (lock.isExclusive || wish.isExclusive);
}

function isBlocked(address: VirtAddr): bool {
  const wish = pointerAt<Wish>(address);
  using _guard = lockAcquire(listLock);
  for (let i: u32 = 0; i < MOST_LOCKS; i++) {
    const lock = locks[i];
    if (lock.file !== null && virtAddr(lock.file) !== virtAddr(wish.file) && conflicts(lock, wish)) {
      return true;
    }
  }
  return false;
}

/** FileRelease: a description's lock goes with it. */
function release(file: File): void {
  {
    using _guard = lockAcquire(listLock);
    for (let i: u32 = 0; i < MOST_LOCKS; i++) {
      if (locks[i].file !== null && virtAddr(locks[i].file) === virtAddr(file)) {
        locks[i].file = null;
      }
    }
  }
  waitWakeAll(waiters);
}

/** F_GETLK, F_SETLK, F_SETLKW of the only process: 0n, -EBADF, -EINVAL, -EFAULT. */
export function recordLock(file: File, command: u32, address: u64): i64 {
  const lock: Flock = zeroed();
  // SAFETY: plain integers, here and below.
  if (userRead(castPtr<u8>(lock), VirtAddr(address), u64(sizeOf<Flock>())) !== 0n) {
    return i64(-EFAULT);
  }
  const type = lock.l_type;
  const isKnown = type === F_RDLCK || type === F_WRLCK || (type === F_UNLCK && command !== F_GETLK);
  if (!isKnown) {
    return i64(-EINVAL);
  }
  if (command !== F_GETLK) {
    const mayNot = (type === F_RDLCK && !fileMayRead(file)) || (type === F_WRLCK && !fileMayWrite(file));
    return mayNot ? i64(-EBADF) : lockRange(file, command, lock);
  }
  const asked = lockRange(file, command, lock);
  if (asked !== 0n) {
    return asked;
  }
  return userWrite(VirtAddr(address), castPtr<u8>(lock), u64(sizeOf<Flock>()));
}

/** A record lock for those who might hold others: 0n, -EAGAIN, -EINVAL, ... */
function lockRange(file: File, command: u32, lock: Flock): i64 {
  const range: RangeLock = zeroed();
  const isRange = flockRange(file, lock, range);
  if (isRange !== 0n) {
    return isRange;
  }
  const inode = file.inode;
  const operation = inode === null ? null : inode.operations.lock;
  if (inode === null || operation === null) {
    lock.l_type = F_UNLCK;
    return 0n;
  }
  const absolute: Flock = zeroed();
  copy(absolute, lock);
  absolute.l_start = i64(range.start);
  absolute.l_len = lock.l_len === 0n ? 0n : i64(range.last - range.start + 1n);
  absolute.l_whence = 0;
  const result = operation(inode, file, command, absolute);
  if (result === 0n && command === F_GETLK) {
    if (absolute.l_type === F_UNLCK) {
      lock.l_type = F_UNLCK;
    } else {
      copy(lock, absolute);
    }
  }
  return result;
}
