/** Offsets that the program gives by address, as splice, sendfile and copy_file_range have them: 0 stands for the description's own position. */

import { EFAULT, EINVAL } from "../abi/errno.ts";
import { userRead, userWrite } from "../kernel/mm/user-access.ts";

const OFFSET_BYTES = 8n;

/** Reads the offset at `address`, unless that is 0: 0 or a negative errno. */
export function offsetRead(address: u64, offset: Ptr<i64>): i64 {
  if (address === 0n) {
    return 0n;
  }
  // SAFETY: eight bytes, here and below.
  if (userRead(castPtr<u8>(offset), VirtAddr(address), OFFSET_BYTES) !== 0n) {
    return i64(-EFAULT);
  }
  return offset.value < 0n ? i64(-EINVAL) : 0n;
}

/** Writes the offset back after a call with `result`, if bytes were moved: the call's result, or a negative errno. */
export function offsetWrite(address: u64, offset: i64, result: i64): i64 {
  const value = offset;
  if (
    address !== 0n &&
    result > 0n &&
    userWrite(VirtAddr(address), castPtr<u8>(addressOf(value)), OFFSET_BYTES) !== 0n
  ) {
    return i64(-EFAULT);
  }
  return result;
}
