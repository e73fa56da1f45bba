/**
 * The tables that the processor reads: GDT, IDT and TSS of the CPU that boots (SDM volume 3, 3.4.5, 6.14.1, 7.7).
 *
 * They are ordinary memory, so ring 3 fills them; only loading their registers takes privilege, and whoever starts the CPU has
 * done it (ImageHeader). The TSS carries an I/O bitmap of zeros: every port is open to ring 3. It lies at the end of the TSS in
 * .bss and no page of it is touched before a port behind it is used.
 */

import {
  TSS_SELECTOR,
  USER_CODE_SELECTOR,
  USER_DATA_SELECTOR,
  VECTOR_BREAKPOINT,
  VECTOR_COUNT,
  VECTOR_DOUBLE_FAULT,
  VECTOR_FIRST_INTERRUPT,
  VECTOR_MACHINE_CHECK,
  VECTOR_NMI,
  VECTOR_PAGE_FAULT,
} from "../abi/x86-vectors.ts";
import {
  exceptionIret,
  fatalIret,
  INTERRUPT_UPCALL,
  type IretFrame,
  interruptFrame,
  interruptIret,
  pageFaultIret,
  setFrameAddresses,
  syscallIret,
} from "./percpu.ts";
import { EXCEPTION_STUB_BYTES, exceptionStubs, INTERRUPT_STUB_BYTES, interruptStubs, pageFaultStub } from "./stubs.ts";
import { upcallException, upcallFatal, upcallInterrupt, upcallPageFault } from "./upcall.ts";

@struct(16)
export class Gate {
  offsetLow!: u16;
  selector!: u16;
  stack!: u8;
  type!: u8;
  offsetMiddle!: u16;
  offsetHigh!: u32;
  reserved!: u32;
}

/** 32-bit halves, because the format aligns its 64-bit fields to 4. */
@struct(8296)
export class TaskState {
  reserved0!: u32;
  @at(4)
  rsp0Low!: u32;
  rsp0High!: u32;
  unused!: FixedArray<u32, 4>;
  reserved1!: FixedArray<u32, 2>;
  @at(36)
  ist1Low!: u32;
  ist1High!: u32;
  ist2Low!: u32;
  ist2High!: u32;
  otherStacks!: FixedArray<u32, 10>;
  reserved2!: FixedArray<u32, 2>;
  reserved3!: u16;
  @at(102)
  bitmapOffset!: u16;
  bitmap!: Bytes<8192>;
}
export const TSS_BYTES = 8296;
export const GDT_BYTES = 80;
export const IDT_BYTES = 4096;

/** Limits are ignored in long mode but for boot code; bases are 0. The TSS descriptor is filled where a CPU loads it (boot). */
export const bootGdt: FixedArray<u64, 10> = fixedArray<u64, 10>(
  0n,
  0x00af_9b00_0000_ffffn, // ring-0 code
  0x00cf_9300_0000_ffffn, // ring-0 data
  0x00cf_9b00_0000_ffffn, // ring-0 code, 32 bits: the start on QEMU and GRUB
  0n,
  0x00cf_f300_0000_ffffn, // ring-3 data
  0x00af_fb00_0000_ffffn, // ring-3 code
  0n,
  0n,
  0n,
);

/** @align 4096 */
export const bootIdt: FixedArray<Gate, 256> = zeroed();
/** @align 128 */
export const bootTss: TaskState = zeroed();

/** Exceptions from ring 3 use 56 bytes of the first; interrupts 40 of the second; the third is for NMI, #DF and #MC. */
const RING0_STACK_BYTES = 256n;
const FATAL_RING0_STACK_BYTES = 512n;
/** @align 16 */
const exceptionStack: Bytes<256> = zeroed();
/** @align 16 */
const interruptStack: Bytes<256> = zeroed();
/** @align 16 */
const fatalRing0Stack: Bytes<512> = zeroed();
/** @align 16 */
const upcallScratch: Bytes<64> = zeroed();
const SCRATCH_BYTES = 64n;

const GATE_INTERRUPT = 0x8e;
const GATE_RING3 = 0x60;
const IST_INTERRUPT = 1;
const IST_FATAL = 2;
const ENTRY_FRAME_BYTES = 56n;
/** RFLAGS in ring 3: bit 1 is always set; IF is always set, masking is done in software. */
const RING3_RFLAGS = 0x202n;

