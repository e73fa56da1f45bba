/**
 * The processors as the scheduler sees them: one run queue each, and who is online, idle, or halted.
 *
 * They stand in one array and not in the per-CPU blocks, because wakers and thieves on other processors use them; each begins on a cache
 * line of its own. `idleCpus` is a hint for placement and stealing: a processor sets its bit before it looks for work for the last time
 * and halts, a waker looks at it after it has queued a thread; so one of the two sees the other (both orders are SeqCst).
 *
 *     lock     queue, runningPriority, and `run`, `cpu` and `affinity` of the threads whose `cpu` it is, queued or not
 *     owner    everything else, read by others as a hint
 */

import { MAX_CPUS } from "../../nucleus/image.ts";
import { cpuIndex } from "../../nucleus/percpu.ts";
import type { RunQueue } from "../core/run-queue.ts";
import type { SpinLock } from "../sync/spin-lock.ts";
import type { Timer } from "../time/timer.ts";
import type { Thread } from "./thread-type.ts";

@struct(704, { align: 64 })
export class CpuState {
  lock!: SpinLock;
  queue!: RunQueue;
  /** Priority of the running thread; the idle thread has IDLE_PRIORITY. */
  runningPriority!: i32;
  /** 1: sleeps until an interrupt comes. */
  isHalted!: Atomic<u32>;
  /** 1: idle, and looks at its queue all the while; no interrupt is needed. */
  isPolling!: Atomic<u32>;
  /** Slices in a row at whose end one thread more waited here than elsewhere. */
  unevenSlices!: u32;
  /** What `sliceTimer` was armed for. */
  armedSliceNs!: u32;
  /** When a thread was last queued here while the processor was halted. */
  queuedTsc!: u64;
  /** Time-stamp counts for which it polls before it halts; adapted by idle.ts. */
  pollTsc!: u64;
  current!: Ptr<Thread> | null;
  idle!: Ptr<Thread> | null;
  /**
   * Whose the time since `switchedTsc` is: `current` names the next thread already while the last one's time has not been counted. Written
   * and read in processor-time.ts.
   */
  counted!: Ptr<Thread> | null;
  switchedTsc!: u64;
  countSequence!: Atomic<u32>;
  switches!: u64;
  sliceTimer!: Timer;
}

export const IDLE_PRIORITY: i32 = -1;

/** @align 64 */
export const cpus: FixedArray<CpuState, 64> = zeroed();
export const onlineCpus: Atomic<u64> = zeroed();
export const idleCpus: Atomic<u64> = zeroed();

/** This processor's; interrupts are masked, or the caller is kernel code, which is never moved. */
export function thisCpu(): CpuState {
  return cpus[cpuIndex];
}

export function cpuBit(cpu: u32): u64 {
  return 1n << u64(cpu);
}

/** Bit n: processor n has started. */
export function cpuOnlineMask(): u64 {
  return onlineCpus.load(Order.Relaxed);
}

staticAssert(MAX_CPUS === 64, "a word of bits names every processor");
