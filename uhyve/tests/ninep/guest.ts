/**
 * A guest that speaks 9P for the tests: builds messages, gives them to a session in chains that are cut anywhere, reads the answers.
 *
 *     ninepBegin(NinepType.Tclunk); put32(5); expectEqual(ask(), 0n);
 *
 * The host under it is real: a folder of its own in /tmp, which the tests look at with Linux's calls.
 */

import { NINEP_HEADER_BYTES, NINEP_NO_FID, NINEP_VERSION, NinepType } from "../../../abi/ninep.ts";
import { expect } from "../../../compiler/std/testing.ts";
import {
  type Wire,
  wireBegin,
  wireGet8,
  wireGet16,
  wireGet32,
  wireGet64,
  wireGetBytes,
  wirePut8,
  wirePut16,
  wirePut32,
  wirePut64,
  wirePutBytes,
  wirePutString,
} from "../../../compiler/std/wire.ts";
import { type Pieces, piecesAdd, piecesClear } from "../../ninep/chain.ts";
import type { NinepRequest } from "../../ninep/request.ts";
import { type NinepServer, ninepServerAddExport } from "../../ninep/server.ts";
import { sessionAnswer } from "../../ninep/session.ts";

export const MESSAGE_BYTES = 0x10_1000;
const TAG = 0x1234;
/** Fid of the root of "work" after guestStart. */
export const ROOT = 0;

export const server: NinepServer = zeroed();
export const out: Wire = zeroed();
/** The last answer, behind its header. */
export const reply: Wire = zeroed();
const request: NinepRequest = zeroed();
const sent: Bytes<0x10_2000> = zeroed();
const received: Bytes<0x10_2000> = zeroed();
/** Pieces that a request and the room for its answer are cut into; 1: none are. */
let cuts: u64 = 1n;
let roomBytes: u64 = u64(MESSAGE_BYTES);

export function setCuts(count: u64): void {
  cuts = count;
}

export function setRoom(bytes: u64): void {
  roomBytes = bytes;
}

/** A new server with `path` as the export "work", and a session that has attached to it. */
export function guestStart(path: string, isReadOnly: bool): void {
  const added = ninepServerAddExport(server, "work", path.data, isReadOnly);
  expect(added === 0n, "the export is there");
  expect(sayVersion(MESSAGE_BYTES) === 0n, "the session begins");
  expect(attachTo(ROOT, "work") === 0n, "the root is there");
}

export function ninepBegin(type: u32): void {
  wireBegin(out, sliceOf(elements(sent), u64(MESSAGE_BYTES)));
  wirePut32(out, 0);
  wirePut8(out, u8(type));
  wirePut16(out, TAG);
}

export function put8(value: u8): void {
  wirePut8(out, value);
}
export function put16(value: u16): void {
  wirePut16(out, value);
}
export function put32(value: u32): void {
  wirePut32(out, value);
}
export function put64(value: u64): void {
  wirePut64(out, value);
}
export function putText(text: string): void {
  wirePutString(out, text);
}

/** Sends the message: 0 or the negative errno of its Rlerror. */
export function ask(): i64 {
  const type = sent[4];
  const bytes = out.position;
  out.position = 0n;
  wirePut32(out, u32(bytes));
  return askAs(type, bytes);
}

/** Sends `bytes` of what has been built, whatever they say. */
export function askAs(type: u8, bytes: u64): i64 {
  const count = u64(sendRaw(bytes));
  wireBegin(reply, sliceOf(elements(received), count));
  const size = wireGet32(reply);
  const answer = wireGet8(reply);
  const tag = wireGet16(reply);
  expect(u64(size) === count, "the answer is as long as it says");
  expect(tag === TAG, "the answer has the request's tag");
  if (answer === NinepType.Rlerror) return -i64(wireGet32(reply));
  expect(answer === u8.wrap(u32(type) + 1), "the answer is of the request's kind");
  return 0n;
}

/** How many bytes the answer has. */
export function sendRaw(bytes: u64): u32 {
  fillBytes(elements(received), 0xee, 0x10_2000n);
  fill(request.chain.readable, elements(sent), bytes);
  fill(request.chain.writable, elements(received), roomBytes);
  const count = sessionAnswer(server.session, request);
  expect(received[u32(roomBytes)] === 0xee, "nothing behind the room is written");
  expect(request.pinCount === 0, "no fid stays pinned");
  return count;
}

function fill(pieces: Pieces, start: Ptr<u8>, bytes: u64): void {
  piecesClear(pieces);
  const step = bytes / cuts + 1n;
  for (let at: u64 = 0n; at < bytes; at += step) {
    const fits = piecesAdd(pieces, start.add(at), step < bytes - at ? step : bytes - at);
    expect(fits, "the pieces of a message fit");
  }
}

// --- Messages that every test needs --------------------------------------------------------------------------------------

export function sayVersion(bytes: u32): i64 {
  ninepBegin(NinepType.Tversion);
  put32(bytes);
  putText(NINEP_VERSION);
  return ask();
}

