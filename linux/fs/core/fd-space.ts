/**
 * Which descriptor numbers are in use, and what each leads to. Pure; tested on the host.
 *
 * Numbers live in chunks of 256, made when the first number of a chunk is taken and never freed, so a number can be looked up without a
 * lock: a slot is one atomic word. Finding the lowest free number reads one bit per full chunk and four words of the first chunk that
 * has room.
 *
 *     slot    0: free, or taken and not yet filled;  else an address (a multiple of 16) with SLOT_CLOSES_ON_EXEC in bit 0
 */

import { EMFILE, ENOMEM } from "../../../abi/errno.ts";

export const FD_CHUNK_SLOTS = 256;
const CHUNK_SHIFT = 8;
const WORD_BITS = 64;
const CHUNK_WORDS = 4;
export const FD_CHUNKS = 4096;
/** One more than the highest number that can exist: 2^20, as Linux's default for fs.nr_open. */
export const FD_MOST = 1_048_576;
const SUMMARY_WORDS = 64;
const ALL_ONES = u64.MAX;

export const SLOT_CLOSES_ON_EXEC = 1n;

export class FdSlot {
  word!: Atomic<u64>;
}

export class FdChunk {
  used!: FixedArray<u64, 4>;
  slots!: FixedArray<FdSlot, 256>;
}

/** Zeroed memory of at least the given size, or null. */
export type FdMemory = (bytes: u64) => Ptr<u8> | null;

/** All zero is empty. Everything but fdSlot is called with the owner's lock held. */
export class FdSpace {
  chunks!: FixedArray<Atomic<u64>, 4096>;
  /** Bit n: chunk n has no free number. */
  full!: FixedArray<u64, 64>;
  /** One more than the highest number ever taken. */
  end!: u32;
  openCount!: u32;
}

/** The slot of a number, or null if its chunk does not exist. Needs no lock. */
export function fdSlot(space: FdSpace, fd: u32): Ptr<FdSlot> | null {
  if (fd >= FD_MOST) {
    return null;
  }
  const chunk = space.chunks[fd >> CHUNK_SHIFT].load(Order.Acquire);
  if (chunk === 0n) {
    return null;
  }
  // SAFETY: chunks are stored by fdTake only and never freed.
  return addressOf(pointerAt<FdChunk>(chunk).slots[fd % FD_CHUNK_SLOTS]);
}

/** Takes the lowest free number of at least `lowest` and below `limit`; it, -EMFILE or -ENOMEM. */
export function fdTakeLowest(space: FdSpace, lowest: u32, limit: u32, memory: FdMemory): i64 {
  let index = lowest >> CHUNK_SHIFT;
  let from = lowest % FD_CHUNK_SLOTS;
  while (index < FD_CHUNKS) {
    index = firstWithRoom(space, index, addressOf(from));
    const fd = index < FD_CHUNKS ? freeIn(space, index, from) : FD_MOST;
    if (fd >= limit && fd !== u32.MAX) {
      return i64(-EMFILE);
    }
    if (fd !== u32.MAX) {
      return fdTake(space, fd, memory) ? i64(fd) : i64(-ENOMEM);
    }
    index++;
    from = 0;
  }
  return i64(-EMFILE);
}

/** The first chunk from `index` on that has a free number; `from` becomes 0 if it is another one. */
function firstWithRoom(space: FdSpace, index: u32, from: Ptr<u32>): u32 {
  for (let at0 = index; at0 < FD_CHUNKS; at0++) {
    const word = space.full[at0 / WORD_BITS];
    if (word === ALL_ONES) {
      at0 |= WORD_BITS - 1;
    } else if ((word & (1n << u64(at0 % WORD_BITS))) === 0n) {
      if (at0 !== index) {
        from.value = 0;
      }
      return at0;
    }
  }
  return FD_CHUNKS;
}

