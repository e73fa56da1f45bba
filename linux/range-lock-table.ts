/**
 * All locks of files that the program has: of ranges, by the process or by descriptions (record-locks.ts), and of whole files (file-locks.ts).
 *
 * Where programs of the host can lock the file too (InodeOperations.lock), the guest is one owner to them: of each byte it has the strongest
 * of all the locks here. Whatever changes locks of such a file asks there before it changes the table, and says afterwards what has become
 * weaker; a mutex keeps that together. The host is asked again and again by who waits for a lock, since its answer never waits.
 */

import { EAGAIN, ENOLCK, ERESTARTSYS } from "../abi/errno.ts";
import { F_GETLK, F_RDLCK, F_SETLK, F_UNLCK, F_WRLCK, type Flock } from "../abi/linux-files.ts";
import { type Mutex, mutexAcquire } from "../kernel/sync/mutex.ts";
import { lockAcquire, type SpinLock } from "../kernel/sync/spin-lock.ts";
import { type WaitQueue, waitWakeAll } from "../kernel/sync/wait-queue.ts";
import { monotonicNs } from "../kernel/time/clock.ts";
import {
  type RangeLock,
  type RangeLocks,
  type RangePart,
  rangeLockGiveUp,
  rangeLockHas,
  rangeLockInTheWay,
  rangeLockOutside,
  rangeLockTake,
  rangeLockWrites,
} from "./core/range-locks.ts";
import type { File } from "./fs/file.ts";
import { waitUntil, waitWhile } from "./fs/wait.ts";

export const LAST_BYTE = 0x7fff_ffff_ffff_ffffn;
const FIRST_WAIT_NS = 1_000_000n;
const MOST_WAIT_NS = 50_000_000n;

const locks: RangeLocks = zeroed();
const tableLock: SpinLock = zeroed();
const waiters: WaitQueue = zeroed();
/** Held over what is asked and told outside. */
const outsideMutex: Mutex = zeroed();

/** What is locked: the inode, or what a description without one stands for, as both ends of a pipe do. */
export function lockedObject(file: File): VirtAddr {
  return file.inode === null ? file.object : virtAddr(file.inode);
}

/** Takes `wish` instead of what its owner has there: 0n, -EAGAIN, -ENOLCK, -ERESTARTSYS, or what the host says. */
export function lockTake(file: Ptr<File>, wish: RangeLock, isWaiting: bool): i64 {
  let wait: u64 = FIRST_WAIT_NS;
  let result = tryTake(file, wish);
  while (result === i64(-EAGAIN) && isWaiting) {
    if (!waitWhile(waiters, isBlocked, virtAddr(wish), 0)) {
      return i64(-ERESTARTSYS);
    }
    result = tryTake(file, wish);
    if (result === i64(-EAGAIN) && !isBlocked(virtAddr(wish))) {
      const deadline = monotonicNs() + wait;
      if (!waitUntil(deadline) && monotonicNs() < deadline) {
        return i64(-ERESTARTSYS);
      }
      wait = wait * 2n < MOST_WAIT_NS ? wait * 2n : MOST_WAIT_NS;
    }
  }
  return result;
}

function tryTake(file: Ptr<File>, wish: RangeLock): i64 {
  if (!isShared(file)) {
    return takeHere(wish);
  }
  using _guard = mutexAcquire(outsideMutex);
  if (isBlocked(virtAddr(wish))) {
    return i64(-EAGAIN);
  }
  const told = tellOutside(file, wish, wish);
  const isWeaker = !wish.isWrite && writesIn(wish);
  const result = told === 0n ? takeHere(wish) : told;
  if (result !== 0n || isWeaker) {
    // As it was, or less than it was: nobody can stand in the way.
    void tellOutside(file, wish, null);
  }
  return result;
}

function takeHere(wish: RangeLock): i64 {
  let isTaken: bool = false;
  {
    using _guard = lockAcquire(tableLock);
    if (rangeLockInTheWay(locks, wish) !== null) {
      return i64(-EAGAIN);
    }
    isTaken = rangeLockTake(locks, wish);
  }
  // A lock that became weaker lets others in.
  waitWakeAll(waiters);
  return isTaken ? 0n : i64(-ENOLCK);
}

