/**
 * Kernel stacks of threads, in the kernel area, each above a page that is never mapped.
 *
 *     KERNEL_AREA_BASE   | guard | stack 16 KiB | guard | stack 16 KiB | ...
 *
 * Stacks are reused, last freed first, and keep their frames: threads come and go more often than their number grows.
 */

import { KERNEL_AREA_BASE, KERNEL_BASE, PAGE_SIZE } from "../../abi/memory-map.ts";
import { lockAcquire, type SpinLock } from "../sync/spin-lock.ts";
import { frameAlloc, frameFree } from "./frames.ts";
import { mapPage, PageSize, unmapPage } from "./page-table.ts";
import { Prot } from "./prot.ts";

export const KERNEL_STACK_BYTES = 0x4000n;
const SLOT_BYTES = KERNEL_STACK_BYTES + PAGE_SIZE;

const stackLock: SpinLock = zeroed();
let nextSlot: VirtAddr = 0n;
/** Bottom of the first free stack, whose lowest word holds the next one's. */
let freeStacks: VirtAddr = 0n;

/** The lowest address of a stack of KERNEL_STACK_BYTES; 0n if memory is exhausted. */
export function kernelStackAlloc(): VirtAddr {
  using _guard = lockAcquire(stackLock);
  if (freeStacks !== 0n) {
    const bottom = freeStacks;
    // SAFETY: kernelStackFree put the next one's address there.
    freeStacks = pointerAt<VirtAddr>(bottom).value;
    return bottom;
  }
  if (nextSlot === 0n) {
    nextSlot = KERNEL_AREA_BASE;
  }
  const bottom = nextSlot + PAGE_SIZE;
  assert(bottom + KERNEL_STACK_BYTES <= KERNEL_BASE, "the kernel area has room for every stack");
  if (!mapStack(bottom)) {
    return 0n;
  }
  nextSlot += SLOT_BYTES;
  return bottom;
}

/** Gives back what kernelStackAlloc gave; nobody runs on it any more. */
export function kernelStackFree(bottom: VirtAddr): void {
  using _guard = lockAcquire(stackLock);
  // SAFETY: the stack is mapped and unused.
  pointerAt<VirtAddr>(bottom).value = freeStacks;
  freeStacks = bottom;
}

function mapStack(bottom: VirtAddr): bool {
  for (let offset: u64 = 0n; offset < KERNEL_STACK_BYTES; offset += PAGE_SIZE) {
    const frame = frameAlloc();
    if (frame === 0n || mapPage(bottom + offset, frame, Prot.ReadWrite, PageSize.Small) < 0n) {
      if (frame !== 0n) {
        frameFree(frame);
      }
      unmapStack(bottom, offset);
      return false;
    }
  }
  return true;
}

/** Undoes the first `bytes` of a stack that could not be completed; nothing of it was ever used. */
function unmapStack(bottom: VirtAddr, bytes: u64): void {
  for (let offset: u64 = 0n; offset < bytes; offset += PAGE_SIZE) {
    frameFree(unmapPage(bottom + offset));
  }
}