export function attachTo(fid: u32, name: string): i64 {
  ninepBegin(NinepType.Tattach);
  put32(fid);
  put32(NINEP_NO_FID);
  putText("user");
  putText(name);
  put32(0);
  return ask();
}

/** Walks one name. */
export function walkTo(from: u32, to: u32, name: string): i64 {
  ninepBegin(NinepType.Twalk);
  put32(from);
  put32(to);
  put16(1);
  putText(name);
  return ask();
}

export function walkClone(from: u32, to: u32): i64 {
  ninepBegin(NinepType.Twalk);
  put32(from);
  put32(to);
  put16(0);
  return ask();
}

export function clunkFid(fid: u32): i64 {
  ninepBegin(NinepType.Tclunk);
  put32(fid);
  return ask();
}

export function openFid(fid: u32, flags: u32): i64 {
  ninepBegin(NinepType.Tlopen);
  put32(fid);
  put32(flags);
  return ask();
}

export function createIn(fid: u32, name: string, flags: u32, mode: u32): i64 {
  ninepBegin(NinepType.Tlcreate);
  put32(fid);
  putText(name);
  put32(flags);
  put32(mode);
  put32(0);
  return ask();
}

/** Bytes that were read, or a negative errno; the bytes are readData(). */
export function readFid(fid: u32, offset: u64, count: u32): i64 {
  ninepBegin(NinepType.Tread);
  put32(fid);
  put64(offset);
  put32(count);
  const result = ask();
  return result < 0n ? result : i64(wireGet32(reply));
}

export function readData(): string {
  const count = reply.bytes.length - u64(NINEP_HEADER_BYTES) - 4n;
  const bytes = wireGetBytes(reply, count);
  return stringOf(bytes.data, bytes.length);
}

/** Bytes that were written, or a negative errno. */
export function writeFid(fid: u32, offset: u64, data: Slice<u8>): i64 {
  ninepBegin(NinepType.Twrite);
  put32(fid);
  put64(offset);
  put32(u32(data.length));
  wirePutBytes(out, data);
  const result = ask();
  return result < 0n ? result : i64(wireGet32(reply));
}

export function makeFolder(fid: u32, name: string, mode: u32): i64 {
  ninepBegin(NinepType.Tmkdir);
  put32(fid);
  putText(name);
  put32(mode);
  put32(0);
  return ask();
}

export function makeLink(fid: u32, name: string, target: string): i64 {
  ninepBegin(NinepType.Tsymlink);
  put32(fid);
  putText(name);
  putText(target);
  put32(0);
  return ask();
}

export function unlinkIn(fid: u32, name: string, flags: u32): i64 {
  ninepBegin(NinepType.Tunlinkat);
  put32(fid);
  putText(name);
  put32(flags);
  return ask();
}

export function renameIn(from: u32, oldName: string, to: u32, newName: string): i64 {
  ninepBegin(NinepType.Trenameat);
  put32(from);
  putText(oldName);
  put32(to);
  putText(newName);
  return ask();
}

export function linkIn(folder: u32, fid: u32, name: string): i64 {
  ninepBegin(NinepType.Tlink);
  put32(folder);
  put32(fid);
  putText(name);
  return ask();
}

export function makeNodeIn(fid: u32, name: string, mode: u32): i64 {
  ninepBegin(NinepType.Tmknod);
  put32(fid);
  putText(name);
  put32(mode);
  put32(1);
  put32(3);
  put32(0);
  return ask();
}

/** The fields of the last Rgetattr that tests look at. */
export class Attributes {
  valid!: u64;
  qidKind!: u8;
  qidPath!: u64;
  mode!: u32;
  uid!: u32;
  links!: u64;
  size!: u64;
  modified!: u64;
  modifiedNs!: u64;
  born!: u64;
}

export function attributesOf(fid: u32, to: Attributes): i64 {
  ninepBegin(NinepType.Tgetattr);
  put32(fid);
  put64(0x3fffn);
  const result = ask();
  if (result < 0n) return result;
  to.valid = wireGet64(reply);
  to.qidKind = wireGet8(reply);
  void wireGet32(reply);
  to.qidPath = wireGet64(reply);
  to.mode = wireGet32(reply);
  to.uid = wireGet32(reply);
  void wireGet32(reply);
  to.links = wireGet64(reply);
  void wireGet64(reply);
  to.size = wireGet64(reply);
  void wireGetBytes(reply, 32n);
  to.modified = wireGet64(reply);
  to.modifiedNs = wireGet64(reply);
  void wireGetBytes(reply, 16n);
  to.born = wireGet64(reply);
  void wireGetBytes(reply, 24n);
  expect(!reply.hasFailed && reply.position === reply.bytes.length, "Rgetattr has its fields and no more");
  return 0n;
}

/** Tsetattr of one thing. */
export function setAttribute(fid: u32, valid: u32, mode: u32, size: u64): i64 {
  ninepBegin(NinepType.Tsetattr);
  put32(fid);
  put32(valid);
  put32(mode);
  put32(u32.MAX);
  put32(u32.MAX);
  put64(size);
  put64(11n);
  put64(22n);
  put64(33n);
  put64(44n);
  return ask();
}
