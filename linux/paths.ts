/** Calls that look at what a path leads to, or change its attributes: stat, access, readlink, chmod, chown, times, sizes, chdir. */

import { EBADF, EFAULT, EINVAL, ENOENT, ENOTDIR, EPERM, ERANGE, EROFS } from "../abi/errno.ts";
import {
  AT_EACCESS,
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_NO_AUTOMOUNT,
  AT_STATX_SYNC_TYPE,
  AT_SYMLINK_NOFOLLOW,
  PATH_MAX,
  type Stat,
  W_OK,
} from "../abi/linux-files.ts";
import { heapAlloc, heapFree } from "../kernel/mm/heap.ts";
import { userWrite } from "../kernel/mm/user-access.ts";
import { fdGetAny } from "./descriptors.ts";
import { fileStatus, storeStat, storeStatx } from "./file-status.ts";
import {
  directorySearchable,
  inodeIsOwn,
  inodeModePermits,
  modeToSet,
  ownerMayChange,
  setBitsOf,
} from "./fs/credentials.ts";
import { filePut } from "./fs/file.ts";
import {
  ChangeField,
  type Inode,
  type InodeChange,
  inodeIsDirectory,
  inodeIsLink,
  inodeKeep,
  inodePut,
  inodeStatus,
} from "./fs/inode.ts";
import { directoryPath } from "./fs/places.ts";
import { setUmask, setWorkingDirectory, workingDirectory } from "./fs/process-files.ts";
import { type Walk, walkEnd } from "./fs/walk.ts";
import { walkAt, walkAtOrFile, walkMustExist, walkOfFile } from "./fs/walk-at.ts";
import type { SyscallFrame } from "./syscall-frame.ts";
import { currentTask } from "./task.ts";

const STAT_FLAGS = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH;
const UNCHANGED = u32.MAX;

/** Walks to something that must exist: 0n or a negative errno. */
function find(walk: Walk, fd: i32, path: u64, flags: u32): i64 {
  walk.follows = (flags & AT_SYMLINK_NOFOLLOW) === 0;
  const result = walkAtOrFile(walk, fd, path, flags);
  return result !== 0n ? result : walkMustExist(walk);
}

function statusAt(fd: i32, path: u64, flags: u32, stat: Stat): i64 {
  const walk: Walk = zeroed();
  let result = find(walk, fd, path, flags);
  if (result === 0n && walk.inode !== null) {
    inodeStatus(walk.inode, stat);
  } else if (result === 0n) {
    result = fileStatus(walk.file!, stat);
  }
  walkEnd(walk);
  return result;
}

export function sysStat(call: SyscallFrame): i64 {
  const stat: Stat = zeroed();
  const result = statusAt(AT_FDCWD, call.a0, 0, stat);
  return result !== 0n ? result : storeStat(stat, call.a1);
}

export function sysLstat(call: SyscallFrame): i64 {
  const stat: Stat = zeroed();
  const result = statusAt(AT_FDCWD, call.a0, AT_SYMLINK_NOFOLLOW, stat);
  return result !== 0n ? result : storeStat(stat, call.a1);
}

export function sysNewfstatat(call: SyscallFrame): i64 {
  const flags = u32.wrap(call.a3);
  if ((flags & ~STAT_FLAGS) !== 0) {
    return i64(-EINVAL);
  }
  const stat: Stat = zeroed();
  const result = statusAt(i32.wrap(call.a0), call.a1, flags, stat);
  return result !== 0n ? result : storeStat(stat, call.a2);
}

/** statx(fd, path, flags, mask, buffer) */
export function sysStatx(call: SyscallFrame): i64 {
  const flags = u32.wrap(call.a2);
  const isOdd =
    (flags & ~(STAT_FLAGS | AT_STATX_SYNC_TYPE)) !== 0 || (flags & AT_STATX_SYNC_TYPE) === AT_STATX_SYNC_TYPE;
  if (isOdd || (u32.wrap(call.a3) & 0x8000_0000) !== 0) {
    return i64(-EINVAL);
  }
  const stat: Stat = zeroed();
  const result = statusAt(i32.wrap(call.a0), call.a1, flags, stat);
  return result !== 0n ? result : storeStatx(stat, call.a4);
}

export function sysAccess(call: SyscallFrame): i64 {
  return access(AT_FDCWD, call.a0, u32.wrap(call.a1), 0);
}

export function sysFaccessat(call: SyscallFrame): i64 {
  return access(i32.wrap(call.a0), call.a1, u32.wrap(call.a2), 0);
}

