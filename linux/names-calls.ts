/** Calls that make, move and remove names: mkdir, rmdir, unlink, rename, link, symlink, mknod, and their kin with directories. */

import { EBUSY, EEXIST, EINVAL, EISDIR, ENOENT, ENOTDIR, ENOTEMPTY, EPERM, EROFS, EXDEV } from "../abi/errno.ts";
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_REMOVEDIR,
  AT_SYMLINK_FOLLOW,
  RENAME_EXCHANGE,
  RENAME_NOREPLACE,
  RENAME_WHITEOUT,
  S_IFCHR,
  S_IFDIR,
  S_IFIFO,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
  S_IFSOCK,
  W_OK,
  X_OK,
} from "../abi/linux-files.ts";
import { CAP_MKNOD } from "../abi/linux-process.ts";
import { isCapable } from "./capabilities.ts";
import { NameKind } from "./fs/core/path.ts";
import { directoryPermitsChange, groupId, inodePermits, userId } from "./fs/credentials.ts";
import { inodeIsDirectory, inodeOf, inodePut, Removal } from "./fs/inode.ts";
import { placesLose, placesMove } from "./fs/places.ts";
import { umask } from "./fs/process-files.ts";
import { type Walk, walkEnd, walkText } from "./fs/walk.ts";
import { walkAt, walkAtOrFile } from "./fs/walk-at.ts";
import type { SyscallFrame } from "./syscall-frame.ts";

const PERMISSIONS = 0o7777;

export function sysMkdir(call: SyscallFrame): i64 {
  return make(AT_FDCWD, call.a0, S_IFDIR | (u32.wrap(call.a1) & 0o1777), 0n, "");
}

export function sysMkdirat(call: SyscallFrame): i64 {
  return make(i32.wrap(call.a0), call.a1, S_IFDIR | (u32.wrap(call.a2) & 0o1777), 0n, "");
}

export function sysMknod(call: SyscallFrame): i64 {
  return makeNode(AT_FDCWD, call.a0, u32.wrap(call.a1), call.a2);
}

export function sysMknodat(call: SyscallFrame): i64 {
  return makeNode(i32.wrap(call.a0), call.a1, u32.wrap(call.a2), call.a3);
}

function makeNode(fd: i32, path: u64, mode: u32, device: u64): i64 {
  switch (mode & S_IFMT) {
    case 0:
    case S_IFREG:
      return make(fd, path, S_IFREG | (mode & PERMISSIONS), 0n, "");
    case S_IFIFO:
    case S_IFSOCK:
      return make(fd, path, mode & (S_IFMT | PERMISSIONS), 0n, "");
    case S_IFCHR:
      return isCapable(CAP_MKNOD)
        ? make(fd, path, mode & (S_IFMT | PERMISSIONS), u64(u32.wrap(device)), "")
        : i64(-EPERM);
    default:
      return (mode & S_IFMT) === S_IFDIR || !isCapable(CAP_MKNOD) ? i64(-EPERM) : i64(-EINVAL);
  }
}

export function sysSymlink(call: SyscallFrame): i64 {
  return makeSymlink(call.a0, AT_FDCWD, call.a1);
}

export function sysSymlinkat(call: SyscallFrame): i64 {
  return makeSymlink(call.a0, i32.wrap(call.a1), call.a2);
}

function makeSymlink(target: u64, fd: i32, path: u64): i64 {
  const text: Walk = zeroed();
  const length = walkText(text, target);
  const result = length <= 0n ? (length < 0n ? length : i64(-ENOENT)) : make(fd, path, S_IFLNK | 0o777, 0n, text.text);
  walkEnd(text);
  return result;
}

/** Makes an inode at a name that must be missing: 0n or a negative errno. */
function make(fd: i32, path: u64, mode: u32, device: u64, target: string): i64 {
  const walk: Walk = zeroed();
  walk.isForName = true;
  let result = walkAt(walk, fd, path);
  if (result === 0n) {
    result = makeAt(walk, mode, device, target);
  }
  walkEnd(walk);
  return result;
}

