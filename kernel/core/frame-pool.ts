/**
 * Which frames of 4 KiB are free: the bookkeeping, pure, without touching the frames. Tested on the host.
 *
 * Memory is cut into blocks of 2 MiB. A block has a descriptor with one bit per frame (1: free) and is on one of three lists:
 *
 *     Whole      all 512 frames free                 large frames come from here, as do new partial blocks
 *     Returned   the same, given back to the host    used when Whole is empty
 *     Partial    some frames free                    single frames come from here, lowest bit first
 *     (no list)  nothing free
 *
 * Blocks at or beyond `fresh` have never been used and their descriptors have never been written: starting up costs nothing per
 * block, and memory that is not needed is not touched. Freed frames merge back into whole blocks by counting bits.
 * Alternative considered: a buddy system; it needs either links inside free frames (touching them) or a bitmap per order.
 *
 * Descriptors cost 80 bytes per 2 MiB (0.004 %). `blocks[0]` describes physical address 0; blocks in holes are never opened.
 */

import { BlockList, FRAMES_PER_BLOCK, type FrameBlock, findRun, maskOf, setBits } from "./frame-block.ts";

export const FRAME_BYTES = 4096n;
export const BLOCK_BYTES = 0x20_0000n;
export const NO_BLOCK = 0xffff_ffff;
const NONE = NO_BLOCK;

@struct(16)
export class FrameRange {
  first!: u64;
  end!: u64;
}
export const MAX_FRAME_RANGES = 16;

export class FramePool {
  blocks!: Ptr<FrameBlock>;
  blockCount!: u32;
  /** Blocks from here on are not used yet (poolSetReady). */
  readyBlocks!: u32;
  /** Blocks below have been opened. */
  fresh!: u32;
  /** First block of each list, by BlockList. */
  heads!: FixedArray<u32, 4>;
  /** Blocks on the list Whole. */
  wholeCount!: u32;
  freeFrames!: u64;
  totalFrames!: u64;
  /** Whether no frame of the last allocation had ever been handed out before: it holds what memory held at the start. */
  isUnused!: bool;
  /** With isUnused: it holds zeros, because it was given back to the host before. */
  isReturned!: bool;
  rangeCount!: u32;
  /** Frame numbers; sorted and disjoint. */
  ranges!: FixedArray<FrameRange, 16>;
}

/** Descriptors that a pool needs for memory that ends at `endFrame`. */
export function poolBlockCount(endFrame: u64): u32 {
  return u32((endFrame + u64(FRAMES_PER_BLOCK) - 1n) / u64(FRAMES_PER_BLOCK));
}

/** Starts a pool without memory; `blocks` need not be initialised. */
export function poolInit(pool: FramePool, blocks: Ptr<FrameBlock>, blockCount: u32): void {
  pool.blocks = blocks;
  pool.blockCount = blockCount;
  pool.readyBlocks = blockCount;
  pool.fresh = 0;
  for (let list: u32 = 0; list < pool.heads.length; list++) {
    pool.heads[list] = NONE;
  }
  pool.wholeCount = 0;
  pool.freeFrames = 0n;
  pool.totalFrames = 0n;
  pool.rangeCount = 0;
}

/** Adds frames `[first, end)`, above all added before, before anything is allocated. False: no more ranges fit. */
export function poolAddRange(pool: FramePool, first: u64, end: u64): bool {
  if (first >= end) {
    return true;
  }
  if (pool.rangeCount === MAX_FRAME_RANGES) {
    return false;
  }
  assert(end <= u64(pool.blockCount) * u64(FRAMES_PER_BLOCK), "range beyond the descriptors");
  pool.ranges[pool.rangeCount].first = first;
  pool.ranges[pool.rangeCount].end = end;
  pool.rangeCount++;
  pool.freeFrames += end - first;
  pool.totalFrames += end - first;
  return true;
}

/**
 * Lets the pool use frames up to `endFrame`, above all that it may use so far: memory that becomes ready later is added by ranges
 * before, and blocks that do not end at or below `endFrame` are not opened until poolSetReady or poolSetAllReady says so.
 */
