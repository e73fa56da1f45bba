/** Requests that move data: Tread, Treaddir and Twrite, whose memory the server fills and reads where it lies. */

import { EIO, ENOMEM } from "../../../abi/errno.ts";
import { NinepType } from "../../../abi/ninep.ts";
import { wireGet32, wirePut32, wirePut64 } from "../../../compiler/std/wire.ts";
import type { NinepRequest } from "../../../drivers/ninep/request.ts";
import { ninepAddMemory, ninepBegin, ninepCall, ninepEnd } from "../../../drivers/ninep/transport.ts";
import { physOf } from "../../../kernel/mm/page-table.ts";
import type { NinepExport } from "./export.ts";

/** Header and count of Rread and Rreaddir. */
const COUNTED_FIELDS = 11;

/**
 * A Tread, or a Treaddir, whose data goes where the caller will say with ninepAddMemory; then callCounted. Null: no memory.
 */
export function callBeginRead(to: Ptr<NinepExport>, type: NinepType, fid: u32, offset: u64): Ptr<NinepRequest> | null {
  const request = ninepBegin(to.transport, type);
  if (request !== null) {
    wirePut32(request.wire, fid);
    wirePut64(request.wire, offset);
  }
  return request;
}

/** Reads into the request's memory: how many bytes were put there, and gives the request back. `stamp` gets the answer's. */
export function callEndRead(request: Ptr<NinepRequest>, stamp: Ptr<u64> | null = null): i64 {
  wirePut32(request.wire, u32(request.piecesBytes));
  request.arePiecesWritten = true;
  request.answerFields = COUNTED_FIELDS;
  const most = request.piecesBytes;
  let result = ninepCall(request);
  if (result === 0n) {
    const count = wireGet32(request.wire);
    const isWhole =
      !request.wire.hasFailed && u64(count) <= most && u64(count) + u64(COUNTED_FIELDS) <= u64(request.written);
    result = isWhole ? i64(count) : i64(-EIO);
  }
  if (stamp !== null) {
    stamp.value = request.stamp;
  }
  ninepEnd(request);
  return result;
}

/** As callBeginRead for a Twrite. */
export function callBeginWrite(to: Ptr<NinepExport>, fid: u32, offset: u64): Ptr<NinepRequest> | null {
  return callBeginRead(to, NinepType.Twrite, fid, offset);
}

/** Writes the request's memory: how many bytes the server took. */
export function callEndWrite(request: Ptr<NinepRequest>): i64 {
  wirePut32(request.wire, u32(request.piecesBytes));
  const most = request.piecesBytes;
  let result = ninepCall(request);
  if (result === 0n) {
    const count = wireGet32(request.wire);
    result = request.wire.hasFailed || u64(count) > most ? i64(-EIO) : i64(count);
  }
  ninepEnd(request);
  return result;
}

/** Reads into contiguous memory of the kernel. */
export function callReadInto(
  to: Ptr<NinepExport>,
  type: NinepType,
  fid: u32,
  offset: u64,
  buffer: Slice<u8>,
  stamp: Ptr<u64> | null = null,
): i64 {
  const request = callBeginRead(to, type, fid, offset);
  if (request === null) {
    return i64(-ENOMEM);
  }
  void ninepAddMemory(request, physOf(buffer.data), buffer.length);
  return callEndRead(request, stamp);
}

/** Writes contiguous memory of the kernel. */
export function callWriteFrom(to: Ptr<NinepExport>, fid: u32, offset: u64, bytes: Slice<u8>): i64 {
  const request = callBeginWrite(to, fid, offset);
  if (request === null) {
    return i64(-ENOMEM);
  }
  void ninepAddMemory(request, physOf(bytes.data), bytes.length);
  return callEndWrite(request);
}
