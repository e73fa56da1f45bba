/**
 * Restartable sequences (rseq(2), include/uapi/linux/rseq.h): a word per thread that says on which processor it runs, and critical sections
 * that start again, at their abort address, when the thread was interrupted inside one by another thread or a signal.
 *
 * The word is right whenever the thread runs: it is written when a thread goes on on another processor, before it returns to the application.
 * A section is looked at when another thread has run meanwhile, and before a signal's handler; system calls inside of one are not allowed.
 */

import { EBUSY, EFAULT, EINVAL, EPERM } from "../abi/errno.ts";
import {
  RSEQ_BYTES,
  RSEQ_CPU_ID_UNINITIALIZED,
  RSEQ_FLAG_UNREGISTER,
  type RseqArea,
  type RseqSection,
} from "../abi/linux-process.ts";
import { SIGSEGV } from "../abi/linux-signal.ts";
import { APP_LIMIT } from "../abi/memory-map.ts";
import { isApplicationRange, userRead, userWrite } from "../kernel/mm/user-access.ts";
import { schedulerSetMigrationHook } from "../kernel/sched/scheduler.ts";
import type { Thread } from "../kernel/sched/thread-type.ts";
import { trapSetPreemptionSink } from "../kernel/trap.ts";
import { cpuIndex } from "../nucleus/percpu.ts";
import type { TrapFrame } from "../nucleus/trap-frame.ts";
import { killProgram } from "./process-end.ts";
import type { SyscallFrame } from "./syscall-frame.ts";
import { currentTask, type Task } from "./task.ts";

const SECTION_OFFSET = u64(offsetOf<RseqArea>("section"));
const SIGNATURE_BYTES = 4n;

export function rseqInit(): void {
  schedulerSetMigrationHook(onMigration);
  trapSetPreemptionSink(rseqInterrupted);
}

/** On the new processor, with interrupts masked, on the thread's own stack. */
function onMigration(thread: Thread): void {
  // SAFETY: threads that have run in the application have a task.
  const task = pointerAt<Task>(thread.owner);
  if (task.rseqAt !== 0n && !storeCpu(task.rseqAt, cpuIndex, cpuIndex)) {
    damaged();
  }
}

/** The numbers of processor, node and thread slot, of which the last is the processor's again. */
function storeCpu(area: u64, start: u32, cpu: u32): bool {
  const numbers: FixedArray<u32, 2> = fixedArray(start, cpu);
  const more: FixedArray<u32, 2> = fixedArray(0, start);
  // SAFETY: eight bytes of locals.
  const first = userWrite(VirtAddr(area), castPtr<u8>(elements(numbers)), 8n);
  const offset = u64(offsetOf<RseqArea>("node_id"));
  return first === 0n && userWrite(VirtAddr(area + offset), castPtr<u8>(elements(more)), 8n) === 0n;
}

/** As Linux does: a program whose area or section is nonsense gets SIGSEGV. */
function damaged(): never {
  killProgram(SIGSEGV, "its area for restartable sequences (rseq) is damaged");
}

/** rseq(area, bytes, flags, signature) */
export function sysRseq(call: SyscallFrame): i64 {
  const task = currentTask();
  const bytes = u32.wrap(call.a1);
  const flags = u32.wrap(call.a2);
  const signature = u32.wrap(call.a3);
  if ((flags & RSEQ_FLAG_UNREGISTER) !== 0) {
    return flags !== RSEQ_FLAG_UNREGISTER ? i64(-EINVAL) : unregister(task, call.a0, bytes, signature);
  }
  if (flags !== 0) {
    return i64(-EINVAL);
  }
  if (task.rseqAt !== 0n) {
    if (task.rseqAt !== call.a0 || bytes !== RSEQ_BYTES) {
      return i64(-EINVAL);
    }
    return task.rseqSignature !== signature ? i64(-EPERM) : i64(-EBUSY);
  }
  if (call.a0 === 0n || call.a0 % u64(RSEQ_BYTES) !== 0n || bytes !== RSEQ_BYTES) {
    return i64(-EINVAL);
  }
  if (!isApplicationRange(VirtAddr(call.a0), u64(bytes)) || !storeCpu(call.a0, cpuIndex, cpuIndex)) {
    return i64(-EFAULT);
  }
  task.rseqAt = call.a0;
  task.rseqSignature = signature;
  return 0n;
}

function unregister(task: Ptr<Task>, area: u64, bytes: u32, signature: u32): i64 {
  if (area === 0n || task.rseqAt !== area || bytes !== RSEQ_BYTES) {
    return i64(-EINVAL);
  }
  if (task.rseqSignature !== signature) {
    return i64(-EPERM);
  }
  task.rseqAt = 0n;
  return storeCpu(area, 0, RSEQ_CPU_ID_UNINITIALIZED) ? 0n : i64(-EFAULT);
}

/** The application was interrupted at `frame`: if that is inside a section, it goes on where the section says. */
export function rseqInterrupted(frame: Ptr<TrapFrame>): void {
  const task = currentTask();
  if (task.rseqAt === 0n) {
    return;
  }
  let sectionAt: u64 = 0n;
  const pointer = VirtAddr(task.rseqAt + SECTION_OFFSET);
  // SAFETY: eight bytes of a local, here and below.
  if (userRead(castPtr<u8>(addressOf(sectionAt)), pointer, 8n) !== 0n) {
    damaged();
  }
  if (sectionAt === 0n) {
    return;
  }
  const section: RseqSection = zeroed();
  if (userRead(castPtr<u8>(section), VirtAddr(sectionAt), u64(sizeOf<RseqSection>())) !== 0n) {
    damaged();
  }
  const end = section.start + section.bytes;
  const isOrdered = section.start < APP_LIMIT && end < APP_LIMIT && end >= section.start;
  const isAbortOutside = section.abort - section.start >= section.bytes && section.abort < APP_LIMIT;
  if (section.version !== 0 || !isOrdered || !isAbortOutside || !isSigned(task, section.abort)) {
    damaged();
  }
  const isInside = u64(frame.rip) - section.start < section.bytes;
  let none: u64 = 0n;
  if (userWrite(pointer, castPtr<u8>(addressOf(none)), 8n) !== 0n) {
    damaged();
  }
  if (isInside) {
    frame.rip = VirtAddr(section.abort);
  }
}

/** The four bytes before the abort address are those that the thread registered, so that nobody can be sent just anywhere. */
function isSigned(task: Ptr<Task>, abort: u64): bool {
  let signature: u32 = 0;
  const read = userRead(castPtr<u8>(addressOf(signature)), VirtAddr(abort - SIGNATURE_BYTES), SIGNATURE_BYTES);
  return read === 0n && signature === task.rseqSignature;
}
