/**
 * One request of a guest while it is answered, and what every kind of request needs: its fids, names, qids.
 *
 * A request belongs to one thread. The fids that it has looked up or made stay pinned until requestEnd; a handler returns at any point and
 * leaves nothing behind.
 *
 * Trust: the message was copied from guest memory before anything of it was looked at. Names are checked here, once: one component, no
 * longer than NAME_MAX, neither "." nor "..". The session is the guest's, the exports are the user's.
 */

import { EBADF, EEXIST, EINVAL, EMFILE, ENAMETOOLONG, ENOENT, EPROTO } from "../../abi/errno.ts";
import { NAME_MAX, S_IFDIR, S_IFLNK, S_IFMT, type Statx } from "../../abi/linux-files.ts";
import { NINEP_MAX_WALK, NINEP_QID_DIRECTORY, NINEP_QID_LINK } from "../../abi/ninep.ts";
import {
  type Wire,
  wireGet32,
  wireGetString,
  wireLeft,
  wirePut8,
  wirePut32,
  wirePut64,
} from "../../compiler/std/wire.ts";
import type { MessageChain, Pieces } from "./chain.ts";
import { type Fid, type FidTable, fidBind, fidFree, fidPin, fidReplace, fidTake, fidUnpin } from "./fid-table.ts";
import { hostClose, hostStat, type NinepHost } from "./host.ts";
import { type LockTable, lockFileDrop } from "./lock-table.ts";

/** A directory or a file of the host that guests may attach to by its name. */
export class Export {
  name!: Bytes<64>;
  nameBytes!: u32;
  fd!: i32;
  isReadOnly!: bool;
  type!: u32;
  device!: u64;
  qidPath!: u64;
}

export class NinepSession {
  host!: NinepHost;
  exports!: FixedArray<Export, 64>;
  exportCount!: u32;
  fids!: FidTable;
  locks!: LockTable;
  /** What Tversion agreed on; 0 before. */
  messageBytes!: Atomic<u32>;
}

/** Fids of one request: Tlook's own, one for each name, and the one that it opens. */
const MAX_PINS = NINEP_MAX_WALK + 2;

export class NinepRequest {
  session!: Ptr<NinepSession>;
  chain!: MessageChain;
  message!: Bytes<0x3000>;
  answer!: Bytes<0x10000>;
  /** Records of getdents64. */
  entries!: FixedArray<u64, 4096>;
  /** Behind the header. */
  input!: Wire;
  output!: Wire;
  /** How large the answer may be: the room that the guest left, and what the session agreed on. */
  room!: u64;
  /** Tread and Twrite: the part of guest memory that the data goes to or comes from. */
  data!: Pieces;
  /** Tread: bytes that stand in the guest's memory behind the answer's fields. */
  dataBytes!: u64;
  pins!: FixedArray<Ptr<Fid>, 18>;
  pinCount!: u32;
  firstName!: Name;
  secondName!: Name;
  stat!: Statx;
}

/** A name of one component, NUL-terminated. */
export class Name {
  text!: Bytes<256>;
}

/** Reads a name that must be there or be made; 0, or why it is none. */
export function nameGet(wire: Wire, name: Name): i64 {
  const text = wireGetString(wire);
  if (wire.hasFailed) return i64(-EPROTO);
  if (text.length === 0) return i64(-ENOENT);
  if (text.length > NAME_MAX) return i64(-ENAMETOOLONG);
  for (let i: u32 = 0; i < text.length; i += 1) {
    const byte = text.byteAt(i);
    if (byte === 0x2f || byte === 0) return i64(-EINVAL);
  }
  if (text === "." || text === "..") return i64(-EINVAL);
  copyBytes(elements(name.text), text.data, u64(text.length));
  name.text[text.length] = 0;
  return 0n;
}

/** For names that are to be made: "." and ".." exist. */
export function newNameGet(wire: Wire, name: Name): i64 {
  const start = wire.position;
  const text = wireGetString(wire);
  if (!wire.hasFailed && (text === "." || text === "..")) return i64(-EEXIST);
  wire.position = start;
  return nameGet(wire, name);
}

/** Whether the message had all of its fields, and nothing behind them. */
export function isWhole(request: NinepRequest): bool {
  return !request.input.hasFailed && wireLeft(request.input) === 0n;
}

/** Reads a fid's number and pins it; null if there is none (EBADF). */
export function fidGet(request: NinepRequest): Ptr<Fid> | null {
  const number = wireGet32(request.input);
  if (request.input.hasFailed) return null;
  const fid = fidPin(request.session.fids, number);
  if (fid !== null) keepPin(request, fid);
  return fid;
}

