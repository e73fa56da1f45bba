/**
 * The kernel's heap: small blocks from slabs (core/slab.ts), larger ones from runs of frames behind a header.
 *
 *     large block    0 LargeHeader (64 bytes) | memory ...        in a run of whole frames of its own
 *
 * Memory is reached through the direct map. Both kinds of page begin with a magic number, which tells them apart when freed.
 *
 * Each CPU keeps some free blocks of every size, taken from the slabs and given back 8 at a time, so that the slabs' lock is rarely
 * wanted. A block that is freed on another CPU than it was allocated on stays there: the owner of a page does not matter to slabs.
 *
 * Order of locks: a CPU's blocks, the slabs, then what frames.ts takes.
 */

import { PAGE_SIZE } from "../../abi/memory-map.ts";
import { irqSave } from "../../nucleus/irq-mask.ts";
import { cpuIndex } from "../../nucleus/percpu.ts";
import {
  SLAB_CLASS_BYTES,
  SLAB_CLASS_COUNT,
  SLAB_LARGEST,
  SLAB_POISON,
  type Slab,
  slabAlloc,
  slabClassOf,
  slabClassOfBlock,
  slabFree,
} from "../core/slab.ts";
import { lockAcquire, type SpinLock } from "../sync/spin-lock.ts";
import { frameAlloc, frameFree, framesAllocContiguous, framesFreeContiguous, framesSetChecks } from "./frames.ts";
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

const CACHED_BLOCKS = 16;
const CACHE_BATCH = 8;

/** Free blocks of one size; the last one is given next. */
class BlockStack {
  count!: u32;
  blocks!: FixedArray<Ptr<u8>, 16>;
}

class HeapCache {
  lock!: SpinLock;
  isRegistered!: bool;
  stacks!: FixedArray<BlockStack, 14>;
}
staticAssert(SLAB_CLASS_COUNT === 14, "a stack for each class");

/** @percpu */
const ownCache: HeapCache = zeroed();
const caches: FixedArray<Atomic<Ptr<HeapCache> | null>, 64> = zeroed();

/** Prepares the heap; touches nothing until something is allocated. `poison` fills what is freed and looks for double frees. */
export function heapInit(poison: bool): void {
  framesSetChecks(poison);
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
  const cache = cacheAcquire();
  using _guard = cache.lock;
  const stack = cache.stacks[slabClassOf(bytes)];
  if (stack.count === 0) {
    stackFill(stack, bytes);
    if (stack.count === 0) {
      return null;
    }
  }
  stack.count--;
  return stack.blocks[stack.count];
}

/** The cache of the calling CPU, locked. */
function cacheAcquire(): HeapCache {
  const wasMasked = irqSave();
  if (!ownCache.isRegistered) {
    ownCache.isRegistered = true;
    caches[cpuIndex].store(addressOf(ownCache), Order.Release);
  }
  void lockAcquire(ownCache.lock);
  ownCache.lock.wasMasked = wasMasked;
  return ownCache;
}

/** @noinline */
function stackFill(stack: BlockStack, bytes: u64): void {
  using _guard = lockAcquire(heapLock);
  while (stack.count < CACHE_BATCH) {
    const block = slabAlloc(slab, bytes);
    if (block === null) {
      return;
    }
    stack.blocks[stack.count] = block;
    stack.count++;
  }
}

/** Gives the `count` blocks that the stack has had longest back to their slabs. */
function stackEmpty(stack: BlockStack, count: u32): void {
  using _guard = lockAcquire(heapLock);
  for (let index: u32 = 0; index < count; index++) {
    slabFree(slab, stack.blocks[index]);
  }
  stack.count -= count;
  for (let index: u32 = 0; index < stack.count; index++) {
    stack.blocks[index] = stack.blocks[count + index];
  }
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
  const index = slabClassOfBlock(block);
  const cache = cacheAcquire();
  using _guard = cache.lock;
  const stack = cache.stacks[index];
  if (slab.poison) {
    fillBytes(block, SLAB_POISON, u64(SLAB_CLASS_BYTES[index]));
    checkNotCached(stack, block);
  }
  if (stack.count === CACHED_BLOCKS) {
    stackEmpty(stack, CACHE_BATCH);
  }
  stack.blocks[stack.count] = block;
  stack.count++;
}

function checkNotCached(stack: BlockStack, block: Ptr<u8>): void {
  for (let index: u32 = 0; index < stack.count; index++) {
    assert(virtAddr(stack.blocks[index]) !== virtAddr(block), "a block is freed twice");
  }
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
