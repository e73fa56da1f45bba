/**
 * A session of 9P2000.L (abi/ninep.ts): request bytes in, answer bytes out. It knows neither queues nor machines, and touches the host
 * through host.ts alone, so tests and fuzzers run it as it is.
 *
 * Each message has a handler that reads its fields, acts, and writes the answer's fields; a negative errno becomes Rlerror. Whatever a
 * message contains, there is one answer to it, no longer than the room for it, and the session goes on.
 */

import { EBADF, EMSGSIZE, EOPNOTSUPP, EPROTO } from "../../abi/errno.ts";
import { NINEP_HEADER_BYTES, NINEP_NO_TAG, NINEP_VERSION, NinepType } from "../../abi/ninep.ts";
import {
  wireBegin,
  wireGet8,
  wireGet16,
  wireGet32,
  wireGetString,
  wirePut8,
  wirePut16,
  wirePut32,
  wirePutString,
} from "../../compiler/std/wire.ts";
import { getAttributes, refuseAttributes, setAttributes, statFileSystem } from "./attributes.ts";
import { removeByFid, renameByFid } from "./by-fid.ts";
import { minimum, piecesClear, piecesGather, piecesPart, piecesScatter } from "./chain.ts";
import { read, sync, WRITE_REQUEST_BYTES, write } from "./data.ts";
import { readDirectory } from "./directory.ts";
import { fidTableInit, fidUnbind, fidUnbindAt } from "./fid-table.ts";
import { MAX_ANSWER_BYTES, MAX_MESSAGE_BYTES, MAX_REQUEST_BYTES, MIN_MESSAGE_BYTES } from "./limits.ts";
import { getLock, lock } from "./locks.ts";
import { drop, look } from "./look.ts";
import { link, makeDirectory, makeNode, makeSymbolicLink, readLink, remove, rename } from "./names.ts";
import { create, open } from "./opening.ts";
import { fidError, fidGet, fidRelease, isWhole, type NinepRequest, type NinepSession, requestEnd } from "./request.ts";
import { attach, roots, walk } from "./walking.ts";

const HEADER_BYTES = u64(NINEP_HEADER_BYTES);
/** Rlerror: the smallest room that a request must leave. */
export const ERROR_BYTES = HEADER_BYTES + 4n;

/** Reads the request's fields and writes the answer's: 0, or a negative errno in place of an answer. */
type Handler = (request: NinepRequest) => i64;

const HANDLERS: FixedArray<Handler, 256> = sparseArray<Handler, 256>(notOffered, {
  [NinepType.Tstatfs]: statFileSystem,
  [NinepType.Tlopen]: open,
  [NinepType.Tlcreate]: create,
  [NinepType.Tsymlink]: makeSymbolicLink,
  [NinepType.Tmknod]: makeNode,
  [NinepType.Trename]: renameByFid,
  [NinepType.Treadlink]: readLink,
  [NinepType.Tgetattr]: getAttributes,
  [NinepType.Tsetattr]: setAttributes,
  [NinepType.Txattrwalk]: refuseAttributes,
  [NinepType.Txattrcreate]: refuseAttributes,
  [NinepType.Treaddir]: readDirectory,
  [NinepType.Tfsync]: sync,
  [NinepType.Tlock]: lock,
  [NinepType.Tgetlock]: getLock,
  [NinepType.Tlink]: link,
  [NinepType.Tmkdir]: makeDirectory,
  [NinepType.Trenameat]: rename,
  [NinepType.Tunlinkat]: remove,
  [NinepType.Tlook]: look,
  [NinepType.Tdrop]: drop,
  [NinepType.Troots]: roots,
  [NinepType.Tversion]: version,
  [NinepType.Tauth]: authenticate,
  [NinepType.Tattach]: attach,
  [NinepType.Tflush]: flush,
  [NinepType.Twalk]: walk,
  [NinepType.Tread]: read,
  [NinepType.Twrite]: write,
  [NinepType.Tclunk]: clunk,
  [NinepType.Tremove]: removeByFid,
});

/** At most `fidLimit` fids at once. The session itself is zeroed. */
export function sessionInit(session: NinepSession, fidLimit: u32): void {
  fidTableInit(session.fids, fidLimit);
}

/** Answers the request that lies in request.chain: how many bytes were written there, or 0 if there is no room even for an error. */
export function sessionAnswer(session: NinepSession, request: NinepRequest): u32 {
  request.session = addressOf(session);
  request.pinCount = 0;
  request.dataBytes = 0n;
  const agreed = session.messageBytes.load(Order.Relaxed);
  request.room = minimum(request.chain.writable.bytes, u64(agreed === 0 ? MIN_MESSAGE_BYTES : agreed));
  if (request.room < ERROR_BYTES) return 0;
  const type = takeMessage(request);
  const tag = request.chain.readable.bytes < HEADER_BYTES ? u16(NINEP_NO_TAG) : tagOf(request);
  const outputBytes = minimum(request.room, u64(MAX_ANSWER_BYTES)) - HEADER_BYTES;
  wireBegin(request.output, sliceOf(elements(request.answer).add(HEADER_BYTES), outputBytes));
  let result = type;
  if (type >= 0n) {
    const isEarly = agreed === 0 && type !== i64(NinepType.Tversion);
    result = isEarly ? i64(-EPROTO) : HANDLERS[u32(type)](request);
    requestEnd(request);
    if (result >= 0n && request.output.hasFailed) result = i64(-EMSGSIZE);
  }
  return finish(request, result, u8.wrap(type < 0n ? 0n : type), tag);
}

