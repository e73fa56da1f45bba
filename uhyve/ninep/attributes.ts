/** Tgetattr, Tsetattr, Tstatfs, and the extended attributes that are not offered. */

import { EINVAL, EISDIR, EOPNOTSUPP, EPROTO, EROFS } from "../../abi/errno.ts";
import {
  O_RDONLY,
  O_WRONLY,
  S_IFDIR,
  S_IFREG,
  Statfs,
  type StatxTimestamp,
  UTIME_NOW,
  UTIME_OMIT,
} from "../../abi/linux-files.ts";
import type { Timespec } from "../../abi/linux-time.ts";
import {
  NINEP_GETATTR_BASIC,
  NINEP_GETATTR_BTIME,
  NINEP_SETATTR_ATIME,
  NINEP_SETATTR_ATIME_SET,
  NINEP_SETATTR_CTIME,
  NINEP_SETATTR_GID,
  NINEP_SETATTR_MODE,
  NINEP_SETATTR_MTIME,
  NINEP_SETATTR_MTIME_SET,
  NINEP_SETATTR_SIZE,
  NINEP_SETATTR_UID,
} from "../../abi/ninep.ts";
import { type Wire, wireGet32, wireGet64, wirePut32, wirePut64 } from "../../compiler/std/wire.ts";
import type { Fid } from "./fid-table.ts";
import {
  hostClose,
  hostReopen,
  hostSetMode,
  hostSetOwner,
  hostSetTimes,
  hostStat,
  hostStatfs,
  hostTruncate,
  type NinepHost,
  STATX_BTIME,
} from "./host.ts";
import { fidError, fidGet, isReadOnly, isWhole, type NinepRequest, putQid } from "./request.ts";

const ALL_SETATTR = 0x1ff;
const MODE_BITS = 0o7777;
const KEEP = 0xffff_ffff;
const NS_LIMIT = 1_000_000_000n;

export function getAttributes(request: NinepRequest): i64 {
  const fid = fidGet(request);
  void wireGet64(request.input);
  if (fid === null) return fidError(request);
  if (!isWhole(request)) return i64(-EPROTO);
  const result = hostStat(request.session.host, fid.fd, request.stat);
  if (result < 0n) return result;
  putAttributes(request, fid.exportIndex);
  return 0n;
}

/** The fields of Rgetattr, of what request.stat tells of. */
export function putAttributes(request: NinepRequest, exportIndex: u32): void {
  const stat = request.stat;
  const output = request.output;
  // All of them, whatever was asked for: one call of the host gives them together.
  wirePut64(
    output,
    (stat.stx_mask & STATX_BTIME) !== 0 ? NINEP_GETATTR_BASIC | NINEP_GETATTR_BTIME : NINEP_GETATTR_BASIC,
  );
  putQid(request, exportIndex);
  wirePut32(output, u32(stat.stx_mode));
  wirePut32(output, stat.stx_uid);
  wirePut32(output, stat.stx_gid);
  wirePut64(output, u64(stat.stx_nlink));
  wirePut64(output, deviceNumber(stat.stx_rdev_major, stat.stx_rdev_minor));
  wirePut64(output, stat.stx_size);
  wirePut64(output, u64(stat.stx_blksize));
  wirePut64(output, stat.stx_blocks);
  putTime(output, stat.stx_atime);
  putTime(output, stat.stx_mtime);
  putTime(output, stat.stx_ctime);
  putTime(output, stat.stx_btime);
  // Generation and data version: the host has no such numbers for a program.
  wirePut64(output, 0n);
  wirePut64(output, 0n);
}

/** As stat(2) has it (makedev(3)). */
function deviceNumber(major: u32, minor: u32): u64 {
  const high = (u64(major & 0xffff_f000) << 32n) | (u64(minor & 0xffff_ff00) << 12n);
  return high | (u64(major & 0xfff) << 8n) | u64(minor & 0xff);
}

function putTime(output: Wire, time: StatxTimestamp): void {
  wirePut64(output, u64.wrap(time.tv_sec));
  wirePut64(output, u64(time.tv_nsec));
}

/** What Tsetattr wants. */
class Wanted {
  valid!: u32;
  mode!: u32;
  uid!: u32;
  gid!: u32;
  size!: u64;
  times!: FixedArray<Timespec, 2>;
}

