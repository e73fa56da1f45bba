/**
 * Physical memory in frames of 4 KiB and 2 MiB: the pool of core/frame-pool.ts over the machine's RAM.
 *
 *     0 ... reservedEnd | descriptors of the pool | frames of the pool ... end of RAM
 *
 * The descriptors cover all memory (80 bytes per 2 MiB) but only those of blocks in use are ever written, so starting with a
 * terabyte touches as many pages as starting with 8 MiB. Contents of frames are reached through the direct map.
 *
 * Small frames pass through a cache of the CPU, filled from and emptied into the pool 32 at a time, so the pool's lock is rarely wanted.
 * A cache has a lock as well, which nobody else wants unless memory runs out or is counted: then whoever needs frames empties all caches.
 *
 * Whole free blocks that have been used can go back to the host (framesSetReturnHook). That costs a call to the host and a fault there for
 * every page that is wanted again, so it happens only when a quarter of memory lies there free, and keeps half of that.
 *
 * Order of locks: a CPU's cache, then the pool.
 */

import { Loader, MAX_RAM_RANGES } from "../../abi/boot-info.ts";
import { DIRECT_MAP_BASE, DIRECT_MAP_BYTES, LARGE_PAGE_SIZE, PAGE_SIZE } from "../../abi/memory-map.ts";
import { UHYVE_PORT_MEMORY } from "../../abi/uhyve.ts";
import { bootInfo } from "../../nucleus/boot-info.ts";
import { MAX_CPUS } from "../../nucleus/image.ts";
import { irqSave } from "../../nucleus/irq-mask.ts";
import { cpuIndex } from "../../nucleus/percpu.ts";
import { outl } from "../../nucleus/ports.ts";
import type { FrameBlock } from "../core/frame-block.ts";
import {
  type FramePool,
  poolAddRange,
  poolAlloc,
  poolAllocLarge,
  poolAllocRun,
  poolBlockCount,
  poolFree,
  poolFreeRun,
  poolHasMore,
  poolInit,
  poolSetAllReady,
  poolSetReady,
  poolTakeReturnable,
  poolTookBack,
} from "../core/frame-pool.ts";
import { lockAcquire, type SpinLock } from "../sync/spin-lock.ts";
import { clearLarge } from "./clear.ts";
import { tableFrameGiveBack, tableFramesInit } from "./table-frames.ts";

const PAGE_SHIFT = 12n;
const FRAMES_PER_LARGE = 512n;

const pool: FramePool = zeroed();
const poolLock: SpinLock = zeroed();

/** Hands the machine's free memory to the pool. Called once, before anything else of this file. */
export function framesInit(): void {
  tableFramesInit();
  const end = ramEndFrame();
  const count = poolBlockCount(end);
  const table = tablePlace(u64(count) * u64(sizeOf<FrameBlock>()));
  // SAFETY: tablePlace found RAM for it behind everything that the starter placed.
  poolInit(pool, pointerAt<FrameBlock>(VirtAddr(DIRECT_MAP_BASE + u64(table))), count);
  for (let index: u32 = 0; index < bootInfo.ramCount && index < MAX_RAM_RANGES; index++) {
    const range = bootInfo.ram[index];
    const first = frameAbove(u64(range.start), u64(bootInfo.reservedEnd));
    const last = (u64(range.start) + range.bytes) >> PAGE_SHIFT;
    assert(
      poolAddRange(pool, first, last < end ? last : end),
      "the pool has room for every range of the boot information",
    );
  }
  if (bootInfo.readyEnd !== 0n) {
    poolSetReady(pool, u64(bootInfo.readyEnd) >> PAGE_SHIFT);
  }
}

/** Asks the monitor for the rest of the memory when the part it began with is used up; false if there is no more. */
function memoryGrow(): bool {
  if (!poolHasMore(pool)) {
    return false;
  }
  outl(UHYVE_PORT_MEMORY, 0);
  poolSetAllReady(pool);
  return true;
}

