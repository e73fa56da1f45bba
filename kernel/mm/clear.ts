/**
 * Clearing memory that is larger than the caches near a processor, a page of 2 MiB.
 *
 * Most of what `rep stosb` costs there is the way of each line into the cache and out again. AMD's CLZERO (APM volume 3) writes whole lines of
 * zeros past the caches: measured, a third of the time for 2 MiB, and a program that then uses all of it is as fast or faster. A page of 4 KiB
 * is about to be used as a whole, and is better off in the cache. Intel's processors make large `rep stosb` such writes by themselves.
 */

import { LARGE_PAGE_SIZE } from "../../abi/memory-map.ts";
import { type CpuidResult, cpuid } from "../../nucleus/cpu.ts";
import { irqRestore, irqSave } from "../../nucleus/irq-mask.ts";
import { tlbServe } from "./tlb.ts";

const LINE_BYTES = 64n;
const CPUID_SIZES = 0x8000_0008;
const EBX_CLZERO = 1;

enum Way {
  Unknown = 0,
  Bytes = 1,
  Lines = 2,
}

/** CPUID is an exit to the hypervisor, and most programs never need to know. */
let way: u32 = 0;

function bestWay(): u32 {
  if (way === u32(Way.Unknown)) {
    const sizes: CpuidResult = zeroed();
    // Every 64-bit processor has this leaf.
    cpuid(CPUID_SIZES, 0, sizes);
    way = u32((sizes.ebx & EBX_CLZERO) !== 0 ? Way.Lines : Way.Bytes);
  }
  return way;
}

const PIECE_BYTES = 0x1_0000n;

/**
 * Zeroes the 2 MiB at `address`, which nobody else uses. In pieces: interrupts are masked for a fault's whole time, and another CPU may be
 * waiting for this one to forget translations.
 */
export function clearLarge(address: VirtAddr): void {
  for (let piece = address; piece < address + LARGE_PAGE_SIZE; piece += PIECE_BYTES) {
    clearPiece(piece, PIECE_BYTES);
    const wasMasked = irqSave();
    tlbServe();
    irqRestore(wasMasked);
  }
}

function clearPiece(address: VirtAddr, bytes: u64): void {
  if (bestWay() === u32(Way.Bytes)) {
    // SAFETY: the caller owns the memory.
    fillBytes(pointerAt<u8>(address), 0, bytes);
    return;
  }
  for (let line = address; line < address + bytes; line += LINE_BYTES) {
    // SAFETY: zeroes the line that holds the address, which is the caller's.
    asm`clzero ${input("rax", line)} ${clobber("memory")}`;
  }
  // SAFETY: other processors see the zeros before whatever the caller stores next; CLZERO alone is not ordered.
  asm`sfence ${clobber("memory")}`;
}
