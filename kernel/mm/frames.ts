/** Physical memory in frames of 4 KiB and 2 MiB. (API; see below.) */

/** One frame of 4 KiB, contents undefined; 0n if memory is exhausted. */
export function frameAlloc(): PhysAddr {
  panic("frameAlloc");
}

/** One frame of 4 KiB, all zero; 0n if memory is exhausted. */
export function frameAllocZeroed(): PhysAddr {
  panic("frameAllocZeroed");
}

/** Gives back what frameAlloc, frameAllocZeroed or one page of framesAllocContiguous gave. */
export function frameFree(frame: PhysAddr): void {
  panic("frameFree");
}

/** `count` frames in a row, the first at a multiple of `alignPages` (a power of two) frames; 0n if there is no such run. */
export function framesAllocContiguous(count: u64, alignPages: u64): PhysAddr {
  panic("framesAllocContiguous");
}

export function framesFreeContiguous(first: PhysAddr, count: u64): void {
  panic("framesFreeContiguous");
}

/** A frame of 2 MiB, contents undefined; 0n if there is none. */
export function largeFrameAlloc(): PhysAddr {
  panic("largeFrameAlloc");
}

export function largeFrameFree(frame: PhysAddr): void {
  panic("largeFrameFree");
}

/** Free memory in frames of 4 KiB. */
export function frameFreeCount(): u64 {
  panic("frameFreeCount");
}

/** All memory that the allocator was given, in frames of 4 KiB. */
export function frameTotalCount(): u64 {
  panic("frameTotalCount");
}
