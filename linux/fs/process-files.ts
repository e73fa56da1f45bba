/** What the program's threads share besides descriptors: working directory and umask. */

import { ENOENT, ENOTDIR, ERANGE } from "../../abi/errno.ts";
import { NAME_MAX, PATH_MAX } from "../../abi/linux-files.ts";
import { lockAcquire, type SpinLock } from "../../kernel/sync/spin-lock.ts";
import { programModule } from "../program.ts";
import { heapText } from "./heap-text.ts";
import { type Inode, inodeIsDirectory, inodeKeep, inodePut } from "./inode.ts";
import { rootInode, startDirectory } from "./mounts.ts";

const PERMISSIONS = 0o777;
const SLASH = 47;

const lock: SpinLock = zeroed();
let directory: Ptr<Inode> | null = null;
let mask: Atomic<u32> = zeroed();
let isMaskSet: Atomic<u32> = zeroed();

/** The working directory with a reference for the caller. */
export function workingDirectory(): Ptr<Inode> {
  const start = startDirectory();
  using _guard = lockAcquire(lock);
  return inodeKeep(directory ?? start);
}

/** chdir: takes over the caller's reference. */
export function setWorkingDirectory(inode: Ptr<Inode>): void {
  const before = exchange(inode);
  if (before !== null) {
    inodePut(before);
  }
}

function exchange(inode: Ptr<Inode>): Ptr<Inode> | null {
  using _guard = lockAcquire(lock);
  const before = directory;
  directory = inode;
  return before;
}

/** At first that of the user who started the program. */
export function umask(): u32 {
  return isMaskSet.load(Order.Relaxed) === 0 ? programModule().umask & PERMISSIONS : mask.load(Order.Relaxed);
}

/** umask(2): the mask before. */
export function setUmask(wanted: u32): u32 {
  const before = umask();
  mask.store(wanted & PERMISSIONS);
  isMaskSet.store(1);
  return before;
}

/**
 * The absolute path of a directory, with `name` behind it unless it is empty, into `buffer`; its length, -ENOENT if the directory was
 * removed, -ERANGE. Built from the end: the buffer's beginning is moved to when all names are there.
 */
export function directoryPath(inode: Ptr<Inode>, name: string, buffer: Slice<u8>): i64 {
  const root = rootInode();
  let start = buffer.length;
  if (!inodeIsDirectory(inode)) {
    return i64(-ENOTDIR);
  }
  if (name.length > 0) {
    if (u64(name.length) + 1n > start) {
      return i64(-ERANGE);
    }
    start = prepend(buffer, start, name);
  }
  let at0: Ptr<Inode> = inode;
  while (virtAddr(at0) !== virtAddr(root)) {
    const own = heapText(at0.name);
    const parent = at0.parent;
    if (own.length === 0 || parent === null) {
      return i64(-ENOENT);
    }
    if (u64(own.length) + 1n > start) {
      return i64(-ERANGE);
    }
    start = prepend(buffer, start, own);
    at0 = parent;
  }
  if (start === buffer.length) {
    start = prepend(buffer, start, "");
  }
  moveBytes(buffer.data, buffer.data.add(start), buffer.length - start);
  return i64(buffer.length - start);
}

function prepend(buffer: Slice<u8>, start: u64, name: string): u64 {
  const place = start - u64(name.length);
  copyBytes(buffer.data.add(place), name.data, u64(name.length));
  setAt(buffer, place - 1n, SLASH);
  return place - 1n;
}

staticAssert(PATH_MAX > NAME_MAX, "a path holds a name");
