/**
 * Threads: one stack each in the kernel, and the application's registers while it runs there.
 *
 * A thread is what threadCreate made of it; the scheduler (scheduler.ts) decides which one runs. The linux layer hangs its own
 * data on `owner`.
 */

import { irqRestore, irqSave } from "../../nucleus/irq-mask.ts";
import { cpuIndex } from "../../nucleus/percpu.ts";
import type { TrapFrame } from "../../nucleus/trap-frame.ts";
import type { RunNode } from "../core/run-queue.ts";
import { heapAllocZeroed, heapFree } from "../mm/heap.ts";
import { KERNEL_STACK_BYTES, kernelStackAlloc, kernelStackFree } from "../mm/kernel-stacks.ts";
import { processorsStart } from "../smp/start.ts";
import { fpuAreaAlloc, fpuAreaFree, fpuReset } from "./fpu.ts";
import { resumeApplication } from "./resume.ts";
import { currentThread, schedulerAfterSwitch, schedulerExit, schedulerReady } from "./scheduler.ts";
import { type SwitchFrame, threadStart } from "./switch.ts";
import { PRIORITY_NORMAL, type Thread, WakeState } from "./thread-type.ts";

export type ThreadEntry = (argument: u64) => void;

/** A new thread, ready to run; it ends when `entry` returns. null: no memory. */
export function threadCreate(entry: ThreadEntry, argument: u64, name: string): Thread | null {
  const thread = threadMake(entry, argument, name);
  if (thread !== null) {
    schedulerReady(thread);
  }
  return thread;
}

/** As threadCreate, but it waits for schedulerReady, or threadDiscard. */
export function threadMake(entry: ThreadEntry, argument: u64, name: string): Thread | null {
  if (!hasFpuArea(currentThread())) {
    return null;
  }
  const memory = heapAllocZeroed(u64(sizeOf<Thread>()));
  if (memory === null) {
    return null;
  }
  // SAFETY: fresh zeroed memory of the size of a Thread.
  const thread = castPtr<Thread>(memory);
  const bottom = kernelStackAlloc();
  if (bottom === 0n || !hasFpuArea(thread)) {
    if (bottom !== 0n) {
      kernelStackFree(bottom);
    }
    heapFree(memory);
    return null;
  }
  thread.kernelStackBottom = bottom;
  thread.kernelStackTop = bottom + KERNEL_STACK_BYTES;
  thread.run.priority = PRIORITY_NORMAL;
  thread.affinity = u64.MAX;
  thread.cpu = cpuIndex;
  threadSetName(thread, name);
  buildFirstFrame(thread, functionAddress(entry), argument);
  processorsStart();
  return thread;
}

/** Frees a thread that was made and shall not run. */
export function threadDiscard(thread: Thread): void {
  kernelStackFree(thread.kernelStackBottom);
  fpuAreaFree(thread.fpuState!);
  heapFree(castPtr<u8>(thread));
}

/** With a second thread there will be switches, which need a place for FPU state. */
function hasFpuArea(thread: Thread): bool {
  if (thread.fpuState === null) {
    thread.fpuState = fpuAreaAlloc();
  }
  return thread.fpuState !== null;
}

function buildFirstFrame(thread: Thread, entry: VirtAddr, argument: u64): void {
  // 16 bytes stay free above, so that RSP + 8 is a multiple of 16 where threadStart calls.
  const place = thread.kernelStackTop - 16n - u64(sizeOf<SwitchFrame>());
  // SAFETY: the stack is mapped and nobody runs on it yet.
  const frame = pointerAt<SwitchFrame>(place);
  zero(frame);
  frame.rip = functionAddress(threadStart);
  frame.rbx = u64(entry);
  frame.r12 = argument;
  thread.savedRsp = u64(place);
}

export function threadSetName(thread: Thread, name: string): void {
  const most = thread.name.length - 1;
  for (let index: u32 = 0; index < most; index++) {
    thread.name[index] = index < name.length ? name.byteAt(index) : 0;
  }
  thread.name[most] = 0;
}

/**
 * First function on a new thread's stack; interrupts are masked by the switch.
 * @export threadMain
 * @noreturn
 */
export function threadMain(entry: u64, argument: u64): never {
  schedulerAfterSwitch();
  irqRestore(false);
  functionAt<ThreadEntry>(entry)(argument);
  threadExit();
}

/** Ends the current thread. */
export function threadExit(): never {
  schedulerExit();
}

/**
 * Enters the application: all registers as in `frame`, FPU in its initial state if this is the first time. The kernel stack is
 * empty from here on; system calls and upcalls start at its top.
 */
export function enterApplication(frame: Ptr<TrapFrame>): never {
  const thread = currentThread();
  if (!thread.ranApplication) {
    thread.ranApplication = true;
    fpuReset();
  }
  void irqSave();
  resumeApplication(frame);
}

staticAssert(offsetOf<Thread>("run") === 0, "a RunNode's address is its Thread's");
staticAssert(WakeState.Awake === 0 && sizeOf<RunNode>() > 0, "a zeroed thread is awake");
