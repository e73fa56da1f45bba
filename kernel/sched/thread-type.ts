/** The thread's record, apart from what is done with it, so that scheduler.ts and thread.ts need not import each other. */

import type { RunNode } from "../core/run-queue.ts";

export const PRIORITY_HIGHEST = 31;
export const PRIORITY_NORMAL = 8;
export const PRIORITY_LOWEST = 0;

export enum ThreadState {
  Ready = 0,
  Running = 1,
  Blocked = 2,
  Dead = 3,
}

export class Thread {
  /** First, because run queues link threads by it. */
  run!: RunNode;
  id!: u32;
  state!: ThreadState;
  cpu!: u32;
  /** threadWake came while the thread was not blocked: its next threadBlock returns at once. */
  wakePermit!: bool;
  /**
   * Nonzero: the linux layer wants a look before the thread goes on in the application (a signal to deliver, an end). Waits that signals
   * may end look at it, too. Set by anybody, who then calls threadInterrupt; cleared by the thread itself.
   */
  work!: Atomic<u32>;
  /** Has run application code: FPU state and FS base are its own. */
  ranApplication!: bool;
  /** Stack pointer while the thread does not run. */
  savedRsp!: u64;
  kernelStackBottom!: VirtAddr;
  kernelStackTop!: VirtAddr;
  /** FS base while the thread does not run. */
  fsBase!: VirtAddr;
  /** Where FPU, SSE and AVX state is saved; null while there is only one thread. */
  fpuState!: Ptr<u8> | null;
  name!: Bytes<16>;
  /** Whatever the linux layer keeps for the thread; the kernel does not look at it. */
  owner!: VirtAddr;
  /** List of ended threads whose memory is not freed yet. */
  nextDead!: Ptr<Thread> | null;
}
