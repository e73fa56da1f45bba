/**
 * The system calls with which the file server touches the host: all of them, each with the flags that keep it inside an export.
 *
 * Names are single components that the server has checked (request.ts), and no call here follows a symbolic link in one: a path cannot lead
 * anywhere else than one step down. The one link that is followed is /proc/self/fd/N, by which a descriptor that names an object (O_PATH)
 * becomes one that can be read, changed or linked; N is always a descriptor of ours.
 *
 * `call` is Linux, or a test that plays it: every argument that reaches the host can be looked at there.
 *
 * Alternative considered: openat2(2) with RESOLVE_BENEATH. Without a slash in a name there is nothing that it would add to O_NOFOLLOW, and a
 * seccomp filter cannot look at its flags.
 */

import { EINTR } from "../../abi/errno.ts";
import {
  AT_EMPTY_PATH,
  AT_SYMLINK_FOLLOW,
  AT_SYMLINK_NOFOLLOW,
  type Flock,
  O_CLOEXEC,
  O_CREAT,
  O_EXCL,
  O_NOCTTY,
  O_NOFOLLOW,
  O_PATH,
  STATX_BASIC_STATS,
  type Statfs,
  type Statx,
} from "../../abi/linux-files.ts";
import {
  SYS_close,
  SYS_fchmodat,
  SYS_fchownat,
  SYS_fcntl,
  SYS_fdatasync,
  SYS_fstatfs,
  SYS_fsync,
  SYS_ftruncate,
  SYS_getdents64,
  SYS_linkat,
  SYS_lseek,
  SYS_mkdirat,
  SYS_mknodat,
  SYS_openat,
  SYS_preadv,
  SYS_pwritev,
  SYS_readlinkat,
  SYS_renameat,
  SYS_statx,
  SYS_symlinkat,
  SYS_unlinkat,
  SYS_utimensat,
} from "../../abi/linux-syscalls.ts";
import type { Timespec } from "../../abi/linux-time.ts";
import { callPointer, linuxCall } from "../../compiler/std/linux-syscall.ts";
import type { Pieces } from "./chain.ts";

export const STATX_BTIME = 0x800;

export type HostCall = (number: u32, a: u64, b: u64, c: u64, d: u64, e: u64) => i64;

export class NinepHost {
  call!: HostCall;
  /** /proc/self/fd. */
  procFd!: i32;
}

export function callLinux(number: u32, a: u64, b: u64, c: u64, d: u64, e: u64): i64 {
  return linuxCall(number, a, b, c, d, e);
}

/** A signal that the proxy serves may interrupt any call that waits; the request goes on. */
function call(host: NinepHost, number: u32, a: u64, b: u64 = 0n, c: u64 = 0n, d: u64 = 0n, e: u64 = 0n): i64 {
  let result: i64 = 0n;
  do {
    result = host.call(number, a, b, c, d, e);
  } while (result === i64(-EINTR));
  return result;
}

/** A descriptor that names the object `name` of the directory: a symbolic link itself, not where it leads. */
export function hostWalk(host: NinepHost, directory: i32, name: Ptr<u8>): i64 {
  const flags = u64(O_PATH | O_NOFOLLOW | O_CLOEXEC);
  return call(host, SYS_openat, u64.wrap(directory), u64(virtAddr(name)), flags);
}

/** Makes a file that was not there and opens it. */
export function hostCreate(host: NinepHost, directory: i32, name: Ptr<u8>, flags: u32, mode: u32): i64 {
  const all = u64(flags | O_CREAT | O_EXCL | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC);
  return call(host, SYS_openat, u64.wrap(directory), u64(virtAddr(name)), all, u64(mode));
}

/** Another descriptor of the same object. The caller knows that it is a regular file or directory, or asks for O_PATH. */
export function hostReopen(host: NinepHost, fd: i32, flags: u32): i64 {
  const all = u64(flags | O_NOCTTY | O_CLOEXEC);
  return call(host, SYS_openat, u64.wrap(host.procFd), u64(virtAddr(`${fd}`.data)), all);
}

/** Not repeated: a descriptor is closed whatever close(2) answers. */
export function hostClose(host: NinepHost, fd: i32): void {
  void host.call(SYS_close, u64.wrap(fd), 0n, 0n, 0n, 0n);
}

export function hostStat(host: NinepHost, fd: i32, stat: Statx): i64 {
  return hostStatIn(host, fd, "".data, stat);
}

/** Of an object in the directory, or, with an empty name, of the descriptor's. */
export function hostStatIn(host: NinepHost, directory: i32, name: Ptr<u8>, stat: Statx): i64 {
  const flags = u64(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW);
  const mask = u64(STATX_BASIC_STATS | STATX_BTIME);
  return call(host, SYS_statx, u64.wrap(directory), u64(virtAddr(name)), flags, mask, callPointer(stat));
}

export function hostStatfs(host: NinepHost, fd: i32, statfs: Statfs): i64 {
  return call(host, SYS_fstatfs, u64.wrap(fd), callPointer(statfs));
}

