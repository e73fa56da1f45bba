/** The thread's record, apart from what is done with it, so that scheduler.ts and thread.ts need not import each other. */

import type { RunNode } from "../core/run-queue.ts";

export const PRIORITY_HIGHEST = 31;
export const PRIORITY_NORMAL = 8;
export const PRIORITY_LOWEST = 0;

/** Whether a thread waits to be woken. Changed by compare-and-exchange only: blocking and waking race on different processors. */
export enum WakeState {
  /** Runs, or is queued to run. */
  Awake = 0,
  /** The same, and was woken meanwhile: its next threadBlock returns at once. */
  Permit = 1,
  Blocked = 2,
  Dead = 3,
}

export class Thread {
  /** First, because run queues link threads by it. Guarded by the lock of the queue of `cpu`. */
  run!: RunNode;
  id!: u32;
  wake!: Atomic<u32>;
  /** Whose queue the thread is in, or which processor it ran on last. */
  cpu!: u32;
  /** The processor that it ran on last. */
  ranOn!: u32;
  /** 1 while a processor still uses the thread's stack: nobody else may run it. */
  onCpu!: Atomic<u32>;
  /** Bit n: may run on processor n. */
  affinity!: u64;
  /** It may not run where it is: whoever runs next there queues it elsewhere. */
  isLeaving!: bool;
  /**
   * Nonzero: the linux layer wants a look before the thread goes on in the application (a signal to deliver, an end). Waits that signals
   * may end look at it, too. Set by anybody, who then calls threadInterrupt; cleared by the thread itself.
   */
  work!: Atomic<u32>;
  /** Has run application code: FPU state and FS base are its own. */
  ranApplication!: bool;
  /** Runs until it blocks or yields: no time slices among equals (SCHED_FIFO). */
  hasNoSlice!: bool;
  /** How long it runs while an equal waits, in nanoseconds; 0: SLICE_NS of slice.ts. */
  sliceNs!: u32;
  /** Stack pointer while the thread does not run. */
  savedRsp!: u64;
  kernelStackBottom!: VirtAddr;
  kernelStackTop!: VirtAddr;
  /** FS base while the thread does not run. */
  fsBase!: VirtAddr;
  /** Where FPU, SSE and AVX state is saved; null while there is only one thread. */
  fpuState!: Ptr<u8> | null;
  /** Time-stamp counts for which the thread ran, up to when it last began. */
  ranTsc!: u64;
  /** The most of it that another thread has seen (processor-time.ts). */
  shownTsc!: Atomic<u64>;
  /** Times that it gave up the processor by itself, and that another thread was preferred. */
  voluntarySwitches!: u64;
  involuntarySwitches!: u64;
  /** Page faults that gave it what it wanted: from memory, and after reading a file. One fault may give many pages. */
  minorFaults!: u64;
  majorFaults!: u64;
  name!: Bytes<16>;
  /** Whatever the linux layer keeps for the thread; the kernel does not look at it. */
  owner!: VirtAddr;
}
