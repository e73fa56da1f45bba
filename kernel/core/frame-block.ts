/**
 * The descriptor of 2 MiB of memory: a bit per frame of 4 KiB, 1 for free. Used by frame-pool.ts only.
 */

export const FRAMES_PER_BLOCK = 512;
export const WORDS_PER_BLOCK = 8;
const ALL_FREE: u64 = 0xffff_ffff_ffff_ffffn;

export enum BlockList {
  Off = 0,
  Partial = 1,
  Whole = 2,
  Returned = 3,
}

@struct(80)
export class FrameBlock {
  free!: FixedArray<u64, 8>;
  next!: u32;
  previous!: u32;
  freeCount!: u16;
  list!: u8;
  /** No bit below this word is set. */
  hint!: u8;
  /** Frames at or above this offset have not been handed out since the start, or since the block was given back to the host. */
  used!: u16;
  /** Nonzero: those frames hold zeros, because the block was given back to the host. */
  wasReturned!: u16;
}

export function isFree(block: FrameBlock, offset: u32): bool {
  return ((block.free[offset >> 6] >> u64(offset & 63)) & 1n) !== 0n;
}

/** The bits of word `word` that lie in `[offset, offset + count)`. */
export function maskOf(word: u32, offset: u32, count: u32): u64 {
  const low = word * 64;
  const first = offset > low ? offset - low : 0;
  const end = offset + count < low + 64 ? offset + count - low : 64;
  const upTo: u64 = end === 64 ? ALL_FREE : (u64(1n) << u64(end)) - 1n;
  return upTo & (ALL_FREE << u64(first));
}

/** Marks frames free that are not. */
export function setBits(block: FrameBlock, offset: u32, count: u32): void {
  for (let word = offset >> 6; word * 64 < offset + count; word++) {
    const mask = maskOf(word, offset, count);
    assert((block.free[word] & mask) === 0n, "a frame is freed twice");
    block.free[word] = block.free[word] | mask;
  }
}

/** Offset of a free run of `count` frames at a multiple of `align`; FRAMES_PER_BLOCK if the block has none. */
export function findRun(block: FrameBlock, count: u32, align: u32): u32 {
  if (block.freeCount < count) {
    return FRAMES_PER_BLOCK;
  }
  let offset: u32 = 0;
  while (offset + count <= FRAMES_PER_BLOCK) {
    let length: u32 = 0;
    while (length < count && isFree(block, offset + length)) {
      length++;
    }
    if (length === count) {
      return offset;
    }
    offset = (offset + length + align) & ~(align - 1);
  }
  return FRAMES_PER_BLOCK;
}