function makeAt(walk: Walk, mode: u32, device: u64, target: string): i64 {
  const parent = walk.parent;
  if (walk.inode !== null || walk.file !== null || parent === null) {
    return i64(-EEXIST);
  }
  if (walk.hasSlash && (mode & S_IFMT) !== S_IFDIR) {
    return i64(-ENOENT);
  }
  const permits = inodePermits(parent, W_OK | X_OK);
  const create = parent.operations.create;
  if (permits !== 0n || create === null) {
    return permits !== 0n ? permits : i64(-EPERM);
  }
  const kept: u32 = (mode & S_IFMT) === S_IFLNK ? 0 : umask();
  const made = create(parent, walk.name, { mode: mode & ~kept, uid: userId(), gid: groupId(), device, target });
  if (made > 0n) {
    inodePut(inodeOf(made));
  }
  return made < 0n ? made : 0n;
}

export function sysUnlink(call: SyscallFrame): i64 {
  return remove(AT_FDCWD, call.a0, false);
}

export function sysRmdir(call: SyscallFrame): i64 {
  return remove(AT_FDCWD, call.a0, true);
}

export function sysUnlinkat(call: SyscallFrame): i64 {
  const flags = u32.wrap(call.a2);
  return (flags & ~AT_REMOVEDIR) !== 0 ? i64(-EINVAL) : remove(i32.wrap(call.a0), call.a1, flags !== 0);
}

function remove(fd: i32, path: u64, isDirectory: bool): i64 {
  const walk: Walk = zeroed();
  walk.isForName = true;
  walk.wish.removal = isDirectory ? Removal.Directory : Removal.File;
  let result = walkAt(walk, fd, path);
  if (walk.wish.wasRemoved) {
    result = 0n;
  } else if (result === 0n) {
    result = removeAt(walk, isDirectory);
  }
  walkEnd(walk);
  return result;
}

function removeAt(walk: Walk, isDirectory: bool): i64 {
  const parent = walk.parent;
  const inode = walk.inode;
  if (parent === null) {
    return refusalOfDots(walk, isDirectory);
  }
  if (inode === null) {
    return i64(-ENOENT);
  }
  const permits = directoryPermitsChange(parent, inode);
  if (permits !== 0n) {
    return permits;
  }
  if (isDirectory && virtAddr(inode.mount) !== virtAddr(parent.mount)) {
    return i64(-EBUSY);
  }
  if (!isDirectory && inodeIsDirectory(inode)) {
    return i64(-EISDIR);
  }
  if (!isDirectory && walk.hasSlash) {
    return i64(-ENOTDIR);
  }
  const unlink = parent.operations.unlink;
  const result = unlink === null ? i64(-EPERM) : unlink(parent, walk.name, isDirectory);
  if (result === 0n) {
    placesLose(inode, parent, walk.name);
  }
  return result;
}

function refusalOfDots(walk: Walk, isDirectory: bool): i64 {
  if (!isDirectory) {
    return i64(-EISDIR);
  }
  switch (walk.lastKind) {
    case NameKind.Here:
      return i64(-EINVAL);
    case NameKind.Up:
      return i64(-ENOTEMPTY);
    default:
      return i64(-EBUSY);
  }
}

export function sysLink(call: SyscallFrame): i64 {
  return link(AT_FDCWD, call.a0, AT_FDCWD, call.a1, 0);
}

export function sysLinkat(call: SyscallFrame): i64 {
  return link(i32.wrap(call.a0), call.a1, i32.wrap(call.a2), call.a3, u32.wrap(call.a4));
}

function link(oldFd: i32, oldPath: u64, fd: i32, path: u64, flags: u32): i64 {
  if ((flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH)) !== 0) {
    return i64(-EINVAL);
  }
  const from: Walk = zeroed();
  const to: Walk = zeroed();
  from.follows = (flags & AT_SYMLINK_FOLLOW) !== 0;
  to.isForName = true;
  let result = walkAtOrFile(from, oldFd, oldPath, flags);
  if (result === 0n) {
    result = walkAt(to, fd, path);
  }
  if (result === 0n) {
    result = linkAt(from, to);
  }
  walkEnd(from);
  walkEnd(to);
  return result;
}

