/**
 * Where the bytes of a read go, or those of a write come from: one piece of memory or many (readv), the application's or the kernel's.
 *
 * A transfer remembers how far it has come, so a file moves bytes in whatever portions it has them. Moving stops early where application
 * memory cannot be touched; what was moved until then counts, as on Linux.
 */

import { EFAULT, EINVAL } from "../../abi/errno.ts";
import { IOV_MAX, type Iovec } from "../../abi/linux-files.ts";
import { APP_LIMIT } from "../../abi/memory-map.ts";
import { userRead, userReadSome, userWriteResident, userWriteSome, userZeroSome } from "../../kernel/mm/user-access.ts";

/** Linux's MAX_RW_COUNT: what one call transfers at most. */
export const TRANSFER_MOST = 0x7fff_f000n;

export class Transfer {
  /** The rest of the piece under way. */
  address!: u64;
  pieceBytes!: u64;
  /** The pieces after it. */
  next!: Ptr<Iovec> | null;
  nextCount!: u32;
  /** Bytes still to move in all pieces. */
  left!: u64;
  isKernel!: bool;
  /** Goes to the end of the file, wherever it was to begin (RWF_APPEND). */
  appends!: bool;
}

/** One piece of application memory, cut to what one call transfers. */
export function transferSet(transfer: Transfer, address: u64, bytes: u64): void {
  const most = bytes < TRANSFER_MOST ? bytes : TRANSFER_MOST;
  transfer.address = address;
  transfer.pieceBytes = most;
  transfer.next = null;
  transfer.nextCount = 0;
  transfer.left = most;
  transfer.isKernel = false;
}

/** One piece of kernel memory. */
export function transferSetKernel(transfer: Transfer, bytes: Slice<u8>): void {
  transferSet(transfer, u64(virtAddr(bytes.data)), bytes.length);
  transfer.isKernel = true;
}

/**
 * The pieces that an iovec array of the application names, copied into `pieces`, which has room for `count` and lives as long as the
 * transfer. 0, -EINVAL or -EFAULT.
 */
export function transferSetVector(transfer: Transfer, vector: u64, count: u64, pieces: Ptr<Iovec>): i64 {
  assert(count <= IOV_MAX, "the caller has checked the count");
  // SAFETY: Iovecs are plain integers.
  const read = userRead(castPtr<u8>(pieces), VirtAddr(vector), count * u64(sizeOf<Iovec>()));
  if (read !== 0n) {
    return read;
  }
  let total: u64 = 0n;
  for (let i: u32 = 0; i < u32(count); i++) {
    const piece = pieces[i];
    if (piece.iov_len > 0x7fff_ffff_ffff_ffffn) {
      return i64(-EINVAL);
    }
    // What lies below is found out when it is its turn.
    if (piece.iov_base > APP_LIMIT || piece.iov_len > APP_LIMIT - piece.iov_base) {
      return i64(-EFAULT);
    }
    piece.iov_len = piece.iov_len < TRANSFER_MOST - total ? piece.iov_len : TRANSFER_MOST - total;
    total += piece.iov_len;
  }
  transferSet(transfer, 0n, 0n);
  transfer.left = total;
  transfer.next = pieces;
  transfer.nextCount = u32(count);
  return 0n;
}

/** Goes on to the next piece that has bytes; false if there is none. */
function hasPiece(transfer: Transfer): bool {
  while (transfer.pieceBytes === 0n) {
    const next = transfer.next;
    if (next === null || transfer.nextCount === 0) {
      return false;
    }
    transfer.address = next.iov_base;
    transfer.pieceBytes = next.iov_len;
    transfer.next = next.add(1);
    transfer.nextCount--;
  }
  return true;
}

/** Moves bytes into a piece from `source`; how many it could. */
type PutFunction = (piece: VirtAddr, source: Ptr<u8>, bytes: u64) => u64;

/** Moves `bytes` bytes, of which there must be as many left, from `source` into the transfer; how many were moved. */
export function transferPut(transfer: Transfer, source: Ptr<u8>, bytes: u64): u64 {
  return put(transfer, source, bytes, userWriteSome);
}

/** The same up to the first page that is not there: a spin lock may be held. */
export function transferPutResident(transfer: Transfer, source: Ptr<u8>, bytes: u64): u64 {
  return put(transfer, source, bytes, userWriteResident);
}

/** Fills `bytes` bytes of the transfer, of which there must be as many left, with zeros; how many were filled. */
export function transferPutZeros(transfer: Transfer, bytes: u64): u64 {
  return put(transfer, elements(noBytes), bytes, putZeros);
}

/** Where there is no source. */
const noBytes: Bytes<1> = zeroed();

function putZeros(piece: VirtAddr, _source: Ptr<u8>, bytes: u64): u64 {
  return userZeroSome(piece, bytes);
}

function put(transfer: Transfer, source: Ptr<u8>, bytes: u64, write: PutFunction): u64 {
  let done: u64 = 0n;
  while (done < bytes && hasPiece(transfer)) {
    const part = bytes - done < transfer.pieceBytes ? bytes - done : transfer.pieceBytes;
    const moved = putPart(transfer, source.add(done), part, write);
    advance(transfer, moved);
    done += moved;
    if (moved < part) {
      break;
    }
  }
  return done;
}

function putPart(transfer: Transfer, source: Ptr<u8>, bytes: u64, write: PutFunction): u64 {
  if (!transfer.isKernel) {
    return write(VirtAddr(transfer.address), source, bytes);
  }
  // SAFETY: whoever set the transfer owns the memory.
  const place = pointerAt<u8>(transfer.address);
  if (write === putZeros) fillBytes(place, 0, bytes);
  else copyBytes(place, source, bytes);
  return bytes;
}

/** Moves `bytes` bytes, of which there must be as many left, out of the transfer to `destination`; how many were moved. */
export function transferTake(transfer: Transfer, destination: Ptr<u8>, bytes: u64): u64 {
  let done: u64 = 0n;
  while (done < bytes && hasPiece(transfer)) {
    const part = bytes - done < transfer.pieceBytes ? bytes - done : transfer.pieceBytes;
    const moved = takePart(transfer, destination.add(done), part);
    advance(transfer, moved);
    done += moved;
    if (moved < part) {
      break;
    }
  }
  return done;
}

function takePart(transfer: Transfer, destination: Ptr<u8>, bytes: u64): u64 {
  if (transfer.isKernel) {
    copyBytes(destination, pointerAt<u8>(transfer.address), bytes);
    return bytes;
  }
  return userReadSome(destination, VirtAddr(transfer.address), bytes);
}

/** The piece under way as it lies in memory, for files that hand memory on as a whole; empty when nothing is left. */
export function transferPiece(transfer: Transfer): Slice<u8> {
  const has = hasPiece(transfer);
  // SAFETY: as the caller of transferSet said; application memory is checked by whoever touches it.
  return sliceOf(pointerAt<u8>(transfer.address), has ? transfer.pieceBytes : 0n);
}

/** `bytes` bytes of the piece under way were moved by somebody else. */
export function transferAdvance(transfer: Transfer, bytes: u64): void {
  advance(transfer, bytes);
}

function advance(transfer: Transfer, bytes: u64): void {
  transfer.address += bytes;
  transfer.pieceBytes -= bytes;
  transfer.left -= bytes;
}
