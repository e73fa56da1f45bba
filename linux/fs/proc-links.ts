/**
 * Links of /proc that lead to a thing and not to its name: /proc/self/fd/N, exe, cwd. Their inodes are made when they are looked up.
 *
 *     argument    the descriptor, or LINK_*
 */

import { EACCES, ENOENT, ENOMEM } from "../../abi/errno.ts";
import { O_RDONLY, PATH_MAX, S_IFIFO, S_IFLNK, S_IFMT, type Stat } from "../../abi/linux-files.ts";
import { heapAlloc, heapFree } from "../../kernel/mm/heap.ts";
import { fdGetAny, nextOpen } from "../descriptors.ts";
import { PROCESS_ID } from "../identity.ts";
import { programFileInode, programFilePath, programPlace } from "../program.ts";
import { currentTask } from "../task.ts";
import { type File, fileCreate, filePut } from "./file.ts";
import {
  type Inode,
  type InodeOperations,
  type InodeResult,
  inodeIsDirectory,
  inodeKeep,
  inodePut,
  inodeStatus,
} from "./inode.ts";
import { DIRECTORY_OPERATIONS } from "./memory-file.ts";
import { MEMORY_OPERATIONS, memoryMake } from "./memory-fs.ts";
import { fileMqueue, mqueueName } from "./mqueue.ts";
import type { NumberedEntries } from "./numbered-directory.ts";
import { directoryLastPath, type Place, placeCopy, placePath, placeSetName } from "./places.ts";
import { workingDirectory } from "./process-files.ts";
import { programInode } from "./program-file.ts";

export const LINK_EXE = 0x1_0000_0000n;
export const LINK_CWD = 0x1_0000_0001n;
/** /proc/thread-self: an ordinary link whose text depends on who reads it. */
export const LINK_THREAD = 0x1_0000_0002n;
/** Above every descriptor. */
const LINK_FIRST = LINK_EXE;
/** What Linux says, whatever the target. */
const LINK_BYTES = 64n;

/** A description of what a magic link leads to, with a reference; null: the link is an ordinary one, or leads nowhere. */
export function magicFile(link: Ptr<Inode>): Ptr<File> | null {
  if (virtAddr(link.operations) !== virtAddr(MAGIC_LINK_OPERATIONS) || link.argument === LINK_THREAD) {
    return null;
  }
  if (link.argument < LINK_FIRST) {
    return fdGetAny(i32(link.argument));
  }
  const isProgram = link.argument === LINK_EXE;
  const inode = isProgram ? runningInode(link) : workingDirectory();
  const file = inode === null ? null : fileCreate(DIRECTORY_OPERATIONS, 0n, O_RDONLY);
  if (file !== null && inode !== null) {
    file.inode = inode;
    if (isProgram) {
      placeOfProgram(addressOf(file.place), inode);
    }
  } else if (inode !== null) {
    inodePut(inode);
  }
  return file;
}

/** The file that the program runs from, with a reference for the caller; null: no memory. */
function runningInode(link: Ptr<Inode>): Ptr<Inode> | null {
  const replaced = programFileInode();
  // SAFETY: execve keeps the inode for as long as its program runs.
  return replaced === 0n ? programInode(link.mount) : inodeKeep(pointerAt<Inode>(replaced));
}

function placeOfProgram(place: Ptr<Place>, inode: Ptr<Inode>): void {
  const own = programPlace();
  if (own !== null) {
    placeCopy(place, own, inode);
  } else {
    placeSetName(place, inode, programFilePath());
  }
}

/** Gives a magic link a name in a directory that is being filled. */
export function magicLinkEnter(directory: Ptr<Inode>, name: string, argument: u64): void {
  const made = memoryMake(directory, name, { mode: S_IFLNK | 0o777, uid: 0, gid: 0, device: 0n, target: "" });
  if (made !== null) {
    made.operations = addressOf(MAGIC_LINK_OPERATIONS);
    made.argument = argument;
  }
}

/** As Linux, it puts together the whole text and gives as much of it as is asked for. */
function magicReadLink(inode: Ptr<Inode>, buffer: Slice<u8>): i64 {
  if (inode.argument === LINK_THREAD) {
    return putText(buffer, `${PROCESS_ID}/task/${currentTask().tid}`);
  }
  const memory = heapAlloc(u64(PATH_MAX));
  if (memory === null) {
    return i64(-ENOMEM);
  }
  const whole = sliceOf(memory, u64(PATH_MAX));
  const length = putTarget(inode, whole);
  const result = length < 0n ? length : putText(buffer, stringOf(memory, length));
  heapFree(memory);
  return result;
}

