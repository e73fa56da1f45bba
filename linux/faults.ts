/**
 * Faults of the program: which signal an exception is, and a sentence that names its cause for the person who wrote the program.
 *
 * Linux's mapping of exceptions to signals and their si_code (arch/x86/kernel/traps.c, arch/x86/mm/fault.c) is kept. The sentence is for
 * those that have no handler. Only faults at application
 * addresses come here; one in the kernel's own code is a bug and panics (kernel/).
 */

import {
  BUS_ADRALN,
  BUS_ADRERR,
  FPE_FLTDIV,
  FPE_FLTINV,
  FPE_FLTOVF,
  FPE_FLTRES,
  FPE_FLTUND,
  FPE_INTDIV,
  ILL_ILLOPN,
  SEGV_ACCERR,
  SEGV_MAPERR,
  SI_KERNEL,
  SIGBUS,
  SIGFPE,
  SIGILL,
  SIGKILL,
  SIGSEGV,
  SIGTRAP,
  TRAP_TRACE,
} from "../abi/linux-signal.ts";
import { APP_BASE, APP_LIMIT, PAGE_SIZE } from "../abi/memory-map.ts";
import { frameTotalCount } from "../kernel/mm/frames.ts";
import { Prot } from "../kernel/mm/prot.ts";
import { regionSetFaultSink } from "../kernel/mm/region-faults.ts";
import { FaultResult } from "../kernel/mm/region-kinds.ts";
import { regionAllows } from "../kernel/mm/regions.ts";
import { userRead } from "../kernel/mm/user-access.ts";
import { fpuExceptions, simdExceptions } from "../kernel/sched/fpu.ts";
import { trapSetExceptionSink } from "../kernel/trap.ts";
import type { TrapFrame } from "../nucleus/trap-frame.ts";
import { type Callers, callersFind } from "./callers.ts";
import { isInProgramCode, isInStack, isInStackGuard, STACK_BYTES } from "./layout.ts";
import { killProgram } from "./process-end.ts";
import { signalForce, signalWork } from "./signal-deliver.ts";
import { currentTask } from "./task.ts";

/** Page-fault error code (Intel SDM 3, 4.7). */
const PF_PRESENT = 1n;
const PF_WRITE = 2n;
const PF_INSTRUCTION = 16n;
/** As on Linux, whatever the flat ring 3 makes of the access. */
const PF_USER = 4n;

/** Status bits of x87 and SSE (SDM volume 1, 8.1.3 and 10.2.3); a denormal operand counts as underflow. */
const RAISED_INVALID = 0x01;
const RAISED_DIVISION = 0x04;
const RAISED_OVERFLOW = 0x08;
const RAISED_UNDERFLOW = 0x12;
const RAISED_PRECISION = 0x20;

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
function onPageFault(frame: Ptr<TrapFrame>, address: VirtAddr, result: FaultResult): void {
  if (result === FaultResult.OutOfMemory) {
    const mib = frameTotalCount() / FRAMES_PER_MIB;
    killProgram(SIGKILL, `memory is exhausted: the machine's ${mib} MiB are in use; give it more with --memory`);
  }
  const target = u64(address);
  if (result === FaultResult.BusError) {
    noteTrap(frame, frame.error | PF_USER, target);
    const cause = "behind the end of the mapped file, or it could not be read";
    signalForce(SIGBUS, BUS_ADRERR, target, `access to ${hex(target)} (${cause}) at rip ${hex(u64(frame.rip))}`);
    signalWork(frame);
    return;
  }
  const code = accessCode(frame, target);
  noteTrap(frame, frame.error | PF_USER, target);
  if ((frame.error & PF_INSTRUCTION) !== 0n) {
    signalForce(SIGSEGV, code, target, `execution of ${hex(target)} (${whatIsExecuted(frame, target)})`);
  } else {
    const isWrite = (frame.error & PF_WRITE) !== 0n;
    const what = isWrite ? "write to" : "read from";
    if (isThreadStackOverflow(target, u64(frame.rsp))) {
      threadOverflow(frame, target, code, what);
      signalWork(frame);
      return;
    }
    const where = whatIsAccessed(frame, target, isWrite);
    const place = `${what} ${hex(target)} (${where}) at rip ${hex(u64(frame.rip))}`;
    if (isInStackGuard(target, u64(frame.rsp))) {
      forceWithCallers(frame, target, code, place);
    } else {
      signalForce(SIGSEGV, code, target, place);
    }
  }
  signalWork(frame);
}

/** Pages below a thread's stack that its library may have made a guard of. */
const GUARD_PAGES = 16n;

/**
 * Whether an access just below a thread's stack is its overflow: the stack pointer is there, the page is inaccessible, and memory that may
 * be written begins soon above it.
 */
