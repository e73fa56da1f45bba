/**
 * A host that answers anything to the monitor's file server, as the input chooses, and checks at every system call that it is one that the
 * server may make.
 */

import { EEXIST, EIO, ENOENT } from "../../../abi/errno.ts";
import {
  AT_SYMLINK_NOFOLLOW,
  type Dirent64,
  type Iovec,
  O_ACCMODE,
  O_CREAT,
  O_EXCL,
  O_NOFOLLOW,
  O_PATH,
  O_TRUNC,
  S_IFCHR,
  S_IFDIR,
  S_IFIFO,
  S_IFLNK,
  S_IFREG,
  S_IFSOCK,
  type Statx,
} from "../../../abi/linux-files.ts";
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
} from "../../../abi/linux-syscalls.ts";
import { choose } from "./choices.ts";

const MAX_FDS = 128;
/** What the server takes for /proc/self/fd. */
export const ANY_HOST_PROC_FD = 900;
const FIRST_FD = 1000;

class FakeFd {
  isLive!: bool;
  isPath!: bool;
  isReadOnly!: bool;
  type!: u32;
  ino!: u64;
}

const fds: FixedArray<FakeFd, 128> = zeroed();
let liveFds: u32 = 0;
/** It answers with errors as often as this says, of 256. */
let errorRate: u32 = 0;
/** The guest's. */
let ramStart: u64 = 0n;
let ramBytes: u64 = 0n;

/** Nothing is open, and nothing fails; data may move in this memory only. */
export function anyHostBegin(ram: u64, bytes: u64): void {
  for (let i: u32 = 0; i < MAX_FDS; i += 1) fds[i].isLive = false;
  liveFds = 0;
  errorRate = 0;
  ramStart = ram;
  ramBytes = bytes;
}

/** From now on calls fail as often as `rate` says, of 256. */
export function anyHostFail(rate: u32): void {
  errorRate = rate;
}

/** A descriptor of a directory that is exported. */
export function anyHostExport(isReadOnly: bool): i32 {
  return newFd(S_IFDIR, true, isReadOnly);
}

/** The number of the inode behind a descriptor. */
export function anyHostNumber(fd: i32): u64 {
  return fdOf(fd).ino;
}

/** How many descriptors are open. */
export function anyHostOpen(): u32 {
  return liveFds;
}

function newFd(type: u32, isPath: bool, isReadOnly: bool): i32 {
  for (let i: u32 = 0; i < MAX_FDS; i += 1) {
    if (fds[i].isLive) continue;
    fds[i] = { isLive: true, isPath, isReadOnly, type, ino: u64(i) + 100n };
    liveFds += 1;
    return i32(i + FIRST_FD);
  }
  panic("the server keeps more descriptors than fids and locks need");
}

function fdOf(fd: i32): FakeFd {
  assert(fd >= FIRST_FD && fd < FIRST_FD + MAX_FDS, "a descriptor of the server's own");
  const entry = fds[u32(fd) - FIRST_FD];
  assert(entry.isLive, "it is open");
  return entry;
}

/** The descriptor that a name in /proc/self/fd stands for. */
function fdNamed(address: u64): FakeFd {
  const text = pointerAt<u8>(address);
  let fd: i32 = 0;
  for (let i: u32 = 0; i < 6 && text[i] !== 0; i += 1) fd = fd * 10 + i32(text[i]!) - 0x30;
  return fdOf(fd);
}

function checkName(address: u64): void {
  const text = pointerAt<u8>(address);
  let length: u32 = 0;
  while (length < 256 && text[length] !== 0) {
    assert(text[length] !== 0x2f, "a name is one component");
    length += 1;
  }
  assert(length > 0 && length < 256, "a name has 1 to 255 bytes");
  const isUp = length <= 2 && text[0] === 0x2e && (length === 1 || text[1] === 0x2e);
  assert(!isUp, "a name does not lead up");
}