export function poolSetReady(pool: FramePool, endFrame: u64): void {
  const blocks = endFrame / u64(FRAMES_PER_BLOCK);
  pool.readyBlocks = blocks < u64(pool.blockCount) ? u32(blocks) : pool.blockCount;
}

/** Lets the pool use all its frames. */
export function poolSetAllReady(pool: FramePool): void {
  pool.readyBlocks = pool.blockCount;
}

/** Whether there is memory that the pool may not use yet. */
export function poolHasMore(pool: FramePool): bool {
  return pool.readyBlocks < pool.blockCount;
}

/** A frame number; 0n if nothing is free (frame 0 is never in a pool). */
export function poolAlloc(pool: FramePool): u64 {
  pool.isUnused = true;
  pool.isReturned = true;
  const index = partialBlock(pool);
  if (index === NONE) {
    return 0n;
  }
  const block = pool.blocks[index];
  let word = u32(block.hint);
  while (block.free[word] === 0n) {
    word++;
  }
  const bit = countTrailingZeros(block.free[word]);
  takeBits(pool, index, word * 64 + bit, 1);
  block.hint = u8(word);
  return u64(index) * u64(FRAMES_PER_BLOCK) + u64(word * 64 + bit);
}

/** The first of 512 frames at a multiple of 512; 0n if no block is whole. */
export function poolAllocLarge(pool: FramePool): u64 {
  pool.isUnused = true;
  pool.isReturned = true;
  const index = wholeBlock(pool);
  if (index === NONE) {
    return 0n;
  }
  takeWhole(pool, index);
  return u64(index) * u64(FRAMES_PER_BLOCK);
}

/** `count` frames in a row, the first at a multiple of `align` (a power of two); 0n if there is no such run. */
export function poolAllocRun(pool: FramePool, count: u64, align: u64): u64 {
  pool.isUnused = true;
  pool.isReturned = true;
  if (count === 0n || count > pool.freeFrames) {
    return 0n;
  }
  if (count <= u64(FRAMES_PER_BLOCK) && align <= u64(FRAMES_PER_BLOCK)) {
    return runInBlock(pool, u32(count), u32(align));
  }
  return runOfBlocks(pool, count, align);
}

export function poolFree(pool: FramePool, frame: u64): void {
  poolFreeRun(pool, frame, 1n);
}

/** Gives back `count` frames from `first` on, allocated together or not. Freeing a free frame panics. */
export function poolFreeRun(pool: FramePool, first: u64, count: u64): void {
  let frame = first;
  const end = first + count;
  while (frame < end) {
    const index = u32(frame / u64(FRAMES_PER_BLOCK));
    const offset = u32(frame % u64(FRAMES_PER_BLOCK));
    assert(index < pool.fresh, "a frame is freed that was never allocated");
    const room = u64(FRAMES_PER_BLOCK - offset);
    const chunk = end - frame < room ? end - frame : room;
    giveBits(pool, index, offset, u32(chunk));
    frame += chunk;
  }
}

// --- Blocks --------------------------------------------------------------------------------------------------------------

/** A block with a free frame, on the partial list; NONE if there is none. */
function partialBlock(pool: FramePool): u32 {
  if (pool.heads[BlockList.Partial] === NONE) {
    const index = anyWhole(pool) !== NONE ? anyWhole(pool) : openFresh(pool);
    if (index !== NONE && pool.blocks[index].list !== BlockList.Partial) {
      unlink(pool, index);
      link(pool, index, BlockList.Partial);
    }
  }
  return pool.heads[BlockList.Partial];
}

function anyWhole(pool: FramePool): u32 {
  const whole = pool.heads[BlockList.Whole];
  return whole !== NONE ? whole : pool.heads[BlockList.Returned];
}

/** A block that is all free; NONE if there is none. */
function wholeBlock(pool: FramePool): u32 {
  while (anyWhole(pool) === NONE && openFresh(pool) !== NONE) {}
  return anyWhole(pool);
}

