/**
 * Faults of the program: which signal an exception is, and a sentence that names its cause for the person who wrote the program.
 *
 * Linux's mapping of exceptions to signals (arch/x86/kernel/traps.c, arch/x86/mm/fault.c) is kept. Only faults at application
 * addresses come here; one in the kernel's own code is a bug and panics (kernel/).
 */

import { SIGBUS, SIGFPE, SIGILL, SIGKILL, SIGSEGV, SIGTRAP } from "../abi/linux-signal.ts";
import { APP_BASE, APP_LIMIT } from "../abi/memory-map.ts";
import { frameTotalCount } from "../kernel/mm/frames.ts";
import { regionSetFaultSink } from "../kernel/mm/regions.ts";
import { userRead } from "../kernel/mm/user-access.ts";
import { trapSetExceptionSink } from "../kernel/trap.ts";
import type { TrapFrame } from "../nucleus/trap-frame.ts";
import { isInProgramCode, isInStack, isInStackGuard, STACK_BYTES } from "./layout.ts";
import { killProgram } from "./process-end.ts";
import { signalFault } from "./signals.ts";

/** Page-fault error code (Intel SDM 3, 4.7). */
const PF_PRESENT = 1n;
const PF_WRITE = 2n;
const PF_INSTRUCTION = 16n;

const FRAMES_PER_MIB = 256n;

/** Exception vectors (Intel SDM 3, table 6-1). */
enum Vector {
  DE = 0,
  DB = 1,
  BP = 3,
  OF = 4,
  BR = 5,
  UD = 6,
  NP = 11,
  SS = 12,
  GP = 13,
  PF = 14,
  MF = 16,
  AC = 17,
  XM = 19,
}

export function faultsInit(): void {
  regionSetFaultSink(onPageFault);
  trapSetExceptionSink(onException);
}

/** An access that regions cannot satisfy. */
function onPageFault(frame: Ptr<TrapFrame>, address: VirtAddr, outOfMemory: bool): void {
  if (outOfMemory) {
    const mib = frameTotalCount() / FRAMES_PER_MIB;
    killProgram(SIGKILL, `memory is exhausted: the machine's ${mib} MiB are in use; give it more with --memory`);
  }
  const target = u64(address);
  const rip = frame.rip;
  if ((frame.error & PF_INSTRUCTION) !== 0n) {
    signalFault(SIGSEGV, `execution of ${hex(target)} (${whatIsExecuted(frame, target)})`);
  }
  const isWrite = (frame.error & PF_WRITE) !== 0n;
  const what = isWrite ? "write to" : "read from";
  const where = whatIsAccessed(frame, target, isWrite);
  signalFault(SIGSEGV, `${what} ${hex(target)} (${where}) at rip ${hex(u64(rip))}`);
}

function whatIsExecuted(frame: Ptr<TrapFrame>, target: u64): string {
  if (target < APP_BASE) {
    return "a null pointer called as a function";
  }
  if (isInStack(target)) {
    return "its stack, which is not executable";
  }
  if (target >= APP_LIMIT) {
    return "the kernel's memory";
  }
  return (frame.error & PF_PRESENT) !== 0n ? "data, which is not executable" : "nothing is mapped there";
}

function whatIsAccessed(frame: Ptr<TrapFrame>, target: u64, isWrite: bool): string {
  if (isInStackGuard(target, u64(frame.rsp))) {
    return "below its stack of 8 MiB: stack overflow";
  }
  if (target < APP_BASE) {
    return "a null pointer";
  }
  if (target >= APP_LIMIT) {
    return "the kernel's memory";
  }
  if (isInProgramCode(target)) {
    return isWrite ? "its code" : "its code, made unreadable";
  }
  if ((frame.error & PF_PRESENT) !== 0n) {
    return isWrite ? "read-only memory" : "memory made unreadable";
  }
  return "not mapped";
}

/** An exception other than a page fault in the application. */
function onException(frame: Ptr<TrapFrame>): void {
  const rip = hex(u64(frame.rip));
  switch (u32(frame.vector)) {
    case Vector.DE:
      signalFault(SIGFPE, `division by zero or its result too large at rip ${rip}`);
      break;
    case Vector.MF:
    case Vector.XM:
      signalFault(SIGFPE, `floating-point exception at rip ${rip}`);
      break;
    case Vector.UD:
      signalFault(SIGILL, `illegal instruction at rip ${rip}`);
      break;
    case Vector.DB:
    case Vector.BP:
      signalFault(SIGTRAP, `breakpoint at rip ${rip}, and no debugger listens`);
      break;
    case Vector.AC:
      signalFault(SIGBUS, `unaligned access at rip ${rip}`);
      break;
    case Vector.NP:
    case Vector.SS:
      signalFault(SIGBUS, `access through a stack pointer that is no address, at rip ${rip}`);
      break;
    case Vector.GP:
      signalFault(SIGSEGV, `${protectionCause(u64(frame.rip))} at rip ${rip}`);
      break;
    default:
      signalFault(SIGSEGV, `exception ${u32(frame.vector)} at rip ${rip}`);
      break;
  }
}

/** #GP: a privileged instruction, by its opcode, or an address outside the 47 bits that exist. */
function protectionCause(rip: u64): string {
  const code: Bytes<4> = zeroed();
  for (let i: u32 = 0; i < 4; i++) {
    if (userRead(elements(code).add(i), VirtAddr(rip + u64(i)), 1n) !== 0n) {
      break;
    }
  }
  return isPrivileged(elements(code)) ? "privileged instruction" : "access to an address that cannot exist";
}

/** hlt, cli, sti, port input and output, and the 0f-group that programs may not execute (Intel SDM 3, 5.9). */
function isPrivileged(code: Ptr<u8>): bool {
  const first = code[0];
  if (first === 0xf4 || first === 0xfa || first === 0xfb || (first >= 0x6c && first <= 0x6f)) {
    return true;
  }
  if (first !== 0x0f) {
    return (first & 0xf4) === 0xe4 && first !== 0xe8 && first !== 0xe9 && first !== 0xea && first !== 0xeb;
  }
  const second = code[1];
  const isControl = second >= 0x20 && second <= 0x23;
  const isMsr = second === 0x30 || second === 0x32;
  return isControl || isMsr || second <= 0x01 || second === 0x06 || second === 0x08 || second === 0x09;
}

staticAssert(STACK_BYTES === 0x80_0000n, "the message about stack overflow says 8 MiB");
