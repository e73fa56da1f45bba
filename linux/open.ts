/** open, openat, openat2, creat: from a path to a descriptor. */

import {
  E2BIG,
  EACCES,
  EEXIST,
  EFAULT,
  EINVAL,
  EISDIR,
  ELOOP,
  ENOENT,
  ENOMEM,
  ENOSPC,
  ENOTDIR,
  EOPNOTSUPP,
  EROFS,
} from "../abi/errno.ts";
import {
  AT_FDCWD,
  O_ACCMODE,
  O_CLOEXEC,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_LARGEFILE,
  O_NOCTTY,
  O_NOFOLLOW,
  O_PATH,
  O_RDONLY,
  O_RDWR,
  O_TMPFILE,
  O_TRUNC,
  O_WRONLY,
  type OpenHow,
  RESOLVE_BENEATH,
  RESOLVE_CACHED,
  RESOLVE_IN_ROOT,
  S_IFREG,
  W_OK,
  X_OK,
} from "../abi/linux-files.ts";
import { userRead } from "../kernel/mm/user-access.ts";
import { fdAddOrPut } from "./descriptors.ts";
import { busyBeginWrite, busyEndWrite } from "./fs/busy.ts";
import { accessOfFlags, groupId, inodePermits, userId } from "./fs/credentials.ts";
import { type File, fileBeginWrite, fileCreate, fileKeep, filePut } from "./fs/file.ts";
import {
  ChangeField,
  type Inode,
  type InodeChange,
  inodeIsDirectory,
  inodeIsLink,
  inodeIsRegular,
  inodeKeep,
  inodeOf,
  inodePut,
  type NewInode,
  type OpenWish,
} from "./fs/inode.ts";
import { DIRECTORY_OPERATIONS } from "./fs/memory-file.ts";
import { inodeIsMemory, memoryInherit, memoryInode } from "./fs/memory-fs.ts";
import { PATH_ONLY_OPERATIONS } from "./fs/path-only.ts";
import { type Place, placeCopy, placeSet, placeSetGone } from "./fs/places.ts";
import { umask } from "./fs/process-files.ts";
import { type Walk, walkEnd } from "./fs/walk.ts";
import { walkAt } from "./fs/walk-at.ts";
import type { SyscallFrame } from "./syscall-frame.ts";

/** Flags that are about opening and not kept in the description. */
const OPENING = O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_CLOEXEC;
/** All that O_PATH leaves of the flags. */
const WITH_PATH = O_DIRECTORY | O_NOFOLLOW | O_PATH | O_CLOEXEC;
const MODES = 0o7777;
/** Of a name that appears and disappears all the time. */
const MOST_TRIES = 64;
const HOW_BYTES = 24n;
const MOST_HOW_BYTES = 4096n;
const KNOWN_FLAGS = 0o37777703n;
/** RESOLVE_NO_XDEV to RESOLVE_CACHED. */
const KNOWN_RESOLVE = 0x3fn;

class Opening {
  flags!: u32;
  mode!: u32;
  resolve!: u32;
  /** O_CREAT makes or finds: the name was missing, and somebody else made it, or removed what was made, before it could be opened. */
  hasLost!: bool;
}

export function sysOpen(call: SyscallFrame): i64 {
  return openAt(AT_FDCWD, call.a0, { flags: u32.wrap(call.a1), mode: u32.wrap(call.a2), resolve: 0, hasLost: false });
}

export function sysCreat(call: SyscallFrame): i64 {
  return openAt(AT_FDCWD, call.a0, {
    flags: O_CREAT | O_WRONLY | O_TRUNC,
    mode: u32.wrap(call.a1),
    resolve: 0,
    hasLost: false,
  });
}

export function sysOpenat(call: SyscallFrame): i64 {
  return openAt(i32.wrap(call.a0), call.a1, {
    flags: u32.wrap(call.a2),
    mode: u32.wrap(call.a3),
    resolve: 0,
    hasLost: false,
  });
}

