/**
 * Locks of ranges of files, each with an owner: who may have which, and what becomes of an owner's locks when it takes or gives up a part.
 *
 * One short table for all files: programs hold few. What flock(2) locks is a file of its own beside the one of fcntl(2), and both together
 * are what the table says to those outside of it, to whom all owners are one. An owner's locks of one kind that touch are one lock, as Linux has it. The caller
 * holds whatever guards the table.
 */

const MOST_RANGE_LOCKS = 512;

/** Added to a file's number, which is even, for locks that do not exclude those without it. */
export const RANGE_LOCK_APART = 1n;

export class RangeLock {
  /** 0n: the entry is free. */
  owner!: u64;
  file!: u64;
  start!: u64;
  /** The last byte that is locked. */
  last!: u64;
  isWrite!: bool;
  /** To those outside it is a lock to read, though it excludes all others here. */
  readsOutside!: bool;
}

/** A part of a file, and the strongest of all locks there. */
export class RangePart {
  start!: u64;
  last!: u64;
  isLocked!: bool;
  isWrite!: bool;
}

export class RangeLocks {
  entries!: FixedArray<RangeLock, 512>;
  count!: u32;
}

function overlaps(lock: RangeLock, wish: RangeLock): bool {
  return lock.file === wish.file && lock.start <= wish.last && wish.start <= lock.last;
}

/** The lock of another owner with the lowest start that stands in the way of `wish`, or null. */
export function rangeLockInTheWay(locks: RangeLocks, wish: RangeLock): Ptr<RangeLock> | null {
  let found: Ptr<RangeLock> | null = null;
  for (let i: u32 = 0; i < MOST_RANGE_LOCKS && locks.count > 0; i++) {
    const lock = locks.entries[i];
    const isOther = lock.owner !== 0n && lock.owner !== wish.owner;
    if (isOther && overlaps(lock, wish) && (lock.isWrite || wish.isWrite)) {
      found = found === null || lock.start < found.start ? addressOf(lock) : found;
    }
  }
  return found;
}

/** Takes `wish`, which nobody stands in the way of, instead of what its owner has there. False, with nothing changed: the table is full. */
export function rangeLockTake(locks: RangeLocks, wish: RangeLock): bool {
  const whole: RangeLock = zeroed();
  copy(whole, wish);
  if (!rangeLockGiveUp(locks, wish, 1)) {
    return false;
  }
  for (let i: u32 = 0; i < MOST_RANGE_LOCKS; i++) {
    const lock = locks.entries[i];
    const isSame = lock.owner === wish.owner && lock.file === wish.file && lock.isWrite === wish.isWrite;
    if (isSame && (lock.last + 1n === wish.start || wish.last + 1n === lock.start)) {
      whole.start = lock.start < whole.start ? lock.start : whole.start;
      whole.last = lock.last > whole.last ? lock.last : whole.last;
      free(locks, lock);
    }
  }
  add(locks, whole, whole.start, whole.last);
  return true;
}

/** The owner's locks end where `part` lies, of whatever kind they are. False, with nothing changed: fewer than `spare` entries would be left. */
export function rangeLockGiveUp(locks: RangeLocks, part: RangeLock, spare: u32): bool {
  if (locks.count + spare + (isInside(locks, part) ? 1 : 0) > MOST_RANGE_LOCKS) {
    return false;
  }
  const before: RangeLock = zeroed();
  for (let i: u32 = 0; i < MOST_RANGE_LOCKS; i++) {
    const lock = locks.entries[i];
    if (lock.owner !== part.owner || !overlaps(lock, part)) {
      continue;
    }
    copy(before, lock);
    free(locks, lock);
    if (before.start < part.start) {
      add(locks, before, before.start, part.start - 1n);
    }
    if (before.last > part.last) {
      add(locks, before, part.last + 1n, before.last);
    }
  }
  return true;
}

/** Whether `part` lies in the middle of one of its owner's locks, which would become two. */
function isInside(locks: RangeLocks, part: RangeLock): bool {
  for (let i: u32 = 0; i < MOST_RANGE_LOCKS; i++) {
    const lock = locks.entries[i];
    if (lock.owner === part.owner && lock.file === part.file && lock.start < part.start && lock.last > part.last) {
      return true;
    }
  }
  return false;
}

/** Whether the owner has any lock. */
export function rangeLockHas(locks: RangeLocks, owner: u64): bool {
  for (let i: u32 = 0; i < MOST_RANGE_LOCKS && locks.count > 0; i++) {
    if (locks.entries[i].owner === owner) {
      return true;
    }
  }
  return false;
}

/** Whether the owner has a lock to write anywhere in `part`. */
export function rangeLockWrites(locks: RangeLocks, part: RangeLock): bool {
  for (let i: u32 = 0; i < MOST_RANGE_LOCKS && locks.count > 0; i++) {
    const lock = locks.entries[i];
    if (lock.owner === part.owner && lock.isWrite && overlaps(lock, part)) {
      return true;
    }
  }
  return false;
}

/**
 * What those outside are to see of `file` from `part.start` on; `part.last` is where to look at most, and becomes the last byte of which that
 * is true. `wish` counts beside what the table has, as if it were taken already.
 */
export function rangeLockOutside(locks: RangeLocks, file: u64, part: RangePart, wish: RangeLock | null): void {
  part.isLocked = false;
  part.isWrite = false;
  for (let i: u32 = 0; i < MOST_RANGE_LOCKS && locks.count > 0; i++) {
    const lock = locks.entries[i];
    if (lock.owner !== 0n && (lock.file | RANGE_LOCK_APART) === (file | RANGE_LOCK_APART)) {
      addOutside(part, lock);
    }
  }
  if (wish !== null) {
    addOutside(part, wish);
  }
}

function addOutside(part: RangePart, lock: RangeLock): void {
  if (lock.last < part.start || lock.start > part.last) {
    return;
  }
  if (lock.start > part.start) {
    part.last = lock.start - 1n;
    return;
  }
  part.last = lock.last < part.last ? lock.last : part.last;
  part.isLocked = true;
  part.isWrite = part.isWrite || (lock.isWrite && !lock.readsOutside);
}

function free(locks: RangeLocks, lock: RangeLock): void {
  lock.owner = 0n;
  locks.count--;
}

function add(locks: RangeLocks, like: RangeLock, start: u64, last: u64): void {
  for (let i: u32 = 0; i < MOST_RANGE_LOCKS; i++) {
    if (locks.entries[i].owner === 0n) {
      locks.entries[i] = {
        owner: like.owner,
        file: like.file,
        start,
        last,
        isWrite: like.isWrite,
        readsOutside: like.readsOutside,
      };
      locks.count++;
      return;
    }
  }
  panic("the caller has made sure of a free entry");
}
