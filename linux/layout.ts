/**
 * Where the program lies in the address space: decided by linux/loader.ts, asked by brk, faults and call sites.
 *
 *     supportBase   clock page | vDSO | thunks of call sites      within 2 GiB of the code, read-only or execute-only data
 *     low .. high   the program's segments
 *     breakStart    the heap of brk(2), growing up
 *     stackLow .. stackTop
 */

import { PF_X } from "../abi/elf.ts";
import type { ElfImage } from "../compiler/std/elf-check.ts";

export const STACK_BYTES = 0x80_0000n;
/** Below the stack: what counts as its overflow even if the access jumps over the guard page (a large local array). */
const OVERFLOW_BYTES = 0x10_0000n;

export class ProgramLayout {
  /** Added to every address of the image; 0 unless position-independent. */
  base!: u64;
  low!: u64;
  high!: u64;
  /** Clock page, vDSO behind it, thunks behind that. */
  supportBase!: u64;
  vdso!: u64;
  thunks!: u64;
  thunkBytes!: u64;
  breakStart!: u64;
  stackLow!: u64;
  stackTop!: u64;
  /** The first instruction; and what is added to the addresses of the interpreter, 0: there is none. */
  startEntry!: u64;
  interpreterBase!: u64;
  /** RSP at the program's first instruction: argc, argv, environment and auxiliary vector begin there. */
  startStack!: u64;
}

export const programLayout: ProgramLayout = zeroed();
/** The checked image; filled by the loader. */
export const programImage: ElfImage = zeroed();

export function isInProgramCode(address: u64): bool {
  for (let i: u32 = 0; i < programImage.segmentCount; i++) {
    const segment = programImage.segments[i];
    const start = programLayout.base + segment.address;
    if ((segment.flags & PF_X) !== 0 && address >= start && address - start < segment.memoryBytes) {
      return true;
    }
  }
  return false;
}

export function isInStack(address: u64): bool {
  return address >= programLayout.stackLow && address < programLayout.stackTop;
}

/** Whether an access below the stack is its overflow: near its low end, and the stack pointer is there, too. */
export function isInStackGuard(address: u64, rsp: u64): bool {
  const low = programLayout.stackLow;
  const isBelow = address < low && low - address <= OVERFLOW_BYTES;
  return isBelow && rsp < low + OVERFLOW_BYTES && rsp > low - OVERFLOW_BYTES;
}