export function hostRead(host: NinepHost, fd: i32, pieces: Pieces, offset: u64): i64 {
  return call(host, SYS_preadv, u64.wrap(fd), callPointer(elements(pieces.items)), u64(pieces.count), offset);
}

export function hostWrite(host: NinepHost, fd: i32, pieces: Pieces, offset: u64): i64 {
  return call(host, SYS_pwritev, u64.wrap(fd), callPointer(elements(pieces.items)), u64(pieces.count), offset);
}

export function hostSync(host: NinepHost, fd: i32, isDataOnly: bool): i64 {
  return call(host, isDataOnly ? SYS_fdatasync : SYS_fsync, u64.wrap(fd));
}

export function hostSeek(host: NinepHost, fd: i32, position: i64): i64 {
  return call(host, SYS_lseek, u64.wrap(fd), u64.wrap(position), 0n);
}

export function hostEntries(host: NinepHost, fd: i32, buffer: Slice<u8>): i64 {
  return call(host, SYS_getdents64, u64.wrap(fd), u64(virtAddr(buffer.data)), buffer.length);
}

export function hostTruncate(host: NinepHost, fd: i32, bytes: u64): i64 {
  return call(host, SYS_ftruncate, u64.wrap(fd), bytes);
}

/** Through /proc, because fchmod(2) and futimens refuse descriptors that only name. */
export function hostSetMode(host: NinepHost, fd: i32, mode: u32): i64 {
  return call(host, SYS_fchmodat, u64.wrap(host.procFd), u64(virtAddr(`${fd}`.data)), u64(mode));
}

/** Access time, then modification time. */
export function hostSetTimes(host: NinepHost, fd: i32, times: Ptr<Timespec>): i64 {
  return call(host, SYS_utimensat, u64.wrap(host.procFd), u64(virtAddr(`${fd}`.data)), callPointer(times));
}

/** u32.MAX leaves the one as it is. */
export function hostSetOwner(host: NinepHost, fd: i32, uid: u32, gid: u32): i64 {
  const flags = u64(AT_EMPTY_PATH);
  return call(host, SYS_fchownat, u64.wrap(fd), u64(virtAddr("".data)), u64(uid), u64(gid), flags);
}

export function hostMakeDirectory(host: NinepHost, directory: i32, name: Ptr<u8>, mode: u32): i64 {
  return call(host, SYS_mkdirat, u64.wrap(directory), u64(virtAddr(name)), u64(mode));
}

/** Of regular files, FIFOs and sockets; the caller refuses devices. */
export function hostMakeNode(host: NinepHost, directory: i32, name: Ptr<u8>, mode: u32): i64 {
  return call(host, SYS_mknodat, u64.wrap(directory), u64(virtAddr(name)), u64(mode), 0n);
}

export function hostMakeLink(host: NinepHost, directory: i32, name: Ptr<u8>, target: Ptr<u8>): i64 {
  return call(host, SYS_symlinkat, u64(virtAddr(target)), u64.wrap(directory), u64(virtAddr(name)));
}

export function hostReadLink(host: NinepHost, fd: i32, buffer: Slice<u8>): i64 {
  return readLink(host, fd, "".data, buffer);
}

/** Where the descriptor's object is, as a path of the host. */
export function hostPathOf(host: NinepHost, fd: i32, buffer: Slice<u8>): i64 {
  return readLink(host, host.procFd, `${fd}`.data, buffer);
}

function readLink(host: NinepHost, directory: i32, name: Ptr<u8>, buffer: Slice<u8>): i64 {
  const place = u64(virtAddr(buffer.data));
  return call(host, SYS_readlinkat, u64.wrap(directory), u64(virtAddr(name)), place, buffer.length);
}

/** Another name for the descriptor's object. */
export function hostLink(host: NinepHost, fd: i32, directory: i32, name: Ptr<u8>): i64 {
  const source = u64(virtAddr(`${fd}`.data));
  const place = u64(virtAddr(name));
  return call(host, SYS_linkat, u64.wrap(host.procFd), source, u64.wrap(directory), place, u64(AT_SYMLINK_FOLLOW));
}

export function hostRename(host: NinepHost, from: i32, fromName: Ptr<u8>, to: i32, toName: Ptr<u8>): i64 {
  const source = u64(virtAddr(fromName));
  return call(host, SYS_renameat, u64.wrap(from), source, u64.wrap(to), u64(virtAddr(toName)));
}

/** `flags`: 0 or AT_REMOVEDIR. */
export function hostRemove(host: NinepHost, directory: i32, name: Ptr<u8>, flags: u32): i64 {
  return call(host, SYS_unlinkat, u64.wrap(directory), u64(virtAddr(name)), u64(flags));
}

/** `command`: one of the open file description locks' that do not wait. */
export function hostLock(host: NinepHost, fd: i32, command: u32, lock: Flock): i64 {
  return call(host, SYS_fcntl, u64.wrap(fd), u64(command), callPointer(lock));
}