/** Opens the next block that has any memory and puts it on its list; NONE if all are open. */
function openFresh(pool: FramePool): u32 {
  while (pool.fresh < pool.readyBlocks) {
    const index = pool.fresh;
    pool.fresh++;
    const count = usableFrames(pool, index);
    if (count > 0) {
      openBlock(pool, index, count);
      return index;
    }
    // A hole: its descriptor must still be readable by the search for runs.
    pool.blocks[index].list = u8(BlockList.Off);
  }
  return NONE;
}

function openBlock(pool: FramePool, index: u32, count: u32): void {
  const block = pool.blocks[index];
  zero(block);
  block.freeCount = u16(count);
  const base = u64(index) * u64(FRAMES_PER_BLOCK);
  for (let i: u32 = 0; i < pool.rangeCount; i++) {
    const range = pool.ranges[i];
    const first = range.first > base ? range.first : base;
    const blockEnd = base + u64(FRAMES_PER_BLOCK);
    const end = range.end < blockEnd ? range.end : blockEnd;
    if (first < end) {
      setBits(block, u32(first - base), u32(end - first));
    }
  }
  link(pool, index, count === FRAMES_PER_BLOCK ? BlockList.Whole : BlockList.Partial);
}

/** How many frames of a block are memory. */
export function usableFrames(pool: FramePool, index: u32): u32 {
  const base = u64(index) * u64(FRAMES_PER_BLOCK);
  const blockEnd = base + u64(FRAMES_PER_BLOCK);
  let count: u64 = 0n;
  for (let i: u32 = 0; i < pool.rangeCount; i++) {
    const range = pool.ranges[i];
    const first = range.first > base ? range.first : base;
    const end = range.end < blockEnd ? range.end : blockEnd;
    if (first < end) {
      count += end - first;
    }
  }
  return u32(count);
}

// --- Runs ----------------------------------------------------------------------------------------------------------------

function runInBlock(pool: FramePool, count: u32, align: u32): u64 {
  for (let index = pool.heads[BlockList.Partial]; index !== NONE; index = pool.blocks[index].next) {
    const offset = findRun(pool.blocks[index], count, align);
    if (offset < FRAMES_PER_BLOCK) {
      takeBits(pool, index, offset, count);
      return u64(index) * u64(FRAMES_PER_BLOCK) + u64(offset);
    }
  }
  const index = wholeBlock(pool);
  if (index === NONE) {
    return 0n;
  }
  unlink(pool, index);
  link(pool, index, BlockList.Partial);
  takeBits(pool, index, 0, count);
  return u64(index) * u64(FRAMES_PER_BLOCK);
}

/** Runs of more than a block, or aligned to more: the first that consists of whole blocks. */
function runOfBlocks(pool: FramePool, count: u64, align: u64): u64 {
  const blocks = u64(poolBlockCount(count));
  const step = align > u64(FRAMES_PER_BLOCK) ? align / u64(FRAMES_PER_BLOCK) : 1n;
  let start: u64 = 0n;
  while (start + blocks <= u64(pool.readyBlocks)) {
    let length: u64 = 0n;
    while (length < blocks && isWhole(pool, u32(start + length))) {
      length++;
    }
    if (length === blocks) {
      takeBlocks(pool, u32(start), u32(blocks));
      const surplus = blocks * u64(FRAMES_PER_BLOCK) - count;
      if (surplus > 0n) {
        poolFreeRun(pool, start * u64(FRAMES_PER_BLOCK) + count, surplus);
      }
      return start * u64(FRAMES_PER_BLOCK);
    }
    start = ((start + length) / step + 1n) * step;
  }
  return 0n;
}

function isWhole(pool: FramePool, index: u32): bool {
  return index < pool.fresh
    ? pool.blocks[index].list === BlockList.Whole || pool.blocks[index].list === BlockList.Returned
    : usableFrames(pool, index) === FRAMES_PER_BLOCK;
}

function takeBlocks(pool: FramePool, start: u32, count: u32): void {
  while (pool.fresh < start + count && openFresh(pool) !== NONE) {}
  for (let index = start; index < start + count; index++) {
    takeWhole(pool, index);
  }
}

