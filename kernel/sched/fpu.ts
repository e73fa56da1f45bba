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
/** Invalid, denormal, division by zero, overflow, underflow, precision. */
const EXCEPTION_BITS = 0x3f;

let method: FpuMethod = FpuMethod.Unknown;
let areaBytes: u64 = 0n;
/** XCR0: which parts of the state there are; 0n: only what FXSAVE stores. */
let features: u64 = 0n;
/**
 * What a program starts with, for the XRSTOR family: no part is in it, so all are set to their initial values.
 * @align 64
 */
const initialArea: Bytes<576> = zeroed();

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
  features = readFeatures();
}

function readFeatures(): u64 {
  let high: u32 = 0;
  // SAFETY: reads XCR0 into two registers; OSXSAVE says that it may.
  const low = asm<u32>`xgetbv ${output("eax")} ${outputTo("edx", high)} ${input("ecx", 0)}`;
  return (u64(high) << 32n) | u64(low);
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

/** Which parts a thread's area has (XCR0); 0n if it is FXSAVE's. */
export function fpuFeatures(): u64 {
  if (method === FpuMethod.Unknown) {
    probe();
  }
  return features;
}

/**
 * 0n, or 1n after a fault. RDI: the area; RDX:RAX the parts.
 * @extern fpuSaveFaultable
 */
declare function fpuSaveFaultable(area: u64, parts: u64): u64;
/** @extern fpuLoadFaultable */
declare function fpuLoadFaultable(area: u64, parts: u64): u64;
/** @extern fpuLoadLegacyFaultable */
declare function fpuLoadLegacyFaultable(area: u64): u64;
/** @extern fpuSaveLegacyFaultable */
declare function fpuSaveLegacyFaultable(area: u64): u64;

/**
 * SAFETY: System V calling convention. The instructions touch the area and the FPU's registers only; an area that is not mapped, not
 * aligned or whose contents are not a state faults at 1 to 4 and goes on at 9 by the exception table.
 * @naked
 * @used
 */
export function fpuFaultable(): void {
  asm`
    .globl fpuSaveFaultable, fpuLoadFaultable, fpuLoadLegacyFaultable, fpuSaveLegacyFaultable
fpuSaveFaultable:
    mov %esi, %eax
    mov %rsi, %rdx
    shr $32, %rdx
1:  xsave64 (%rdi)
    xor %eax, %eax
    ret
fpuLoadFaultable:
    mov %esi, %eax
    mov %rsi, %rdx
    shr $32, %rdx
2:  xrstor64 (%rdi)
    xor %eax, %eax
    ret
fpuLoadLegacyFaultable:
3:  fxrstor64 (%rdi)
    xor %eax, %eax
    ret
fpuSaveLegacyFaultable:
4:  fxsave64 (%rdi)
    xor %eax, %eax
    ret
9:  mov $1, %eax
    ret
    .pushsection .extable, "a"
    .quad 1b, 9b
    .quad 2b, 9b
    .quad 3b, 9b
    .quad 4b, 9b
    .popsection`;
}

/** Stores the state in application memory, in XSAVE's standard format or FXSAVE's; false if it cannot be written. */
export function fpuSaveToUser(area: VirtAddr): bool {
  // SAFETY: the caller has checked that the range is the application's; faults are answered.
  if (fpuFeatures() === 0n) {
    return fpuSaveLegacyFaultable(u64(area)) === 0n;
  }
  return fpuSaveFaultable(u64(area), features) === 0n;
}

/**
 * Loads a state out of application memory: the parts `wanted` of an XSAVE area, or an FXSAVE area (0n); other parts get their initial
 * values. False, with everything initial, if it is none.
 */
export function fpuLoadFromUser(area: VirtAddr, wanted: u64): bool {
  fpuInitial();
  const parts = wanted & fpuFeatures();
  // SAFETY: as fpuSaveToUser. All that the instructions can load is the application's own to choose.
  const failed = parts === 0n ? fpuLoadLegacyFaultable(u64(area)) : fpuLoadFaultable(u64(area), parts);
  if (failed !== 0n) {
    fpuInitial();
  }
  return failed === 0n;
}

/** Everything as at a program's start: a signal handler begins so. */
export function fpuInitial(): void {
  const area = elements(initialArea);
  // SAFETY: offsets of the legacy area (SDM volume 1, table 10-2); a header of zeros means that every part is initial.
  castPtr<u16>(area).value = INITIAL_CONTROL_WORD;
  castPtr<u32>(area.add(24)).value = INITIAL_MXCSR;
  if (fpuFeatures() === 0n) {
    asm`fxrstor64 (%rdi) ${input("rdi", area)} ${clobber("memory")}`;
  } else {
    asm`xrstor64 (%rdi) ${input("rdi", area)} ${input("eax", u32.MAX)} ${input("edx", u32.MAX)} ${clobber("memory")}`;
  }
}

/** The x87 exceptions that are raised and not masked, as status bits (SDM volume 1, 8.1.3). */
export function fpuExceptions(): u32 {
  let status: u16 = 0;
  let control: u16 = 0;
  // SAFETY: both store a register without waiting for the exception.
  asm`fnstsw (%rdx) ${input("rdx", addressOf(status))} ${clobber("memory")}`;
  asm`fnstcw (%rdx) ${input("rdx", addressOf(control))} ${clobber("memory")}`;
  return u32(status) & ~u32(control) & EXCEPTION_BITS;
}

/** The same of SSE, where the masks are 7 bits above (SDM volume 1, 10.2.3). */
export function simdExceptions(): u32 {
  let mxcsr: u32 = 0;
  // SAFETY: stores a register.
  asm`stmxcsr (%rdx) ${input("rdx", addressOf(mxcsr))} ${clobber("memory")}`;
  return mxcsr & ~(mxcsr >> 7) & EXCEPTION_BITS;
}

/** The state that the ABI promises at a program's start (System V ABI AMD64, 3.4.1), whatever the processor came up with. */
export function fpuReset(): void {
  const mxcsr: u32 = INITIAL_MXCSR;
  // SAFETY: sets control words only; registers of a program that has not run hold nothing.
  asm`fninit`;
  asm`ldmxcsr (%rdx) ${input("rdx", addressOf(mxcsr))} ${clobber("memory")}`;
}

/** All of the state as a new program finds it, whatever ran before. */
export function fpuStartOver(): void {
  const area = fpuAreaAlloc();
  if (area === null) {
    fpuReset();
    return;
  }
  fpuRestore(area);
  fpuAreaFree(area);
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
