/** What every open directory answers, whatever has its entries. */

import { EINVAL, EISDIR } from "../../abi/errno.ts";
import { SEEK_CUR } from "../../abi/linux-files.ts";
import { mutexAcquire } from "../../kernel/sync/mutex.ts";
import type { File } from "./file.ts";
import type { Transfer } from "./transfer.ts";

/** FileOperations.read: there are no bytes. */
export function directoryRead(_file: File, _transfer: Transfer, _position: Ptr<u64>): i64 {
  return i64(-EISDIR);
}

/** FileOperations.seek: to a cursor that a listing gave, or a little further; a directory has no end. */
export function directorySeek(file: File, offset: i64, whence: u32): i64 {
  using _guard = mutexAcquire(file.positionLock);
  const target = whence === SEEK_CUR ? i64(file.position) + offset : offset;
  if (target < 0n || whence > SEEK_CUR) {
    return i64(-EINVAL);
  }
  file.position = u64(target);
  return target;
}