function putTarget(link: Ptr<Inode>, buffer: Slice<u8>): i64 {
  if (link.argument === LINK_EXE) {
    return putProgramPath(buffer);
  }
  if (link.argument === LINK_CWD) {
    const directory = workingDirectory();
    const result = putDirectory(directory, buffer);
    inodePut(directory);
    return result;
  }
  const file = fdGetAny(i32(link.argument));
  if (file === null) {
    return i64(-ENOENT);
  }
  const result = describe(file, buffer);
  filePut(file);
  return result;
}

function putProgramPath(buffer: Slice<u8>): i64 {
  const replaced = programFileInode();
  const place = programPlace();
  // SAFETY: as runningInode.
  return replaced === 0n || place === null
    ? putText(buffer, programFilePath())
    : putPlace(place, pointerAt<Inode>(replaced), buffer);
}

/** What /proc/self/fd shows: a path, or what kind of thing it is. */
function describe(file: Ptr<File>, buffer: Slice<u8>): i64 {
  const inode = file.inode;
  if (inode !== null && inodeIsDirectory(inode)) {
    return putDirectory(inode, buffer);
  }
  if (inode !== null && file.place.name !== 0n) {
    return putPlace(addressOf(file.place), inode, buffer);
  }
  const queue = fileMqueue(file);
  if (queue !== null) {
    const gone = queue.isUnlinked ? " (deleted)" : "";
    return putText(buffer, `/${mqueueName(queue)}${gone}`);
  }
  const name = file.operations.name;
  const stat: Stat = zeroed();
  const status = file.operations.status;
  if (name.length > 0 && name.byteAt(name.length - 1) === 93) {
    return putText(buffer, name);
  }
  if (status !== null && status(file, stat) === 0n) {
    const isPipe = (stat.st_mode & S_IFMT) === S_IFIFO;
    return isPipe ? putText(buffer, `pipe:[${stat.st_ino}]`) : putText(buffer, `${name}:[${stat.st_ino}]`);
  }
  return putText(buffer, name);
}

function putDirectory(directory: Ptr<Inode>, buffer: Slice<u8>): i64 {
  const length = directoryLastPath(directory, buffer);
  return length > 0n && (directory.isRemoved || hasNoName(directory)) ? addDeleted(buffer, u64(length)) : length;
}

function putPlace(place: Ptr<Place>, inode: Ptr<Inode>, buffer: Slice<u8>): i64 {
  const length = placePath(place, inode, buffer);
  return length > 0n && (place.isGone || hasNoName(inode)) ? addDeleted(buffer, u64(length)) : length;
}

function addDeleted(buffer: Slice<u8>, length: u64): i64 {
  return i64(length) + putText(buffer.subslice(length, buffer.length), " (deleted)");
}

/** It has been removed. What the host has removed meanwhile, too: its links are asked for. */
function hasNoName(inode: Ptr<Inode>): bool {
  const stat: Stat = zeroed();
  inodeStatus(inode, stat);
  return stat.st_nlink === 0n;
}

function putText(buffer: Slice<u8>, text: string): i64 {
  const bytes: u64 = u64(text.length) < buffer.length ? u64(text.length) : buffer.length;
  copyBytes(buffer.data, text.data, bytes);
  return i64(bytes);
}

function magicLookup(_directory: Ptr<Inode>, _name: string): InodeResult {
  return i64(-ENOENT);
}

function magicOpen(_inode: Ptr<Inode>, _file: Ptr<File>): i64 {
  return i64(-EACCES);
}

const MAGIC_LINK_OPERATIONS: InodeOperations = {
  lookup: magicLookup,
  lookupAlong: null,
  create: null,
  link: null,
  unlink: null,
  rename: null,
  readLink: magicReadLink,
  change: null,
  open: magicOpen,
  list: null,
  refresh: null,
  space: null,
  sync: null,
  lock: null,
  forget: forgetInode,
};

function forgetInode(inode: Ptr<Inode>): void {
  MEMORY_OPERATIONS.forget(inode);
}

// --- The directory /proc/self/fd ---------------------------------------------------------------------------------------------

/** The lowest open descriptor from `from` on, or a negative value. */
export function nextDescriptor(from: u64): i64 {
  const fd = nextOpen(u32(from));
  return fd === u32.MAX ? -1n : i64(fd);
}

export const DESCRIPTOR_LINKS: NumberedEntries = {
  next: nextDescriptor,
  complete: completeDescriptor,
  inodeBase: 0x1_0000n,
  mode: S_IFLNK | 0o777,
};

function completeDescriptor(inode: Ptr<Inode>, _directory: Ptr<Inode>, _name: string): void {
  inode.operations = addressOf(MAGIC_LINK_OPERATIONS);
  inode.size = LINK_BYTES;
}
