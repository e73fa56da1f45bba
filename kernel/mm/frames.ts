/**
 * Physical memory in frames of 4 KiB and 2 MiB: the pool of core/frame-pool.ts over the machine's RAM.
 *
 *     0 ... reservedEnd | descriptors of the pool | frames of the pool ... end of RAM
 *
 * The descriptors cover all memory (80 bytes per 2 MiB) but only those of blocks in use are ever written, so starting with a
 * terabyte touches as many pages as starting with 8 MiB. Contents of frames are reached through the direct map.
 */

import { Loader, MAX_RAM_RANGES } from "../../abi/boot-info.ts";
import { DIRECT_MAP_BASE, DIRECT_MAP_BYTES, LARGE_PAGE_SIZE, PAGE_SIZE } from "../../abi/memory-map.ts";
import { UHYVE_PORT_MEMORY } from "../../abi/uhyve.ts";
import { bootInfo } from "../../nucleus/boot-info.ts";
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
} from "../core/frame-pool.ts";
import { lockAcquire, type SpinLock } from "../sync/spin-lock.ts";

const PAGE_SHIFT = 12n;
const FRAMES_PER_LARGE = 512n;

const pool: FramePool = zeroed();
const poolLock: SpinLock = zeroed();

/** Hands the machine's free memory to the pool. Called once, before anything else of this file. */
export function framesInit(): void {
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

/** In what `take` returns: the frame holds zeros. */
const IS_ZERO = 1n;

/** A frame of 4 KiB or 2 MiB, with IS_ZERO if its memory is as the monitor gave it; 0n if there is none. */
function take(isLarge: bool): u64 {
  using _guard = lockAcquire(poolLock);
  let frame = isLarge ? poolAllocLarge(pool) : poolAlloc(pool);
  if (frame === 0n && memoryGrow()) {
    frame = isLarge ? poolAllocLarge(pool) : poolAlloc(pool);
  }
  // A monitor's memory begins as zeros; what firmware and other loaders leave behind does not.
  const isZero = frame !== 0n && pool.isUnused && bootInfo.loader === Loader.Uhyve;
  return (frame << PAGE_SHIFT) | (isZero ? IS_ZERO : 0n);
}

function takeZeroed(isLarge: bool): PhysAddr {
  const taken = take(isLarge);
  const frame = taken & ~IS_ZERO;
  if (frame !== 0n && (taken & IS_ZERO) === 0n) {
    fillBytes(pointerAt<u8>(VirtAddr(DIRECT_MAP_BASE + frame)), 0, isLarge ? LARGE_PAGE_SIZE : PAGE_SIZE);
  }
  return PhysAddr(frame);
}

/** One frame of 4 KiB, contents undefined; 0n if memory is exhausted. */
export function frameAlloc(): PhysAddr {
  return PhysAddr(take(false) & ~IS_ZERO);
}

/** One frame of 4 KiB, all zero; 0n if memory is exhausted. */
export function frameAllocZeroed(): PhysAddr {
  return takeZeroed(false);
}

/** Gives back one frame that any function of this file gave. */
export function frameFree(frame: PhysAddr): void {
  using _guard = lockAcquire(poolLock);
  poolFree(pool, u64(frame) >> PAGE_SHIFT);
}

/** `count` frames in a row, the first at a multiple of `alignPages` (a power of two) frames; 0n if there is no such run. */
export function framesAllocContiguous(count: u64, alignPages: u64): PhysAddr {
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
  return PhysAddr(take(true) & ~IS_ZERO);
}

/** A frame of 2 MiB, all zero; 0n if there is none. */
export function largeFrameAllocZeroed(): PhysAddr {
  return takeZeroed(true);
}

export function largeFrameFree(frame: PhysAddr): void {
  framesFreeContiguous(frame, FRAMES_PER_LARGE);
}

/** Free memory in frames of 4 KiB. */
export function frameFreeCount(): u64 {
  return pool.freeFrames;
}

/** All memory that the allocator was given, in frames of 4 KiB. */
export function frameTotalCount(): u64 {
  return pool.totalFrames;
}