/** openat2(fd, path, how, size): flags that the others ignore are refused. */
export function sysOpenat2(call: SyscallFrame): i64 {
  const how: OpenHow = zeroed();
  if (call.a3 < HOW_BYTES) {
    return i64(-EINVAL);
  }
  if (call.a3 > MOST_HOW_BYTES) {
    return i64(-E2BIG);
  }
  // SAFETY: plain integers.
  if (userRead(castPtr<u8>(how), VirtAddr(call.a2), HOW_BYTES) !== 0n) {
    return i64(-EFAULT);
  }
  const extra = restIsZero(call.a2 + HOW_BYTES, call.a3 - HOW_BYTES);
  if (extra !== 0n) {
    return extra;
  }
  const makes = (how.flags & u64(O_CREAT | (O_TMPFILE & ~O_DIRECTORY))) !== 0n;
  const isOdd = (how.flags & ~KNOWN_FLAGS) !== 0n || (how.resolve & ~KNOWN_RESOLVE) !== 0n || how.mode > u64(MODES);
  const isPathWithMore = (how.flags & u64(O_PATH)) !== 0n && (how.flags & ~u64(WITH_PATH)) !== 0n;
  const both = u64(RESOLVE_BENEATH | RESOLVE_IN_ROOT);
  if (isOdd || isPathWithMore || (how.mode !== 0n && !makes) || (how.resolve & both) === both) {
    return i64(-EINVAL);
  }
  const resolve = u32(how.resolve) & ~RESOLVE_CACHED;
  return openAt(i32.wrap(call.a0), call.a1, { flags: u32(how.flags), mode: u32(how.mode), resolve, hasLost: false });
}

/** A struct that is longer than ours must say nothing that we do not know: 0n, -E2BIG or -EFAULT. */
function restIsZero(address: u64, bytes: u64): i64 {
  let byte: u8 = 0;
  for (let i: u64 = 0n; i < bytes; i++) {
    if (userRead(addressOf(byte), VirtAddr(address + i), 1n) !== 0n) {
      return i64(-EFAULT);
    }
    if (byte !== 0) {
      return i64(-E2BIG);
    }
  }
  return 0n;
}

function openAt(fd: i32, address: u64, opening: Opening): i64 {
  if ((opening.flags & O_PATH) !== 0) {
    opening.flags &= WITH_PATH;
  } else if ((opening.flags & O_TMPFILE & ~O_DIRECTORY) !== 0) {
    return openNameless(fd, address, opening);
  }
  let result = openOnce(fd, address, opening);
  for (let tries: u32 = 1; tries < MOST_TRIES && opening.hasLost; tries++) {
    result = openOnce(fd, address, opening);
  }
  return result;
}

function openOnce(fd: i32, address: u64, opening: Opening): i64 {
  const walk: Walk = zeroed();
  const isNew = (opening.flags & (O_CREAT | O_EXCL)) === (O_CREAT | O_EXCL);
  opening.hasLost = false;
  walk.follows = (opening.flags & O_NOFOLLOW) === 0 && !isNew;
  walk.isForFile = (opening.flags & O_CREAT) !== 0;
  walk.resolve = opening.resolve;
  wish(walk.wish, opening);
  let result = walkAt(walk, fd, address);
  if (result === 0n) {
    result = openFound(walk, opening);
  }
  walkEnd(walk);
  return result;
}

/** Nothing is opened or made that the checks after the walk would refuse. */
function wish(wanted: OpenWish, opening: Opening): void {
  const access = opening.flags & O_ACCMODE;
  wanted.isWanted = (opening.flags & O_PATH) === 0 && opening.resolve === 0 && access !== O_ACCMODE;
  const makes = (opening.flags & O_DIRECTORY) === 0 ? opening.flags & (O_CREAT | O_EXCL) : 0;
  wanted.flags = access | makes | (opening.flags & O_DIRECTORY);
  wanted.mode = opening.mode & MODES & ~umask();
}

