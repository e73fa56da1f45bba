/** Sizes, times, space and contents as a whole: truncate, fallocate, fsync, utimensat, statfs, getdents, memfd_create, sendfile. */

import {
  EBADF,
  EBUSY,
  EFAULT,
  EINVAL,
  EISDIR,
  ENODEV,
  ENOMEM,
  ENOTDIR,
  EOPNOTSUPP,
  EPERM,
  ESPIPE,
} from "../abi/errno.ts";
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_SYMLINK_NOFOLLOW,
  F_SEAL_SEAL,
  F_SEAL_WRITE,
  FALLOC_FL_KEEP_SIZE,
  FALLOC_FL_PUNCH_HOLE,
  MFD_ALLOW_SEALING,
  MFD_CLOEXEC,
  NAME_MAX,
  O_RDWR,
  PIPEFS_MAGIC,
  type Statfs,
  UTIME_NOW,
  UTIME_OMIT,
  W_OK,
} from "../abi/linux-files.ts";
import { NS_PER_MICROSECOND, NS_PER_SECOND, type Timespec, type Timeval } from "../abi/linux-time.ts";
import { fileTime } from "../kernel/core/file-time.ts";
import { mappedHasWriters } from "../kernel/mm/mappings.ts";
import { userRead, userString, userWrite } from "../kernel/mm/user-access.ts";
import { mutexAcquire } from "../kernel/sync/mutex.ts";
import { realtimeNs } from "../kernel/time/clock.ts";
import { fdAddOrPut, fdGet, fdGetAny } from "./descriptors.ts";
import { busyBeginWrite, busyEndWrite } from "./fs/busy.ts";
import { inodeIsOwn, inodePermits } from "./fs/credentials.ts";
import type { DirectorySink } from "./fs/directory-sink.ts";
import { type File, fileMayWrite, filePut } from "./fs/file.ts";
import { ChangeField, type Inode, type InodeChange, inodeIsDirectory, inodeIsRegular } from "./fs/inode.ts";
import { fileIsMemory, memoryAllocate } from "./fs/memory-file.ts";
import { memoryFileWithoutName } from "./fs/memory-nameless.ts";
import { memoryPagesFree, memoryPagesTotal } from "./fs/memory-pages.ts";
import { writeAllBack } from "./fs/ninep/flusher.ts";
import { placeSetName } from "./fs/places.ts";
import { sizeLimitGrow } from "./fs/size-limit.ts";
import { type Walk, walkEnd } from "./fs/walk.ts";
import { walkAtOrFile, walkMustExist, walkOfFile } from "./fs/walk-at.ts";
import { openInode } from "./open.ts";
import { changeInode, walkTo } from "./paths.ts";
import type { SyscallFrame } from "./syscall-frame.ts";

const BLOCK_BYTES = 4096n;
/** SYNC_FILE_RANGE_WAIT_BEFORE, _WRITE, _WAIT_AFTER */
const SYNC_FILE_RANGE_FLAGS = 7;
const MEMFD_PREFIX = "memfd:";
const MEMFD_NAME_BYTES = 250n;

// --- Sizes -------------------------------------------------------------------------------------------------------------------

export function sysTruncate(call: SyscallFrame): i64 {
  if (i64.wrap(call.a1) < 0n) {
    return i64(-EINVAL);
  }
  const walk: Walk = zeroed();
  let result = walkTo(walk, call.a0);
  if (result === 0n) {
    result = truncateInode(walk.inode, call.a1, true);
  }
  walkEnd(walk);
  return result;
}

export function sysFtruncate(call: SyscallFrame): i64 {
  if (i64.wrap(call.a1) < 0n) {
    return i64(-EINVAL);
  }
  const file = fdGet(i32.wrap(call.a0));
  if (file === null) {
    return i64(-EBADF);
  }
  const result = fileMayWrite(file) ? truncateInode(file.inode, call.a1, false) : i64(-EINVAL);
  filePut(file);
  return result;
}

function truncateInode(inode: Ptr<Inode> | null, size: u64, checksAccess: bool): i64 {
  if (inode === null) {
    return i64(-EINVAL);
  }
  if (inodeIsDirectory(inode)) {
    return i64(-EISDIR);
  }
  if (!inodeIsRegular(inode)) {
    return i64(-EINVAL);
  }
  const permits = checksAccess ? inodePermits(inode, W_OK) : 0n;
  if (permits !== 0n || inode.generate !== null) {
    return permits;
  }
  const isTooLarge = size > inode.size ? sizeLimitGrow(size) : 0n;
  if (isTooLarge !== 0n) {
    return isTooLarge;
  }
  const change: InodeChange = zeroed();
  change.fields = u32(ChangeField.Size);
  change.size = size;
  change.isOpen = !checksAccess;
  const counted = busyBeginWrite(inode);
  if (counted !== 0n) {
    return counted;
  }
  const result = changeInode(inode, change);
  busyEndWrite(inode);
  return result;
}

