/**
 * flock(2): locks of whole files, which descriptions hold. They have nothing to do with those of fcntl(2), except that programs of the host
 * see both as one kind: there they are locks of all bytes.
 */

import { EBADF, EINVAL } from "../abi/errno.ts";
import { LOCK_EX, LOCK_NB, LOCK_SH, LOCK_UN } from "../abi/linux-files.ts";
import { RANGE_LOCK_APART, type RangeLock } from "./core/range-locks.ts";
import { fdGet } from "./descriptors.ts";
import { type File, fileMayWrite, filePut, filesSetForgetLocks } from "./fs/file.ts";
import { LAST_BYTE, lockedObject, lockGiveUp, lockHas, lockTake } from "./range-lock-table.ts";
import type { SyscallFrame } from "./syscall-frame.ts";

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
  const whole: RangeLock = zeroed();
  wholeFile(file, kind === LOCK_EX, whole);
  let result: i64 = 0n;
  if (kind === LOCK_UN) {
    result = lockGiveUp(file, whole);
  } else {
    filesSetForgetLocks(forget);
    result = change(file, whole, (operation & LOCK_NB) === 0);
  }
  filePut(file);
  return result;
}

/** A description's locks of this kind are its own: the number beside its address is nobody else's. */
function wholeFile(file: Ptr<File>, isExclusive: bool, whole: RangeLock): void {
  whole.owner = u64(virtAddr(file)) + RANGE_LOCK_APART;
  whole.file = u64(lockedObject(file)) + RANGE_LOCK_APART;
  whole.last = LAST_BYTE;
  whole.isWrite = isExclusive;
  // The host lets nobody lock for writing who cannot write.
  whole.readsOutside = !fileMayWrite(file);
}

/** Who wants another kind of lock has none meanwhile, and none if that fails: Linux says so, too. */
function change(file: Ptr<File>, whole: RangeLock, isWaiting: bool): i64 {
  let result = lockTake(file, whole, false);
  if (result !== 0n && lockHas(whole.owner)) {
    void lockGiveUp(file, whole);
  }
  if (result !== 0n && isWaiting) {
    result = lockTake(file, whole, true);
  }
  return result;
}

/** FileRelease: a description's lock goes with it. */
function forget(file: File): void {
  const whole: RangeLock = zeroed();
  wholeFile(addressOf(file), true, whole);
  if (lockHas(whole.owner)) {
    void lockGiveUp(addressOf(file), whole);
  }
}
