/**
 * The file system in memory: tmpfs, and the trees of /dev, /proc and /sys, whose files are made by functions.
 *
 *     directory    detail: MemoryDirectory, entries in a hash table and in the order in which they were made
 *     regular      detail: PageTree (memory-file.ts)
 *     link         detail: the target (heap-text.ts)
 *     generated    a regular file without a tree: `generate` writes its contents when it is opened (generated.ts)
 *     device       device: which one (devices.ts)
 *
 * A directory may have a function that fills it when it is first looked at, so trees that nobody visits cost nothing. What holds for names
 * is in memory-names.ts, rename in memory-rename.ts.
 */

import { EEXIST, ENOENT, ENOSPC, EPERM, EROFS } from "../../abi/errno.ts";
import { S_IFDIR, S_IFLNK, S_IFMT, S_IFREG, S_ISGID } from "../../abi/linux-files.ts";
import { heapAllocZeroed, heapFree } from "../../kernel/mm/heap.ts";
import { mutexAcquire } from "../../kernel/sync/mutex.ts";
import { readAcquire } from "../../kernel/sync/rw-lock.ts";
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
import { type DirectoryFill, directoryFind, directoryFree, memoryDirectoryMake } from "./memory-directory.ts";
import { memoryOpen, memoryResize } from "./memory-file.ts";
import {
  directoryIsGone,
  entriesLock,
  nameEnter,
  nameLeave,
  namesFilled,
  namesMutex,
  namesOf,
  refusalToRemove,
} from "./memory-names.ts";
import { type MemoryContents, memoryFileFree, memoryMappable } from "./memory-pages.ts";
import { memoryRename } from "./memory-rename.ts";
import { type Pipe, pipeForget } from "./pipe.ts";

/** "." and ".." come first when a directory is listed. */
const FIRST_CURSOR = 2n;

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

/** Makes an entry in a directory that no program has seen yet, or that only its function fills; null: no memory. */
export function memoryMake(directory: Ptr<Inode>, name: string, wanted: NewInode): Ptr<Inode> | null {
  const inode = memoryInode(directory.mount, wanted);
  if (inode === null) {
    return null;
  }
  if (!nameEnter(directory, name, inode)) {
    inodePut(inode);
    return null;
  }
  // The name keeps it.
  inodePut(inode);
  return inode;
}

/** Gives an inode a name in such a directory; the caller keeps its reference. False: no memory. */
export function memoryEnter(directory: Ptr<Inode>, name: string, inode: Ptr<Inode>): bool {
  return nameEnter(directory, name, inode);
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
    namesOf(made).fill = fill;
  }
  return made;
}

/** Whether the inode is of this file system, so that entries can be made in it without asking anybody. */
export function inodeIsMemory(inode: Inode): bool {
  return virtAddr(inode.operations) === virtAddr(MEMORY_OPERATIONS);
}

export function memorySetFill(directory: Ptr<Inode>, fill: DirectoryFill): void {
  namesOf(directory).fill = fill;
}

function memoryLookup(directory: Ptr<Inode>, name: string): InodeResult {
  const entries = namesOf(directory);
  for (;;) {
    {
      using _section = readAcquire(entriesLock);
      if (entries.fill === null) {
        const entry = directoryFind(entries, name);
        return entry === null ? i64(-ENOENT) : inodeResult(inodeKeep(entry.inode));
      }
    }
    using _guard = mutexAcquire(namesMutex);
    void namesFilled(directory);
  }
}

function memoryCreate(directory: Ptr<Inode>, name: string, wanted: NewInode): InodeResult {
  using _guard = mutexAcquire(namesMutex);
  if (directoryFind(namesFilled(directory), name) !== null) {
    return i64(-EEXIST);
  }
  if (directoryIsGone(directory)) {
    return i64(-ENOENT);
  }
  memoryInherit(directory, wanted);
  const inode = memoryInode(directory.mount, wanted);
  if (inode === null) {
    return i64(-ENOSPC);
  }
  if (!nameEnter(directory, name, inode)) {
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

function memoryLink(directory: Ptr<Inode>, name: string, inode: Ptr<Inode>): i64 {
  using _guard = mutexAcquire(namesMutex);
  if (inodeIsDirectory(inode)) {
    return i64(-EPERM);
  }
  if (directoryFind(namesFilled(directory), name) !== null) {
    return i64(-EEXIST);
  }
  const isNameless = inode.links.load(Order.Relaxed) === 0 && !inode.awaitsName;
  if (directoryIsGone(directory) || isNameless) {
    return i64(-ENOENT);
  }
  inode.changeNs = realtimeNs();
  if (!nameEnter(directory, name, inode)) {
    return i64(-ENOSPC);
  }
  inode.awaitsName = false;
  return 0n;
}

function memoryUnlink(directory: Ptr<Inode>, name: string, isDirectory: bool): i64 {
  using _guard = mutexAcquire(namesMutex);
  const entry = directoryFind(namesFilled(directory), name);
  if (entry === null) {
    return i64(-ENOENT);
  }
  const refusal = refusalToRemove(entry.inode, isDirectory);
  if (refusal === 0n) {
    entry.inode.isRemoved = isDirectory;
    nameLeave(directory, entry);
  }
  return refusal;
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
  if (directoryIsGone(directory)) {
    return i64(-ENOENT);
  }
  const entries = namesFilled(directory);
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
      directoryFree(namesOf(inode));
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