function ramEndFrame(): u64 {
  assert(bootInfo.ramCount > 0 && bootInfo.ramCount <= MAX_RAM_RANGES, "the boot information lists memory");
  const last = bootInfo.ram[bootInfo.ramCount - 1];
  const end = u64(last.start) + last.bytes;
  return (end < DIRECT_MAP_BYTES ? end : DIRECT_MAP_BYTES) >> PAGE_SHIFT;
}

/** Reserves `bytes` in the first range that has them behind `reservedEnd`, and moves `reservedEnd` behind them. */
function tablePlace(bytes: u64): PhysAddr {
  for (let index: u32 = 0; index < bootInfo.ramCount; index++) {
    const range = bootInfo.ram[index];
    const first = frameAbove(u64(range.start), u64(bootInfo.reservedEnd)) << PAGE_SHIFT;
    const end = u64(range.start) + range.bytes;
    if (first < end && bytes <= end - first) {
      bootInfo.reservedEnd = PhysAddr((first + bytes + PAGE_SIZE - 1n) & ~(PAGE_SIZE - 1n));
      return PhysAddr(first);
    }
  }
  panic("there is no memory behind the kernel and its program: give the machine more");
}

/** The first frame that lies above both addresses. */
function frameAbove(start: u64, reserved: u64): u64 {
  const address = start > reserved ? start : reserved;
  return (address + PAGE_SIZE - 1n) >> PAGE_SHIFT;
}

// --- Caches of the CPUs --------------------------------------------------------------------------------------------------

const CACHE_FRAMES = 64;
const CACHE_BATCH = 32;
/** In what caches hold and `take...` return: the frame holds zeros. */
const IS_ZERO = 1n;

class FrameCache {
  lock!: SpinLock;
  count!: u32;
  isRegistered!: bool;
  /** Addresses, the last one is given next; bit 0 is IS_ZERO. */
  frames!: FixedArray<u64, 64>;
}

/** @percpu */
const ownCache: FrameCache = zeroed();
const caches: FixedArray<Atomic<Ptr<FrameCache> | null>, 64> = zeroed();
let hasChecks = false;

/** Looks for double frees also where it takes time. */
export function framesSetChecks(isWanted: bool): void {
  hasChecks = isWanted;
}

/** The cache of the calling CPU, locked. */
function cacheAcquire(): FrameCache {
  const wasMasked = irqSave();
  if (!ownCache.isRegistered) {
    ownCache.isRegistered = true;
    caches[cpuIndex].store(addressOf(ownCache), Order.Release);
  }
  void lockAcquire(ownCache.lock);
  ownCache.lock.wasMasked = wasMasked;
  return ownCache;
}

/** A frame of the pool with IS_ZERO, 0n if there is none. The pool is locked. */
function poolTake(isLarge: bool): u64 {
  let frame = isLarge ? poolAllocLarge(pool) : poolAlloc(pool);
  if (frame === 0n && memoryGrow()) {
    frame = isLarge ? poolAllocLarge(pool) : poolAlloc(pool);
  }
  // A monitor's memory begins as zeros; what firmware and other loaders leave behind does not.
  const isZero = frame !== 0n && pool.isUnused && (pool.isReturned || bootInfo.loader === Loader.Uhyve);
  return (frame << PAGE_SHIFT) | (isZero ? IS_ZERO : 0n);
}

/** @noinline */
function cacheFill(cache: FrameCache): void {
  using _guard = lockAcquire(poolLock);
  // From the end, so that they are given in the order of their addresses.
  let free: u32 = CACHE_BATCH;
  while (free > 0) {
    const frame = poolTake(false);
    if (frame === 0n) {
      break;
    }
    free--;
    cache.frames[free] = frame;
  }
  cache.count = CACHE_BATCH - free;
  for (let index: u32 = 0; free > 0 && index < cache.count; index++) {
    cache.frames[index] = cache.frames[free + index];
  }
}

