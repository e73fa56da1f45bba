/** Threads. (API; see below.) */

import type { TrapFrame } from "../../nucleus/trap-frame.ts";

export const PRIORITY_COUNT = 32;
export const PRIORITY_HIGHEST = 31;
export const PRIORITY_NORMAL = 8;
export const PRIORITY_IDLE = 0;

export enum ThreadState {
  Ready = 0,
  Running = 1,
  Blocked = 2,
  Dead = 3,
}

export class Thread {
  id!: u32;
  state!: ThreadState;
  priority!: u32;
  cpu!: u32;
  /** Stack pointer while the thread does not run. */
  savedRsp!: VirtAddr;
  kernelStackTop!: VirtAddr;
  /** FS base while the thread does not run. */
  fsBase!: VirtAddr;
  /** Where FPU, SSE and AVX state is saved; null while the thread never ran application code. */
  fpuState!: Ptr<u8> | null;
  name!: Bytes<16>;
  /** Whatever the linux layer keeps for the thread; the kernel does not look at it. */
  owner!: VirtAddr;
  next!: Thread | null;
}

export type ThreadEntry = (argument: u64) => void;

/** A new thread, ready to run; it ends when `entry` returns. null: no memory. */
export function threadCreate(entry: ThreadEntry, argument: u64, name: string): Thread | null {
  panic("threadCreate");
}

export function currentThread(): Thread {
  panic("currentThread");
}

/** Lets other ready threads of at least this priority run. */
export function threadYield(): void {
  panic("threadYield");
}

/** Ends the current thread. */
export function threadExit(): never {
  panic("threadExit");
}

/**
 * Puts the current thread to sleep until threadWake. Call it in a loop around the condition, with interrupts masked since before
 * the condition was tested, so that no wake-up is lost; they are masked again when it returns.
 */
export function threadBlock(): void {
  panic("threadBlock");
}

/** Makes a blocked thread ready; does nothing to one that is not blocked. May be called by interrupt handlers. */
export function threadWake(thread: Thread): void {
  panic("threadWake");
}

export function threadSetPriority(thread: Thread, priority: u32): void {
  panic("threadSetPriority");
}

/** Enters the application: all registers as in `frame`, FPU in its initial state if this is the first time. Never returns. */
export function enterApplication(frame: Ptr<TrapFrame>): never {
  panic("enterApplication");
}