export function setAttributes(request: NinepRequest): i64 {
  const input = request.input;
  const fid = fidGet(request);
  const wanted = new Wanted();
  wanted.valid = wireGet32(input);
  wanted.mode = wireGet32(input);
  wanted.uid = wireGet32(input);
  wanted.gid = wireGet32(input);
  wanted.size = wireGet64(input);
  for (let i: u32 = 0; i < 2; i += 1) {
    wanted.times[i].tv_sec = i64.wrap(wireGet64(input));
    wanted.times[i].tv_nsec = i64.wrap(wireGet64(input));
  }
  if (fid === null) return fidError(request);
  if (!isWhole(request)) return i64(-EPROTO);
  if ((wanted.valid & ~ALL_SETATTR) !== 0) return i64(-EINVAL);
  if (isReadOnly(request, fid)) return i64(-EROFS);
  const host = request.session.host;
  const result = change(host, fid, wanted);
  if (result < 0n) return result;
  // A guest would ask for them next.
  if (hostStat(host, fid.fd, request.stat) === 0n) putAttributes(request, fid.exportIndex);
  return 0n;
}

/** In the order that leaves the last word to what the guest said: a new size changes times and mode, a new owner the mode. */
function change(host: NinepHost, fid: Fid, wanted: Wanted): i64 {
  const valid = wanted.valid;
  if ((valid & NINEP_SETATTR_SIZE) !== 0) {
    const result = setSize(host, fid, wanted.size);
    if (result < 0n) return result;
  }
  const isOwnerChange = (valid & (NINEP_SETATTR_UID | NINEP_SETATTR_GID)) !== 0;
  // An owner who stays the same still makes the change time now, which nothing else does alone.
  if (isOwnerChange || valid === NINEP_SETATTR_CTIME) {
    const uid: u32 = (valid & NINEP_SETATTR_UID) !== 0 ? wanted.uid : KEEP;
    const gid: u32 = (valid & NINEP_SETATTR_GID) !== 0 ? wanted.gid : KEEP;
    const result = hostSetOwner(host, fid.fd, uid, gid);
    if (result < 0n) return result;
  }
  if ((valid & NINEP_SETATTR_MODE) !== 0) {
    const result = hostSetMode(host, fid.fd, wanted.mode & MODE_BITS);
    if (result < 0n) return result;
  }
  return setTimes(host, fid, wanted);
}

function setTimes(host: NinepHost, fid: Fid, wanted: Wanted): i64 {
  const valid = wanted.valid;
  if ((valid & (NINEP_SETATTR_ATIME | NINEP_SETATTR_MTIME)) === 0) return 0n;
  if (!prepareTime(wanted.times[0], valid, NINEP_SETATTR_ATIME, NINEP_SETATTR_ATIME_SET)) return i64(-EINVAL);
  if (!prepareTime(wanted.times[1], valid, NINEP_SETATTR_MTIME, NINEP_SETATTR_MTIME_SET)) return i64(-EINVAL);
  return hostSetTimes(host, fid.fd, elements(wanted.times));
}

/** Makes a time what utimensat(2) takes; false if it is none. */
function prepareTime(time: Timespec, valid: u32, isWanted: u32, isGiven: u32): bool {
  if ((valid & isWanted) !== 0 && (valid & isGiven) !== 0) return time.tv_nsec >= 0n && time.tv_nsec < NS_LIMIT;
  time.tv_sec = 0n;
  time.tv_nsec = (valid & isWanted) !== 0 ? i64(UTIME_NOW) : i64(UTIME_OMIT);
  return true;
}

/** Through a descriptor that writes: the fid's own, which may do it whatever the mode says now, or one made for this. */
function setSize(host: NinepHost, fid: Fid, size: u64): i64 {
  if (fid.isOpen && fid.access !== O_RDONLY) return hostTruncate(host, fid.fd, size);
  if (fid.type === S_IFDIR) return i64(-EISDIR);
  if (fid.type !== S_IFREG) return i64(-EINVAL);
  const fd = hostReopen(host, fid.fd, O_WRONLY);
  if (fd < 0n) return fd;
  const result = hostTruncate(host, i32(fd), size);
  hostClose(host, i32(fd));
  return result;
}

export function statFileSystem(request: NinepRequest): i64 {
  const fid = fidGet(request);
  if (fid === null) return fidError(request);
  if (!isWhole(request)) return i64(-EPROTO);
  const stat = new Statfs();
  const result = hostStatfs(request.session.host, fid.fd, stat);
  if (result < 0n) return result;
  const output = request.output;
  wirePut32(output, u32.wrap(stat.f_type));
  wirePut32(output, u32.wrap(stat.f_bsize));
  wirePut64(output, stat.f_blocks);
  wirePut64(output, stat.f_bfree);
  wirePut64(output, stat.f_bavail);
  wirePut64(output, stat.f_files);
  wirePut64(output, stat.f_ffree);
  wirePut64(output, u64(stat.f_fsid[0]) | (u64(stat.f_fsid[1]) << 32n));
  wirePut32(output, u32.wrap(stat.f_namelen));
  return 0n;
}

/** Extended attributes could name security labels and capabilities of the host's files: they are not the guest's. */
export function refuseAttributes(_request: NinepRequest): i64 {
  return i64(-EOPNOTSUPP);
}
