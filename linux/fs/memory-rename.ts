/** rename(2) in the file system in memory: moving, replacing and exchanging names, each as one change. */

import { EEXIST, EINVAL, EISDIR, ENOENT, ENOSPC, ENOTEMPTY } from "../../abi/errno.ts";
import { RENAME_EXCHANGE, RENAME_NOREPLACE } from "../../abi/linux-files.ts";
import { mutexAcquire } from "../../kernel/sync/mutex.ts";
import { writeAcquire } from "../../kernel/sync/rw-lock.ts";
import { heapText } from "./heap-text.ts";
import { type Inode, inodeIsDirectory, inodePut } from "./inode.ts";
import { directoryFind, type MemoryEntry } from "./memory-directory.ts";
import {
  directoryIsGone,
  directoryTouch,
  entriesLock,
  nameEnterInside,
  nameLeaveInside,
  namesFilled,
  namesMutex,
  refusalToRemove,
} from "./memory-names.ts";
import { directorySettle } from "./places.ts";

/** InodeOperations.rename. */
export function memoryRename(from: Ptr<Inode>, name: string, to: Ptr<Inode>, newName: string, flags: u32): i64 {
  using _guard = mutexAcquire(namesMutex);
  const entry = directoryFind(namesFilled(from), name);
  const existing = directoryFind(namesFilled(to), newName);
  if (entry === null) {
    return i64(-ENOENT);
  }
  if (directoryIsGone(to)) {
    return i64(-ENOENT);
  }
  const inode = entry.inode;
  if (inodeIsDirectory(inode) && isWithin(to, inode)) {
    return i64(-EINVAL);
  }
  if ((flags & RENAME_EXCHANGE) !== 0) {
    return existing === null ? i64(-ENOENT) : exchange(from, entry, to, existing);
  }
  if (existing !== null) {
    if ((flags & RENAME_NOREPLACE) !== 0) {
      return i64(-EEXIST);
    }
    if (virtAddr(existing.inode) === virtAddr(inode)) {
      return 0n;
    }
    const refusal = refusalToReplace(inode, existing.inode, from);
    if (refusal !== 0n) {
      return refusal;
    }
  }
  return move(from, entry, to, newName, existing);
}

/** `from` is where the inode lies: Linux says of whatever should replace a directory around it that the directory is not empty. */
function refusalToReplace(inode: Ptr<Inode>, victim: Ptr<Inode>, from: Ptr<Inode>): i64 {
  if (inodeIsDirectory(victim) && isWithin(from, victim)) {
    return i64(-ENOTEMPTY);
  }
  if (inodeIsDirectory(inode)) {
    return refusalToRemove(victim, true);
  }
  return inodeIsDirectory(victim) ? i64(-EISDIR) : 0n;
}

function move(
  from: Ptr<Inode>,
  entry: Ptr<MemoryEntry>,
  to: Ptr<Inode>,
  newName: string,
  existing: Ptr<MemoryEntry> | null,
): i64 {
  const inode = entry.inode;
  const replaced = existing === null ? null : existing.inode;
  if (!moveAtOnce(from, entry, to, newName, existing)) {
    return i64(-ENOSPC);
  }
  // The references of the two names that are no more.
  inodePut(inode);
  if (replaced !== null) {
    inodePut(replaced);
  }
  return 0n;
}

/** No look-up finds both names, or none. False, with nothing changed: no memory. */
function moveAtOnce(
  from: Ptr<Inode>,
  entry: Ptr<MemoryEntry>,
  to: Ptr<Inode>,
  newName: string,
  existing: Ptr<MemoryEntry> | null,
): bool {
  using _section = writeAcquire(entriesLock);
  const inode = entry.inode;
  // The new name first, in front of the one that it replaces: if there is no memory for it, all is as it was.
  if (!nameEnterInside(to, newName, inode)) {
    return false;
  }
  if (existing !== null) {
    existing.inode.isRemoved = inodeIsDirectory(existing.inode);
    nameLeaveInside(to, existing);
  }
  nameLeaveInside(from, entry);
  if (inodeIsDirectory(inode)) {
    // nameLeaveInside took the links of a removed directory.
    void inode.links.fetchAdd(1);
  }
  return true;
}

/** RENAME_EXCHANGE: both names lead to the other's inode. */
function exchange(from: Ptr<Inode>, entry: Ptr<MemoryEntry>, to: Ptr<Inode>, existing: Ptr<MemoryEntry>): i64 {
  const first = entry.inode;
  const second = existing.inode;
  if (inodeIsDirectory(second) && isWithin(from, second)) {
    return i64(-EINVAL);
  }
  using _section = writeAcquire(entriesLock);
  entry.inode = second;
  existing.inode = first;
  settle(first, from, to, existing);
  settle(second, to, from, entry);
  directoryTouch(from);
  directoryTouch(to);
  return 0n;
}

/** A directory has another parent and name now. */
function settle(inode: Ptr<Inode>, before: Ptr<Inode>, after: Ptr<Inode>, entry: Ptr<MemoryEntry>): void {
  if (inodeIsDirectory(inode)) {
    void before.links.fetchSub(1);
    void after.links.fetchAdd(1);
    directorySettle(inode, after, heapText(entry.name));
  }
}

/** Whether `inode` is `directory` or lies below it. */
function isWithin(inode: Ptr<Inode>, directory: Ptr<Inode>): bool {
  let at0: Ptr<Inode> | null = inode;
  while (at0 !== null) {
    if (virtAddr(at0) === virtAddr(directory)) {
      return true;
    }
    at0 = at0.parent;
  }
  return false;
}
