/**
 * Ring-3 side of the nucleus: what needs privilege, as functions. Each is one `int3` with a number in RAX that
 * nothing else has (call-numbers.ts).
 *
 * The kernel calls these; so could the application, which shares the address space and the privilege (DESIGN D3: the machine
 * is the boundary). Forgetting a translation takes 4 instructions in ring 0: some 12 µs on hosts that emulate it.
 */

import { MSR_FS_BASE } from "../abi/x86-vectors.ts";
import { bootInfo } from "./boot-info.ts";
import { CALL_HALT, CALL_INVALIDATE, CALL_LOAD_TABLE, CALL_READ_MSR, CALL_WRITE_MSR } from "./call-numbers.ts";

function nucleusCall(number: i64, first: u64, second: u64): u64 {
  let result = u64.wrap(number);
  // SAFETY: the nucleus keeps every register but RAX, RCX and RDX, and returns behind the int3.
  asm`int3 ${inout("rax", result)} ${input("rdi", first)} ${input("rsi", second)} ${clobber("rcx", "rdx", "memory", "cc")}`;
  return result;
}

/** Forgets the cached translation of the page at `address` on this CPU. */
export function invalidatePage(address: VirtAddr): void {
  void nucleusCall(CALL_INVALIDATE, u64(address), 0n);
}

/** Loads the top-level page table at `root` and forgets all cached translations but global ones. */
export function loadPageTable(root: PhysAddr): void {
  void nucleusCall(CALL_LOAD_TABLE, u64(root), 0n);
}

/**
 * Lets interrupts arrive at all: the local APIC is enabled when the first wait needs it (kernel/time/lapic.ts).
 * @extern kernelBeforeHalt
 */
declare function kernelBeforeHalt(): void;

/**
 * Sleeps until an interrupt is pending; returns at once if one is. The caller has masked interrupts (irqSave) and unmasks
 * afterwards, which runs the handlers.
 */
export function haltUntilInterrupt(): void {
  kernelBeforeHalt();
  void nucleusCall(CALL_HALT, 0n, 0n);
}

export function writeMsr(register: u32, value: u64): void {
  void nucleusCall(CALL_WRITE_MSR, u64(register), value);
}

export function readMsr(register: u32): u64 {
  return nucleusCall(CALL_READ_MSR, u64(register), 0n);
}

/** Sets the FS base (thread pointer) of the running thread: wrfsbase where it works, a nucleus call otherwise. */
export function setFsBase(base: VirtAddr): void {
  if (bootInfo.hasFsgsbase !== 0) {
    // SAFETY: kernel code never uses FS; the instruction is enabled (CR4.FSGSBASE).
    asm`wrfsbase ${input("r", u64(base))}`;
  } else {
    writeMsr(MSR_FS_BASE, u64(base));
  }
}

export function getFsBase(): VirtAddr {
  if (bootInfo.hasFsgsbase !== 0) {
    // SAFETY: reads a register.
    return VirtAddr(asm<u64>`rdfsbase ${output("r")}`);
  }
  return VirtAddr(readMsr(MSR_FS_BASE));
}
