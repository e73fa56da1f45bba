/** Requests of the file protocol, one function each: they wait for the answer and return 0n or more, or a negative errno. */

import { EIO, ENFILE, ENOMEM } from "../../../abi/errno.ts";
import { NINEP_GETATTR_BASIC, NINEP_GETATTR_BTIME, NINEP_NO_FID, NinepOpened, NinepType } from "../../../abi/ninep.ts";
import {
  type Wire,
  wireGet16,
  wireGetString,
  wireLeft,
  wirePut16,
  wirePut32,
  wirePut64,
  wirePutString,
} from "../../../compiler/std/wire.ts";
import { ninepDrop } from "../../../drivers/ninep/drops.ts";
import {
  answerEnd,
  getAttributes,
  getLook,
  getQid,
  getSpace,
  type NinepAttributes,
  type NinepLook,
  type NinepSpace,
  type Qid,
} from "../../../drivers/ninep/message.ts";
import type { NinepRequest } from "../../../drivers/ninep/request.ts";
import { ninepBegin, ninepCall, ninepEnd, ninepIsUhyve } from "../../../drivers/ninep/transport.ts";
import { fileTimeRest, fileTimeSeconds } from "../../../kernel/core/file-time.ts";
import { fidGive, fidTake, type NinepExport } from "./export.ts";

function finish(request: Ptr<NinepRequest>): i64 {
  const result = ninepCall(request);
  const whole = result === 0n ? answerEnd(request.wire) : result;
  ninepEnd(request);
  return whole;
}

/** Tattach to the export's name: its root gets the fid. */
export function callAttach(to: Ptr<NinepExport>, fid: u32, name: string, uid: u32, qid: Qid): i64 {
  const request = ninepBegin(to.transport, NinepType.Tattach);
  if (request === null) {
    return i64(-ENOMEM);
  }
  wirePut32(request.wire, fid);
  wirePut32(request.wire, NINEP_NO_FID);
  wirePutString(request.wire, "");
  wirePutString(request.wire, name);
  wirePut32(request.wire, uid);
  return finishQid(request, qid);
}

function finishQid(request: Ptr<NinepRequest>, qid: Qid): i64 {
  let result = ninepCall(request);
  if (result === 0n) {
    getQid(request.wire, qid);
    result = answerEnd(request.wire);
  }
  ninepEnd(request);
  return result;
}

/** Twalk by one name, or by none if it is empty: a new fid, or a negative errno. */
export function callWalk(to: Ptr<NinepExport>, fid: u32, name: string, qid: Qid): i64 {
  const fresh = fidTake(to);
  const request = fresh === NINEP_NO_FID ? null : ninepBegin(to.transport, NinepType.Twalk);
  if (request === null) {
    return giveUp(to, fresh, i64(fresh === NINEP_NO_FID ? -ENFILE : -ENOMEM));
  }
  const names: u16 = name.length === 0 ? 0 : 1;
  wirePut32(request.wire, fid);
  wirePut32(request.wire, fresh);
  wirePut16(request.wire, names);
  if (names > 0) {
    wirePutString(request.wire, name);
  }
  let result = ninepCall(request);
  if (result === 0n && wireGet16(request.wire) !== names) {
    result = i64(-EIO);
  }
  if (result === 0n && names > 0) {
    getQid(request.wire, qid);
    result = answerEnd(request.wire);
  }
  ninepEnd(request);
  return result === 0n ? i64(fresh) : giveUp(to, fresh, result);
}

function giveUp(to: Ptr<NinepExport>, fid: u32, result: i64): i64 {
  if (fid !== NINEP_NO_FID) {
    fidGive(to, fid);
  }
  return result;
}

/** The server may forget the fid, soon: with the next request on uhyve. */
export function callClunk(to: Ptr<NinepExport>, fid: u32): void {
  if (fid !== NINEP_NO_FID && !(ninepIsUhyve(to.transport) && ninepDrop(to.transport, fid))) {
    callClunkNow(to, fid);
  }
}

/** Tclunk: the number is free afterwards, whatever the server says. */
export function callClunkNow(to: Ptr<NinepExport>, fid: u32): void {
  if (fid === NINEP_NO_FID) {
    return;
  }
  const request = ninepBegin(to.transport, NinepType.Tclunk);
  if (request !== null) {
    wirePut32(request.wire, fid);
    void finish(request);
    fidGive(to, fid);
  }
}

