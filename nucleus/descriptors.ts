/**
 * The tables that the processors read: GDT and TSS of each, and the IDT that all share (SDM volume 3, 3.4.5, 6.14.1, 7.7).
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
import {
  breakpointStub,
  EXCEPTION_STUB_BYTES,
  exceptionStubs,
  INTERRUPT_STUB_BYTES,
  interruptStubs,
  pageFaultStub,
} from "./stubs.ts";
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

/**
 * Stacks of ring 0: exceptions from ring 3 use 56 bytes of the first; interrupts 40 of the second; the third is for NMI, #DF and #MC. The
 * scratch stack is the upcalls', in ring 3.
 */
@struct(1088)
export class EntryStacks {
  exception!: Bytes<256>;
  interrupt!: Bytes<256>;
  fatal!: Bytes<512>;
  scratch!: Bytes<64>;
}
const RING0_STACK_BYTES = 256n;
const FATAL_RING0_STACK_BYTES = 512n;
const SCRATCH_BYTES = 64n;
/** @align 16 */
const bootStacks: EntryStacks = zeroed();

/** What a processor beyond the first has of its own: zeroed memory at a multiple of 128, filled by cpuTablesFill. */
@struct(9472)
export class CpuTables {
  tss!: TaskState;
  gdt!: FixedArray<u64, 10>;
  /** The processor rounds RSP down to 16 before it pushes: the stacks must end at a multiple. */
  reserved!: u64;
  @at(8384)
  stacks!: EntryStacks;
}

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
  tssFill(bootTss, bootStacks);
  framesFill(bootStacks);
  gatesFill();
}

/** Fills the tables of a processor that has not started, on whichever processor runs. */
export function cpuTablesFill(tables: CpuTables): void {
  tssFill(tables.tss, tables.stacks);
  for (let index: u32 = 0; index < BOOT_GDT_TSS; index++) {
    tables.gdt[index] = bootGdt[index];
  }
  const base = u64(virtAddr(tables.tss));
  const limit = u64(TSS_BYTES - 1);
  tables.gdt[BOOT_GDT_TSS] =
    limit | ((base & 0xff_ffffn) << 16n) | (TSS_AVAILABLE << 40n) | (((base >> 24n) & 0xffn) << 56n);
  tables.gdt[BOOT_GDT_TSS + 1] = base >> 32n;
}

/** The upcall frames of the processor that runs this, in its per-CPU block; interrupts cannot arrive yet. */
export function cpuFramesFill(tables: CpuTables): void {
  framesFill(tables.stacks);
}

function tssFill(tss: TaskState, stacks: EntryStacks): void {
  const rsp0 = endOf(stacks.exception, RING0_STACK_BYTES);
  const ist1 = endOf(stacks.interrupt, RING0_STACK_BYTES);
  const ist2 = endOf(stacks.fatal, FATAL_RING0_STACK_BYTES);
  tss.rsp0Low = u32.wrap(u64(rsp0));
  tss.rsp0High = u32(u64(rsp0) >> 32n);
  tss.ist1Low = u32.wrap(u64(ist1));
  tss.ist1High = u32(u64(ist1) >> 32n);
  tss.ist2Low = u32.wrap(u64(ist2));
  tss.ist2High = u32(u64(ist2) >> 32n);
  tss.bitmapOffset = u16(offsetOf<TaskState>("bitmap"));
}

function endOf(stack: Ptr<any> | object, bytes: u64): VirtAddr {
  return virtAddr(stack) + bytes;
}

function framesFill(stacks: EntryStacks): void {
  const scratch = endOf(stacks.scratch, SCRATCH_BYTES);
  fillFrame(exceptionIret, functionAddress(upcallException), scratch);
  fillFrame(pageFaultIret, functionAddress(upcallPageFault), scratch);
  fillFrame(interruptIret, functionAddress(upcallInterrupt), scratch);
  fillFrame(fatalIret, functionAddress(upcallFatal), scratch);
  fillFrame(syscallIret, functionAddress(linuxSyscallTrap), 0n);
  interruptFrame.vector = u64(INTERRUPT_UPCALL);
  setFrameAddresses(
    endOf(stacks.exception, RING0_STACK_BYTES) - ENTRY_FRAME_BYTES,
    endOf(stacks.fatal, FATAL_RING0_STACK_BYTES) - ENTRY_FRAME_BYTES,
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
  fillGate(VECTOR_BREAKPOINT, functionAddress(breakpointStub), 0, GATE_INTERRUPT | GATE_RING3);
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

const BOOT_GDT_TSS = 8;
/** Type of a TSS descriptor that no processor has loaded: present, available 64-bit TSS. */
const TSS_AVAILABLE = 0x89n;

staticAssert(TSS_SELECTOR === 8 * BOOT_GDT_TSS, "the TSS descriptor's entry in bootGdt");