/** Gives the `count` frames that the cache has had longest back to the pool. */
function cacheEmpty(cache: FrameCache, count: u32): void {
  using _guard = lockAcquire(poolLock);
  for (let index: u32 = 0; index < count; index++) {
    poolFree(pool, cache.frames[index] >> PAGE_SHIFT);
  }
  cache.count -= count;
  for (let index: u32 = 0; index < cache.count; index++) {
    cache.frames[index] = cache.frames[count + index];
  }
}

/** Gives all frames in caches of CPUs back to the pool, and what is kept in reserve: when it has none left, and before frames are counted. */
export function frameCachesDrain(): void {
  const giveBack = reserve;
  if (giveBack !== null) {
    giveBack();
  }
  for (let cpu: u32 = 0; cpu < MAX_CPUS; cpu++) {
    const cache = caches[cpu].load(Order.Acquire);
    if (cache !== null) {
      using _guard = lockAcquire(cache.lock);
      cacheEmpty(cache, cache.count);
    }
  }
}

/** What others keep for later goes first when there are no frames left. */
let reserve: (() => void) | null = null;

/** `giveBack` frees frames that somebody only keeps in case they are of use again. It holds no lock of ours, and allocates nothing. */
export function framesSetReserve(giveBack: () => void): void {
  reserve = giveBack;
}

/** A frame of 4 KiB, with IS_ZERO if its memory is as the host gave it; 0n if there is none. */
function takeSmall(): u64 {
  const frame = takeCached();
  if (frame !== 0n) {
    return frame;
  }
  frameCachesDrain();
  return takeCached();
}

function takeCached(): u64 {
  const cache = cacheAcquire();
  using _guard = cache.lock;
  if (cache.count === 0) {
    cacheFill(cache);
    if (cache.count === 0) {
      return 0n;
    }
  }
  cache.count--;
  return cache.frames[cache.count];
}

function takeLarge(): u64 {
  const frame = takeLargeOnce();
  if (frame !== 0n) {
    return frame;
  }
  frameCachesDrain();
  return takeLargeOnce();
}

function takeLargeOnce(): u64 {
  using _guard = lockAcquire(poolLock);
  return poolTake(true);
}

/** One frame of 4 KiB, contents undefined; 0n if memory is exhausted. */
export function frameAlloc(): PhysAddr {
  return PhysAddr(takeSmall() & ~IS_ZERO);
}

/** One frame of 4 KiB, all zero; 0n if memory is exhausted. */
export function frameAllocZeroed(): PhysAddr {
  const taken = takeSmall();
  const frame = taken & ~IS_ZERO;
  if (frame !== 0n && taken === frame) {
    // SAFETY: a free frame, seen through the direct map.
    fillBytes(pointerAt<u8>(VirtAddr(DIRECT_MAP_BASE + frame)), 0, PAGE_SIZE);
  }
  return PhysAddr(frame);
}

/** Gives back one frame that any function of this file gave, or a table (table-frames.ts). */
export function frameFree(frame: PhysAddr): void {
  if (tableFrameGiveBack(frame)) {
    return;
  }
  const cache = cacheAcquire();
  using _guard = cache.lock;
  if (hasChecks) {
    checkNotCached(cache, u64(frame));
  }
  if (cache.count === CACHE_FRAMES) {
    cacheEmpty(cache, CACHE_BATCH);
  }
  cache.frames[cache.count] = u64(frame);
  cache.count++;
}

/** The pool finds the other double frees. */
function checkNotCached(cache: FrameCache, frame: u64): void {
  for (let index: u32 = 0; index < cache.count; index++) {
    assert((cache.frames[index] & ~IS_ZERO) !== frame, "a frame is freed twice");
  }
}

/** `count` frames in a row, the first at a multiple of `alignPages` (a power of two) frames; 0n if there is no such run. */
export function framesAllocContiguous(count: u64, alignPages: u64): PhysAddr {
  const first = takeRun(count, alignPages);
  if (first !== 0n) {
    return first;
  }
  frameCachesDrain();
  return takeRun(count, alignPages);
}

