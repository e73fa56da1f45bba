/**
 * Names in directories of the file system in memory: the entries of a directory, and what it means to get a name and to lose it.
 *
 * Whatever changes names holds one mutex for all of them: names change rarely, and a rename touches two directories. Look-ups are what many
 * threads do at once: they only read a lock that processors read side by side, and which is written around each change, a rename
 * being one.
 */

import { EBUSY, EISDIR, ENOTDIR, ENOTEMPTY } from "../../abi/errno.ts";
import type { Mutex } from "../../kernel/sync/mutex.ts";
import { type RwLock, writeAcquire } from "../../kernel/sync/rw-lock.ts";
import { realtimeNs } from "../../kernel/time/clock.ts";
import { type Inode, inodeIsDirectory, inodeKeep, inodePut } from "./inode.ts";
import { directoryAdd, directoryRemove, type MemoryDirectory, type MemoryEntry } from "./memory-directory.ts";
import { directorySettle } from "./places.ts";

/** Held by whoever changes names or link counts of any mount of this kind, or lists them. */
export const namesMutex: Mutex = zeroed();
/** Written around changes of directories' entries, inside of the mutex where programs see the directory; read by look-ups. */
export const entriesLock: RwLock = zeroed();

export function namesOf(inode: Inode): Ptr<MemoryDirectory> {
  // SAFETY: memory-fs.ts gave the directory one when it was made.
  return pointerAt<MemoryDirectory>(inode.detail);
}

/** The directory's entries, which its function makes now if it has not yet. */
export function namesFilled(directory: Ptr<Inode>): Ptr<MemoryDirectory> {
  const entries = namesOf(directory);
  const fill = entries.fill;
  if (fill !== null) {
    fill(directory);
    // Last: look-ups take it for filled from here on.
    using _section = writeAcquire(entriesLock);
    entries.fill = null;
  }
  return entries;
}

/** Gives an inode a name; the entry keeps a reference. False: no memory. */
export function nameEnter(directory: Ptr<Inode>, name: string, inode: Ptr<Inode>): bool {
  using _section = writeAcquire(entriesLock);
  return nameEnterInside(directory, name, inode);
}

/** The same with the lock of entries held. */
export function nameEnterInside(directory: Ptr<Inode>, name: string, inode: Ptr<Inode>): bool {
  if (!directoryAdd(namesOf(directory), name, inode)) {
    return false;
  }
  void inodeKeep(inode);
  void inode.links.fetchAdd(1);
  if (inodeIsDirectory(inode)) {
    void directory.links.fetchAdd(1);
    directorySettle(inode, directory, name);
  }
  directoryTouch(directory);
  return true;
}

/** The directory's entries have changed. */
export function directoryTouch(directory: Ptr<Inode>): void {
  const now = realtimeNs();
  directory.modifyNs = now;
  directory.changeNs = now;
  directory.size = u64(namesOf(directory).count) * 20n + 40n;
}

/** Takes a name away. */
export function nameLeave(directory: Ptr<Inode>, entry: Ptr<MemoryEntry>): void {
  const inode = entry.inode;
  {
    using _section = writeAcquire(entriesLock);
    nameLeaveInside(directory, entry);
  }
  inodePut(inode);
}

/** The same with the lock of entries held; the name's reference is the caller's, since giving it back may take long. */
export function nameLeaveInside(directory: Ptr<Inode>, entry: Ptr<MemoryEntry>): void {
  const inode = entry.inode;
  directoryRemove(namesOf(directory), entry);
  void inode.links.fetchSub(1);
  if (inodeIsDirectory(inode)) {
    void directory.links.fetchSub(1);
    void inode.links.fetchSub(1);
  }
  inode.changeNs = realtimeNs();
  directoryTouch(directory);
}

/** Whether the directory was removed: nothing new can be in it. */
export function directoryIsGone(directory: Inode): bool {
  return directory.links.load(Order.Relaxed) === 0;
}

/** Why the inode cannot lose its name by unlink, or by rmdir if `isDirectory`; 0n: it can. */
export function refusalToRemove(inode: Ptr<Inode>, isDirectory: bool): i64 {
  if (!isDirectory) {
    return inodeIsDirectory(inode) ? i64(-EISDIR) : 0n;
  }
  if (!inodeIsDirectory(inode)) {
    return i64(-ENOTDIR);
  }
  if (inode.covered !== null) {
    return i64(-EBUSY);
  }
  return namesFilled(inode).count > 0 ? i64(-ENOTEMPTY) : 0n;
}
