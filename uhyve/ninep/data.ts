/**
 * Tread, Twrite, Tfsync: data goes between the host's file and the guest's memory without a copy of ours.
 *
 * The counts in answers are what the host has really done: less at the end of a file, on a full disk, or at a limit.
 */

import { EBADF, EISDIR, EMSGSIZE, EPROTO } from "../../abi/errno.ts";
import { S_IFDIR } from "../../abi/linux-files.ts";
import { NINEP_HEADER_BYTES } from "../../abi/ninep.ts";
import { wireGet32, wireGet64, wireLeft, wirePut32 } from "../../compiler/std/wire.ts";
import { minimum, piecesPart } from "./chain.ts";
import { hostRead, hostSync, hostWrite } from "./host.ts";
import { fidError, fidGet, isWhole, type NinepRequest } from "./request.ts";

/** Header and count of Rread. */
const READ_ANSWER_BYTES = u64(NINEP_HEADER_BYTES + 4);
/** Header, fid, offset and count of Twrite. */
export const WRITE_REQUEST_BYTES: u32 = NINEP_HEADER_BYTES + 16;

export function read(request: NinepRequest): i64 {
  const input = request.input;
  const fid = fidGet(request);
  const offset = wireGet64(input);
  const wanted = u64(wireGet32(input));
  if (fid === null) return fidError(request);
  if (!isWhole(request)) return i64(-EPROTO);
  if (!fid.isOpen) return i64(-EBADF);
  if (fid.type === S_IFDIR) return i64(-EISDIR);
  if (request.room < READ_ANSWER_BYTES) return i64(-EMSGSIZE);
  const most = minimum(wanted, request.room - READ_ANSWER_BYTES);
  piecesPart(request.data, request.chain.writable, READ_ANSWER_BYTES, most);
  const result = hostRead(request.session.host, fid.fd, request.data, offset);
  if (result < 0n) return result;
  wirePut32(request.output, u32(result));
  request.dataBytes = u64(result);
  return 0n;
}

/** The data is not in the message's copy but in request.data, as long as the message said it is (session.ts). */
export function write(request: NinepRequest): i64 {
  const input = request.input;
  const fid = fidGet(request);
  const offset = wireGet64(input);
  const count = u64(wireGet32(input));
  if (fid === null) return fidError(request);
  if (input.hasFailed || wireLeft(input) !== 0n || count !== request.data.bytes) return i64(-EPROTO);
  if (!fid.isOpen) return i64(-EBADF);
  // A fid that is open for reading only is refused by the host (EBADF); none of a read-only export is open for more.
  const result = hostWrite(request.session.host, fid.fd, request.data, offset);
  if (result < 0n) return result;
  wirePut32(request.output, u32(result));
  return 0n;
}

export function sync(request: NinepRequest): i64 {
  const fid = fidGet(request);
  const isDataOnly = wireGet32(request.input) !== 0;
  if (fid === null) return fidError(request);
  if (!isWhole(request)) return i64(-EPROTO);
  return fid.isOpen ? hostSync(request.session.host, fid.fd, isDataOnly) : i64(-EBADF);
}