function takeRun(count: u64, alignPages: u64): PhysAddr {
  using _guard = lockAcquire(poolLock);
  let first = poolAllocRun(pool, count, alignPages);
  if (first === 0n && memoryGrow()) {
    first = poolAllocRun(pool, count, alignPages);
  }
  return PhysAddr(first << PAGE_SHIFT);
}

export function framesFreeContiguous(first: PhysAddr, count: u64): void {
  using _guard = lockAcquire(poolLock);
  poolFreeRun(pool, u64(first) >> PAGE_SHIFT, count);
}

/** A frame of 2 MiB, contents undefined; 0n if there is none. */
export function largeFrameAlloc(): PhysAddr {
  return PhysAddr(takeLarge() & ~IS_ZERO);
}

/** A frame of 2 MiB, all zero; 0n if there is none. */
export function largeFrameAllocZeroed(): PhysAddr {
  const taken = takeLarge();
  const frame = taken & ~IS_ZERO;
  if (frame !== 0n && taken === frame) {
    clearLarge(VirtAddr(DIRECT_MAP_BASE + frame));
  }
  return PhysAddr(frame);
}

export function largeFrameFree(frame: PhysAddr): void {
  framesFreeContiguous(frame, FRAMES_PER_LARGE);
}

// --- Counts ------------------------------------------------------------------------------------------------------------------

/** Free memory in frames of 4 KiB; exact while no other CPU allocates or frees. */
export function frameFreeCount(): u64 {
  let count = pool.freeFrames;
  for (let cpu: u32 = 0; cpu < MAX_CPUS; cpu++) {
    const cache = caches[cpu].load(Order.Acquire);
    if (cache !== null) {
      count += u64(cache.count);
    }
  }
  return count;
}

/** Whether less than 1/16 of memory is free; a guess that costs two loads. */
export function framesAreScarce(): bool {
  return readVolatile(addressOf(pool.freeFrames)) < pool.totalFrames / SCARCE_SHARE;
}
const SCARCE_SHARE = 16n;

/** All memory that the allocator was given, in frames of 4 KiB. */
export function frameTotalCount(): u64 {
  return pool.totalFrames;
}

// --- Back to the host --------------------------------------------------------------------------------------------------------

/** Tells the host that a block of free memory is not needed. */
export type ReturnHook = (start: PhysAddr, bytes: u64) => void;

const RETURN_SHARE = 4n;
/** Less is not worth the calls. */
const RETURN_LEAST_BLOCKS = 64n;

let returnHook: ReturnHook | null = null;
let returnsZeros = false;

/** `givesZeros`: memory that was returned holds zeros when it is used again. */
export function framesSetReturnHook(hook: ReturnHook, givesZeros: bool): void {
  returnsZeros = givesZeros;
  returnHook = hook;
}

/** Returns free blocks to the host if there are many. For callers that hold no lock and have just freed much. */
export function framesReturnSurplus(): void {
  const share = pool.totalFrames / FRAMES_PER_LARGE / RETURN_SHARE;
  const most = share > RETURN_LEAST_BLOCKS ? share : RETURN_LEAST_BLOCKS;
  const hook = returnHook;
  if (hook === null || u64(readVolatile(addressOf(pool.wholeCount))) <= most) {
    return;
  }
  while (u64(readVolatile(addressOf(pool.wholeCount))) > most / 2n) {
    const frame = takeReturnable();
    if (frame === 0n) {
      return;
    }
    hook(PhysAddr(frame << PAGE_SHIFT), LARGE_PAGE_SIZE);
    using _guard = lockAcquire(poolLock);
    poolTookBack(pool, frame, returnsZeros);
  }
}

/** First frame of a block that nobody can get until poolTookBack. */
function takeReturnable(): u64 {
  using _guard = lockAcquire(poolLock);
  return poolTakeReturnable(pool);
}