/** Copies the message, but for the data of a Twrite, from guest memory: its type, or a negative errno. */
function takeMessage(request: NinepRequest): i64 {
  const source = request.chain.readable;
  const message = elements(request.message);
  const first = piecesGather(source, 0n, message, u64(WRITE_REQUEST_BYTES));
  if (first < HEADER_BYTES) return i64(-EPROTO);
  const input = request.input;
  wireBegin(input, sliceOf(message, HEADER_BYTES));
  const size = u64(wireGet32(input));
  const type = i64(wireGet8(input));
  if (size < HEADER_BYTES || size > source.bytes) return i64(-EPROTO);
  if (size > u64(MAX_MESSAGE_BYTES)) return i64(-EMSGSIZE);
  piecesClear(request.data);
  let fields = size;
  if (type === i64(NinepType.Twrite)) {
    if (size < u64(WRITE_REQUEST_BYTES)) return i64(-EPROTO);
    fields = u64(WRITE_REQUEST_BYTES);
    piecesPart(request.data, source, fields, size - fields);
  } else if (size > u64(MAX_REQUEST_BYTES)) {
    return i64(-EMSGSIZE);
  } else if (size > first) {
    // What has been copied is not read again: the guest may have changed it.
    const rest = piecesGather(source, first, message.add(first), size - first);
    assert(rest === size - first, "the chain has as many bytes as its pieces");
  }
  wireBegin(input, sliceOf(message.add(HEADER_BYTES), fields - HEADER_BYTES));
  return type;
}

function tagOf(request: NinepRequest): u16 {
  return u16(request.message[5]) | u16.wrap(u32(request.message[6]) << 8);
}

/** Writes header and fields, or Rlerror, to the guest; the answer's bytes. */
function finish(request: NinepRequest, result: i64, type: u8, tag: u16): u32 {
  const output = request.output;
  let answer = u8.wrap(u32(type) + 1);
  if (result < 0n) {
    answer = u8(NinepType.Rlerror);
    request.dataBytes = 0n;
    wireBegin(output, output.bytes);
    wirePut32(output, u32(-result));
  }
  const fields = HEADER_BYTES + output.position;
  const whole = fields + request.dataBytes;
  wireBegin(output, sliceOf(elements(request.answer), HEADER_BYTES));
  wirePut32(output, u32(whole));
  wirePut8(output, answer);
  wirePut16(output, tag);
  piecesScatter(request.chain.writable, sliceOf(elements(request.answer), fields));
  return u32(whole);
}

function notOffered(_request: NinepRequest): i64 {
  return i64(-EOPNOTSUPP);
}

/** Begins the session anew: nothing of an earlier one is left. */
function version(request: NinepRequest): i64 {
  const session = request.session;
  const bytes = wireGet32(request.input);
  const text = wireGetString(request.input);
  if (!isWhole(request)) return i64(-EPROTO);
  if (bytes < MIN_MESSAGE_BYTES) return i64(-EMSGSIZE);
  const agreed: u32 = bytes < MAX_MESSAGE_BYTES ? bytes : MAX_MESSAGE_BYTES;
  const isKnown = text === NINEP_VERSION;
  sessionReset(session);
  session.messageBytes.store(isKnown ? agreed : 0, Order.Relaxed);
  wirePut32(request.output, agreed);
  wirePutString(request.output, isKnown ? NINEP_VERSION : "unknown");
  return 0n;
}

/** Takes all fids away; those that other requests use are closed by these. */
export function sessionReset(session: NinepSession): void {
  for (let i: u32 = 0; i < session.fids.touched; i += 1) {
    const fid = fidUnbindAt(session.fids, i);
    if (fid !== null) fidRelease(session, fid);
  }
}

/** There is nothing to prove: the guest is its user. */
function authenticate(_request: NinepRequest): i64 {
  return i64(-EOPNOTSUPP);
}

/** Requests are answered in the order in which they are taken, so the old one has been or will be: nothing waits. */
function flush(request: NinepRequest): i64 {
  void wireGet16(request.input);
  return isWhole(request) ? 0n : i64(-EPROTO);
}

function clunk(request: NinepRequest): i64 {
  const fid = fidGet(request);
  if (fid === null) return fidError(request);
  if (!isWhole(request)) return i64(-EPROTO);
  return fidUnbind(request.session.fids, fid) ? 0n : i64(-EBADF);
}
