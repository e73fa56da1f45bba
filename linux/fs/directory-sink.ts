/** Where the entries of a directory go when it is read: records of getdents in application memory, until it is full. */

import { EFAULT, EINVAL } from "../../abi/errno.ts";
import { DIRENT_NAME_AT, DIRENT64_NAME_AT, NAME_MAX } from "../../abi/linux-files.ts";
import { userWrite } from "../../kernel/mm/user-access.ts";

/** A record with the longest name. */
const RECORD_BYTES = 288;

export class DirectorySink {
  address!: u64;
  left!: u64;
  done!: u64;
  /** struct linux_dirent of the old getdents. */
  isOld!: bool;
  /** Negative errno that ended it. */
  error!: i64;
}

/**
 * Adds an entry; `next` is the cursor behind it, which a later read of the directory goes on from. `type` is S_IFMT of its mode. False if
 * it does not fit, or memory cannot be written.
 */
export function sinkAdd(sink: DirectorySink, name: string, inode: u64, next: u64, type: u32): bool {
  assert(name.length <= NAME_MAX, "names are bounded");
  const record: Bytes<288> = zeroed();
  const bytes = elements(record);
  const nameAt: u32 = sink.isOld ? DIRENT_NAME_AT : DIRENT64_NAME_AT;
  // The old record has its type behind the name's NUL.
  const length = (nameAt + name.length + (sink.isOld ? 2 : 1) + 7) & ~7;
  staticAssert(RECORD_BYTES >= DIRENT64_NAME_AT + NAME_MAX + 2 + 7, "the longest record fits");
  if (u64(length) > sink.left) {
    sink.error = sink.done === 0n ? i64(-EINVAL) : 0n;
    return false;
  }
  // SAFETY: the fields of both structs before the type: two 64-bit numbers and a 16-bit length.
  castPtr<u64>(bytes).value = inode;
  castPtr<u64>(bytes.add(8)).value = next;
  castPtr<u16>(bytes.add(16)).value = u16(length);
  bytes[sink.isOld ? length - 1 : 18] = u8(type >> 12);
  copyBytes(bytes.add(nameAt), name.data, u64(name.length));
  if (userWrite(VirtAddr(sink.address), bytes, u64(length)) !== 0n) {
    sink.error = i64(-EFAULT);
    return false;
  }
  sink.address += u64(length);
  sink.left -= u64(length);
  sink.done += u64(length);
  return true;
}
