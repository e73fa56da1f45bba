/**
 * Vectors, selectors and page-fault codes of the guest: Intel SDM volume 3, 3.4.5, 4.7 and 6.15.
 *
 * Ring 3 has the selectors that Linux uses (0x33, 0x2b), because signal frames show them to programs.
 */

// Page-fault error code (SDM 4.7).
export const PAGE_FAULT_PRESENT = 0x1n;
export const PAGE_FAULT_WRITE = 0x2n;
export const PAGE_FAULT_USER = 0x4n;
export const PAGE_FAULT_FETCH = 0x10n;

// Exceptions (SDM 6.15).
export const VECTOR_DIVIDE = 0;
export const VECTOR_DEBUG = 1;
export const VECTOR_NMI = 2;
export const VECTOR_BREAKPOINT = 3;
export const VECTOR_OVERFLOW = 4;
export const VECTOR_BOUND = 5;
export const VECTOR_INVALID_OPCODE = 6;
export const VECTOR_NO_FPU = 7;
export const VECTOR_DOUBLE_FAULT = 8;
export const VECTOR_STACK_FAULT = 12;
export const VECTOR_GENERAL_PROTECTION = 13;
export const VECTOR_PAGE_FAULT = 14;
export const VECTOR_FPU = 16;
export const VECTOR_ALIGNMENT = 17;
export const VECTOR_MACHINE_CHECK = 18;
export const VECTOR_SIMD = 19;
export const VECTOR_FIRST_INTERRUPT = 0x20;
export const VECTOR_COUNT = 256;

// Selectors, with the requested privilege level.
export const KERNEL_CODE_SELECTOR = 0x08;
export const KERNEL_DATA_SELECTOR = 0x10;
export const BOOT_CODE32_SELECTOR = 0x18;
export const USER_DATA_SELECTOR = 0x2b;
export const USER_CODE_SELECTOR = 0x33;
export const TSS_SELECTOR = 0x40;

export const RFLAGS_TRAP = 0x100n;
export const RFLAGS_DIRECTION = 0x400n;
export const RFLAGS_ALIGNMENT_CHECK = 0x4_0000n;

export const MSR_FS_BASE = 0xc000_0100;
export const MSR_GS_BASE = 0xc000_0101;

/** STAR: SYSCALL loads CS from bits 32..47 and SS from that plus 8; SYSRET is not used. */
export const STAR_VALUE = 0x0023_0008_0000_0000n;
/** SFMASK: what SYSCALL clears: TF, DF, NT, AC. IF stays: nucleus/stubs.ts says why. */
export const SFMASK_VALUE = 0x4_4500n;