/** fallocate(fd, mode, offset, length) */
export function sysFallocate(call: SyscallFrame): i64 {
  const mode = u32.wrap(call.a1);
  const file = fdGet(i32.wrap(call.a0));
  if (file === null) {
    return i64(-EBADF);
  }
  const result = allocate(file, mode, i64.wrap(call.a2), i64.wrap(call.a3));
  filePut(file);
  return result;
}

function allocate(file: File, mode: u32, offset: i64, bytes: i64): i64 {
  if (offset < 0n || bytes <= 0n) {
    return i64(-EINVAL);
  }
  const isHole = mode === (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE);
  if (!isHole && (mode & ~FALLOC_FL_KEEP_SIZE) !== 0) {
    return i64(-EOPNOTSUPP);
  }
  if (!fileMayWrite(file)) {
    return i64(-EBADF);
  }
  if (!fileIsMemory(file)) {
    // Servers of files have no such request (9P2000.L); C libraries fall back to writing.
    return i64(file.inode === null ? -ESPIPE : file.inode.mount.serverDecides ? -EOPNOTSUPP : -ENODEV);
  }
  return memoryAllocate(file.inode!, mode, u64(offset), u64(bytes));
}

export function sysFsync(call: SyscallFrame): i64 {
  return sync(call, false);
}

/** What says nothing but when the file was changed need not reach the disk, which may be much less work for it. */
export function sysFdatasync(call: SyscallFrame): i64 {
  return sync(call, true);
}

function sync(call: SyscallFrame, isDataOnly: bool): i64 {
  const file = fdGet(i32.wrap(call.a0));
  if (file === null) {
    return i64(-EBADF);
  }
  const result = syncFile(file, isDataOnly);
  filePut(file);
  return result;
}

/** sync_file_range(fd, offset, bytes, flags) */
export function sysSyncFileRange(call: SyscallFrame): i64 {
  const offset = i64.wrap(call.a1);
  const end = i64.wrap(call.a1 + call.a2);
  const file = fdGet(i32.wrap(call.a0));
  if (file === null) {
    return i64(-EBADF);
  }
  const inode = file.inode;
  let result: i64 = 0n;
  if ((u32.wrap(call.a3) & ~SYNC_FILE_RANGE_FLAGS) !== 0 || offset < 0n || end < offset) {
    result = i64(-EINVAL);
  } else if (inode === null || !(inodeIsRegular(inode) || inodeIsDirectory(inode))) {
    result = i64(-ESPIPE);
  } else {
    result = syncFile(file, true);
  }
  filePut(file);
  return result;
}

/** syncfs: of the file system that the file is in, whatever the file is. */
export function sysSyncfs(call: SyscallFrame): i64 {
  const file = fdGet(i32.wrap(call.a0));
  if (file === null) {
    return i64(-EBADF);
  }
  filePut(file);
  writeAllBack();
  return 0n;
}

/** sync */
export function sysSync(_call: SyscallFrame): i64 {
  writeAllBack();
  return 0n;
}

function syncFile(file: File, isDataOnly: bool): i64 {
  const inode = file.inode;
  if (inode === null || !(inodeIsRegular(inode) || inodeIsDirectory(inode))) {
    return i64(-EINVAL);
  }
  const operation = inode.operations.sync;
  return operation === null ? 0n : operation(inode, file, isDataOnly);
}

// --- Times -------------------------------------------------------------------------------------------------------------------

/** utimensat(fd, path, times, flags) */
export function sysUtimensat(call: SyscallFrame): i64 {
  const times: FixedArray<Timespec, 2> = zeroed();
  // SAFETY: plain integers, here and below.
  const bytes = castPtr<u8>(elements(times));
  if (call.a2 !== 0n && userRead(bytes, VirtAddr(call.a2), u64(sizeOf<Timespec>() * 2)) !== 0n) {
    return i64(-EFAULT);
  }
  const isNow = call.a2 === 0n;
  if (!isNow && u64.wrap(times[0].tv_nsec) === UTIME_OMIT && u64.wrap(times[1].tv_nsec) === UTIME_OMIT) {
    // Nothing to do: Linux looks at neither the path nor the flags.
    return 0n;
  }
  const flags = u32.wrap(call.a3);
  if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) !== 0) {
    return i64(-EINVAL);
  }
  const change: InodeChange = zeroed();
  const first = takeTime(times[0], isNow, ChangeField.AccessTime, change);
  const second = takeTime(times[1], isNow, ChangeField.ModifyTime, change);
  const bothNow = isNow || (u64.wrap(times[0].tv_nsec) === UTIME_NOW && u64.wrap(times[1].tv_nsec) === UTIME_NOW);
  return setTimesAt(i32.wrap(call.a0), call.a1, flags, {
    change: addressOf(change),
    bothNow,
    isValid: first && second,
  });
}

