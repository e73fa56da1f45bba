/**
 * The file system in memory: tmpfs, and the trees of /dev, /proc and /sys, whose files are made by functions.
 *
 *     directory    detail: MemoryDirectory, entries in a hash table and in the order in which they were made
 *     regular      detail: PageTree (memory-file.ts)
 *     link         detail: the target (heap-text.ts)
 *     generated    a regular file without a tree: `generate` writes its contents when it is opened (generated.ts)
 *     device       device: which one (devices.ts)
 *
 * A directory may have a function that fills it when it is first looked at, so trees that nobody visits cost nothing. Whatever changes
 * names holds one mutex for all of them: names change rarely, and a rename touches two directories. Look-ups are what many threads do at
 * once: they only read a lock that processors read side by side, and which is written around each change, a rename being one.
 */

import { EBUSY, EEXIST, EINVAL, EISDIR, ENOENT, ENOSPC, ENOTDIR, ENOTEMPTY, EPERM, EROFS } from "../../abi/errno.ts";
import {
  RENAME_EXCHANGE,
  RENAME_NOREPLACE,
  S_IFDIR,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
  S_ISGID,
} from "../../abi/linux-files.ts";
import { heapAllocZeroed, heapFree } from "../../kernel/mm/heap.ts";
import { type Mutex, mutexAcquire } from "../../kernel/sync/mutex.ts";
import { type RwLock, readAcquire, writeAcquire } from "../../kernel/sync/rw-lock.ts";
import { realtimeNs } from "../../kernel/time/clock.ts";
import { type DirectorySink, sinkAdd } from "./directory-sink.ts";
import type { File } from "./file.ts";
import { heapText, heapTextFree, heapTextMake } from "./heap-text.ts";
import {
  ChangeField,
  type Inode,
  type InodeChange,
  type InodeOperations,
  type InodeResult,
  inodeIsDirectory,
  inodeKeep,
  inodeLeave,
  inodePut,
  inodeResult,
  inodeType,
  type Mount,
  type NewInode,
} from "./inode.ts";
import {
  directoryAdd,
  directoryFind,
  directoryFree,
  directoryRemove,
  type MemoryDirectory,
  type MemoryEntry,
  memoryDirectoryMake,
} from "./memory-directory.ts";
import { memoryOpen, memoryResize } from "./memory-file.ts";
import { type MemoryContents, memoryFileFree, memoryMappable } from "./memory-pages.ts";
import { type Pipe, pipeForget } from "./pipe.ts";
import { directorySettle } from "./places.ts";

/** Held by whoever changes names or link counts of any mount of this kind, or lists them. */
const namesMutex: Mutex = zeroed();
/** Written around changes of directories' entries, inside of the mutex where programs see the directory; read by look-ups. */
const entriesLock: RwLock = zeroed();
/** "." and ".." come first when a directory is listed. */
const FIRST_CURSOR = 2n;

/** Fills a directory when it is first looked at. */
export type DirectoryFill = (directory: Ptr<Inode>) => void;

/** A new inode with one reference and no name; null: no memory. */
export function memoryInode(mount: Ptr<Mount>, wanted: NewInode): Ptr<Inode> | null {
  const memory = heapAllocZeroed(u64(sizeOf<Inode>()));
  if (memory === null) {
    return null;
  }
  // SAFETY: fresh zeroed memory of the size.
  const inode = castPtr<Inode>(memory);
  const now = realtimeNs();
  inode.operations = addressOf(MEMORY_OPERATIONS);
  inode.references.store(1);
  inode.mount = mount;
  inode.number = mount.nextInode.fetchAdd(1n) + 1n;
  inode.mode = wanted.mode;
  inode.uid = wanted.uid;
  inode.gid = wanted.gid;
  inode.device = wanted.device;
  inode.accessNs = now;
  inode.modifyNs = now;
  inode.changeNs = now;
  inode.birthNs = now;
  if (!giveDetail(inode, wanted.target)) {
    heapFree(memory);
    return null;
  }
  return inode;
}