/** Why fidGet gave none. */
export function fidError(request: NinepRequest): i64 {
  return request.input.hasFailed ? i64(-EPROTO) : i64(-EBADF);
}

/** A new fid for `fd`, which it owns from now on, also if there is none (EMFILE): then it is closed. */
export function fidMake(request: NinepRequest, fd: i32, exportIndex: u32): Ptr<Fid> | null {
  const fid = fidTake(request.session.fids);
  if (fid === null) {
    hostClose(request.session.host, fd);
    return null;
  }
  fid.fd = fd;
  fid.exportIndex = exportIndex;
  keepPin(request, fid);
  return fid;
}

/** A new fid for what `fd` names, looked at; 0, or a negative errno with the descriptor closed. The fid is the last that was pinned. */
export function fidMakeFrom(request: NinepRequest, fd: i32, exportIndex: u32): i64 {
  const fid = fidMake(request, fd, exportIndex);
  if (fid === null) return i64(-EMFILE);
  const result = hostStat(request.session.host, fd, request.stat);
  if (result < 0n) return result;
  fid.type = u32(request.stat.stx_mode) & S_IFMT;
  fid.qidPath = qidPath(request.session, exportIndex, request.stat);
  fid.qidMix = fid.qidPath ^ request.stat.stx_ino;
  return 0n;
}

/** The fid that was pinned last. */
export function fidLast(request: NinepRequest): Ptr<Fid> {
  assert(request.pinCount > 0, "a fid was pinned");
  return request.pins[request.pinCount - 1]!;
}

export function bindOrBusy(request: NinepRequest, fid: Fid, number: u32): i64 {
  return fidBind(request.session.fids, fid, number) ? 0n : i64(-EBADF);
}

export function replaceOrGone(request: NinepRequest, old: Fid, fid: Fid): i64 {
  return fidReplace(request.session.fids, old, fid) ? 0n : i64(-EBADF);
}

/** Lets go of the fids; what nobody else has any more is closed. */
export function requestEnd(request: NinepRequest): void {
  for (let i: u32 = 0; i < request.pinCount; i += 1) fidRelease(request.session, request.pins[i]!);
  request.pinCount = 0;
}

/** Gives up a pin. */
export function fidRelease(session: NinepSession, fid: Ptr<Fid>): void {
  if (!fidUnpin(session.fids, fid)) return;
  if (fid.lockFile !== 0) lockFileDrop(session.locks, session.host, fid.lockFile);
  if (fid.fd >= 0) hostClose(session.host, fid.fd);
  fidFree(session.fids, fid);
}

export function exportOf(request: NinepRequest, fid: Fid): Export {
  return request.session.exports[fid.exportIndex];
}

export function isReadOnly(request: NinepRequest, fid: Fid): bool {
  return exportOf(request, fid).isReadOnly;
}

export function deviceOf(stat: Statx): u64 {
  return (u64(stat.stx_dev_major) << 32n) | u64(stat.stx_dev_minor);
}

/**
 * A number for an object that no other one of the export has: its inode's, mixed with the device where a mount inside of the export has
 * another one than its root.
 */
export function qidPath(session: NinepSession, exportIndex: u32, stat: Statx): u64 {
  const device = deviceOf(stat);
  if (device === session.exports[exportIndex].device) return stat.stx_ino;
  return stat.stx_ino ^ ((device * 0x9e37_79b9_7f4a_7c15n) & 0xffff_ff00_0000_0000n);
}

/** The qid of what request.stat tells of. */
export function putQid(request: NinepRequest, exportIndex: u32): void {
  const stat = request.stat;
  // Another version tells a guest that its copy of the data is old.
  const time = u64.wrap(stat.stx_mtime.tv_sec) * 1_000_000_000n + u64(stat.stx_mtime.tv_nsec);
  const version = u32.wrap(time ^ (time >> 32n) ^ (stat.stx_size << 8n));
  putQidOf(request.output, qidKind(u32(stat.stx_mode) & S_IFMT), version, qidPath(request.session, exportIndex, stat));
}

export function putQidOf(output: Wire, kind: u8, version: u32, path: u64): void {
  wirePut8(output, kind);
  wirePut32(output, version);
  wirePut64(output, path);
}

/** The kind of a qid, of S_IFMT's part of a mode. */
export function qidKind(type: u32): u8 {
  if (type === S_IFDIR) return u8(NINEP_QID_DIRECTORY);
  return type === S_IFLNK ? u8(NINEP_QID_LINK) : 0;
}

function keepPin(request: NinepRequest, fid: Ptr<Fid>): void {
  assert(request.pinCount < MAX_PINS, "the fids of a request are bounded");
  request.pins[request.pinCount] = fid;
  request.pinCount += 1;
}