export function sysFaccessat2(call: SyscallFrame): i64 {
  return access(i32.wrap(call.a0), call.a1, u32.wrap(call.a2), u32.wrap(call.a3));
}

function access(fd: i32, path: u64, wanted: u32, flags: u32): i64 {
  if ((wanted & ~7) !== 0 || (flags & ~(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) !== 0) {
    return i64(-EINVAL);
  }
  const walk: Walk = zeroed();
  const task = currentTask();
  task.asksAsReal = (flags & AT_EACCESS) === 0;
  let result = find(walk, fd, path, flags);
  if (result === 0n && walk.inode !== null && wanted !== 0) {
    result = mayAccess(walk.inode, wanted);
  }
  task.asksAsReal = false;
  walkEnd(walk);
  return result;
}

function mayAccess(inode: Ptr<Inode>, wanted: u32): i64 {
  const refresh = inode.operations.refresh;
  if (refresh !== null) {
    refresh(inode);
  }
  const changes = (wanted & W_OK) !== 0 && inode.mount.isReadOnly;
  return changes ? i64(-EROFS) : inodeModePermits(inode, wanted);
}

export function sysReadlink(call: SyscallFrame): i64 {
  return readLink(AT_FDCWD, call.a0, call.a1, call.a2);
}

export function sysReadlinkat(call: SyscallFrame): i64 {
  return readLink(i32.wrap(call.a0), call.a1, call.a2, call.a3);
}

function readLink(fd: i32, path: u64, buffer: u64, bytes: u64): i64 {
  if (i32.wrap(bytes) <= 0) {
    return i64(-EINVAL);
  }
  const walk: Walk = zeroed();
  let result = find(walk, fd, path, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH);
  if (result === 0n) {
    result = copyTarget(walk.inode, buffer, bytes);
  }
  // An empty path names the descriptor, which must be a link.
  if (result === i64(-EINVAL) && walk.text.length === 0) {
    result = i64(-ENOENT);
  }
  walkEnd(walk);
  return result;
}

function copyTarget(inode: Ptr<Inode> | null, buffer: u64, bytes: u64): i64 {
  const read = inode === null || !inodeIsLink(inode) ? null : inode.operations.readLink;
  if (inode === null || read === null) {
    return i64(-EINVAL);
  }
  const text = heapAlloc(u64(PATH_MAX));
  if (text === null) {
    return i64(-EFAULT);
  }
  const most: u64 = bytes < u64(PATH_MAX) ? bytes : u64(PATH_MAX);
  let result = read(inode, sliceOf(text, most));
  if (result > 0n && userWrite(VirtAddr(buffer), text, u64(result)) !== 0n) {
    result = i64(-EFAULT);
  }
  heapFree(text);
  return result;
}

// --- The working directory ---------------------------------------------------------------------------------------------------

/** The size includes the NUL, as the system call's answer does. */
export function sysGetcwd(call: SyscallFrame): i64 {
  const text = heapAlloc(u64(PATH_MAX));
  if (text === null) {
    return i64(-EFAULT);
  }
  const directory = workingDirectory();
  let result = directoryPath(directory, sliceOf(text, u64(PATH_MAX)));
  inodePut(directory);
  if (result > 0n) {
    setAt(text, u64(result), 0);
    result += 1n;
    if (u64(result) > call.a1) {
      result = i64(-ERANGE);
    } else if (userWrite(VirtAddr(call.a0), text, u64(result)) !== 0n) {
      result = i64(-EFAULT);
    }
  }
  heapFree(text);
  return result;
}

export function sysChdir(call: SyscallFrame): i64 {
  const walk: Walk = zeroed();
  let result = find(walk, AT_FDCWD, call.a0, 0);
  if (result === 0n) {
    result = changeTo(walk.inode);
  }
  walkEnd(walk);
  return result;
}

export function sysFchdir(call: SyscallFrame): i64 {
  const file = fdGetAny(i32.wrap(call.a0));
  if (file === null) {
    return i64(-EBADF);
  }
  const result = changeTo(file.inode);
  filePut(file);
  return result;
}

function changeTo(inode: Ptr<Inode> | null): i64 {
  if (inode === null || !inodeIsDirectory(inode)) {
    return i64(-ENOTDIR);
  }
  const permits = directorySearchable(inode);
  if (permits === 0n) {
    setWorkingDirectory(inodeKeep(inode));
  }
  return permits;
}

export function sysChroot(_call: SyscallFrame): i64 {
  return i64(-EPERM);
}

export function sysUmask(call: SyscallFrame): i64 {
  return i64(setUmask(u32.wrap(call.a0)));
}

// --- Attributes --------------------------------------------------------------------------------------------------------------

/** Changes attributes of an inode, after the caller's checks: 0n or a negative errno. */
export function changeInode(inode: Ptr<Inode>, change: InodeChange): i64 {
  const operation = inode.operations.change;
  return operation === null ? i64(-EROFS) : operation(inode, change);
}

export function sysChmod(call: SyscallFrame): i64 {
  return chmodAt(AT_FDCWD, call.a0, u32.wrap(call.a1), 0);
}

export function sysFchmodat(call: SyscallFrame): i64 {
  return chmodAt(i32.wrap(call.a0), call.a1, u32.wrap(call.a2), 0);
}

export function sysFchmod(call: SyscallFrame): i64 {
  const walk: Walk = zeroed();
  return chmodFound(walk, walkOfFile(walk, i32.wrap(call.a0)), u32.wrap(call.a1));
}

function chmodAt(fd: i32, path: u64, mode: u32, flags: u32): i64 {
  const walk: Walk = zeroed();
  return chmodFound(walk, find(walk, fd, path, flags), mode);
}

/** `found`: what the walk came to; it is ended. */
function chmodFound(walk: Walk, found: i64, mode: u32): i64 {
  let result = found;
  if (result === 0n && walk.inode !== null) {
    result = inodeIsOwn(walk.inode);
    if (result === 0n) {
      const change: InodeChange = zeroed();
      change.fields = u32(ChangeField.Mode);
      change.mode = modeToSet(walk.inode, mode);
      result = changeInode(walk.inode, change);
    }
  }
  walkEnd(walk);
  return result;
}

export function sysChown(call: SyscallFrame): i64 {
  return chownAt(AT_FDCWD, call.a0, u32.wrap(call.a1), u32.wrap(call.a2), 0);
}

export function sysLchown(call: SyscallFrame): i64 {
  return chownAt(AT_FDCWD, call.a0, u32.wrap(call.a1), u32.wrap(call.a2), AT_SYMLINK_NOFOLLOW);
}

export function sysFchown(call: SyscallFrame): i64 {
  const walk: Walk = zeroed();
  return chownFound(walk, walkOfFile(walk, i32.wrap(call.a0)), u32.wrap(call.a1), u32.wrap(call.a2));
}

export function sysFchownat(call: SyscallFrame): i64 {
  const flags = u32.wrap(call.a4);
  if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) !== 0) {
    return i64(-EINVAL);
  }
  return chownAt(i32.wrap(call.a0), call.a1, u32.wrap(call.a2), u32.wrap(call.a3), flags);
}

