/**
 * The head of the kernel image and its first instruction in ring 3.
 *
 * Whoever starts the CPU reads `imageHeader`, the first bytes of the image (kernel.ld puts .header there).
 */

import { BOOT_ABI_VERSION, type CpuStart, IMAGE_MAGIC, type ImageHeader } from "../abi/boot-info.ts";
import {
  KERNEL_CODE_SELECTOR,
  SFMASK_VALUE,
  STAR_VALUE,
  TSS_SELECTOR,
  USER_CODE_SELECTOR,
  USER_DATA_SELECTOR,
} from "../abi/x86-vectors.ts";
import { bootInfo } from "./boot-info.ts";
import { bootGdt, bootIdt, bootTss, GDT_BYTES, IDT_BYTES, TSS_BYTES } from "./descriptors.ts";
import { syscallStub } from "./stubs.ts";

/** Per-CPU blocks are made for at most so many CPUs. */
export const MAX_CPUS = 64;
export const BOOT_STACK_BYTES = 16384;

/** What the processors beyond the first are started with; kernel/smp/start.ts fills it. */
export const cpuStarts: FixedArray<CpuStart, 64> = zeroed();

/**
 * Kernel stack of the first thread. kernel.ld gives it a segment of its own behind an unmapped page, which catches an overflow.
 * @section .bss.bootstack
 * @align 4096
 * @used
 */
export const bootStack: Bytes<16384> = zeroed();

/** @extern kernelMain */
declare function kernelMain(): never;

// Symbols of kernel.ld; only their addresses mean something.
/** @extern __image_bytes */
declare const imageBytes: u8;
/** @extern __boot_stack_top */
export declare const bootStackTop: u8;
/**
 * The block of the CPU that boots: its own address, then zeros.
 * @extern bootPercpu
 */
declare const percpuStart: u8;
/** @extern __line_table_start */
export declare const lineTableStart: u8;
/** @extern __line_table_bytes */
declare const lineTableBytes: u8;
/** @extern channelQueues */
declare const channelQueues: u8;
/** @extern ninepQueue */
declare const ninepQueue: u8;
/** @extern guestStatus */
declare const guestStatus: u8;

/**
 * @section .header
 * @used
 */
export const imageHeader: ImageHeader = {
  magic: IMAGE_MAGIC,
  version: BOOT_ABI_VERSION,
  maxCpus: MAX_CPUS,
  imageBytes: u64(virtAddr(addressOf(imageBytes))),
  entry: functionAddress(kernelEntry),
  stackTop: virtAddr(addressOf(bootStackTop)),
  gdt: virtAddr(bootGdt),
  gdtBytes: GDT_BYTES,
  idtBytes: IDT_BYTES,
  idt: virtAddr(bootIdt),
  tss: virtAddr(bootTss),
  tssBytes: TSS_BYTES,
  kernelCodeSelector: KERNEL_CODE_SELECTOR,
  userCodeSelector: USER_CODE_SELECTOR,
  userDataSelector: USER_DATA_SELECTOR,
  tssSelector: TSS_SELECTOR,
  reserved: 0,
  percpuBase: virtAddr(addressOf(percpuStart)),
  syscallEntry: functionAddress(syscallStub),
  star: STAR_VALUE,
  sfmask: SFMASK_VALUE,
  bootInfo: virtAddr(bootInfo),
  channelQueues: virtAddr(addressOf(channelQueues)),
  lineTable: virtAddr(addressOf(lineTableStart)),
  lineTableBytes: u64(virtAddr(addressOf(lineTableBytes))),
  cpuStarts: virtAddr(cpuStarts),
  ninepQueue: virtAddr(addressOf(ninepQueue)),
  guestStatus: virtAddr(addressOf(guestStatus)),
  packedModule: 0n,
  packedBytes: 0n,
};

/**
 * RSP is the boot stack's top, GS base the per-CPU block, everything else 0: RBP = 0 ends backtraces.
 * @naked
 * @used
 * @section .text.entry
 */
export function kernelEntry(): void {
  // SAFETY: the call aligns the stack as the ABI wants (RSP + 8 is a multiple of 16 at a function's entry).
  asm`
    .pushsection .data.percpu, "aw"
    .balign 64
    .globl bootPercpu
bootPercpu:
    .quad bootPercpu
    .skip ${imm(percpuSize())} - 8
    .popsection
    .pushsection .line_table, "a"
    .quad 0
    .popsection
    xor %ebp, %ebp
    call ${symbol(kernelMain)}
    ud2`;
}

/** @extern cpuMain */
declare function cpuMain(): never;

/**
 * As kernelEntry, for the processors beyond the first (kernel/smp/start.ts): RSP is the top of the idle thread's stack.
 * @naked
 * @used
 * @section .text.entry
 */
export function cpuEntry(): void {
  // SAFETY: as kernelEntry.
  asm`
    xor %ebp, %ebp
    call ${symbol(cpuMain)}
    ud2`;
}

/** Selectors of ring 3 for frames that enter the application. */
export function userCodeSelector(): u16 {
  return USER_CODE_SELECTOR;
}

export function userDataSelector(): u16 {
  return USER_DATA_SELECTOR;
}