/** The lowest free number of a chunk from its slot `from` on; u32.MAX if there is none. */
function freeIn(space: FdSpace, index: u32, from: u32): u32 {
  const address = space.chunks[index].load(Order.Relaxed);
  const first = index << CHUNK_SHIFT;
  if (address === 0n) {
    return first + from;
  }
  // SAFETY: as in fdSlot.
  const chunk = pointerAt<FdChunk>(address);
  for (let word: u32 = from / WORD_BITS; word < CHUNK_WORDS; word++) {
    const skipped: u64 = word === from / WORD_BITS ? (1n << u64(from % WORD_BITS)) - 1n : 0n;
    const free = ~(chunk.used[word] | skipped);
    if (free !== 0n) {
      return first + word * WORD_BITS + countTrailingZeros(free);
    }
  }
  return u32.MAX;
}

/** Marks a number as taken, whether it was or not; false if there is no memory. */
export function fdTake(space: FdSpace, fd: u32, memory: FdMemory): bool {
  const index = fd >> CHUNK_SHIFT;
  let address = space.chunks[index].load(Order.Relaxed);
  if (address === 0n) {
    const fresh = memory(u64(sizeOf<FdChunk>()));
    if (fresh === null) {
      return false;
    }
    address = u64(virtAddr(fresh));
    space.chunks[index].store(address, Order.Release);
  }
  const chunk = pointerAt<FdChunk>(address);
  const slot = fd % FD_CHUNK_SLOTS;
  const bit = 1n << u64(slot % WORD_BITS);
  if ((chunk.used[slot / WORD_BITS] & bit) === 0n) {
    chunk.used[slot / WORD_BITS] = chunk.used[slot / WORD_BITS] | bit;
    space.openCount++;
  }
  if (isFull(chunk)) {
    space.full[index / WORD_BITS] = space.full[index / WORD_BITS] | (1n << u64(index % WORD_BITS));
  }
  space.end = fd >= space.end ? fd + 1 : space.end;
  return true;
}

function isFull(chunk: FdChunk): bool {
  return (chunk.used[0] & chunk.used[1] & chunk.used[2] & chunk.used[3]) === ALL_ONES;
}

export function fdIsTaken(space: FdSpace, fd: u32): bool {
  const address = fd < FD_MOST ? space.chunks[fd >> CHUNK_SHIFT].load(Order.Acquire) : 0n;
  if (address === 0n) {
    return false;
  }
  const slot = fd % FD_CHUNK_SLOTS;
  return (pointerAt<FdChunk>(address).used[slot / WORD_BITS] & (1n << u64(slot % WORD_BITS))) !== 0n;
}

/** Makes a taken number free; its slot's content, which is the caller's now. */
export function fdGiveBack(space: FdSpace, fd: u32): u64 {
  const index = fd >> CHUNK_SHIFT;
  const chunk = pointerAt<FdChunk>(space.chunks[index].load(Order.Relaxed));
  const slot = fd % FD_CHUNK_SLOTS;
  const content = chunk.slots[slot].word.exchange(0n);
  chunk.used[slot / WORD_BITS] = chunk.used[slot / WORD_BITS] & ~(1n << u64(slot % WORD_BITS));
  space.full[index / WORD_BITS] = space.full[index / WORD_BITS] & ~(1n << u64(index % WORD_BITS));
  space.openCount--;
  return content;
}

/** The lowest taken number of at least `from`; u32.MAX if there is none. */
export function fdNextTaken(space: FdSpace, from: u32): u32 {
  let fd = from;
  while (fd < space.end) {
    const address = space.chunks[fd >> CHUNK_SHIFT].load(Order.Acquire);
    if (address === 0n) {
      fd = ((fd >> CHUNK_SHIFT) + 1) << CHUNK_SHIFT;
      continue;
    }
    const slot = fd % FD_CHUNK_SLOTS;
    const word = pointerAt<FdChunk>(address).used[slot / WORD_BITS] >> u64(slot % WORD_BITS);
    if (word !== 0n) {
      return fd + countTrailingZeros(word);
    }
    fd = (fd | (WORD_BITS - 1)) + 1;
  }
  return u32.MAX;
}

staticAssert(FD_CHUNKS * FD_CHUNK_SLOTS === FD_MOST, "chunks cover all numbers");
staticAssert(SUMMARY_WORDS * WORD_BITS === FD_CHUNKS && CHUNK_WORDS * WORD_BITS === FD_CHUNK_SLOTS, "a bit each");
