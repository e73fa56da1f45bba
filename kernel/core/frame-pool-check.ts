/** What must hold in a frame pool between any two calls; for tests. */

import { BlockList, FRAMES_PER_BLOCK, type FrameBlock, isFree, WORDS_PER_BLOCK } from "./frame-block.ts";
import { type FramePool, NO_BLOCK, usableFrames } from "./frame-pool.ts";

function frameIsUsable(pool: FramePool, frame: u64): bool {
  for (let i: u32 = 0; i < pool.rangeCount; i++) {
    if (frame >= pool.ranges[i].first && frame < pool.ranges[i].end) {
      return true;
    }
  }
  return false;
}

function expectedList(block: FrameBlock, bits: u32): BlockList {
  if (bits === FRAMES_PER_BLOCK) {
    return block.list === BlockList.Returned ? BlockList.Returned : BlockList.Whole;
  }
  return bits === 0 ? BlockList.Off : BlockList.Partial;
}

/** Panics unless lists, counts and bits agree; for tests. */
export function poolCheck(pool: FramePool): void {
  let free: u64 = 0n;
  for (let index: u32 = 0; index < pool.blockCount; index++) {
    if (index >= pool.fresh) {
      free += u64(usableFrames(pool, index));
      continue;
    }
    if (usableFrames(pool, index) === 0) {
      continue;
    }
    const block = pool.blocks[index];
    let bits: u32 = 0;
    for (let word: u32 = 0; word < WORDS_PER_BLOCK; word++) {
      bits += popCount(block.free[word]);
      assert(word >= block.hint || block.free[word] === 0n, "no bit below the hint");
    }
    assert(bits === u32(block.freeCount), "freeCount counts the bits");
    for (let offset = u32(block.used); offset < FRAMES_PER_BLOCK; offset++) {
      const isMemory = frameIsUsable(pool, u64(index) * u64(FRAMES_PER_BLOCK) + u64(offset));
      assert(isFree(block, offset) === isMemory, "what was never handed out is free");
    }
    assert(block.list === expectedList(block, bits), "the block is on the list of its state");
    free += u64(bits);
  }
  assert(free === pool.freeFrames, "freeFrames counts all bits");
  let whole: u32 = 0;
  for (let index = pool.heads[BlockList.Whole]; index !== NO_BLOCK; index = pool.blocks[index].next) {
    whole++;
  }
  assert(whole === pool.wholeCount, "wholeCount counts its list");
}
