/** The kernel's heap. (API; see below.) */

/** `bytes` bytes, aligned to 16, contents undefined; null if memory is exhausted. */
export function heapAlloc(bytes: u64): Ptr<u8> | null {
  panic("heapAlloc");
}

/** As heapAlloc, all zero. */
export function heapAllocZeroed(bytes: u64): Ptr<u8> | null {
  panic("heapAllocZeroed");
}

/** Gives back what heapAlloc gave. */
export function heapFree(block: Ptr<u8>): void {
  panic("heapFree");
}
