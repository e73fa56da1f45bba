/** Walks as system calls begin them: a path in application memory, relative to a descriptor or the working directory. */

import { EBADF, ENOENT, ENOTDIR } from "../../abi/errno.ts";
import { AT_EMPTY_PATH, AT_FDCWD, RESOLVE_IN_ROOT } from "../../abi/linux-files.ts";
import { fdGet, fdGetAny } from "../descriptors.ts";
import { pathIsAbsolute } from "./core/path.ts";
import { type File, filePut } from "./file.ts";
import { type Inode, inodeIsDirectory, inodeKeep, inodePut } from "./inode.ts";
import { rootInode } from "./mounts.ts";
import { workingDirectory } from "./process-files.ts";
import { type Walk, walkRun, walkText } from "./walk.ts";

/** Where a walk from a descriptor begins, with a reference: an InodeResult, -EBADF or -ENOTDIR. */
function startOf(fd: i32, path: string, resolve: u32): i64 {
  if (pathIsAbsolute(path) && (resolve & RESOLVE_IN_ROOT) === 0) {
    return i64(u64(virtAddr(inodeKeep(rootInode()))));
  }
  if (fd === AT_FDCWD) {
    return i64(u64(virtAddr(workingDirectory())));
  }
  const file = fdGetAny(fd);
  if (file === null) {
    return i64(-EBADF);
  }
  const inode = file.inode;
  const result: i64 = inode !== null && inodeIsDirectory(inode) ? i64(u64(virtAddr(inodeKeep(inode)))) : i64(-ENOTDIR);
  filePut(file);
  return result;
}

/** Walks a path from `fd`: as walkRun. `walk.follows` and `walk.resolve` are set; walkEnd must follow in any case. */
export function walkAt(walk: Walk, fd: i32, address: u64): i64 {
  const length = walkText(walk, address);
  if (length < 0n) {
    return length;
  }
  if (length === 0n) {
    return i64(-ENOENT);
  }
  const start = startOf(fd, walk.text, walk.resolve);
  if (start < 0n) {
    return start;
  }
  const inode = pointerAt<Inode>(u64(start));
  const result = walkRun(walk, inode);
  inodePut(inode);
  return result;
}

/** As walkAt; an empty or missing path with AT_EMPTY_PATH means what the descriptor leads to. */
export function walkAtOrFile(walk: Walk, fd: i32, address: u64, flags: u32): i64 {
  if ((flags & AT_EMPTY_PATH) === 0) {
    return walkAt(walk, fd, address);
  }
  const length = address === 0n ? 0n : walkText(walk, address);
  if (length !== 0n) {
    return length < 0n ? length : walkAt(walk, fd, address);
  }
  if (fd === AT_FDCWD) {
    walk.inode = workingDirectory();
    return 0n;
  }
  const file = fdGetAny(fd);
  if (file === null) {
    return i64(-EBADF);
  }
  return takeFile(walk, file);
}

/** What an open descriptor leads to, for calls that a mere place (O_PATH) is not enough for: 0n or -EBADF. */
export function walkOfFile(walk: Walk, fd: i32): i64 {
  const file = fdGet(fd);
  return file === null ? i64(-EBADF) : takeFile(walk, file);
}

function takeFile(walk: Walk, file: Ptr<File>): i64 {
  walk.file = file;
  if (file.inode !== null) {
    walk.inode = inodeKeep(file.inode);
  }
  return 0n;
}

/** The inode of a walk that must have found one: 0n, or -ENOENT. */
export function walkMustExist(walk: Walk): i64 {
  return walk.inode === null && walk.file === null ? i64(-ENOENT) : 0n;
}
