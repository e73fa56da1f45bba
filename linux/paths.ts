/**
 * Calls that name files. There is no file system yet, so nothing can be found: ENOENT, or EROFS where something would be made. The path
 * is read all the same, because a bad pointer is EFAULT and an endless one ENAMETOOLONG.
 *
 * Two things exist without files: the working directory "/" and the program's own path, as the host knows it, behind /proc/self/exe.
 */

import { EBADF, EINVAL, ENOENT, ENOTDIR, ERANGE, EROFS } from "../abi/errno.ts";
import { AT_EMPTY_PATH, AT_FDCWD, O_CREAT, type Stat } from "../abi/linux-files.ts";
import { userString, userWrite } from "../kernel/mm/user-access.ts";
import { fdIsOpen } from "./descriptors.ts";
import { descriptorStatus, storeStat, storeStatx } from "./file-status.ts";
import { programHostPath, programPath } from "./program.ts";
import type { SyscallFrame } from "./syscall-frame.ts";

/** A longer path is of no file that could exist here. */
const PATH_BYTES = 1024n;
const SELF = "/proc/self/exe";
const ROOT = "/";

/** -ENOENT, or what is wrong with the path itself. */
function missing(address: u64): i64 {
  const path: Bytes<1024> = zeroed();
  const length = userString(sliceOf(elements(path), PATH_BYTES), VirtAddr(address));
  return length < 0n ? length : i64(-ENOENT);
}

/** open, access, stat, chmod, unlink, ...: the path is the first argument. */
export function sysMissing(call: SyscallFrame): i64 {
  return missing(call.a0);
}

/** mkdir, mknod, symlink: nothing can be made. */
export function sysMakeNothing(call: SyscallFrame): i64 {
  const result = missing(call.a0);
  return result === i64(-ENOENT) ? i64(-EROFS) : result;
}

export function sysMakeNothingAt(call: SyscallFrame): i64 {
  const result = missingAt(call.a0, call.a1);
  return result === i64(-ENOENT) ? i64(-EROFS) : result;
}

/** The path is the second argument, relative to a directory. */
export function sysMissingAt(call: SyscallFrame): i64 {
  return missingAt(call.a0, call.a1);
}

function missingAt(directory: u64, address: u64): i64 {
  const path: Bytes<1024> = zeroed();
  const length = userString(sliceOf(elements(path), PATH_BYTES), VirtAddr(address));
  if (length < 0n) {
    return length;
  }
  const fd = i32.wrap(directory);
  if (length > 0n && path[0] !== 47 && fd !== AT_FDCWD) {
    // Streams are no directories.
    return fdIsOpen(fd) ? i64(-ENOTDIR) : i64(-EBADF);
  }
  return i64(-ENOENT);
}

export function sysOpen(call: SyscallFrame): i64 {
  const result = missing(call.a0);
  return result === i64(-ENOENT) && (u32.wrap(call.a1) & O_CREAT) !== 0 ? i64(-EROFS) : result;
}

export function sysOpenat(call: SyscallFrame): i64 {
  const result = missingAt(call.a0, call.a1);
  return result === i64(-ENOENT) && (u32.wrap(call.a2) & O_CREAT) !== 0 ? i64(-EROFS) : result;
}

/** Whether (dirfd, path, flags) means the descriptor itself: an empty path with AT_EMPTY_PATH. */
function meansDescriptor(call: SyscallFrame, flags: u32): bool {
  if ((flags & AT_EMPTY_PATH) === 0) {
    return false;
  }
  const first: Bytes<2> = zeroed();
  return call.a1 === 0n || userString(sliceOf(elements(first), 2n), VirtAddr(call.a1)) === 0n;
}

export function sysNewfstatat(call: SyscallFrame): i64 {
  if (!meansDescriptor(call, u32.wrap(call.a3))) {
    return missingAt(call.a0, call.a1);
  }
  const stat: Stat = zeroed();
  const result = descriptorStatus(i32.wrap(call.a0), stat);
  return result !== 0n ? result : storeStat(stat, call.a2);
}

export function sysStatx(call: SyscallFrame): i64 {
  if (!meansDescriptor(call, u32.wrap(call.a2))) {
    return missingAt(call.a0, call.a1);
  }
  const stat: Stat = zeroed();
  const result = descriptorStatus(i32.wrap(call.a0), stat);
  return result !== 0n ? result : storeStatx(stat, call.a4);
}

export function sysReadlink(call: SyscallFrame): i64 {
  return readLink(call.a0, call.a1, call.a2, AT_FDCWD);
}

export function sysReadlinkat(call: SyscallFrame): i64 {
  return readLink(call.a1, call.a2, call.a3, i32.wrap(call.a0));
}

function readLink(pathAt: u64, buffer: u64, bytes: u64, directory: i32): i64 {
  const path: Bytes<1024> = zeroed();
  const length = userString(sliceOf(elements(path), PATH_BYTES), VirtAddr(pathAt));
  if (length < 0n) {
    return length;
  }
  if (i64(bytes) <= 0n) {
    return i64(-EINVAL);
  }
  if (stringOf(elements(path), length) !== SELF) {
    return missingAt(u64.wrap(i64(directory)), pathAt);
  }
  // The link is absolute on Linux; where the host could not tell, a relative argv[0] is taken from the working directory.
  const hostPath = programHostPath();
  const target = hostPath.length > 0 ? hostPath : programPath();
  const isAbsolute = target.length > 0 && target.byteAt(0) === 47;
  let done: u64 = 0n;
  if (!isAbsolute) {
    const written = userWrite(VirtAddr(buffer), ROOT.data, 1n);
    if (written !== 0n) {
      return written;
    }
    done = 1n;
  }
  const part = u64(target.length) < bytes - done ? u64(target.length) : bytes - done;
  const written = userWrite(VirtAddr(buffer + done), target.data, part);
  return written !== 0n ? written : i64(done + part);
}

/** The size includes the NUL, as the system call's answer does. */
export function sysGetcwd(call: SyscallFrame): i64 {
  if (call.a1 < 2n) {
    return i64(-ERANGE);
  }
  const written = userWrite(VirtAddr(call.a0), ROOT.data, 2n);
  return written !== 0n ? written : 2n;
}

export function sysChdir(call: SyscallFrame): i64 {
  const path: Bytes<3> = zeroed();
  const length = userString(sliceOf(elements(path), 3n), VirtAddr(call.a0));
  return length === 1n && (path[0] === 47 || path[0] === 46) ? 0n : missing(call.a0);
}
