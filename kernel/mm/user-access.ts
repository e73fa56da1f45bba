/** Copies between the kernel and application pointers. (API; see below.) */

/** Copies from the application: 0 or -EFAULT (part of it may have been copied). */
export function userRead(destination: Ptr<u8>, source: VirtAddr, bytes: u64): i64 {
  panic("userRead");
}

/** Copies to the application: 0 or -EFAULT (part of it may have been copied). */
export function userWrite(destination: VirtAddr, source: Ptr<u8>, bytes: u64): i64 {
  panic("userWrite");
}

/** Fills application memory with zeros: 0 or -EFAULT. */
export function userZero(destination: VirtAddr, bytes: u64): i64 {
  panic("userZero");
}

/**
 * Copies a NUL-terminated string into `buffer`; returns its length without the NUL, -EFAULT, or -ENAMETOOLONG if it does not end
 * within the buffer.
 */
export function userString(buffer: Slice<u8>, source: VirtAddr): i64 {
  panic("userString");
}