function giveDetail(inode: Ptr<Inode>, target: string): bool {
  switch (inodeType(inode)) {
    case S_IFDIR:
      inode.detail = memoryDirectoryMake();
      inode.links.store(1);
      return inode.detail !== 0n;
    case S_IFLNK:
      inode.detail = heapTextMake(target);
      inode.size = u64(target.length);
      return inode.detail !== 0n;
    case S_IFREG:
      inode.detail = virtAddr(heapAllocZeroed(u64(sizeOf<MemoryContents>())));
      memoryMappable(inode);
      return inode.detail !== 0n;
    default:
      return true;
  }
}

function directoryOf(inode: Inode): Ptr<MemoryDirectory> {
  // SAFETY: giveDetail made it.
  return pointerAt<MemoryDirectory>(inode.detail);
}

/** The directory's entries, which its function makes now if it has not yet. */
function filled(directory: Ptr<Inode>): Ptr<MemoryDirectory> {
  const entries = directoryOf(directory);
  const fill = entries.fill;
  if (fill !== null) {
    fill(directory);
    // Last: look-ups take it for filled from here on.
    using _section = writeAcquire(entriesLock);
    entries.fill = null;
  }
  return entries;
}

/** Makes an entry in a directory that no program has seen yet, or that only its function fills; null: no memory. */
export function memoryMake(directory: Ptr<Inode>, name: string, wanted: NewInode): Ptr<Inode> | null {
  const inode = memoryInode(directory.mount, wanted);
  if (inode === null) {
    return null;
  }
  if (!enter(directory, name, inode)) {
    inodePut(inode);
    return null;
  }
  // The name keeps it.
  inodePut(inode);
  return inode;
}

/** Gives an inode a name in such a directory; the caller keeps its reference. False: no memory. */
export function memoryEnter(directory: Ptr<Inode>, name: string, inode: Ptr<Inode>): bool {
  return enter(directory, name, inode);
}

/** As memoryMake for a directory that `fill` fills. */
export function memoryMakeDirectory(
  directory: Ptr<Inode>,
  name: string,
  mode: u32,
  fill: DirectoryFill | null,
): Ptr<Inode> | null {
  const made = memoryMake(directory, name, { mode: S_IFDIR | mode, uid: 0, gid: 0, device: 0n, target: "" });
  if (made !== null) {
    directoryOf(made).fill = fill;
  }
  return made;
}

/** Whether the inode is of this file system, so that entries can be made in it without asking anybody. */
export function inodeIsMemory(inode: Inode): bool {
  return virtAddr(inode.operations) === virtAddr(MEMORY_OPERATIONS);
}

export function memorySetFill(directory: Ptr<Inode>, fill: DirectoryFill): void {
  directoryOf(directory).fill = fill;
}

/** Gives an inode a name; the entry keeps a reference. False: no memory. */
function enter(directory: Ptr<Inode>, name: string, inode: Ptr<Inode>): bool {
  using _section = writeAcquire(entriesLock);
  return enterInside(directory, name, inode);
}

/** The same with the lock of entries held. */
function enterInside(directory: Ptr<Inode>, name: string, inode: Ptr<Inode>): bool {
  if (!directoryAdd(directoryOf(directory), name, inode)) {
    return false;
  }
  void inodeKeep(inode);
  void inode.links.fetchAdd(1);
  if (inodeIsDirectory(inode)) {
    void directory.links.fetchAdd(1);
    directorySettle(inode, directory, name);
  }
  touchDirectory(directory);
  return true;
}

function touchDirectory(directory: Ptr<Inode>): void {
  const now = realtimeNs();
  directory.modifyNs = now;
  directory.changeNs = now;
  directory.size = u64(directoryOf(directory).count) * 20n + 40n;
}

/** Takes a name away. */
function leave(directory: Ptr<Inode>, entry: Ptr<MemoryEntry>): void {
  const inode = entry.inode;
  {
    using _section = writeAcquire(entriesLock);
    leaveInside(directory, entry);
  }
  inodePut(inode);
}

/** The same with the lock of entries held; the name's reference is the caller's, since giving it back may take long. */
function leaveInside(directory: Ptr<Inode>, entry: Ptr<MemoryEntry>): void {
  const inode = entry.inode;
  directoryRemove(directoryOf(directory), entry);
  void inode.links.fetchSub(1);
  if (inodeIsDirectory(inode)) {
    void directory.links.fetchSub(1);
    void inode.links.fetchSub(1);
  }
  inode.changeNs = realtimeNs();
  touchDirectory(directory);
}

