/**
 * Frames for page tables from an area that whoever started the machine has set aside (BootInfo.tableArea), beside its own tables.
 *
 * A host that shadows page tables watches the frames that hold them, and so shows a block of 2 MiB in which one lies page by page, each at the
 * price of a fault. Tables between all other frames would do that to most of the memory that the kernel reaches through the direct map;
 * together they do it to one block. When the area is used up, tables come from where all frames come from.
 */

import { DIRECT_MAP_BASE, PAGE_SIZE } from "../../abi/memory-map.ts";
import { bootInfo } from "../../nucleus/boot-info.ts";

const WORDS = 2;
const WORD_BITS: u64 = 64n;
const MOST_FRAMES: u64 = WORD_BITS * u64(WORDS);

class TableWord {
  /** Bit n: frame n of the word's part of the area is free. All free frames are zero. */
  free!: Atomic<u64>;
}
const area: FixedArray<TableWord, 2> = zeroed();

/** Called once, before the first table is made. */
export function tableFramesInit(): void {
  let count = u64(bootInfo.tableAreaPages);
  for (let word: u32 = 0; word < WORDS; word++) {
    area[word].free.store(count < WORD_BITS ? (1n << count) - 1n : u64.MAX);
    count = count < WORD_BITS ? 0n : count - WORD_BITS;
  }
}

/** A frame, all zero; 0n: there is none left. */
export function tableFrameTake(): PhysAddr {
  for (let word: u32 = 0; word < WORDS; word++) {
    let free = area[word].free.load(Order.Acquire);
    while (free !== 0n) {
      const bit = countTrailingZeros(free);
      if (area[word].free.compareExchange(free, free & (free - 1n), Order.AcqRel)) {
        return bootInfo.tableArea + (u64(word) * WORD_BITS + u64(bit)) * PAGE_SIZE;
      }
      free = area[word].free.load(Order.Acquire);
    }
  }
  return PhysAddr(0n);
}

/** Takes a frame back; false: it is none of the area's. */
export function tableFrameGiveBack(frame: PhysAddr): bool {
  const offset = u64(frame) - u64(bootInfo.tableArea);
  if (offset >= MOST_FRAMES * PAGE_SIZE || offset >= u64(bootInfo.tableAreaPages) * PAGE_SIZE) {
    return false;
  }
  // SAFETY: a frame of the area, which nobody uses any more, seen through the direct map.
  fillBytes(pointerAt<u8>(VirtAddr(DIRECT_MAP_BASE + u64(frame))), 0, PAGE_SIZE);
  const index = offset / PAGE_SIZE;
  const bit: u64 = 1n << (index % WORD_BITS);
  const before = area[u32(index / WORD_BITS)].free.fetchOr(bit, Order.AcqRel);
  assert((before & bit) === 0n, "a table is freed twice");
  return true;
}
