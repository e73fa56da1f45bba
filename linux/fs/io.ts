/** Reading and writing a description: what its mode allows, and the position, for all calls that move bytes. */

import { EBADF, EINVAL, EOVERFLOW, ESPIPE } from "../../abi/errno.ts";
import { SEEK_CUR, SEEK_SET } from "../../abi/linux-files.ts";
import { mutexAcquire, mutexRelease } from "../../kernel/sync/mutex.ts";
import { type File, type FileMove, fileMayRead, fileMayWrite } from "./file.ts";
import type { Transfer } from "./transfer.ts";

const MOST_OFFSET = 0x7fff_ffff_ffff_ffffn;

function readerOf(file: File): FileMove | null {
  return fileMayRead(file) ? file.operations.read : null;
}

function writerOf(file: File): FileMove | null {
  return fileMayWrite(file) ? file.operations.write : null;
}

/** Reads at the description's own position: bytes, or -EBADF, -EINVAL, -EFAULT, ... */
export function fileRead(file: Ptr<File>, transfer: Transfer): i64 {
  const move = readerOf(file);
  if (move === null) {
    return i64(fileMayRead(file) ? -EINVAL : -EBADF);
  }
  return atOwnPosition(file, transfer, move);
}

export function fileWrite(file: Ptr<File>, transfer: Transfer): i64 {
  const move = writerOf(file);
  if (move === null) {
    return i64(fileMayWrite(file) ? -EINVAL : -EBADF);
  }
  return atOwnPosition(file, transfer, move);
}

/** @inline */
function atOwnPosition(file: Ptr<File>, transfer: Transfer, move: FileMove): i64 {
  if (!file.operations.isPositioned) {
    return move(file, transfer, addressOf(file.position));
  }
  // One read after the other, as POSIX has it for threads that share a description.
  void mutexAcquire(file.positionLock);
  const result = move(file, transfer, addressOf(file.position));
  mutexRelease(file.positionLock);
  return result;
}

/** pread: at a given position, which leaves the description's own alone. */
export function fileReadAt(file: Ptr<File>, transfer: Transfer, offset: i64): i64 {
  const refusal = refusalAt(file, offset);
  if (refusal !== 0n) {
    return refusal;
  }
  const move = readerOf(file);
  if (move === null) {
    return i64(fileMayRead(file) ? -EINVAL : -EBADF);
  }
  let position: u64 = u64(offset);
  return move(file, transfer, addressOf(position));
}

export function fileWriteAt(file: Ptr<File>, transfer: Transfer, offset: i64): i64 {
  const refusal = refusalAt(file, offset);
  if (refusal !== 0n) {
    return refusal;
  }
  const move = writerOf(file);
  if (move === null) {
    return i64(fileMayWrite(file) ? -EINVAL : -EBADF);
  }
  if (u64(offset) > MOST_OFFSET - transfer.left) {
    return i64(-EOVERFLOW);
  }
  let position: u64 = u64(offset);
  return move(file, transfer, addressOf(position));
}

function refusalAt(file: File, offset: i64): i64 {
  if (offset < 0n) {
    return i64(-EINVAL);
  }
  return file.operations.isPositioned ? 0n : i64(-ESPIPE);
}

/** FileOperations.seek of files whose text has no size before it is read. */
export function fileSeekUnsized(file: File, offset: i64, whence: u32): i64 {
  using _guard = mutexAcquire(file.positionLock);
  const target = whence === SEEK_CUR ? i64(file.position) + offset : offset;
  if (target < 0n || (whence !== SEEK_CUR && whence !== SEEK_SET)) {
    return i64(-EINVAL);
  }
  file.position = u64(target);
  return target;
}
