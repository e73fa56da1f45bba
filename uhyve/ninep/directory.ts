/**
 * Treaddir: entries of an open directory. The offsets are the host's own (d_off), so they stay good whatever is made or removed, and a
 * guest may go on from any that it was given.
 *
 *     entry   qid[13] offset[8] type[1] name[s]; one without a name: nothing follows (abi/ninep.ts)
 */

import { EBADF, EINVAL, EMSGSIZE, ENOTDIR, EPROTO } from "../../abi/errno.ts";
import { DIRENT64_NAME_AT, type Dirent64, NAME_MAX, S_IFDIR } from "../../abi/linux-files.ts";
import { NINEP_HEADER_BYTES, NINEP_QID_BYTES } from "../../abi/ninep.ts";
import {
  wireGet32,
  wireGet64,
  wireLeft,
  wirePut8,
  wirePut32,
  wirePut64,
  wirePutString,
} from "../../compiler/std/wire.ts";
import { lockAcquire, lockRelease } from "../lock.ts";
import { minimum } from "./chain.ts";
import type { Fid } from "./fid-table.ts";
import { hostEntries, hostSeek } from "./host.ts";
import { MAX_ENTRIES_BYTES } from "./limits.ts";
import { exportOf, fidError, fidGet, isWhole, type NinepRequest, putQidOf, qidKind } from "./request.ts";

/** Besides the name. */
const ENTRY_BYTES = u64(NINEP_QID_BYTES + 8 + 1 + 2);
/** Header and count of Rreaddir. */
const ANSWER_BYTES = u64(NINEP_HEADER_BYTES + 4);
/** d_type is the part of a mode that S_IFMT has. */
const TYPE_SHIFT = 12;

export function readDirectory(request: NinepRequest): i64 {
  const input = request.input;
  const fid = fidGet(request);
  const offset = wireGet64(input);
  const wanted = u64(wireGet32(input));
  if (fid === null) return fidError(request);
  if (!isWhole(request)) return i64(-EPROTO);
  if (!fid.isOpen) return i64(-EBADF);
  if (fid.type !== S_IFDIR) return i64(-ENOTDIR);
  if (request.room < ANSWER_BYTES) return i64(-EMSGSIZE);
  const output = request.output;
  const countAt = output.position;
  wirePut32(output, 0);
  // Where the answer ends: the guest's wish, or the room.
  const most = minimum(wanted, wireLeft(output));
  lockAcquire(fid.readLock);
  const result = readEntries(request, fid, i64.wrap(offset), most);
  lockRelease(fid.readLock);
  if (result < 0n) return result;
  const end = output.position;
  output.position = countAt;
  wirePut32(output, u32(end - countAt - 4n));
  output.position = end;
  return 0n;
}

/** With the fid's lock: the entries from `offset` on, as many as fit into `most` bytes; 0 or a negative errno. */
export function readEntries(request: NinepRequest, fid: Fid, offset: i64, most: u64): i64 {
  if (fid.position !== offset) {
    const moved = hostSeek(request.session.host, fid.fd, offset);
    if (moved < 0n) return moved;
    fid.position = offset;
  }
  const start = request.output.position;
  const end = start + most;
  // Every round but the last one puts an entry, or has no room for the longest.
  for (;;) {
    const bytes = fillEntries(request, fid, end);
    if (bytes === 0n) putLast(request, fid, end);
    // What stands in the answer already is good; an error comes again.
    if (bytes <= 0n) return request.output.position > start ? 0n : bytes;
    if (request.output.position + ENTRY_BYTES + u64(NAME_MAX) > end) return 0n;
  }
}

/** One getdents64 of the host into the answer, which ends at `end`: its bytes, 0 if nothing follows, or a negative errno. */
function fillEntries(request: NinepRequest, fid: Fid, end: u64): i64 {
  const room = minimum(end - request.output.position, u64(MAX_ENTRIES_BYTES));
  const buffer = sliceOf(castPtr<u8>(elements(request.entries)), room);
  const bytes = hostEntries(request.session.host, fid.fd, buffer);
  let isFull = false;
  let place: u64 = 0n;
  // Every record is longer than its fields: the loop ends.
  while (bytes > 0n && place < u64(bytes)) {
    const entry = entryAt(request, place);
    const name = nameOf(entry);
    if (!isFull && request.output.position + ENTRY_BYTES + u64(name.length) > end) {
      if (place === 0n) return i64(-EINVAL);
      isFull = true;
    }
    if (!isFull) putEntry(request, fid, entry, name);
    // The descriptor stands behind the last record, given or not.
    fid.position = entry.d_off;
    place += u64(entry.d_reclen);
  }
  return bytes;
}

/** Says that nothing follows, if there is room and an offset that the guest can go on from. */
function putLast(request: NinepRequest, fid: Fid, end: u64): void {
  const output = request.output;
  if (output.position + ENTRY_BYTES > end || fid.position <= 0n) return;
  putQidOf(output, 0, 0, 0n);
  wirePut64(output, u64.wrap(fid.position));
  wirePut8(output, 0);
  wirePutString(output, "");
}

function entryAt(request: NinepRequest, place: u64): Ptr<Dirent64> {
  // SAFETY: getdents64 gives whole records at multiples of 8 bytes of a buffer that is aligned so.
  const entry = castPtr<Dirent64>(castPtr<u8>(elements(request.entries)).add(place));
  assert(u64(entry.d_reclen) > u64(DIRENT64_NAME_AT), "the host's records have names");
  return entry;
}

function nameOf(entry: Ptr<Dirent64>): string {
  // SAFETY: the name stands inside of its record, with a NUL behind it.
  const text = castPtr<u8>(entry).add(DIRENT64_NAME_AT);
  const most = u32(entry.d_reclen) - DIRENT64_NAME_AT;
  let length: u32 = 0;
  while (length < most && length < NAME_MAX && text[length] !== 0) length += 1;
  return stringOf(text, length);
}

function putEntry(request: NinepRequest, fid: Fid, entry: Ptr<Dirent64>, name: string): void {
  const output = request.output;
  const isParentOfRoot = name === ".." && fid.qidPath === exportOf(request, fid).qidPath;
  const path = isParentOfRoot ? fid.qidPath : entry.d_ino ^ fid.qidMix;
  putQidOf(output, qidKind(u32(entry.d_type) << TYPE_SHIFT), 0, path);
  wirePut64(output, u64.wrap(entry.d_off));
  wirePut8(output, entry.d_type);
  wirePutString(output, name);
}
