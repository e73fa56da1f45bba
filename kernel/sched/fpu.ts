/**
 * FPU, SSE and AVX state of application threads: saved when another thread gets the processor (SDM volume 1, chapter 13).
 *
 * The kernel never touches these registers, so system calls and interrupts leave them alone, and a program with one thread never
 * pays for them. The area's size and the best instruction are probed once, when the second thread is made: CPUID exits to the
 * hypervisor. XSAVEOPT needs an area that is its thread's own and zero at first, which these are.
 */

import { XCR0_X87_SSE } from "../../abi/x86-registers.ts";
import { type CpuidResult, cpuid } from "../../nucleus/cpu.ts";
import { heapAlloc, heapFree } from "../mm/heap.ts";

enum FpuMethod {
  Unknown = 0,
  Fxsave = 1,
  Xsave = 2,
  Xsaveopt = 3,
}

const FXSAVE_BYTES = 512;
const XSAVE_HEADER_OFFSET = 512n;
const ECX_OSXSAVE = 0x800_0000;
const EAX_XSAVEOPT = 0x1;
const AREA_ALIGN = 64n;
/** x87 control word and MXCSR as the ABI wants them at a program's start: all exceptions masked. */
const INITIAL_CONTROL_WORD = 0x37f;
const INITIAL_MXCSR = 0x1f80;

let method: FpuMethod = FpuMethod.Unknown;
let areaBytes: u64 = 0n;

function probe(): void {
  const result: CpuidResult = zeroed();
  cpuid(1, 0, result);
  areaBytes = u64(FXSAVE_BYTES);
  if ((result.ecx & ECX_OSXSAVE) === 0) {
    method = FpuMethod.Fxsave;
    return;
  }
  cpuid(0xd, 0, result);
  areaBytes = u64(result.ebx);
  cpuid(0xd, 1, result);
  method = (result.eax & EAX_XSAVEOPT) !== 0 ? FpuMethod.Xsaveopt : FpuMethod.Xsave;
}

/** Bytes of a thread's area, for signal frames too. */
export function fpuAreaBytes(): u64 {
  if (method === FpuMethod.Unknown) {
    probe();
  }
  return areaBytes;
}

/** An area in the state of a program's start; null: no memory. It lives as long as its thread; fpuAreaFree gives it back. */
export function fpuAreaAlloc(): Ptr<u8> | null {
  const bytes = fpuAreaBytes();
  const block = heapAlloc(bytes + AREA_ALIGN);
  if (block === null) {
    return null;
  }
  fillBytes(block, 0, bytes + AREA_ALIGN);
  const area = pointerAt<u8>((u64(virtAddr(block)) + AREA_ALIGN) & ~(AREA_ALIGN - 1n));
  // Blocks are aligned to 16, so there are at least 16 bytes before the area: room to remember where the block begins.
  castPtr<u64>(area.add(-8)).value = u64(virtAddr(block));
  // SAFETY: offsets of the legacy area (SDM volume 1, table 10-2).
  castPtr<u16>(area).value = INITIAL_CONTROL_WORD;
  castPtr<u32>(area.add(24)).value = INITIAL_MXCSR;
  // Bit 1 of XSTATE_BV says that the SSE part is there, MXCSR with it.
  if (method !== FpuMethod.Fxsave) {
    castPtr<u64>(area.add(XSAVE_HEADER_OFFSET)).value = XCR0_X87_SSE;
  }
  return area;
}

/** Gives back what fpuAreaAlloc gave. */
export function fpuAreaFree(area: Ptr<u8>): void {
  heapFree(pointerAt<u8>(castPtr<u64>(area.add(-8)).value));
}

/** The state that the ABI promises at a program's start (System V ABI AMD64, 3.4.1), whatever the processor came up with. */
export function fpuReset(): void {
  const mxcsr: u32 = INITIAL_MXCSR;
  // SAFETY: sets control words only; registers of a program that has not run hold nothing.
  asm`fninit`;
  asm`ldmxcsr (%rdx) ${input("rdx", addressOf(mxcsr))} ${clobber("memory")}`;
}

/** Stores the processor's state in `area`. */
export function fpuSave(area: Ptr<u8>): void {
  // SAFETY: the area is aligned to 64, as large as CPUID said, and nobody else's; EDX:EAX ask for everything.
  if (method === FpuMethod.Xsaveopt) {
    asm`xsaveopt64 (%rdi) ${input("rdi", area)} ${input("eax", u32.MAX)} ${input("edx", u32.MAX)} ${clobber("memory")}`;
  } else if (method === FpuMethod.Xsave) {
    asm`xsave64 (%rdi) ${input("rdi", area)} ${input("eax", u32.MAX)} ${input("edx", u32.MAX)} ${clobber("memory")}`;
  } else {
    asm`fxsave64 (%rdi) ${input("rdi", area)} ${clobber("memory")}`;
  }
}

/** Loads the state that fpuSave or fpuAreaAlloc left in `area`. */
export function fpuRestore(area: Ptr<u8>): void {
  // SAFETY: as fpuSave; the contents were written by these instructions or are the initial state.
  if (method === FpuMethod.Fxsave) {
    asm`fxrstor64 (%rdi) ${input("rdi", area)} ${clobber("memory")}`;
  } else {
    asm`xrstor64 (%rdi) ${input("rdi", area)} ${input("eax", u32.MAX)} ${input("edx", u32.MAX)} ${clobber("memory")}`;
  }
}