function linkAt(from: Walk, to: Walk): i64 {
  const inode = from.inode;
  const parent = to.parent;
  if (inode === null) {
    return i64(from.file === null ? -ENOENT : -EXDEV);
  }
  if (to.inode !== null || parent === null) {
    return i64(-EEXIST);
  }
  if (to.hasSlash) {
    return i64(-ENOENT);
  }
  if (virtAddr(inode.mount) !== virtAddr(parent.mount)) {
    return i64(-EXDEV);
  }
  const permits = inodePermits(parent, W_OK | X_OK);
  const operation = parent.operations.link;
  if (permits !== 0n || operation === null) {
    return permits !== 0n ? permits : i64(-EPERM);
  }
  return operation(parent, to.name, inode);
}

export function sysRename(call: SyscallFrame): i64 {
  return rename(AT_FDCWD, call.a0, AT_FDCWD, call.a1, 0);
}

export function sysRenameat(call: SyscallFrame): i64 {
  return rename(i32.wrap(call.a0), call.a1, i32.wrap(call.a2), call.a3, 0);
}

export function sysRenameat2(call: SyscallFrame): i64 {
  const flags = u32.wrap(call.a4);
  const isOdd = (flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE)) !== 0;
  const isBoth = (flags & RENAME_NOREPLACE) !== 0 && (flags & RENAME_EXCHANGE) !== 0;
  if (isOdd || isBoth || (flags & RENAME_WHITEOUT) !== 0) {
    return i64(-EINVAL);
  }
  return rename(i32.wrap(call.a0), call.a1, i32.wrap(call.a2), call.a3, flags);
}

function rename(oldFd: i32, oldPath: u64, fd: i32, path: u64, flags: u32): i64 {
  const from: Walk = zeroed();
  const to: Walk = zeroed();
  from.isForName = true;
  to.isForName = true;
  let result = walkAt(from, oldFd, oldPath);
  if (result === 0n) {
    result = walkAt(to, fd, path);
  }
  if (result === 0n) {
    result = renameAt(from, to, flags);
  }
  walkEnd(from);
  walkEnd(to);
  return result;
}

function renameAt(from: Walk, to: Walk, flags: u32): i64 {
  const source = from.parent;
  const target = to.parent;
  const inode = from.inode;
  if (source === null || target === null) {
    return i64(source !== null && (flags & RENAME_NOREPLACE) !== 0 ? -EEXIST : -EBUSY);
  }
  if (inode === null) {
    return i64(-ENOENT);
  }
  if (to.inode !== null && (flags & RENAME_NOREPLACE) !== 0) {
    return i64(-EEXIST);
  }
  if (to.inode === null && (flags & RENAME_EXCHANGE) !== 0) {
    return i64(-ENOENT);
  }
  if (!inodeIsDirectory(inode) && (from.hasSlash || to.hasSlash)) {
    return i64(-ENOTDIR);
  }
  if (virtAddr(source.mount) !== virtAddr(target.mount)) {
    return i64(-EXDEV);
  }
  // One file already: Linux does nothing, and asks for nothing.
  if (to.inode !== null && virtAddr(to.inode) === virtAddr(inode)) {
    return 0n;
  }
  const leaves = directoryPermitsChange(source, inode);
  const enters = leaves !== 0n ? leaves : directoryPermitsChange(target, to.inode);
  if (enters !== 0n) {
    return enters;
  }
  if (virtAddr(inode.mount) !== virtAddr(source.mount) || isOtherMount(to)) {
    return i64(-EBUSY);
  }
  const operation = source.operations.rename;
  const result = operation === null ? i64(-EROFS) : operation(source, from.name, target, to.name, flags);
  if (result === 0n) {
    tellPlaces(from, to, flags);
  }
  return result;
}

/** Open files say where they are now. */
function tellPlaces(from: Walk, to: Walk, flags: u32): void {
  const source = from.parent!;
  const target = to.parent!;
  const replaced = to.inode;
  if (replaced !== null && (flags & RENAME_EXCHANGE) === 0) {
    placesLose(replaced, target, to.name);
  }
  placesMove(from.inode!, source, from.name, target, to.name);
  if (replaced !== null && (flags & RENAME_EXCHANGE) !== 0) {
    placesMove(replaced, target, to.name, source, from.name);
  }
}

/** Whether the name to be replaced is a mount point. */
function isOtherMount(to: Walk): bool {
  const inode = to.inode;
  const parent = to.parent;
  return inode !== null && parent !== null && virtAddr(inode.mount) !== virtAddr(parent.mount);
}