function takeTime(time: Timespec, isNow: bool, field: ChangeField, change: InodeChange): bool {
  const ns = u64.wrap(time.tv_nsec);
  if (!isNow && ns === UTIME_OMIT) {
    return true;
  }
  const takesNow = isNow || ns === UTIME_NOW;
  if (!takesNow && ns >= NS_PER_SECOND) {
    return false;
  }
  const value: u64 = takesNow ? realtimeNs() : fileTime(time.tv_sec, ns);
  change.fields |= u32(field);
  if (field === ChangeField.AccessTime) {
    change.accessNs = value;
  } else {
    change.modifyNs = value;
  }
  return true;
}

/** New times, which are looked at when the file has been found. */
class NewTimes {
  change!: Ptr<InodeChange>;
  bothNow!: bool;
  isValid!: bool;
}

/** Without a path it is the open file that is meant. */
function setTimesAt(fd: i32, path: u64, flags: u32, times: NewTimes): i64 {
  const walk: Walk = zeroed();
  walk.follows = (flags & AT_SYMLINK_NOFOLLOW) === 0;
  let result = i64(-EFAULT);
  if (path === 0n && fd !== AT_FDCWD) {
    result = flags !== 0 ? i64(-EINVAL) : walkOfFile(walk, fd);
  } else if (path !== 0n) {
    result = walkAtOrFile(walk, fd, path, flags);
  }
  result = result !== 0n ? result : walkMustExist(walk);
  const inode = walk.inode;
  if (result === 0n && !times.isValid) {
    result = i64(-EINVAL);
  } else if (result === 0n && inode !== null && times.change.fields !== 0) {
    const own = inodeIsOwn(inode);
    const refused = own !== 0n && times.bothNow ? inodePermits(inode, W_OK) : own;
    result = refused === 0n ? changeInode(inode, times.change) : refused;
  }
  walkEnd(walk);
  return result;
}

function setTimes(fd: i32, path: u64, change: InodeChange, bothNow: bool): i64 {
  return setTimesAt(fd, path, 0, { change: addressOf(change), bothNow, isValid: true });
}

/** utimes(path, struct timeval[2]) */
export function sysUtimes(call: SyscallFrame): i64 {
  return timesOfTimevals(AT_FDCWD, call.a0, call.a1);
}

export function sysFutimesat(call: SyscallFrame): i64 {
  return timesOfTimevals(i32.wrap(call.a0), call.a1, call.a2);
}

function timesOfTimevals(fd: i32, path: u64, address: u64): i64 {
  const times: FixedArray<Timeval, 2> = zeroed();
  const change: InodeChange = zeroed();
  change.fields = u32(ChangeField.AccessTime) | u32(ChangeField.ModifyTime);
  change.accessNs = realtimeNs();
  change.modifyNs = change.accessNs;
  if (address !== 0n) {
    if (userRead(castPtr<u8>(elements(times)), VirtAddr(address), u64(sizeOf<Timeval>() * 2)) !== 0n) {
      return i64(-EFAULT);
    }
    if (!isMicroseconds(times[0]) || !isMicroseconds(times[1])) {
      return i64(-EINVAL);
    }
    change.accessNs = fileTime(times[0].tv_sec, u64(times[0].tv_usec * NS_PER_MICROSECOND));
    change.modifyNs = fileTime(times[1].tv_sec, u64(times[1].tv_usec * NS_PER_MICROSECOND));
  }
  return setTimes(fd, path, change, address === 0n);
}

function isMicroseconds(time: Timeval): bool {
  return time.tv_usec >= 0n && time.tv_usec < NS_PER_SECOND / NS_PER_MICROSECOND;
}

/** utime(path, two seconds) */
export function sysUtime(call: SyscallFrame): i64 {
  const seconds: FixedArray<i64, 2> = zeroed();
  const change: InodeChange = zeroed();
  change.fields = u32(ChangeField.AccessTime) | u32(ChangeField.ModifyTime);
  change.accessNs = realtimeNs();
  change.modifyNs = change.accessNs;
  if (call.a1 !== 0n) {
    if (userRead(castPtr<u8>(elements(seconds)), VirtAddr(call.a1), 16n) !== 0n) {
      return i64(-EFAULT);
    }
    change.accessNs = fileTime(seconds[0], 0n);
    change.modifyNs = fileTime(seconds[1], 0n);
  }
  return setTimes(AT_FDCWD, call.a0, change, call.a1 === 0n);
}