/** @extern linuxSyscallTrap */
declare function linuxSyscallTrap(): void;

/** Fills TSS, upcall frames and IDT of the booting CPU. Runs in ring 3, before the first exception or interrupt can be handled. */
export function idtFill(): void {
  tssFill();
  framesFill();
  gatesFill();
}

function tssFill(): void {
  const rsp0 = endOf(exceptionStack, RING0_STACK_BYTES);
  const ist1 = endOf(interruptStack, RING0_STACK_BYTES);
  const ist2 = endOf(fatalRing0Stack, FATAL_RING0_STACK_BYTES);
  bootTss.rsp0Low = u32.wrap(u64(rsp0));
  bootTss.rsp0High = u32(u64(rsp0) >> 32n);
  bootTss.ist1Low = u32.wrap(u64(ist1));
  bootTss.ist1High = u32(u64(ist1) >> 32n);
  bootTss.ist2Low = u32.wrap(u64(ist2));
  bootTss.ist2High = u32(u64(ist2) >> 32n);
  bootTss.bitmapOffset = u16(offsetOf<TaskState>("bitmap"));
}

function endOf(stack: Ptr<any> | object, bytes: u64): VirtAddr {
  return virtAddr(stack) + bytes;
}

function framesFill(): void {
  const scratch = endOf(upcallScratch, SCRATCH_BYTES);
  fillFrame(exceptionIret, functionAddress(upcallException), scratch);
  fillFrame(pageFaultIret, functionAddress(upcallPageFault), scratch);
  fillFrame(interruptIret, functionAddress(upcallInterrupt), scratch);
  fillFrame(fatalIret, functionAddress(upcallFatal), scratch);
  fillFrame(syscallIret, functionAddress(linuxSyscallTrap), 0n);
  interruptFrame.vector = u64(INTERRUPT_UPCALL);
  setFrameAddresses(
    endOf(exceptionStack, RING0_STACK_BYTES) - ENTRY_FRAME_BYTES,
    endOf(fatalRing0Stack, FATAL_RING0_STACK_BYTES) - ENTRY_FRAME_BYTES,
  );
}

function fillFrame(frame: IretFrame, entry: VirtAddr, stack: VirtAddr): void {
  frame.rip = entry;
  frame.cs = u64(USER_CODE_SELECTOR);
  frame.rflags = RING3_RFLAGS;
  frame.rsp = stack;
  frame.ss = u64(USER_DATA_SELECTOR);
}

function gatesFill(): void {
  const exceptions = functionAddress(exceptionStubs);
  const interrupts = functionAddress(interruptStubs);
  for (let vector: u32 = 0; vector < VECTOR_FIRST_INTERRUPT; vector++) {
    fillGate(vector, exceptions + u64(vector) * EXCEPTION_STUB_BYTES, 0, GATE_INTERRUPT);
  }
  for (let vector: u32 = VECTOR_FIRST_INTERRUPT; vector < VECTOR_COUNT; vector++) {
    const stub = interrupts + u64(vector - VECTOR_FIRST_INTERRUPT) * INTERRUPT_STUB_BYTES;
    fillGate(vector, stub, IST_INTERRUPT, GATE_INTERRUPT);
  }
  fillGate(VECTOR_PAGE_FAULT, functionAddress(pageFaultStub), 0, GATE_INTERRUPT);
  bootIdt[VECTOR_BREAKPOINT].type = GATE_INTERRUPT | GATE_RING3;
  bootIdt[VECTOR_NMI].stack = IST_FATAL;
  bootIdt[VECTOR_DOUBLE_FAULT].stack = IST_FATAL;
  bootIdt[VECTOR_MACHINE_CHECK].stack = IST_FATAL;
}

function fillGate(vector: u32, stub: VirtAddr, stack: u8, type: u8): void {
  const gate = bootIdt[vector];
  const address = u64(stub);
  gate.offsetLow = u16.wrap(address);
  gate.selector = KERNEL_CODE;
  gate.stack = stack;
  gate.type = type;
  gate.offsetMiddle = u16.wrap(address >> 16n);
  gate.offsetHigh = u32(address >> 32n);
  gate.reserved = 0;
}
const KERNEL_CODE = 8;

staticAssert(TSS_SELECTOR === 0x40, "the TSS descriptor is entry 8 of bootGdt");