function memoryLookup(directory: Ptr<Inode>, name: string): InodeResult {
  const entries = directoryOf(directory);
  for (;;) {
    {
      using _section = readAcquire(entriesLock);
      if (entries.fill === null) {
        const entry = directoryFind(entries, name);
        return entry === null ? i64(-ENOENT) : inodeResult(inodeKeep(entry.inode));
      }
    }
    using _guard = mutexAcquire(namesMutex);
    void filled(directory);
  }
}

function memoryCreate(directory: Ptr<Inode>, name: string, wanted: NewInode): InodeResult {
  using _guard = mutexAcquire(namesMutex);
  if (directoryFind(filled(directory), name) !== null) {
    return i64(-EEXIST);
  }
  if (isGone(directory)) {
    return i64(-ENOENT);
  }
  memoryInherit(directory, wanted);
  const inode = memoryInode(directory.mount, wanted);
  if (inode === null) {
    return i64(-ENOSPC);
  }
  if (!enter(directory, name, inode)) {
    inodePut(inode);
    return i64(-ENOSPC);
  }
  return inodeResult(inode);
}

/** What is made in a directory with the set-group bit has its group, and a new directory has the bit, too. */
export function memoryInherit(directory: Inode, wanted: NewInode): void {
  if ((directory.mode & S_ISGID) !== 0) {
    wanted.gid = directory.gid;
    wanted.mode |= (wanted.mode & S_IFMT) === S_IFDIR ? S_ISGID : 0;
  }
}

/** Whether the directory was removed: nothing new can be in it. */
function isGone(directory: Inode): bool {
  return directory.links.load(Order.Relaxed) === 0;
}

function memoryLink(directory: Ptr<Inode>, name: string, inode: Ptr<Inode>): i64 {
  using _guard = mutexAcquire(namesMutex);
  if (inodeIsDirectory(inode)) {
    return i64(-EPERM);
  }
  if (directoryFind(filled(directory), name) !== null) {
    return i64(-EEXIST);
  }
  const isNameless = inode.links.load(Order.Relaxed) === 0 && !inode.awaitsName;
  if (isGone(directory) || isNameless) {
    return i64(-ENOENT);
  }
  inode.changeNs = realtimeNs();
  if (!enter(directory, name, inode)) {
    return i64(-ENOSPC);
  }
  inode.awaitsName = false;
  return 0n;
}

function memoryUnlink(directory: Ptr<Inode>, name: string, isDirectory: bool): i64 {
  using _guard = mutexAcquire(namesMutex);
  const entry = directoryFind(filled(directory), name);
  if (entry === null) {
    return i64(-ENOENT);
  }
  const refusal = refusalToRemove(entry.inode, isDirectory);
  if (refusal === 0n) {
    entry.inode.isRemoved = isDirectory;
    leave(directory, entry);
  }
  return refusal;
}

function refusalToRemove(inode: Ptr<Inode>, isDirectory: bool): i64 {
  if (!isDirectory) {
    return inodeIsDirectory(inode) ? i64(-EISDIR) : 0n;
  }
  if (!inodeIsDirectory(inode)) {
    return i64(-ENOTDIR);
  }
  if (inode.covered !== null) {
    return i64(-EBUSY);
  }
  return filled(inode).count > 0 ? i64(-ENOTEMPTY) : 0n;
}