function isBlocked(address: VirtAddr): bool {
  const wish = pointerAt<RangeLock>(address);
  using _guard = lockAcquire(tableLock);
  return rangeLockInTheWay(locks, wish) !== null;
}

function writesIn(part: RangeLock): bool {
  using _guard = lockAcquire(tableLock);
  return rangeLockWrites(locks, part);
}

/** Whether the owner has any lock. */
export function lockHas(owner: u64): bool {
  using _guard = lockAcquire(tableLock);
  return rangeLockHas(locks, owner);
}

/** The owner's locks end where `part` lies: 0n or -ENOLCK. */
export function lockGiveUp(file: Ptr<File>, part: RangeLock): i64 {
  const result = isShared(file) ? giveUpOutside(file, part) : giveUpHere(part);
  waitWakeAll(waiters);
  return result;
}

function giveUpOutside(file: Ptr<File>, part: RangeLock): i64 {
  using _guard = mutexAcquire(outsideMutex);
  const result = giveUpHere(part);
  return result !== 0n ? result : tellOutside(file, part, null);
}

function giveUpHere(part: RangeLock): i64 {
  using _guard = lockAcquire(tableLock);
  return rangeLockGiveUp(locks, part, 0) ? 0n : i64(-ENOLCK);
}

/** Copies the lock that stands in the way of `wish` within the program; false: none does. */
export function lockInTheWay(wish: RangeLock, found: RangeLock): bool {
  using _guard = lockAcquire(tableLock);
  const other = rangeLockInTheWay(locks, wish);
  if (other !== null) {
    copy(found, other);
  }
  return other !== null;
}

/** Whether programs of the host can lock the file, too. */
function isShared(file: Ptr<File>): bool {
  const inode = file.inode;
  return inode !== null && inode.operations.lock !== null;
}

/** Makes `lock` what is in its way outside, F_UNLCK if there is nothing: 0n or a negative errno. */
export function lockAskOutside(file: File, lock: Flock): i64 {
  const inode = file.inode;
  const operation = inode === null ? null : inode.operations.lock;
  if (inode === null || operation === null) {
    lock.l_type = F_UNLCK;
    return 0n;
  }
  return operation(inode, file, F_GETLK, lock);
}

/** Says what the table has where `range` lies, with `wish` beside it: 0n, or the first error. */
function tellOutside(file: Ptr<File>, range: RangeLock, wish: RangeLock | null): i64 {
  const part: RangePart = { start: range.start, last: range.last, isLocked: false, isWrite: false };
  const next: RangePart = zeroed();
  look(range, part, wish);
  for (;;) {
    // Parts that look alike are told at once.
    while (part.last < range.last) {
      next.start = part.last + 1n;
      next.last = range.last;
      look(range, next, wish);
      if (next.isLocked !== part.isLocked || next.isWrite !== part.isWrite) {
        break;
      }
      part.last = next.last;
    }
    const told = tellPart(file, part);
    if (told !== 0n || part.last >= range.last) {
      return told;
    }
    copy(part, next);
  }
}

function look(range: RangeLock, part: RangePart, wish: RangeLock | null): void {
  using _guard = lockAcquire(tableLock);
  rangeLockOutside(locks, range.file, part, wish);
}

function tellPart(file: Ptr<File>, part: RangePart): i64 {
  const inode = file.inode;
  const operation = inode === null ? null : inode.operations.lock;
  if (inode === null || operation === null) {
    return 0n;
  }
  const lock: Flock = zeroed();
  flockOf(part.start, part.last, lock);
  lock.l_type = part.isLocked ? (part.isWrite ? F_WRLCK : F_RDLCK) : F_UNLCK;
  return operation(inode, file, F_SETLK, lock);
}

/** A range as a struct flock has it. */
export function flockOf(start: u64, last: u64, lock: Flock): void {
  lock.l_whence = 0;
  lock.l_start = i64(start);
  lock.l_len = last === LAST_BYTE ? 0n : i64(last - start + 1n);
}