function isThreadStackOverflow(target: u64, rsp: u64): bool {
  const page = target & ~(PAGE_SIZE - 1n);
  const isNear = rsp + GUARD_PAGES * PAGE_SIZE > target && rsp < target + GUARD_PAGES * PAGE_SIZE;
  if (!isNear || target < APP_BASE || target >= APP_LIMIT || isInStackGuard(target, rsp)) {
    return false;
  }
  if (regionAllows(VirtAddr(page), PAGE_SIZE, Prot.Read)) {
    return false;
  }
  for (let above: u64 = 1n; above <= GUARD_PAGES; above++) {
    if (regionAllows(VirtAddr(page + above * PAGE_SIZE), PAGE_SIZE, Prot.ReadWrite)) {
      return rsp < page + (above + GUARD_PAGES) * PAGE_SIZE;
    }
  }
  return false;
}

function threadOverflow(frame: Ptr<TrapFrame>, target: u64, code: i32, what: string): void {
  const tid = currentTask().tid;
  const place = `${what} ${hex(target)} at rip ${hex(u64(frame.rip))}`;
  forceWithCallers(frame, target, code, `thread ${tid}: stack overflow: ${place}`);
}

/** Also says who called what overflowed the stack, nearest first. */
function forceWithCallers(frame: Ptr<TrapFrame>, target: u64, code: i32, said: string): void {
  const callers: Callers = zeroed();
  callersFind(u64(frame.rsp), callers);
  const found = callers.addresses;
  const from = `${hex(found[0])} ${hex(found[1])} ${hex(found[2])} ${hex(found[3])}`;
  signalForce(SIGSEGV, code, target, `${said}, called from ${from}`);
}

/** Whether something is mapped there that must not be accessed so, or nothing is. */
function accessCode(frame: Ptr<TrapFrame>, target: u64): i32 {
  const isPresent = (frame.error & PF_PRESENT) !== 0n && target < APP_LIMIT;
  const isMapped = isPresent || regionAllows(VirtAddr(target & ~(PAGE_SIZE - 1n)), PAGE_SIZE, Prot.None);
  return isMapped && !isInStackGuard(target, u64(frame.rsp)) ? SEGV_ACCERR : SEGV_MAPERR;
}

/** For the ucontext of whatever signal the thread takes next. */
function noteTrap(frame: Ptr<TrapFrame>, error: u64, address: u64): void {
  const state = currentTask().signals;
  state.trapNumber = u32(frame.vector);
  state.trapError = error;
  if (frame.vector === u64(Vector.PF)) {
    state.trapAddress = address;
  }
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
  noteTrap(frame, frame.error, 0n);
  const rip = u64(frame.rip);
  const vector = u32(frame.vector);
  switch (vector) {
    case Vector.DE:
      signalForce(SIGFPE, FPE_INTDIV, rip, `division by zero or its result too large at rip ${hex(rip)}`);
      break;
    case Vector.MF:
    case Vector.XM:
      floatingPoint(rip, vector === u32(Vector.MF) ? fpuExceptions() : simdExceptions());
      break;
    case Vector.UD:
      signalForce(SIGILL, ILL_ILLOPN, rip, `illegal instruction at rip ${hex(rip)}`);
      break;
    case Vector.DB:
      signalForce(SIGTRAP, TRAP_TRACE, rip, `single step at rip ${hex(rip)}, and no debugger listens`);
      break;
    case Vector.BP:
      signalForce(SIGTRAP, SI_KERNEL, 0n, `breakpoint at rip ${hex(rip)}, and no debugger listens`);
      break;
    case Vector.AC:
      signalForce(SIGBUS, BUS_ADRALN, 0n, `unaligned access at rip ${hex(rip)}`);
      break;
    case Vector.NP:
    case Vector.SS:
      signalForce(SIGBUS, SI_KERNEL, 0n, `access through a stack pointer that is no address, at rip ${hex(rip)}`);
      break;
    case Vector.GP:
      signalForce(SIGSEGV, SI_KERNEL, 0n, `${protectionCause(rip)} at rip ${hex(rip)}`);
      break;
    default:
      signalForce(SIGSEGV, SI_KERNEL, 0n, `exception ${vector} at rip ${hex(rip)}`);
      break;
  }
  signalWork(frame);
}

/** `raised`: the unmasked exceptions of x87 or SSE, which have the same bits. None: another handler has cleared them, go on. */
function floatingPoint(rip: u64, raised: u32): void {
  const code = floatingPointCode(raised);
  if (code !== 0) {
    signalForce(SIGFPE, code, rip, `floating-point exception at rip ${hex(rip)}`);
  }
}

function floatingPointCode(raised: u32): i32 {
  if ((raised & RAISED_INVALID) !== 0) {
    return FPE_FLTINV;
  }
  if ((raised & RAISED_DIVISION) !== 0) {
    return FPE_FLTDIV;
  }
  if ((raised & RAISED_OVERFLOW) !== 0) {
    return FPE_FLTOVF;
  }
  if ((raised & RAISED_UNDERFLOW) !== 0) {
    return FPE_FLTUND;
  }
  return (raised & RAISED_PRECISION) !== 0 ? FPE_FLTRES : 0;
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
