/**
 * The kernel's heap: small blocks from slabs (core/slab.ts), larger ones from runs of frames behind a header.
 *
 *     large block    0 LargeHeader (64 bytes) | memory ...        in a run of whole frames of its own
 *
 * Memory is reached through the direct map. Both kinds of page begin with a magic number, which tells them apart when freed.
 */

import { PAGE_SIZE } from "../../abi/memory-map.ts";
import { SLAB_LARGEST, SLAB_POISON, type Slab, slabAlloc, slabFree } from "../core/slab.ts";
import { lockAcquire, type SpinLock } from "../sync/spin-lock.ts";
import { frameAlloc, frameFree, framesAllocContiguous, framesFreeContiguous } from "./frames.ts";
import { directMap, physOf } from "./page-table.ts";

const LARGE_MAGIC = 0x4c41_5247;
const LARGE_HEADER_BYTES = 64n;

@struct(64)
class LargeHeader {
  magic!: u32;
  reserved!: u32;
  frames!: u64;
  padding!: FixedArray<u64, 6>;
}

const slab: Slab = zeroed();
const heapLock: SpinLock = zeroed();

/** Prepares the heap; touches nothing until something is allocated. `poison` fills what is freed and what is fresh. */
export function heapInit(poison: bool): void {
  slab.pageAlloc = pageAlloc;
  slab.pageFree = pageFree;
  slab.poison = poison;
}

function pageAlloc(): Ptr<u8> | null {
  const frame = frameAlloc();
  return frame === 0n ? null : directMap(frame);
}

function pageFree(page: Ptr<u8>): void {
  frameFree(physOf(page));
}

/** `bytes` bytes, aligned to 16, contents undefined; null if memory is exhausted or `bytes` is 0. */
export function heapAlloc(bytes: u64): Ptr<u8> | null {
  if (bytes === 0n) {
    return null;
  }
  if (bytes > SLAB_LARGEST) {
    return largeAlloc(bytes);
  }
  using _guard = lockAcquire(heapLock);
  return slabAlloc(slab, bytes);
}

/** As heapAlloc, all zero. */
export function heapAllocZeroed(bytes: u64): Ptr<u8> | null {
  const block = heapAlloc(bytes);
  if (block !== null) {
    fillBytes(block, 0, bytes);
  }
  return block;
}

/** Gives back what heapAlloc gave. */
export function heapFree(block: Ptr<u8>): void {
  const address = u64(virtAddr(block));
  if ((address & (PAGE_SIZE - 1n)) === LARGE_HEADER_BYTES) {
    // SAFETY: heap blocks lie in pages that begin with a header of either kind.
    const header = pointerAt<LargeHeader>(address - LARGE_HEADER_BYTES);
    if (header.magic === LARGE_MAGIC) {
      largeFree(header);
      return;
    }
  }
  using _guard = lockAcquire(heapLock);
  slabFree(slab, block);
}

function largeAlloc(bytes: u64): Ptr<u8> | null {
  if (bytes > u64.MAX - PAGE_SIZE - LARGE_HEADER_BYTES) {
    return null;
  }
  const frames = (bytes + LARGE_HEADER_BYTES + PAGE_SIZE - 1n) / PAGE_SIZE;
  const first = framesAllocContiguous(frames, 1n);
  if (first === 0n) {
    return null;
  }
  const memory = directMap(first);
  const header = castPtr<LargeHeader>(memory);
  header.magic = LARGE_MAGIC;
  header.frames = frames;
  return memory.add(LARGE_HEADER_BYTES);
}

function largeFree(header: Ptr<LargeHeader>): void {
  const frames = header.frames;
  header.magic = 0;
  if (slab.poison) {
    fillBytes(castPtr<u8>(header).add(LARGE_HEADER_BYTES), SLAB_POISON, frames * PAGE_SIZE - LARGE_HEADER_BYTES);
  }
  framesFreeContiguous(physOf(header), frames);
}