/** O_TMPFILE: a file in the file system of a directory, which linkat may give a name later, unless O_EXCL forbids it. */
function openNameless(fd: i32, address: u64, opening: Opening): i64 {
  const isWritten = (opening.flags & O_ACCMODE) === O_WRONLY || (opening.flags & O_ACCMODE) === O_RDWR;
  if ((opening.flags & (O_TMPFILE | O_CREAT)) !== O_TMPFILE || !isWritten) {
    return i64(-EINVAL);
  }
  const walk: Walk = zeroed();
  walk.follows = (opening.flags & O_NOFOLLOW) === 0;
  walk.resolve = opening.resolve;
  let result = walkAt(walk, fd, address);
  if (result === 0n) {
    result = makeNameless(walk.inode, opening);
  }
  walkEnd(walk);
  return result;
}

function makeNameless(directory: Ptr<Inode> | null, opening: Opening): i64 {
  if (directory === null || !inodeIsDirectory(directory)) {
    return i64(directory === null ? -ENOENT : -ENOTDIR);
  }
  const permits = inodePermits(directory, W_OK | X_OK);
  if (permits !== 0n || !inodeIsMemory(directory)) {
    return permits !== 0n ? permits : i64(-EOPNOTSUPP);
  }
  const wanted: NewInode = {
    mode: S_IFREG | (opening.mode & MODES & ~umask()),
    uid: userId(),
    gid: groupId(),
    device: 0n,
    target: "",
  };
  memoryInherit(directory, wanted);
  const inode = memoryInode(directory.mount, wanted);
  if (inode === null) {
    return i64(-ENOSPC);
  }
  inode.awaitsName = (opening.flags & O_EXCL) === 0;
  const file = openInode(inode, keptFlags(opening.flags));
  if (file === null) {
    return i64(-ENOMEM);
  }
  const counted = fileBeginWrite(file);
  assert(counted === 0n, "nobody executes a fresh file");
  placeSetGone(addressOf(file.place), inode, directory, `#${inode.number}`);
  return fdAddOrPut(file, (opening.flags & O_CLOEXEC) !== 0);
}

function openFound(walk: Walk, opening: Opening): i64 {
  if (walk.inode === null && walk.file !== null) {
    return reopen(walk.file, opening);
  }
  let wasMade = walk.wish.wasMade;
  if (walk.inode === null) {
    const made = makeFile(walk, opening);
    if (made !== 0n) {
      return made;
    }
    wasMade = true;
  } else if (!wasMade && (opening.flags & (O_CREAT | O_EXCL)) === (O_CREAT | O_EXCL)) {
    return i64(-EEXIST);
  }
  const inode = walk.inode!;
  const refusal = wasMade ? 0n : refusalToOpen(inode, opening.flags);
  if (refusal !== 0n) {
    return refusal;
  }
  const file = fileCreate(DIRECTORY_OPERATIONS, 0n, keptFlags(opening.flags));
  if (file === null) {
    return i64(-ENOMEM);
  }
  file.inode = inodeKeep(inode);
  placeOfFound(addressOf(file.place), walk, inode);
  const opened = finishOpen(file, inode, opening.flags, wasMade);
  if (opened !== 0n) {
    opening.hasLost = opened === i64(-ENOENT) && (opening.flags & O_CREAT) !== 0;
    filePut(file);
    return opened;
  }
  return fdAddOrPut(file, (opening.flags & O_CLOEXEC) !== 0);
}

function keptFlags(flags: u32): u32 {
  return (flags & O_PATH) !== 0 ? flags & WITH_PATH & ~O_CLOEXEC : (flags & ~OPENING) | O_LARGEFILE;
}

function finishOpen(file: Ptr<File>, inode: Ptr<Inode>, flags: u32, wasMade: bool): i64 {
  if ((flags & O_PATH) !== 0) {
    file.operations = addressOf(PATH_ONLY_OPERATIONS);
    return 0n;
  }
  const mayWrite = (accessOfFlags(flags & O_ACCMODE) & W_OK) !== 0 && (flags & O_ACCMODE) !== O_ACCMODE;
  const counted = inodeIsRegular(inode) && mayWrite ? fileBeginWrite(file) : 0n;
  if (counted !== 0n) {
    return counted;
  }
  if ((flags & O_TRUNC) !== 0 && !wasMade && inodeIsRegular(inode) && inode.generate === null) {
    const cut = cutOff(inode);
    if (cut !== 0n) {
      return cut;
    }
  }
  return inode.operations.open(inode, file);
}

