/**
 * Tlopen and Tlcreate: a fid that names becomes one that reads and writes.
 *
 * Only regular files and directories are ever opened. Opening a FIFO could wait for ever and opening a device could do anything, so what
 * a fid is is known first, from a descriptor that only names (O_PATH) and is then opened again: what the name stands for meanwhile does not
 * matter. A file that Tlcreate may find instead of making it goes the same way.
 */

import { EBADF, EEXIST, EINVAL, EISDIR, ELOOP, ENOENT, ENXIO, EPERM, EPROTO, EROFS, ESTALE } from "../../abi/errno.ts";
import {
  O_ACCMODE,
  O_APPEND,
  O_DIRECTORY,
  O_DSYNC,
  O_EXCL,
  O_NOATIME,
  O_RDONLY,
  O_SYNC,
  O_TRUNC,
  S_IFDIR,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
  S_IFSOCK,
} from "../../abi/linux-files.ts";
import { wireGet32, wirePut32 } from "../../compiler/std/wire.ts";
import type { Fid } from "./fid-table.ts";
import { hostClose, hostCreate, hostReopen, hostStat, hostWalk } from "./host.ts";
import { MAX_CREATE_TRIES } from "./limits.ts";
import {
  fidError,
  fidGet,
  fidLast,
  fidMakeFrom,
  isReadOnly,
  isWhole,
  type NinepRequest,
  newNameGet,
  putQid,
  replaceOrGone,
} from "./request.ts";

/** What of the guest's flags reaches the host. How a guest caches, waits or closes on exec is its own affair. */
export const HOST_FLAGS = O_ACCMODE | O_APPEND | O_DSYNC | O_SYNC | O_NOATIME;
export const MODE_BITS = 0o7777;

export function open(request: NinepRequest): i64 {
  const fid = fidGet(request);
  const flags = wireGet32(request.input);
  if (fid === null) return fidError(request);
  if (!isWhole(request)) return i64(-EPROTO);
  if (fid.isOpen) return i64(-EBADF);
  const refused = refuseType(fid.type, flags);
  if (refused < 0n) return refused;
  if (isReadOnly(request, fid) && isChanging(flags)) return i64(-EROFS);
  const fd = hostReopen(request.session.host, fid.fd, (flags & (HOST_FLAGS | O_TRUNC)) | directoryFlag(fid.type));
  if (fd < 0n) return fd;
  return answerOpen(request, fid, i32(fd), flags);
}

export function create(request: NinepRequest): i64 {
  const input = request.input;
  const directory = fidGet(request);
  const named = newNameGet(input, request.firstName);
  const flags = wireGet32(input);
  const mode = wireGet32(input);
  void wireGet32(input);
  if (directory === null) return fidError(request);
  if (named < 0n) return named;
  if (!isWhole(request)) return i64(-EPROTO);
  if (directory.isOpen) return i64(-EBADF);
  if ((flags & O_ACCMODE) === O_ACCMODE) return i64(-EINVAL);
  if (isReadOnly(request, directory)) return i64(-EROFS);
  const fd = createOrFind(request, directory, flags, mode & MODE_BITS);
  if (fd < 0n) return fd;
  return answerOpen(request, directory, i32(fd), flags);
}

/** A descriptor of the file, new or found; somebody else may make and remove it all the time. */
function createOrFind(request: NinepRequest, directory: Fid, flags: u32, mode: u32): i64 {
  const host = request.session.host;
  const name = elements(request.firstName.text);
  for (let count: u32 = 0; count < MAX_CREATE_TRIES; count += 1) {
    const made = hostCreate(host, directory.fd, name, flags & HOST_FLAGS, mode);
    if (made !== i64(-EEXIST) || (flags & O_EXCL) !== 0) return made;
    const found = hostWalk(host, directory.fd, name);
    if (found === i64(-ENOENT)) continue;
    if (found < 0n) return found;
    const opened = openFound(request, i32(found), flags);
    hostClose(host, i32(found));
    return opened;
  }
  return i64(-ESTALE);
}

function openFound(request: NinepRequest, fd: i32, flags: u32): i64 {
  const looked = hostStat(request.session.host, fd, request.stat);
  if (looked < 0n) return looked;
  const type = u32(request.stat.stx_mode) & S_IFMT;
  const refused = refuseType(type, flags);
  if (refused < 0n) return refused;
  // open(2) with O_CREAT makes files and finds files.
  if (type === S_IFDIR) return i64(-EISDIR);
  return hostReopen(request.session.host, fd, flags & (HOST_FLAGS | O_TRUNC));
}

/** The open file under the fid's number. */
function answerOpen(request: NinepRequest, old: Fid, fd: i32, flags: u32): i64 {
  const made = fidMakeFrom(request, fd, old.exportIndex);
  if (made < 0n) return made;
  const fid = fidLast(request);
  fid.isOpen = true;
  fid.access = flags & O_ACCMODE;
  putQid(request, old.exportIndex);
  // No unit of reading and writing is better than another: the guest takes the session's.
  wirePut32(request.output, 0);
  return replaceOrGone(request, old, fid);
}

export function refuseType(type: u32, flags: u32): i64 {
  if ((flags & O_ACCMODE) === O_ACCMODE) return i64(-EINVAL);
  switch (type) {
    case S_IFREG:
    case S_IFDIR:
      return 0n;
    case S_IFLNK:
      return i64(-ELOOP);
    case S_IFSOCK:
      return i64(-ENXIO);
    default:
      return i64(-EPERM);
  }
}

export function directoryFlag(type: u32): u32 {
  return type === S_IFDIR ? O_DIRECTORY : 0;
}

export function isChanging(flags: u32): bool {
  return (flags & O_ACCMODE) !== O_RDONLY || (flags & O_TRUNC) !== 0;
}