function checkChange(entry: FakeFd): void {
  assert(!entry.isReadOnly, "nothing of a read-only export changes");
}

/** A change of an entry of a directory. */
function checkEntry(directory: u64, name: u64): void {
  checkChange(fdOf(i32.wrap(directory)));
  checkName(name);
}

function isError(): bool {
  return (choose() & 0xff) < errorRate;
}

function error(): i64 {
  const choice = choose() & 3;
  if (choice === 0) return i64(-ENOENT);
  return choice === 1 ? i64(-EEXIST) : i64(-EIO);
}

function anyType(): u32 {
  switch (choose() & 7) {
    case 0:
      return S_IFLNK;
    case 1:
      return S_IFIFO;
    case 2:
      return S_IFSOCK;
    case 3:
      return S_IFCHR;
    case 4:
    case 5:
      return S_IFREG;
    default:
      return S_IFDIR;
  }
}

/** NinepHost.call. */
export function anyHostCall(number: u32, a: u64, b: u64, c: u64, d: u64, e: u64): i64 {
  switch (number) {
    case SYS_openat:
      return fakeOpen(a, b, u32(c));
    case SYS_close:
      fdOf(i32.wrap(a)).isLive = false;
      liveFds -= 1;
      return 0n;
    case SYS_statx:
      return fakeStat(a, b, c, e);
    case SYS_preadv:
    case SYS_pwritev:
      return fakeTransfer(number, i32.wrap(a), b, c);
    case SYS_getdents64:
      return fakeEntries(i32.wrap(a), b, c);
    case SYS_readlinkat:
      return fakeReadLink(a, b, c, d);
    case SYS_lseek:
    case SYS_fcntl:
    case SYS_fsync:
    case SYS_fdatasync:
    case SYS_fstatfs:
      void fdOf(i32.wrap(a));
      return isError() ? error() : 0n;
    default:
      return fakeChange(number, a, b, c, d);
  }
}

function fakeOpen(directory: u64, name: u64, flags: u32): i64 {
  if (i32.wrap(directory) === ANY_HOST_PROC_FD) {
    const entry = fdNamed(name);
    const isPath = (flags & O_PATH) !== 0;
    assert(isPath || entry.type === S_IFREG || entry.type === S_IFDIR, "only files and directories are opened");
    assert((flags & O_CREAT) === 0, "nothing is made by a number");
    if (!isPath && ((flags & O_ACCMODE) !== 0 || (flags & O_TRUNC) !== 0)) checkChange(entry);
    return isError() ? error() : i64(newFd(entry.type, isPath, entry.isReadOnly));
  }
  const entry = fdOf(i32.wrap(directory));
  checkName(name);
  assert((flags & O_NOFOLLOW) !== 0, "no link is followed");
  if ((flags & O_PATH) !== 0) return isError() ? error() : i64(newFd(anyType(), true, entry.isReadOnly));
  assert((flags & O_CREAT) !== 0 && (flags & O_EXCL) !== 0, "what is opened by name is new");
  checkChange(entry);
  return isError() ? error() : i64(newFd(S_IFREG, false, false));
}

function fakeStat(directory: u64, name: u64, flags: u64, place: u64): i64 {
  const entry = fdOf(i32.wrap(directory));
  assert((flags & u64(AT_SYMLINK_NOFOLLOW)) !== 0n, "no link is followed");
  // SAFETY: the server's buffer.
  const stat = pointerAt<Statx>(place);
  if (isError()) return error();
  const isSelf = pointerAt<u8>(name)[0] === 0;
  if (!isSelf) checkName(name);
  stat.stx_mode = u16.wrap(isSelf ? entry.type : anyType());
  stat.stx_ino = isSelf ? entry.ino : u64(100 + (choose() & 7));
  stat.stx_size = u64(choose()) << 20n;
  return 0n;
}