/** O_TRUNC, with which a description that only reads writes for a moment: 0n or a negative errno. */
function cutOff(inode: Ptr<Inode>): i64 {
  const change: InodeChange = zeroed();
  const operation = inode.operations.change;
  const counted = busyBeginWrite(inode);
  if (counted !== 0n) {
    return counted;
  }
  change.fields = u32(ChangeField.Size);
  const cut = operation === null ? i64(-EROFS) : operation(inode, change);
  busyEndWrite(inode);
  return cut;
}

/** A file at the walk's missing last name becomes its inode: 0n or a negative errno. */
function makeFile(walk: Walk, opening: Opening): i64 {
  const parent = walk.parent;
  if ((opening.flags & O_CREAT) === 0 || parent === null) {
    return i64(-ENOENT);
  }
  if ((opening.flags & O_DIRECTORY) !== 0) {
    return i64(-EINVAL);
  }
  const create = parent.operations.create;
  const permits = inodePermits(parent, W_OK | X_OK);
  if (permits !== 0n || create === null) {
    return permits !== 0n ? permits : i64(-ENOENT);
  }
  const made = create(parent, walk.name, {
    mode: S_IFREG | (opening.mode & MODES & ~umask()),
    uid: userId(),
    gid: groupId(),
    device: 0n,
    target: "",
  });
  if (made < 0n) {
    opening.hasLost = made === i64(-ENOENT) || (made === i64(-EEXIST) && (opening.flags & O_EXCL) === 0);
    return made;
  }
  walk.inode = inodeOf(made);
  return 0n;
}

/** Whether what exists may be opened this way: 0n or a negative errno, in Linux's order. */
function refusalToOpen(inode: Ptr<Inode>, flags: u32): i64 {
  if (inodeIsLink(inode) && (flags & O_PATH) === 0) {
    return i64(-ELOOP);
  }
  const isDirectory = inodeIsDirectory(inode);
  if ((flags & O_CREAT) !== 0 && isDirectory) {
    return i64(-EISDIR);
  }
  if ((flags & O_DIRECTORY) !== 0 && !isDirectory) {
    return i64(-ENOTDIR);
  }
  if ((flags & O_PATH) !== 0) {
    return 0n;
  }
  const mode = flags & O_ACCMODE;
  if (isDirectory && (mode !== O_RDONLY || (flags & O_TRUNC) !== 0)) {
    return i64(-EISDIR);
  }
  const wanted = accessOfFlags(mode) | ((flags & O_TRUNC) !== 0 ? W_OK : 0);
  return inodePermits(inode, wanted);
}

/** Where what a walk has found lies; directories know that themselves. */
export function placeOfFound(place: Ptr<Place>, walk: Walk, inode: Ptr<Inode>): void {
  if (inodeIsDirectory(inode)) {
    return;
  }
  if (walk.parent !== null) {
    placeSet(place, inode, walk.parent, walk.name);
  } else if (walk.file !== null) {
    placeCopy(place, addressOf(walk.file.place), inode);
  }
}

/** /proc/self/fd/N of something without an inode: another descriptor of the same description, as far as its mode allows. */
function reopen(file: Ptr<File>, opening: Opening): i64 {
  const mode = opening.flags & O_ACCMODE;
  const has = file.flags.load() & O_ACCMODE;
  const isSame = has === 2 || has === mode;
  if (!isSame) {
    return i64(-EACCES);
  }
  fileKeep(file);
  return fdAddOrPut(file, (opening.flags & O_CLOEXEC) !== 0);
}

/** For callers that open an inode they have found themselves (memfd_create, the loader), with its reference; null: no memory, or refused. */
export function openInode(inode: Ptr<Inode>, flags: u32): Ptr<File> | null {
  const file = fileCreate(DIRECTORY_OPERATIONS, 0n, flags | O_LARGEFILE);
  if (file === null) {
    inodePut(inode);
    return null;
  }
  file.inode = inode;
  if (inode.operations.open(inode, file) !== 0n) {
    filePut(file);
    return null;
  }
  return file;
}
