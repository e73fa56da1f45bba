/**
 * What an upcall is about: an interrupt, a page fault that the address space can answer, a fault of the application, or a bug of
 * ours. Entered from nucleus/upcall.ts with interrupts masked, on a kernel stack.
 */

import { APP_LIMIT, KERNEL_BASE } from "../abi/memory-map.ts";
import {
  RFLAGS_ALIGNMENT_CHECK,
  RFLAGS_TRAP,
  VECTOR_ALIGNMENT,
  VECTOR_DEBUG,
  VECTOR_DOUBLE_FAULT,
  VECTOR_MACHINE_CHECK,
  VECTOR_NMI,
  VECTOR_PAGE_FAULT,
} from "../abi/x86-vectors.ts";
import { idtFill } from "../nucleus/descriptors.ts";
import { BOOT_STACK_BYTES, bootStack, imageHeader } from "../nucleus/image.ts";
import { irqRestore, irqSave } from "../nucleus/irq-mask.ts";
import { INTERRUPT_UPCALL, kernelStackLimit, setKernelStack } from "../nucleus/percpu.ts";
import type { TrapFrame } from "../nucleus/trap-frame.ts";
import { irqRunPending } from "./irq.ts";
import { faultResolve, regionFaultSink } from "./mm/region-faults.ts";
import { FaultResult } from "./mm/region-kinds.ts";
import { exceptionResume, residentResume } from "./mm/user-access.ts";
import { panicWithFrame } from "./panic/panic.ts";
import { isApplication, resumeApplication, resumeInit, windowLeave } from "./sched/resume.ts";
import { currentThread, currentThreadOrNull, schedulerBeforeApplication } from "./sched/scheduler.ts";

const END_OF_LOWER_HALF = 0x8000_0000_0000n;

/** What the linux layer does about an exception of the application other than a page fault; if it returns, the frame is resumed. */
export type ExceptionSink = (frame: Ptr<TrapFrame>) => void;

let exceptionSink: ExceptionSink | null = null;

export function trapSetExceptionSink(sink: ExceptionSink): void {
  exceptionSink = sink;
}

/**
 * What the linux layer does before the current thread goes on in the application, if its `work` is set, which it clears. `frame` is what
 * will be resumed, and may be changed; interrupts are not masked, as in all sinks.
 */
export type WorkSink = (frame: Ptr<TrapFrame>) => void;

let workSink: WorkSink | null = null;

export function trapSetWorkSink(sink: WorkSink): void {
  workSink = sink;
}

/** What the linux layer does when application code goes on at `frame` after another thread has run. */
export type PreemptionSink = (frame: Ptr<TrapFrame>) => void;

let preemptionSink: PreemptionSink | null = null;

export function trapSetPreemptionSink(sink: PreemptionSink): void {
  preemptionSink = sink;
}

/** Exceptions are reported from here on. */
export function trapInit(): void {
  resumeInit();
  const bottom = virtAddr(bootStack);
  setKernelStack(bottom, bottom + u64(BOOT_STACK_BYTES));
  idtFill();
}

/** @export kernelUpcall */
export function kernelUpcall(frame: Ptr<TrapFrame>): void {
  if (frame.vector === u64(INTERRUPT_UPCALL)) {
    irqRunPending();
  } else if (frame.vector === u64(VECTOR_PAGE_FAULT)) {
    pageFault(frame);
  } else {
    exception(frame);
  }
  if (!isApplication(frame)) {
    windowLeave(frame);
  }
  if (isApplication(frame)) {
    kernelBeforeApplication(frame);
  }
}

/** Other threads may run before the application goes on; if any did, the linux layer hears of it (rseq). */
function letOthersRun(frame: Ptr<TrapFrame>): void {
  const thread = currentThread();
  const before = thread.involuntarySwitches;
  schedulerBeforeApplication();
  const sink = preemptionSink;
  if (sink !== null && thread.involuntarySwitches !== before) {
    runSink(sink, frame);
  }
}

/** Sinks touch application memory, whose pages may have to be found first: not masked, unless what was interrupted was. */
function runSink(sink: WorkSink, frame: Ptr<TrapFrame>): void {
  if (frame.irqMask === 0n) {
    irqRestore(false);
  }
  sink(frame);
  void irqSave();
}

/**
 * Everything that must happen before application code goes on; interrupts are masked.
 * @export kernelBeforeApplication
 */
export function kernelBeforeApplication(frame: Ptr<TrapFrame>): never {
  irqRunPending();
  letOthersRun(frame);
  const thread = currentThread();
  const sink = workSink;
  while (sink !== null && thread.work.load() !== 0) {
    runSink(sink, frame);
    letOthersRun(frame);
  }
  resumeApplication(frame);
}