function fakeTransfer(number: u32, fd: i32, vectors: u64, count: u64): i64 {
  const entry = fdOf(fd);
  assert(!entry.isPath && count <= 128n, "data is of open files");
  if (number === SYS_pwritev) checkChange(entry);
  let total: u64 = 0n;
  for (let i: u32 = 0; u64(i) < count; i += 1) {
    const vector = pointerAt<Iovec>(vectors)[i]!;
    const offset = vector.iov_base - ramStart;
    assert(offset <= ramBytes && vector.iov_len <= ramBytes - offset, "data moves in guest RAM");
    if (number === SYS_preadv) fillBytes(pointerAt<u8>(vector.iov_base), 0xab, vector.iov_len);
    total += vector.iov_len;
  }
  if (isError()) return error();
  return i64(total - (u64(choose()) * total) / 1024n);
}

function fakeEntries(fd: i32, place: u64, room: u64): i64 {
  assert(fdOf(fd).type === S_IFDIR, "entries are of directories");
  if (isError()) return error();
  let used: u64 = 0n;
  for (let i: u32 = 0; i < (choose() & 63); i += 1) {
    const length = choose() & 63;
    const bytes = (u64(length) + 27n) & ~7n;
    if (used + bytes > room) break;
    const entry = pointerAt<Dirent64>(place + used);
    entry.d_ino = u64(i);
    entry.d_off = i64(i);
    entry.d_reclen = u16(bytes);
    entry.d_type = u8.wrap(choose());
    const name = pointerAt<u8>(place + used + 19n);
    for (let k: u32 = 0; k < length; k += 1) name[k] = 0x6e;
    name[length] = 0;
    used += bytes;
  }
  return i64(used);
}

/** Paths of descriptors, and texts of links: anything. */
function fakeReadLink(directory: u64, name: u64, place: u64, room: u64): i64 {
  const isPath = i32.wrap(directory) === ANY_HOST_PROC_FD;
  const entry = isPath ? fdNamed(name) : fdOf(i32.wrap(directory));
  if (isError()) return error();
  const text = pointerAt<u8>(place);
  if (isPath && (choose() & 7) !== 7) {
    const path = entry.ino < 102n ? "/r" : "/r/n";
    copyBytes(text, path.data, u64(path.length));
    return i64(path.length);
  }
  const bytes = u64(choose());
  for (let i: u64 = 0n; i < bytes && i < room; i += 1n) setAt(text, i, (choose() & 3) === 0 ? 0x2f : 0x6e);
  return i64(bytes < room ? bytes : room);
}

function fakeChange(number: u32, a: u64, b: u64, c: u64, d: u64): i64 {
  switch (number) {
    case SYS_ftruncate:
      checkChange(fdOf(i32.wrap(a)));
      break;
    case SYS_fchmodat:
    case SYS_utimensat:
      assert(i32.wrap(a) === ANY_HOST_PROC_FD, "through /proc");
      checkChange(fdNamed(b));
      break;
    case SYS_fchownat:
      assert(pointerAt<u8>(b)[0] === 0, "the descriptor's own");
      checkChange(fdOf(i32.wrap(a)));
      break;
    case SYS_mknodat:
      assert((c & u64(0o170000)) !== u64(S_IFCHR) && (c & u64(0o170000)) !== 0o060000n, "no device is made");
      checkEntry(a, b);
      break;
    case SYS_mkdirat:
    case SYS_unlinkat:
      checkEntry(a, b);
      break;
    case SYS_symlinkat:
      checkEntry(b, c);
      break;
    case SYS_linkat:
      assert(i32.wrap(a) === ANY_HOST_PROC_FD, "through /proc");
      checkChange(fdNamed(b));
      checkEntry(c, d);
      break;
    case SYS_renameat:
      checkEntry(a, b);
      checkEntry(c, d);
      break;
    default:
      panic("a system call that the server does not need");
  }
  return isError() ? error() : 0n;
}