function memoryRename(from: Ptr<Inode>, name: string, to: Ptr<Inode>, newName: string, flags: u32): i64 {
  using _guard = mutexAcquire(namesMutex);
  const entry = directoryFind(filled(from), name);
  const existing = directoryFind(filled(to), newName);
  if (entry === null) {
    return i64(-ENOENT);
  }
  if (isGone(to)) {
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
  if (!enterInside(to, newName, inode)) {
    return false;
  }
  if (existing !== null) {
    existing.inode.isRemoved = inodeIsDirectory(existing.inode);
    leaveInside(to, existing);
  }
  leaveInside(from, entry);
  if (inodeIsDirectory(inode)) {
    // leaveInside took the links of a removed directory.
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
  touchDirectory(from);
  touchDirectory(to);
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

function memoryReadLink(inode: Ptr<Inode>, buffer: Slice<u8>): i64 {
  const target = heapText(inode.detail);
  const bytes: u64 = u64(target.length) < buffer.length ? u64(target.length) : buffer.length;
  copyBytes(buffer.data, target.data, bytes);
  return i64(bytes);
}

function memoryChange(inode: Ptr<Inode>, change: InodeChange): i64 {
  if (inode.mount.isReadOnly) {
    return i64(-EROFS);
  }
  if ((change.fields & u32(ChangeField.Size)) !== 0) {
    const resized = memoryResize(inode, change.size);
    if (resized !== 0n) {
      return resized;
    }
  }
  using _guard = mutexAcquire(inode.lock);
  if ((change.fields & u32(ChangeField.Mode)) !== 0) {
    inode.mode = (inode.mode & S_IFMT) | (change.mode & 0o7777);
  }
  if ((change.fields & u32(ChangeField.Owner)) !== 0) {
    inode.uid = change.uid;
  }
  if ((change.fields & u32(ChangeField.Group)) !== 0) {
    inode.gid = change.gid;
  }
  if ((change.fields & u32(ChangeField.AccessTime)) !== 0) {
    inode.accessNs = change.accessNs;
  }
  if ((change.fields & u32(ChangeField.ModifyTime)) !== 0) {
    inode.modifyNs = change.modifyNs;
  }
  inode.changeNs = realtimeNs();
  return 0n;
}

/** Lists entries from the description's position on: ".", "..", then the others by cursor. */
function memoryList(directory: Ptr<Inode>, file: File, sink: DirectorySink): i64 {
  using _guard = mutexAcquire(namesMutex);
  if (isGone(directory)) {
    return i64(-ENOENT);
  }
  const entries = filled(directory);
  const parent = directory.parent === null ? directory : directory.parent;
  if (file.position === 0n && sinkAdd(sink, ".", directory.number, 1n, S_IFDIR)) {
    file.position = 1n;
  }
  if (file.position === 1n && sinkAdd(sink, "..", parent.number, FIRST_CURSOR, S_IFDIR)) {
    file.position = FIRST_CURSOR;
  }
  let entry = entries.first;
  while (entry !== null && file.position >= FIRST_CURSOR) {
    if (entry.cursor >= file.position) {
      const next = entry.cursor + 1n;
      if (!sinkAdd(sink, heapText(entry.name), entry.inode.number, next, inodeType(entry.inode))) {
        break;
      }
      file.position = next;
    }
    entry = entry.next;
  }
  directory.accessNs = realtimeNs();
  return sink.done > 0n ? i64(sink.done) : sink.error;
}

/** Directories that were removed keep each other: those above go with the last one below, however many they are. */
function memoryForget(inode: Ptr<Inode>): void {
  let at0: Ptr<Inode> | null = inode;
  while (at0 !== null) {
    const above: Ptr<Inode> | null = inodeIsDirectory(at0) ? at0.parent : null;
    forgetOne(at0);
    at0 = above !== null && inodeLeave(above) ? above : null;
  }
}

function forgetOne(inode: Ptr<Inode>): void {
  switch (inodeType(inode)) {
    case S_IFDIR:
      directoryFree(directoryOf(inode));
      heapTextFree(inode.name);
      break;
    case S_IFLNK:
      heapTextFree(inode.detail);
      break;
    case S_IFREG:
      memoryFileFree(inode);
      break;
    default:
      if (inode.pipe !== 0n) {
        // SAFETY: the pipe of a FIFO, which the inode keeps.
        pipeForget(pointerAt<Pipe>(inode.pipe));
      }
      break;
  }
  heapFree(castPtr<u8>(inode));
}

export const MEMORY_OPERATIONS: InodeOperations = {
  lookup: memoryLookup,
  lookupAlong: null,
  create: memoryCreate,
  link: memoryLink,
  unlink: memoryUnlink,
  rename: memoryRename,
  readLink: memoryReadLink,
  change: memoryChange,
  open: memoryOpen,
  list: memoryList,
  refresh: null,
  space: null,
  sync: null,
  lock: null,
  forget: memoryForget,
};
