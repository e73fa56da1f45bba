/**
 * Memory in pieces: what a message lies in. Requests are gathered from such lists once, answers are scattered to them, and file data
 * goes between them and the file without a copy (preadv, pwritev).
 *
 * Whoever fills a list has checked every piece (guestAt); the guest may still change the bytes at any time.
 */

import type { Iovec } from "../../abi/linux-files.ts";
import { NINEP_QUEUE_SIZE } from "../../abi/ninep.ts";

export class Pieces {
  items!: FixedArray<Iovec, 128>;
  count!: u32;
  /** Of all pieces together. */
  bytes!: u64;
}
staticAssert(NINEP_QUEUE_SIZE === 128, "a piece for each descriptor of a queue");

/** A request and the room for its answer. */
export class MessageChain {
  readable!: Pieces;
  writable!: Pieces;
}

export function piecesClear(pieces: Pieces): void {
  pieces.count = 0;
  pieces.bytes = 0n;
}

/** Appends; false if the list is full. */
export function piecesAdd(pieces: Pieces, start: Ptr<u8>, bytes: u64): bool {
  if (bytes === 0n) return true;
  if (pieces.count === pieces.items.length) return false;
  pieces.items[pieces.count] = { iov_base: u64(virtAddr(start)), iov_len: bytes };
  pieces.count += 1;
  pieces.bytes += bytes;
  return true;
}

/** Copies bytes [offset, offset + count) of the list to `place`; how many there were. */
export function piecesGather(pieces: Pieces, offset: u64, place: Ptr<u8>, count: u64): u64 {
  let passed: u64 = 0n;
  let done: u64 = 0n;
  for (let i: u32 = 0; i < pieces.count && done < count; i += 1) {
    const item = pieces.items[i];
    const skip = skipIn(item, passed, offset + done);
    const bytes = minimum(item.iov_len - skip, count - done);
    // SAFETY: a piece of the list, whose bounds were checked by whoever filled it.
    copyBytes(place.add(done), pointerAt<u8>(item.iov_base + skip), bytes);
    done += bytes;
    passed += item.iov_len;
  }
  return done;
}

/** Copies `bytes` to the beginning of the list, which has room for them. */
export function piecesScatter(pieces: Pieces, bytes: Slice<u8>): void {
  let done: u64 = 0n;
  for (let i: u32 = 0; i < pieces.count && done < bytes.length; i += 1) {
    const item = pieces.items[i];
    const count = minimum(item.iov_len, bytes.length - done);
    // SAFETY: as above.
    copyBytes(pointerAt<u8>(item.iov_base), bytes.data.add(done), count);
    done += count;
  }
}

/** Makes `part` bytes [offset, offset + most) of `whole`, as far as it reaches. */
export function piecesPart(part: Pieces, whole: Pieces, offset: u64, most: u64): void {
  piecesClear(part);
  let passed: u64 = 0n;
  for (let i: u32 = 0; i < whole.count && part.bytes < most; i += 1) {
    const item = whole.items[i];
    const skip = skipIn(item, passed, offset);
    const bytes = minimum(item.iov_len - skip, most - part.bytes);
    // SAFETY: as above; a part has no more pieces than the whole.
    void piecesAdd(part, pointerAt<u8>(item.iov_base + skip), bytes);
    passed += item.iov_len;
  }
}

/** Bytes of a piece, which begins at `passed` of its list, before the list's byte `offset`; all of them if that lies behind it. */
function skipIn(item: Iovec, passed: u64, offset: u64): u64 {
  return offset <= passed ? 0n : minimum(offset - passed, item.iov_len);
}

export function minimum(a: u64, b: u64): u64 {
  return a < b ? a : b;
}
