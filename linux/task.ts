/**
 * Tasks: what Linux knows of a thread, hung on the kernel's thread (Thread.owner), and the table of all of them.
 *
 * The program's first task is static and has the number of the process; every other one is made by clone (linux/clone.ts) and leaves the
 * table when it ends. Whoever holds `tasksLock` may look at any task in the table: a task that has been found stays until the lock is
 * released, since ending takes the lock too. What only the task itself touches needs no lock.
 *
 *     fields of the task itself     clearTidAt, robustListAt, name, cpu time
 *     fields guarded by tasksLock   next, previous, isEnding
 */

import { currentThread, threadWake } from "../kernel/sched/scheduler.ts";
import type { Thread } from "../kernel/sched/thread-type.ts";
import { lockAcquire, type SpinLock } from "../kernel/sync/spin-lock.ts";
import { PROCESS_ID } from "./identity.ts";

export class Task {
  thread!: Ptr<Thread> | null;
  /** The number that gettid answers; the first task's is PROCESS_ID. */
  tid!: i32;
  next!: Ptr<Task> | null;
  previous!: Ptr<Task> | null;
  /** Cleared, and woken as a futex, when the task ends (set_tid_address, CLONE_CHILD_CLEARTID); 0: nothing. */
  clearTidAt!: u64;
  /** The head of the list of robust futexes (get_robust_list(2)); 0: none. */
  robustListAt!: u64;
  /** The comm name: prctl(PR_SET_NAME), /proc/self/task/N/comm. */
  name!: Bytes<16>;
}

export const tasksLock: SpinLock = zeroed();
/** The program's first task, and head of the table. */
export const firstTask: Task = zeroed();
let lastTask: Ptr<Task> = addressOf(firstTask);
let taskTotal: u32 = 1;

/** Makes the running thread, which will run the program, the first task. */
export function tasksInit(): void {
  const thread = currentThread();
  firstTask.tid = PROCESS_ID;
  firstTask.thread = addressOf(thread);
  thread.owner = virtAddr(firstTask);
}

export function currentTask(): Ptr<Task> {
  // SAFETY: every thread that runs program code, and every one that makes system calls, belongs to a task.
  return pointerAt<Task>(currentThread().owner);
}

/** How many tasks there are. */
export function taskCount(): u32 {
  return taskTotal;
}

/** Enters a task that is about to start. */
export function taskAdd(task: Ptr<Task>): void {
  using _guard = lockAcquire(tasksLock);
  task.next = null;
  task.previous = lastTask;
  lastTask.next = task;
  lastTask = task;
  taskTotal++;
}

/** Takes a task that ends out of the table; the first one stays, as on Linux, until the program ends. How many are left. */
export function taskRemove(task: Ptr<Task>): u32 {
  using _guard = lockAcquire(tasksLock);
  const next = task.next;
  const previous = task.previous;
  taskTotal--;
  if (previous === null) {
    return taskTotal;
  }
  previous.next = next;
  if (next === null) {
    lastTask = previous;
  } else {
    next.previous = previous;
  }
  return taskTotal;
}

/** The task of a number, or null; the caller holds `tasksLock` for as long as it uses the answer. */
export function taskFind(tid: i32): Ptr<Task> | null {
  let task: Ptr<Task> | null = addressOf(firstTask);
  while (task !== null && task.tid !== tid) {
    task = task.next;
  }
  return task;
}

/** Makes a wait of the task look at its condition again. The caller holds `tasksLock`, or the task is the current one. */
export function taskWake(task: Ptr<Task>): void {
  if (task.thread !== null) {
    threadWake(task.thread);
  }
}
