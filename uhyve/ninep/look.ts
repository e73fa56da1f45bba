/**
 * Tlook (abi/ninep.ts): names walked, looked at and opened, or the last one removed, in one message, for guests to which every message is an exit.
 *
 * It makes the same calls of the host as Twalk, Tgetattr, Tlopen, Tlcreate and Tunlinkat, in the same order: each step is one component from a descriptor,
 * without following a link, and what is opened was known before by a descriptor that only names. So nothing can be reached that these cannot reach.
 */

import { EACCES, EBADF, EEXIST, EMFILE, ENOENT, ENOTDIR, EPROTO, EROFS } from "../../abi/errno.ts";
import {
  AT_REMOVEDIR,
  O_ACCMODE,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_PATH,
  O_RDONLY,
  O_RDWR,
  O_WRONLY,
  PATH_MAX,
  S_IFDIR,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
} from "../../abi/linux-files.ts";
import {
  NINEP_HEADER_BYTES,
  NINEP_LOOK_HEAD_BYTES,
  NINEP_LOOK_ONLY,
  NINEP_LOOK_REMOVE_DIRECTORY,
  NINEP_MAX_DROPPED,
  NINEP_MAX_WALK,
  NINEP_NO_FID,
  NinepOpened,
} from "../../abi/ninep.ts";
import { wireGet16, wireGet32, wireLeft, wirePut8, wirePut16, wirePut32 } from "../../compiler/std/wire.ts";
import { lockAcquire, lockRelease } from "../lock.ts";
import { putAttributes } from "./attributes.ts";
import { minimum, piecesPart, piecesScatter } from "./chain.ts";
import { readEntries } from "./directory.ts";
import { type Fid, fidBind, fidPin, fidUnbind } from "./fid-table.ts";
import { hostClose, hostCreate, hostRead, hostReadLink, hostRemove, hostReopen, hostStat, hostWalk } from "./host.ts";
import { MAX_CREATE_TRIES } from "./limits.ts";
import { directoryFlag, HOST_FLAGS, isChanging, MODE_BITS, refuseType } from "./opening.ts";
import {
  fidError,
  fidGet,
  fidMake,
  fidRelease,
  isReadOnly,
  isWhole,
  type NinepRequest,
  nameGet,
  qidPath,
} from "./request.ts";

class Look {
  flags!: u32;
  mode!: u32;
  openNumber!: u32;
  dataBytes!: u64;
  names!: u32;
  walked!: u32;
  /** Why not more was walked: a negative errno, or 0. */
  error!: i64;
  openError!: i64;
  opened!: NinepOpened;
  /** Of the object that was reached last: a descriptor, whether this request must close it, and its type. */
  fd!: i32;
  isOwn!: bool;
  type!: u32;
  qidPath!: u64;
  qidMix!: u64;
  /** The descriptor of a file that was made, which is open; -1: none. */
  madeFd!: i32;
}

/** Tlook */
export function look(request: NinepRequest): i64 {
  const input = request.input;
  const from = fidGet(request);
  const wanted = new Look();
  wanted.flags = wireGet32(input);
  wanted.mode = wireGet32(input) & MODE_BITS;
  wanted.openNumber = wireGet32(input);
  wanted.dataBytes = u64(wireGet32(input));
  wanted.madeFd = -1;
  wanted.names = u32(wireGet16(input));
  if (input.hasFailed || wanted.names > NINEP_MAX_WALK) return i64(-EPROTO);
  if (from === null) return fidError(request);
  putHead(request, wanted);
  const firstPin = request.pinCount;
  wanted.fd = from.fd;
  wanted.type = from.type;
  wanted.qidPath = from.qidPath;
  wanted.qidMix = from.qidMix;
  let result = walkAll(request, from, wanted);
  if (result === 0n && wanted.walked === wanted.names) result = openLast(request, from, wanted);
  if (result === 0n && wanted.walked === wanted.names && wanted.opened === NinepOpened.No) readText(request, wanted);
  if (wanted.madeFd >= 0) hostClose(request.session.host, wanted.madeFd);
  if (wanted.isOwn) hostClose(request.session.host, wanted.fd);
  if (result < 0n) return takeBack(request, firstPin, result);
  putHead(request, wanted);
  return 0n;
}