// --- Space -------------------------------------------------------------------------------------------------------------------

export function sysStatfs(call: SyscallFrame): i64 {
  const walk: Walk = zeroed();
  let result = walkTo(walk, call.a0);
  if (result === 0n) {
    result = storeStatfs(walk.inode, call.a1);
  }
  walkEnd(walk);
  return result;
}

export function sysFstatfs(call: SyscallFrame): i64 {
  const file = fdGetAny(i32.wrap(call.a0));
  if (file === null) {
    return i64(-EBADF);
  }
  const result = storeStatfs(file.inode, call.a1);
  filePut(file);
  return result;
}

function storeStatfs(inode: Ptr<Inode> | null, address: u64): i64 {
  const space: Statfs = zeroed();
  space.f_type = inode === null ? PIPEFS_MAGIC : inode.mount.magic;
  space.f_bsize = BLOCK_BYTES;
  space.f_frsize = BLOCK_BYTES;
  space.f_namelen = u64(NAME_MAX);
  const operation = inode === null ? null : inode.operations.space;
  if (inode !== null && operation !== null) {
    const asked = operation(inode, space);
    if (asked !== 0n) {
      return asked;
    }
  }
  if (inode !== null) {
    space.f_fsid[0] = u32(inode.mount.device);
    if (inode.mount.kind === "tmpfs") {
      space.f_blocks = memoryPagesTotal();
      space.f_bfree = memoryPagesFree();
      space.f_bavail = space.f_bfree;
      space.f_files = space.f_blocks;
      space.f_ffree = space.f_bfree;
    }
  }
  return userWrite(VirtAddr(address), castPtr<u8>(space), u64(sizeOf<Statfs>()));
}

// --- Directories -------------------------------------------------------------------------------------------------------------

export function sysGetdents64(call: SyscallFrame): i64 {
  return list(call, false);
}

export function sysGetdents(call: SyscallFrame): i64 {
  return list(call, true);
}

function list(call: SyscallFrame, isOld: bool): i64 {
  const file = fdGet(i32.wrap(call.a0));
  if (file === null) {
    return i64(-EBADF);
  }
  const sink: DirectorySink = { address: call.a1, left: u64(u32.wrap(call.a2)), done: 0n, isOld, error: 0n };
  const operation = file.operations.list;
  let result: i64 = i64(-ENOTDIR);
  if (operation !== null) {
    using _guard = mutexAcquire(file.positionLock);
    result = operation(file, sink);
  }
  filePut(file);
  return result;
}

// --- Memory with a descriptor ------------------------------------------------------------------------------------------------

/** memfd_create(name, flags) */
export function sysMemfdCreate(call: SyscallFrame): i64 {
  const flags = u32.wrap(call.a1);
  const text: Bytes<256> = zeroed();
  const bytes = elements(text);
  if ((flags & ~(MFD_CLOEXEC | MFD_ALLOW_SEALING)) !== 0) {
    return i64(-EINVAL);
  }
  const length = userString(sliceOf(bytes.add(MEMFD_PREFIX.length), MEMFD_NAME_BYTES), VirtAddr(call.a0));
  if (length < 0n) {
    return length === i64(-EFAULT) ? length : i64(-EINVAL);
  }
  copyBytes(bytes, MEMFD_PREFIX.data, u64(MEMFD_PREFIX.length));
  const inode = memoryFileWithoutName();
  const file = inode === null ? null : openInode(inode, O_RDWR);
  if (inode === null || file === null) {
    return i64(-ENOMEM);
  }
  inode.seals = (flags & MFD_ALLOW_SEALING) !== 0 ? 0 : F_SEAL_SEAL;
  placeSetName(addressOf(file.place), inode, `/${stringOf(bytes, i64(MEMFD_PREFIX.length) + length)}`);
  return fdAddOrPut(file, (flags & MFD_CLOEXEC) !== 0);
}

/** F_ADD_SEALS: 0n, -EPERM, -EINVAL, -EBUSY (it is mapped so that it can be written to). */
export function addSeals(file: File, seals: u32): i64 {
  const inode = file.inode;
  if (!fileMayWrite(file)) {
    return i64(-EPERM);
  }
  if (inode === null || !fileIsMemory(file) || (seals & ~31) !== 0) {
    return i64(-EINVAL);
  }
  using _guard = mutexAcquire(inode.lock);
  if ((inode.seals & F_SEAL_SEAL) !== 0) {
    return i64(-EPERM);
  }
  if ((seals & F_SEAL_WRITE) !== 0 && mappedHasWriters(inode.mapped)) {
    return i64(-EBUSY);
  }
  inode.seals |= seals;
  return 0n;
}