function pageFault(frame: Ptr<TrapFrame>): void {
  const end = residentResume(frame.rip);
  if (end !== 0n) {
    frame.rip = end;
    return;
  }
  const result = faultResolve(frame.faultAddress, frame.error, frame.irqMask === 0n);
  if (result === FaultResult.Resolved || result === FaultResult.Fetched) {
    countFault(result);
    return;
  }
  const resume = exceptionResume(frame.rip);
  if (resume !== 0n) {
    frame.rip = resume;
    return;
  }
  const sink = regionFaultSink();
  if (sink !== null && (isApplication(frame) || isJumpOfApplication(frame) || result === FaultResult.OutOfMemory)) {
    if (frame.irqMask === 0n) {
      irqRestore(false);
    }
    sink(frame, frame.faultAddress, result);
    void irqSave();
    return;
  }
  panicWithFrame(frame, whatFaulted(frame));
}

function countFault(result: FaultResult): void {
  const thread = currentThreadOrNull();
  if (thread !== null) {
    thread.minorFaults += result === FaultResult.Resolved ? 1n : 0n;
    thread.majorFaults += result === FaultResult.Fetched ? 1n : 0n;
  }
}

/** The application jumped to an address of the kernel's half that has no code: RIP is the address, RSP is still its own. */
function isJumpOfApplication(frame: Ptr<TrapFrame>): bool {
  return frame.rip === frame.faultAddress && u64(frame.rsp) < APP_LIMIT;
}

/** The application jumped to an address that cannot exist. Hardware faults at the jump; QEMU's emulation behind it. */
function hasLeftMemory(frame: Ptr<TrapFrame>): bool {
  return u64(frame.rip) >= END_OF_LOWER_HALF && u64(frame.rsp) < APP_LIMIT;
}

function whatFaulted(frame: Ptr<TrapFrame>): string {
  const address = frame.faultAddress;
  const isInImage = u64(address) >= KERNEL_BASE && u64(address) < KERNEL_BASE + imageHeader.imageBytes;
  if (address < kernelStackLimit && kernelStackLimit - address < 0x2000n) {
    return "a kernel stack overflowed";
  }
  return isInImage
    ? "the kernel violates the protection of its image"
    : "the kernel touched an address that is not mapped";
}

function exception(frame: Ptr<TrapFrame>): void {
  if (isBroughtAlong(frame)) {
    frame.rflags &= ~(RFLAGS_TRAP | RFLAGS_ALIGNMENT_CHECK);
    return;
  }
  const resume = isApplication(frame) ? VirtAddr(0n) : exceptionResume(frame.rip);
  if (resume !== 0n) {
    frame.rip = resume;
    return;
  }
  const sink = exceptionSink;
  if (sink !== null && (isApplication(frame) || hasLeftMemory(frame))) {
    runSink(sink, frame);
    return;
  }
  panicWithFrame(frame, exceptionName(frame.vector));
}

/**
 * Whether kernel code was interrupted by a flag that the application had set before it called: a system call that is a jump does
 * not clear TF and AC as SYSCALL does. The kernel goes on without them.
 */
function isBroughtAlong(frame: Ptr<TrapFrame>): bool {
  const isFlagged = frame.vector === u64(VECTOR_DEBUG) || frame.vector === u64(VECTOR_ALIGNMENT);
  return isFlagged && !isApplication(frame) && (frame.rflags & (RFLAGS_TRAP | RFLAGS_ALIGNMENT_CHECK)) !== 0n;
}

/**
 * NMI, double fault and machine check, on the fatal stack.
 * @export kernelFatal
 * @noreturn
 */
export function kernelFatal(frame: Ptr<TrapFrame>): never {
  panicWithFrame(frame, exceptionName(frame.vector));
}

/** SDM volume 3, table 6-1. */
function exceptionName(vector: u64): string {
  switch (u32(vector)) {
    case 0:
      return "division error";
    case 1:
      return "debug exception";
    case VECTOR_NMI:
      return "non-maskable interrupt";
    case 3:
      return "breakpoint";
    case 6:
      return "invalid instruction";
    case VECTOR_DOUBLE_FAULT:
      return "double fault";
    case 12:
      return "stack fault";
    case 13:
      return "general protection fault";
    case 16:
      return "x87 exception";
    case 17:
      return "alignment check";
    case VECTOR_MACHINE_CHECK:
      return "machine check";
    case 19:
      return "SIMD exception";
    default:
      return "unexpected exception";
  }
}
