/**
 * Locks of ranges of files by fcntl(2): the process's (F_SETLK), which are gone when it closes any descriptor of the file, and those of open
 * file descriptions (F_OFD_SETLK). They exclude each other.
 */

import { EBADF, EFAULT, EINVAL, EOVERFLOW } from "../abi/errno.ts";
import {
  F_GETLK,
  F_OFD_GETLK,
  F_OFD_SETLK,
  F_OFD_SETLKW,
  F_RDLCK,
  F_SETLKW,
  F_UNLCK,
  F_WRLCK,
  type Flock,
  SEEK_CUR,
  SEEK_END,
} from "../abi/linux-files.ts";
import { userRead, userWrite } from "../kernel/mm/user-access.ts";
import type { RangeLock } from "./core/range-locks.ts";
import { type File, fileMayRead, fileMayWrite, filesSetForgetOfProcess, filesSetForgetRanges } from "./fs/file.ts";
import { PROCESS_ID } from "./identity.ts";
import {
  flockOf,
  LAST_BYTE,
  lockAskOutside,
  lockedObject,
  lockGiveUp,
  lockHas,
  lockInTheWay,
  lockTake,
} from "./range-lock-table.ts";

/** The owner of the process's own locks: no description's address. */
const PROCESS = 1n;

/** The bytes that a struct flock means: 0n, -EINVAL or -EOVERFLOW. */
function flockRange(file: File, lock: Flock, range: RangeLock): i64 {
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
  range.isWrite = lock.l_type === F_WRLCK;
  return 0n;
}

/** F_GETLK, F_SETLK, F_SETLKW and the same of descriptions. */
export function recordLock(file: Ptr<File>, command: u32, address: u64): i64 {
  const lock: Flock = zeroed();
  const wish: RangeLock = zeroed();
  const isDescriptions = command === F_OFD_GETLK || command === F_OFD_SETLK || command === F_OFD_SETLKW;
  const isQuestion = command === F_GETLK || command === F_OFD_GETLK;
  // SAFETY: plain integers, here and below.
  if (userRead(castPtr<u8>(lock), VirtAddr(address), u64(sizeOf<Flock>())) !== 0n) {
    return i64(-EFAULT);
  }
  const type = lock.l_type;
  const isKnown = type === F_RDLCK || type === F_WRLCK || (type === F_UNLCK && !isQuestion);
  if (!isKnown || (isDescriptions && lock.l_pid !== 0)) {
    return i64(-EINVAL);
  }
  const isRange = flockRange(file, lock, wish);
  if (isRange !== 0n) {
    return isRange;
  }
  wish.owner = isDescriptions ? u64(virtAddr(file)) : PROCESS;
  if (isQuestion) {
    const asked = whoIsInTheWay(file, wish, lock);
    return asked !== 0n ? asked : userWrite(VirtAddr(address), castPtr<u8>(lock), u64(sizeOf<Flock>()));
  }
  if ((type === F_RDLCK && !fileMayRead(file)) || (type === F_WRLCK && !fileMayWrite(file))) {
    return i64(-EBADF);
  }
  if (type === F_UNLCK) {
    return lockGiveUp(file, wish);
  }
  filesSetForgetRanges(forgetDescription);
  filesSetForgetOfProcess(forgetOfProcess);
  return lockTake(file, wish, command === F_SETLKW || command === F_OFD_SETLKW);
}

/** Nobody: only the type says so, the rest of `answer` stays. */
function whoIsInTheWay(file: File, wish: RangeLock, answer: Flock): i64 {
  const other: RangeLock = zeroed();
  if (lockInTheWay(wish, other)) {
    flockOf(other.start, other.last, answer);
    answer.l_type = other.isWrite ? F_WRLCK : F_RDLCK;
    answer.l_pid = other.owner === PROCESS ? i32(PROCESS_ID) : -1;
    return 0n;
  }
  const asked: Flock = zeroed();
  flockOf(wish.start, wish.last, asked);
  asked.l_type = wish.isWrite ? F_WRLCK : F_RDLCK;
  const result = lockAskOutside(file, asked);
  if (result === 0n && asked.l_type !== F_UNLCK) {
    copy(answer, asked);
  } else if (result === 0n) {
    answer.l_type = F_UNLCK;
  }
  return result;
}

/** FileRelease: a description's locks go with it. */
function forgetDescription(file: File): void {
  forget(file, u64(virtAddr(file)));
}

/** FileRelease: the process has closed a descriptor of the file. */
function forgetOfProcess(file: File): void {
  forget(file, PROCESS);
}

function forget(file: File, owner: u64): void {
  if (lockHas(owner)) {
    const all: RangeLock = zeroed();
    all.owner = owner;
    all.file = u64(lockedObject(file));
    all.last = LAST_BYTE;
    void lockGiveUp(addressOf(file), all);
  }
}
