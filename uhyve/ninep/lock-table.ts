/**
 * Locks of the guest on files of the host: open file description locks (fcntl(2), F_OFD_SETLK), so that guests and programs of the host
 * exclude each other.
 *
 * To the host a guest is one owner, as a process is: which of its own programs, files or threads excludes which is settled inside. So all
 * fids of a file lock through one descriptor, which is opened for the first lock; the locks end with the last of these fids. (Were each
 * fid's own descriptor the owner, a program that has a file open twice would be locked out by itself.)
 */

import { EAGAIN, ENOLCK } from "../../abi/errno.ts";
import { F_OFD_GETLK, F_OFD_SETLK, type Flock, O_RDONLY, O_RDWR, O_WRONLY } from "../../abi/linux-files.ts";
import { type Lock, lockAcquire, lockRelease } from "../lock.ts";
import type { Fid } from "./fid-table.ts";
import { hostClose, hostLock, hostReopen, type NinepHost } from "./host.ts";
import { MAX_LOCK_FILES } from "./limits.ts";

export class LockFile {
  /** Fids that have locked through it; 0: free. */
  users!: u32;
  fd!: i32;
  exportIndex!: u32;
  qidPath!: u64;
}

export class LockTable {
  lock!: Lock;
  files!: FixedArray<LockFile, 256>;
}
staticAssert(MAX_LOCK_FILES === 256, "the table's size");

/** Sets or gives up a lock, without waiting: 0 or a negative errno, i64(-EAGAIN) if somebody else has it. */
export function lockFileSet(table: LockTable, host: NinepHost, fid: Fid, isWritable: bool, wanted: Flock): i64 {
  const fd = lockFileOf(table, host, fid, isWritable);
  if (fd < 0n) return fd;
  return hostLock(host, i32(fd), F_OFD_SETLK, wanted);
}

/** Makes `wanted` the lock that is in its way, if there is one (l_type is F_UNLCK otherwise): 0 or a negative errno. */
export function lockFileTest(table: LockTable, host: NinepHost, fid: Fid, isWritable: bool, wanted: Flock): i64 {
  const fd = lockFileOf(table, host, fid, isWritable);
  if (fd < 0n) return fd;
  return hostLock(host, i32(fd), F_OFD_GETLK, wanted);
}

/** A fid that has locked through file `number` (index + 1) is gone. */
export function lockFileDrop(table: LockTable, host: NinepHost, number: u32): void {
  lockAcquire(table.lock);
  const file = table.files[number - 1];
  file.users -= 1;
  const fd = file.users === 0 ? file.fd : -1;
  lockRelease(table.lock);
  // Whoever locks the file meanwhile has a descriptor of its own and waits, in the guest, like anybody else.
  if (fd >= 0) hostClose(host, fd);
}

/** The descriptor through which the fid's file is locked, or a negative errno. The caller has pinned the fid, so it stays. */
function lockFileOf(table: LockTable, host: NinepHost, fid: Fid, isWritable: bool): i64 {
  lockAcquire(table.lock);
  const result = fid.lockFile === 0 ? findOrOpen(table, host, fid, isWritable) : i64(table.files[fid.lockFile - 1].fd);
  lockRelease(table.lock);
  return result;
}

function findOrOpen(table: LockTable, host: NinepHost, fid: Fid, isWritable: bool): i64 {
  let free: u32 = MAX_LOCK_FILES;
  for (let i: u32 = 0; i < MAX_LOCK_FILES; i += 1) {
    const file = table.files[i];
    if (file.users === 0) {
      free = i;
    } else if (file.qidPath === fid.qidPath && file.exportIndex === fid.exportIndex) {
      file.users += 1;
      fid.lockFile = i + 1;
      return i64(file.fd);
    }
  }
  if (free === MAX_LOCK_FILES) return i64(-ENOLCK);
  const fd = openForLocks(host, fid.fd, isWritable);
  if (fd < 0n) return fd;
  table.files[free] = { users: 1, fd: i32(fd), exportIndex: fid.exportIndex, qidPath: fid.qidPath };
  fid.lockFile = free + 1;
  return fd;
}

/** A lock for reading needs a descriptor that reads, one for writing one that writes. */
function openForLocks(host: NinepHost, fd: i32, isWritable: bool): i64 {
  if (isWritable) {
    const both = hostReopen(host, fd, O_RDWR);
    if (both >= 0n) return both;
  }
  const reading = hostReopen(host, fd, O_RDONLY);
  if (reading >= 0n || !isWritable) return reading;
  return hostReopen(host, fd, O_WRONLY);
}

/** Whether the answer of a lock says that somebody else has it. */
export function isLockTaken(result: i64): bool {
  return result === i64(-EAGAIN);
}