function takeWhole(pool: FramePool, index: u32): void {
  const block = pool.blocks[index];
  assert(block.list !== BlockList.Off && block.freeCount === FRAMES_PER_BLOCK, "whole block has all frames");
  unlink(pool, index);
  zero(block.free);
  block.freeCount = 0;
  markUsed(pool, block, 0, FRAMES_PER_BLOCK);
  pool.freeFrames -= u64(FRAMES_PER_BLOCK);
}

function markUsed(pool: FramePool, block: FrameBlock, offset: u32, count: u32): void {
  pool.isUnused = pool.isUnused && offset >= u32(block.used);
  pool.isReturned = pool.isReturned && block.wasReturned !== 0;
  if (offset + count > u32(block.used)) {
    block.used = u16(offset + count);
  }
}

// --- Bits ----------------------------------------------------------------------------------------------------------------

function takeBits(pool: FramePool, index: u32, offset: u32, count: u32): void {
  const block = pool.blocks[index];
  for (let word = offset >> 6; word * 64 < offset + count; word++) {
    const mask = maskOf(word, offset, count);
    assert((block.free[word] & mask) === mask, "a frame is allocated twice");
    block.free[word] = block.free[word] & ~mask;
  }
  block.freeCount -= u16(count);
  pool.freeFrames -= u64(count);
  markUsed(pool, block, offset, count);
  if (block.freeCount === 0) {
    unlink(pool, index);
  }
}

function giveBits(pool: FramePool, index: u32, offset: u32, count: u32): void {
  const block = pool.blocks[index];
  setBits(block, offset, count);
  block.freeCount += u16(count);
  pool.freeFrames += u64(count);
  if (block.hint > offset >> 6) {
    block.hint = u8(offset >> 6);
  }
  const list = block.freeCount === FRAMES_PER_BLOCK ? BlockList.Whole : BlockList.Partial;
  if (block.list !== list) {
    unlink(pool, index);
    link(pool, index, list);
  }
}

// --- Lists ---------------------------------------------------------------------------------------------------------------

function link(pool: FramePool, index: u32, list: BlockList): void {
  const block = pool.blocks[index];
  const head = pool.heads[list];
  block.list = u8(list);
  block.previous = NONE;
  block.next = head;
  block.hint = 0;
  if (head !== NONE) {
    pool.blocks[head].previous = index;
  }
  pool.heads[list] = index;
  pool.wholeCount += list === BlockList.Whole ? 1 : 0;
}

function unlink(pool: FramePool, index: u32): void {
  const block = pool.blocks[index];
  if (block.list === BlockList.Off) {
    return;
  }
  if (block.next !== NONE) {
    pool.blocks[block.next].previous = block.previous;
  }
  if (block.previous !== NONE) {
    pool.blocks[block.previous].next = block.next;
  } else {
    pool.heads[block.list] = block.next;
  }
  pool.wholeCount -= block.list === BlockList.Whole ? 1 : 0;
  block.list = u8(BlockList.Off);
}

// --- Back to the host ----------------------------------------------------------------------------------------------------

/** Takes a block that is all free and has been used, to be given back to the host; its first frame, 0n if there is none. */
export function poolTakeReturnable(pool: FramePool): u64 {
  const index = pool.heads[BlockList.Whole];
  if (index === NONE) {
    return 0n;
  }
  takeWhole(pool, index);
  return u64(index) * u64(FRAMES_PER_BLOCK);
}

/** The host has got the block. `isZero`: what it gives when the block is touched again are zeros. */
export function poolTookBack(pool: FramePool, first: u64, isZero: bool): void {
  const index = u32(first / u64(FRAMES_PER_BLOCK));
  giveBits(pool, index, 0, FRAMES_PER_BLOCK);
  unlink(pool, index);
  link(pool, index, BlockList.Returned);
  if (isZero) {
    pool.blocks[index].used = 0;
    pool.blocks[index].wasReturned = 1;
  }
}