export function callGetAttributes(to: Ptr<NinepExport>, fid: u32, attributes: NinepAttributes, stamp: Ptr<u64>): i64 {
  const request = ninepBegin(to.transport, NinepType.Tgetattr);
  if (request === null) {
    return i64(-ENOMEM);
  }
  wirePut32(request.wire, fid);
  wirePut64(request.wire, NINEP_GETATTR_BASIC | NINEP_GETATTR_BTIME);
  let result = ninepCall(request);
  if (result === 0n) {
    result = getAttributes(request.wire, attributes);
  }
  stamp.value = request.stamp;
  ninepEnd(request);
  return result;
}

/** What Tsetattr sets: those of `valid` (NINEP_SETATTR_*). */
export class NinepChange {
  valid!: u32;
  mode!: u32;
  uid!: u32;
  gid!: u32;
  size!: u64;
  accessNs!: u64;
  modifyNs!: u64;
}

function putTime(wire: Wire, time: u64): void {
  wirePut64(wire, u64.wrap(fileTimeSeconds(time)));
  wirePut64(wire, fileTimeRest(time));
}

/** Tsetattr. uhyve's server tells what has become of the attributes: `attributes.valid` is 0n where nobody has. */
export function callSetAttributes(
  to: Ptr<NinepExport>,
  fid: u32,
  change: NinepChange,
  attributes: NinepAttributes,
  stamp: Ptr<u64>,
): i64 {
  const request = ninepBegin(to.transport, NinepType.Tsetattr);
  if (request === null) {
    return i64(-ENOMEM);
  }
  const wire = request.wire;
  wirePut32(wire, fid);
  wirePut32(wire, change.valid);
  wirePut32(wire, change.mode);
  wirePut32(wire, change.uid);
  wirePut32(wire, change.gid);
  wirePut64(wire, change.size);
  putTime(wire, change.accessNs);
  putTime(wire, change.modifyNs);
  let result = ninepCall(request);
  if (result === 0n && wireLeft(wire) > 0n) {
    result = getAttributes(wire, attributes);
  }
  stamp.value = request.stamp;
  ninepEnd(request);
  return result;
}

/** Tlopen: the fid is open afterwards. `flags` are O_*. */
export function callOpen(to: Ptr<NinepExport>, fid: u32, flags: u32): i64 {
  const request = ninepBegin(to.transport, NinepType.Tlopen);
  if (request === null) {
    return i64(-ENOMEM);
  }
  wirePut32(request.wire, fid);
  wirePut32(request.wire, flags);
  return finish(request);
}

/** A new fid that is open, of what `fid` stands for, by uhyve's Tlook: its number or a negative errno. `flags` are O_*. */
export function callOpenFid(to: Ptr<NinepExport>, fid: u32, flags: u32): i64 {
  const fresh = fidTake(to);
  const request = fresh === NINEP_NO_FID ? null : ninepBegin(to.transport, NinepType.Tlook);
  if (request === null) {
    return giveUp(to, fresh, i64(fresh === NINEP_NO_FID ? -ENFILE : -ENOMEM));
  }
  wirePut32(request.wire, fid);
  wirePut32(request.wire, flags);
  wirePut32(request.wire, 0);
  wirePut32(request.wire, fresh);
  wirePut32(request.wire, 0);
  wirePut16(request.wire, 0);
  const look: NinepLook = zeroed();
  let result = ninepCall(request);
  result = result === 0n ? getLook(request.wire, 0, look) : result;
  ninepEnd(request);
  if (result === 0n && look.opened === NinepOpened.No) {
    result = look.openError < 0n ? look.openError : i64(-EIO);
  }
  return result === 0n ? i64(fresh) : giveUp(to, fresh, result);
}

/** Tlcreate: `fid`, a directory's, becomes that of the open file. */
export function callCreate(
  to: Ptr<NinepExport>,
  fid: u32,
  name: string,
  flags: u32,
  mode: u32,
  gid: u32,
  qid: Qid,
): i64 {
  const request = ninepBegin(to.transport, NinepType.Tlcreate);
  if (request === null) {
    return i64(-ENOMEM);
  }
  wirePut32(request.wire, fid);
  wirePutString(request.wire, name);
  wirePut32(request.wire, flags);
  wirePut32(request.wire, mode);
  wirePut32(request.wire, gid);
  return finishQid(request, qid);
}