/** The fields before the attributes, which stand behind them already or will. */
function putHead(request: NinepRequest, wanted: Look): void {
  const output = request.output;
  const end = output.position;
  output.position = 0n;
  wirePut16(output, u16(wanted.walked));
  wirePut32(output, u32(-wanted.error));
  wirePut32(output, u32(-wanted.openError));
  wirePut8(output, u8(u32(wanted.opened)));
  wirePut32(output, u32(request.dataBytes));
  output.position = end === 0n ? output.position : end;
}

/** A message that fails as a whole leaves no fid. */
function takeBack(request: NinepRequest, firstPin: u32, result: i64): i64 {
  for (let i = firstPin; i < request.pinCount; i += 1) void fidUnbind(request.session.fids, request.pins[i]!);
  return result;
}

/** Goes along the names as far as they lead: 0, or a negative errno that is the answer to the whole message. */
function walkAll(request: NinepRequest, from: Fid, wanted: Look): i64 {
  while (wanted.walked < wanted.names && wanted.error === 0n) {
    const number = wireGet32(request.input);
    const named = nameGet(request.input, request.firstName);
    if (request.input.hasFailed) return i64(-EPROTO);
    wanted.error = named < 0n ? named : step(request, from, wanted);
    if (wanted.error < 0n) break;
    wanted.walked += 1;
    putAttributes(request, from.exportIndex);
    if (number !== NINEP_NO_FID) {
      const kept = keep(request, from, wanted, number);
      if (kept < 0n) return kept;
    }
  }
  return wanted.error === 0n && !isWhole(request) ? i64(-EPROTO) : 0n;
}

/** Whether the flags are O_* of an open, and not one of the numbers that mean something else. */
function isOpening(flags: u32): bool {
  return flags < NINEP_LOOK_REMOVE_DIRECTORY;
}

function isRemoving(flags: u32): bool {
  return !isOpening(flags) && flags !== NINEP_LOOK_ONLY;
}

/** One name further: 0 with request.stat of what it names, or a negative errno. */
function step(request: NinepRequest, from: Fid, wanted: Look): i64 {
  const host = request.session.host;
  if (wanted.type !== S_IFDIR) return i64(-ENOTDIR);
  const isLast = wanted.walked + 1 === wanted.names;
  const makes = isLast && isOpening(wanted.flags) && (wanted.flags & O_CREAT) !== 0;
  let next = hostWalk(host, wanted.fd, elements(request.firstName.text));
  if (next === i64(-ENOENT) && makes) next = makeFile(request, from, wanted);
  if (next < 0n) return next;
  if (isLast && isRemoving(wanted.flags)) removeName(request, from, wanted);
  const looked = hostStat(host, i32(next), request.stat);
  if (looked < 0n) {
    hostClose(host, i32(next));
    return looked;
  }
  if (wanted.isOwn) hostClose(host, wanted.fd);
  wanted.fd = i32(next);
  wanted.isOwn = true;
  wanted.type = u32(request.stat.stx_mode) & S_IFMT;
  wanted.qidPath = qidPath(request.session, from.exportIndex, request.stat);
  wanted.qidMix = wanted.qidPath ^ request.stat.stx_ino;
  return 0n;
}

/** Takes the name away; its object is told about as it is then, by the descriptor that names it. */
function removeName(request: NinepRequest, from: Fid, wanted: Look): void {
  const flags: u32 = wanted.flags === NINEP_LOOK_REMOVE_DIRECTORY ? AT_REMOVEDIR : 0;
  const name = elements(request.firstName.text);
  const host = request.session.host;
  wanted.openError = isReadOnly(request, from) ? i64(-EROFS) : hostRemove(host, wanted.fd, name, flags);
  wanted.opened = wanted.openError < 0n ? NinepOpened.No : NinepOpened.Removed;
}