function chownAt(fd: i32, path: u64, uid: u32, gid: u32, flags: u32): i64 {
  const walk: Walk = zeroed();
  return chownFound(walk, find(walk, fd, path, flags), uid, gid);
}

/** `found`: what the walk came to; it is ended. */
function chownFound(walk: Walk, found: i64, uid: u32, gid: u32): i64 {
  let result = found;
  if (result === 0n && walk.inode !== null) {
    result = chownInode(walk.inode, uid, gid);
  }
  walkEnd(walk);
  return result;
}

function chownInode(inode: Ptr<Inode>, uid: u32, gid: u32): i64 {
  const permits = ownerMayChange(inode, uid, gid);
  if (permits !== 0n) {
    return permits;
  }
  const change: InodeChange = zeroed();
  dropSetBits(inode, change);
  change.fields |= uid === UNCHANGED ? 0 : u32(ChangeField.Owner);
  change.fields |= gid === UNCHANGED ? 0 : u32(ChangeField.Group);
  change.uid = uid;
  change.gid = gid;
  return changeInode(inode, change);
}

/** A new owner, even if it is the old one, takes the bits away with which a file runs as its owner. */
function dropSetBits(inode: Ptr<Inode>, change: InodeChange): void {
  const refresh = inode.operations.refresh;
  if (refresh !== null) {
    refresh(inode);
  }
  const dropped = setBitsOf(inode.mode);
  if (dropped !== 0 && !inodeIsDirectory(inode)) {
    change.fields |= u32(ChangeField.Mode);
    change.mode = inode.mode & ~dropped;
  }
}

export function walkTo(walk: Walk, path: u64): i64 {
  walk.follows = true;
  const result = walkAt(walk, AT_FDCWD, path);
  return result !== 0n ? result : walkMustExist(walk);
}