export function callMakeDirectory(to: Ptr<NinepExport>, fid: u32, name: string, mode: u32, gid: u32): i64 {
  const request = ninepBegin(to.transport, NinepType.Tmkdir);
  if (request === null) {
    return i64(-ENOMEM);
  }
  wirePut32(request.wire, fid);
  wirePutString(request.wire, name);
  wirePut32(request.wire, mode);
  wirePut32(request.wire, gid);
  return finish(request);
}

export function callMakeNode(to: Ptr<NinepExport>, fid: u32, name: string, mode: u32, device: u64, gid: u32): i64 {
  const request = ninepBegin(to.transport, NinepType.Tmknod);
  if (request === null) {
    return i64(-ENOMEM);
  }
  wirePut32(request.wire, fid);
  wirePutString(request.wire, name);
  wirePut32(request.wire, mode);
  // Linux's dev_t of 32 bits: 12 bits of the major number, 20 of the minor one in two parts.
  wirePut32(request.wire, u32.wrap(device >> 8n) & 0xfff);
  wirePut32(request.wire, (u32.wrap(device) & 0xff) | (u32.wrap(device >> 12n) & 0xf_ff00));
  wirePut32(request.wire, gid);
  return finish(request);
}

export function callMakeLink(to: Ptr<NinepExport>, fid: u32, name: string, target: string, gid: u32): i64 {
  const request = ninepBegin(to.transport, NinepType.Tsymlink);
  if (request === null) {
    return i64(-ENOMEM);
  }
  wirePut32(request.wire, fid);
  wirePutString(request.wire, name);
  wirePutString(request.wire, target);
  wirePut32(request.wire, gid);
  return finish(request);
}

/** Treadlink: how many bytes of the target were put into `buffer`. */
export function callReadLink(to: Ptr<NinepExport>, fid: u32, buffer: Slice<u8>): i64 {
  const request = ninepBegin(to.transport, NinepType.Treadlink);
  if (request === null) {
    return i64(-ENOMEM);
  }
  wirePut32(request.wire, fid);
  let result = ninepCall(request);
  if (result === 0n) {
    const target = wireGetString(request.wire);
    const bytes: u64 = u64(target.length) < buffer.length ? u64(target.length) : buffer.length;
    copyBytes(buffer.data, target.data, bytes);
    result = answerEnd(request.wire);
    result = result === 0n ? i64(bytes) : result;
  }
  ninepEnd(request);
  return result;
}

/** Tlink: a new name in the directory `fid` for the file `file`. */
export function callLink(to: Ptr<NinepExport>, fid: u32, file: u32, name: string): i64 {
  const request = ninepBegin(to.transport, NinepType.Tlink);
  if (request === null) {
    return i64(-ENOMEM);
  }
  wirePut32(request.wire, fid);
  wirePut32(request.wire, file);
  wirePutString(request.wire, name);
  return finish(request);
}

export function callUnlink(to: Ptr<NinepExport>, fid: u32, name: string, flags: u32): i64 {
  const request = ninepBegin(to.transport, NinepType.Tunlinkat);
  if (request === null) {
    return i64(-ENOMEM);
  }
  wirePut32(request.wire, fid);
  wirePutString(request.wire, name);
  wirePut32(request.wire, flags);
  return finish(request);
}

export function callRename(to: Ptr<NinepExport>, fid: u32, name: string, target: u32, newName: string): i64 {
  const request = ninepBegin(to.transport, NinepType.Trenameat);
  if (request === null) {
    return i64(-ENOMEM);
  }
  wirePut32(request.wire, fid);
  wirePutString(request.wire, name);
  wirePut32(request.wire, target);
  wirePutString(request.wire, newName);
  return finish(request);
}

export function callSync(to: Ptr<NinepExport>, fid: u32, isDataOnly: bool): i64 {
  const request = ninepBegin(to.transport, NinepType.Tfsync);
  if (request === null) {
    return i64(-ENOMEM);
  }
  wirePut32(request.wire, fid);
  wirePut32(request.wire, isDataOnly ? 1 : 0);
  return finish(request);
}

export function callSpace(to: Ptr<NinepExport>, fid: u32, space: NinepSpace): i64 {
  const request = ninepBegin(to.transport, NinepType.Tstatfs);
  if (request === null) {
    return i64(-ENOMEM);
  }
  wirePut32(request.wire, fid);
  let result = ninepCall(request);
  if (result === 0n) {
    result = getSpace(request.wire, space);
  }
  ninepEnd(request);
  return result;
}