/** A descriptor that names the file, which is new, or was made by somebody else just now; -ENOENT if it cannot be made (openError). */
function makeFile(request: NinepRequest, from: Fid, wanted: Look): i64 {
  const host = request.session.host;
  const name = elements(request.firstName.text);
  const flags = (wanted.flags & HOST_FLAGS & ~O_ACCMODE) | O_RDWR;
  wanted.openError = isReadOnly(request, from) ? i64(-EROFS) : i64(-EEXIST);
  for (let i: u32 = 0; i < MAX_CREATE_TRIES && wanted.openError === i64(-EEXIST); i += 1) {
    const made = hostCreate(host, wanted.fd, name, flags, wanted.mode);
    if (made >= 0n) {
      wanted.madeFd = i32(made);
      wanted.openError = 0n;
      return hostReopen(host, wanted.madeFd, O_PATH);
    }
    wanted.openError = made;
    const found = made === i64(-EEXIST) ? hostWalk(host, wanted.fd, name) : i64(-ENOENT);
    if (found !== i64(-ENOENT)) {
      wanted.openError = 0n;
      return found;
    }
  }
  return i64(-ENOENT);
}

/** The object that was reached gets its number. Its descriptor is the fid's from then on. */
function keep(request: NinepRequest, from: Fid, wanted: Look, number: u32): i64 {
  wanted.isOwn = false;
  return give(request, from, wanted, wanted.fd, number) === null ? i64(-EBADF) : 0n;
}

/** A fid for a descriptor of the object that was reached; null: there are too many, or the number is another one's. */
function give(request: NinepRequest, from: Fid, wanted: Look, fd: i32, number: u32): Ptr<Fid> | null {
  const fid = fidMake(request, fd, from.exportIndex);
  if (fid === null) return null;
  fid.type = wanted.type;
  fid.qidPath = wanted.qidPath;
  fid.qidMix = wanted.qidMix;
  return fidBind(request.session.fids, fid, number) ? fid : null;
}

/** Opens what the last name led to, if that is wanted; only a number that cannot be given fails the whole. */
function openLast(request: NinepRequest, from: Fid, wanted: Look): i64 {
  if (!isOpening(wanted.flags)) return 0n;
  let fd = i64(wanted.madeFd);
  if (fd < 0n) {
    const refused = refuseOpen(request, from, wanted);
    fd = refused < 0n ? refused : reopen(request, wanted);
  } else {
    wanted.opened = NinepOpened.Made;
  }
  if (fd < 0n) {
    wanted.openError = wanted.openError === 0n ? fd : wanted.openError;
    wanted.opened = NinepOpened.No;
    return 0n;
  }
  wanted.madeFd = -1;
  const fid = give(request, from, wanted, i32(fd), wanted.openNumber);
  if (fid === null) return i64(-EMFILE);
  fid.isOpen = true;
  fid.access = accessOf(wanted.opened);
  if (wanted.opened !== NinepOpened.Writing && wanted.type === S_IFREG) readBeginning(request, wanted, fid);
  if (wanted.type === S_IFDIR) listBeginning(request, wanted, fid);
  return 0n;
}

function refuseOpen(request: NinepRequest, from: Fid, wanted: Look): i64 {
  if ((wanted.flags & O_EXCL) !== 0) return i64(-EEXIST);
  if ((wanted.flags & O_DIRECTORY) !== 0 && wanted.type !== S_IFDIR) return i64(-ENOTDIR);
  if (isReadOnly(request, from) && isChanging(wanted.flags)) return i64(-EROFS);
  return refuseType(wanted.type, wanted.flags);
}

function accessOf(opened: NinepOpened): u32 {
  return opened === NinepOpened.Reading ? O_RDONLY : opened === NinepOpened.Writing ? O_WRONLY : O_RDWR;
}

/** Files are opened for both where that is possible, because pages are read before they are changed. */
function reopen(request: NinepRequest, wanted: Look): i64 {
  const host = request.session.host;
  const access = wanted.flags & O_ACCMODE;
  const others = (wanted.flags & HOST_FLAGS & ~O_ACCMODE) | directoryFlag(wanted.type);
  if (access === O_RDONLY) {
    wanted.opened = NinepOpened.Reading;
    return hostReopen(host, wanted.fd, others | O_RDONLY);
  }
  const both = hostReopen(host, wanted.fd, others | O_RDWR);
  const isBoth = both !== i64(-EACCES) || access === O_RDWR;
  wanted.opened = isBoth ? NinepOpened.Both : NinepOpened.Writing;
  return isBoth ? both : hostReopen(host, wanted.fd, others | O_WRONLY);
}

// What does not come with the answer can be asked for later, so errors from here on are none of the answer.

/** Header and fields so far: where data goes. */
function fieldsOf(request: NinepRequest): u64 {
  return u64(NINEP_HEADER_BYTES) + request.output.position;
}

/** How much data may follow. */
function roomForData(request: NinepRequest, wanted: Look): u64 {
  const fields = fieldsOf(request);
  return request.room <= fields ? 0n : minimum(wanted.dataBytes, request.room - fields);
}

function readBeginning(request: NinepRequest, wanted: Look, fid: Fid): void {
  const most = roomForData(request, wanted);
  if (most === 0n) return;
  piecesPart(request.data, request.chain.writable, fieldsOf(request), most);
  const count = hostRead(request.session.host, fid.fd, request.data, 0n);
  request.dataBytes = count > 0n ? u64(count) : 0n;
}

/** The entries are made behind the answer's fields and go from there to where data is. */
function listBeginning(request: NinepRequest, wanted: Look, fid: Fid): void {
  const output = request.output;
  const start = output.position;
  const most = minimum(roomForData(request, wanted), wireLeft(output));
  if (most === 0n) return;
  lockAcquire(fid.readLock);
  const result = readEntries(request, fid, 0n, most);
  lockRelease(fid.readLock);
  const made = output.bytes.subslice(start, result < 0n ? start : output.position);
  output.position = start;
  putData(request, made);
}

/** Of a link at which the names end: data comes behind the attributes of all names, where the guest has room for it. */
function readText(request: NinepRequest, wanted: Look): void {
  const most: u64 = wanted.type === S_IFLNK ? minimum(roomForData(request, wanted), u64(PATH_MAX)) : 0n;
  if (most === 0n) return;
  const buffer = sliceOf(castPtr<u8>(elements(request.entries)), most);
  const bytes = hostReadLink(request.session.host, wanted.fd, buffer);
  // A text that fills the room may have been cut off.
  if (bytes > 0n && u64(bytes) < most) putData(request, buffer.subslice(0n, u64(bytes)));
}

function putData(request: NinepRequest, bytes: Slice<u8>): void {
  piecesPart(request.data, request.chain.writable, fieldsOf(request), bytes.length);
  piecesScatter(request.data, bytes);
  request.dataBytes = bytes.length;
}

staticAssert(NINEP_LOOK_HEAD_BYTES === NINEP_HEADER_BYTES + 15, "the fields of putHead");

/** Tdrop */
export function drop(request: NinepRequest): i64 {
  const session = request.session;
  const count = u32(wireGet16(request.input));
  if (count > NINEP_MAX_DROPPED || wireLeft(request.input) !== u64(count) * 4n) return i64(-EPROTO);
  for (let i: u32 = 0; i < count; i += 1) {
    const fid = fidPin(session.fids, wireGet32(request.input));
    if (fid !== null) {
      void fidUnbind(session.fids, fid);
      fidRelease(session, fid);
    }
  }
  return 0n;
}
