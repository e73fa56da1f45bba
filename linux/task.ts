/**
 * Tasks: what Linux knows of a thread, hung on the kernel's thread (Thread.owner), and the table of all of them.
 *
 * The program's first task is static and has the number of the process; every other one is made by clone (linux/clone.ts) and leaves the
 * table when it ends. Whoever holds `tasksLock` may look at any task in the table: a task that has been found stays until the lock is
 * released, since ending takes the lock too, and so does its thread while `thread` is not null. What only the task itself touches needs
 * no lock.
 *
 *     fields of the task itself     clearTidAt, robustListAt, rseq*, restart*, name, personality
 *     fields guarded by tasksLock   thread, next, previous, hashNext, nice, ioPriority, capabilities, affinity
 *     signals                       linux/signal-state.ts
 *     fields guarded by piLock      pi                                 linux/futex-pi.ts
 *     fields guarded by piLock      policy, *Priority, resetsOnFork    linux/task-priority.ts
 *
 * Numbers are given out in turn, so that one that has become free is not used again soon; a hash finds the task of a number.
 */

import { GUEST_STATUS_MAGIC, type GuestStatus } from "../abi/run-status.ts";
import { currentThread } from "../kernel/sched/scheduler.ts";
import type { Thread } from "../kernel/sched/thread-type.ts";
import { lockAcquire, type SpinLock } from "../kernel/sync/spin-lock.ts";
import type { Capabilities } from "./core/capability-rules.ts";
import type { PiOwner } from "./core/pi-locks.ts";
import { PROCESS_ID } from "./identity.ts";
import type { TaskSignals } from "./signal-state.ts";

/** As Linux's pid_max on large machines; it must fit FUTEX_TID_MASK. */
const TID_LIMIT = 0x40_0000;
/** So many tasks may be at once: a thread takes 28 KiB of the kernel's memory. */
export const TASK_LIMIT = 32_768;
const HASH_COUNT = 256;

export class Task {
  /** First: the address of one is that of the other. What it has to do with locks; guarded by piLock. */
  pi!: PiOwner;
  /** null: it has ended, as only the first one is still found then. */
  thread!: Ptr<Thread> | null;
  /** The number that gettid answers; the first task's is PROCESS_ID. */
  tid!: i32;
  next!: Ptr<Task> | null;
  previous!: Ptr<Task> | null;
  hashNext!: Ptr<Task> | null;
  /** Cleared, and woken as a futex, when the task ends (set_tid_address, CLONE_CHILD_CLEARTID); 0: nothing. */
  clearTidAt!: u64;
  /** The head of the list of robust futexes (get_robust_list(2)); 0: none. */
  robustListAt!: u64;
  /** The comm name: prctl(PR_SET_NAME), /proc/self/task/N/comm. */
  name!: Bytes<16>;
  /** How an interrupted futex wait goes on, with what signals.restart* say. */
  restartWord!: u32;
  restartBits!: u32;
  /** Where the thread's struct rseq is; 0: not registered. */
  rseqAt!: u64;
  rseqSignature!: u32;
  /** access(2) is under way, which is about the real user. */
  asksAsReal!: bool;
  /** sched_setscheduler(2); realtimePriority is 0 for policies without one. */
  policy!: u32;
  realtimePriority!: u32;
  nice!: i32;
  /** With what it inherits: the place at which it waits for a futex. */
  effectivePriority!: u32;
  resetsOnFork!: bool;
  /** sched_setaffinity(2): bit n: it may run on processor n. */
  affinity!: u64;
  capabilities!: Capabilities;
  /** ioprio_set(2), personality(2). */
  ioPriority!: u32;
  personality!: u32;
  /** What semop(2) has to take back at its end, shared with others (linux/ipc-undo.ts); 0n: nothing yet. */
  undoList!: VirtAddr;
  /** The trace line of an execve under way (linux/exec-trace.ts); 0n: none. */
  execLine!: VirtAddr;
  signals!: TaskSignals;
}

export const tasksLock: SpinLock = zeroed();
/**
 * The number of tasks that have not ended, where `hermit ps` finds it.
 * @export guestStatus
 */
const guestStatus: GuestStatus = { magic: GUEST_STATUS_MAGIC, threads: 1, reserved: 0 };
/** The program's first task, and head of the table. */
export const firstTask: Task = zeroed();
let lastTask: Ptr<Task> = addressOf(firstTask);
let nextTid: i32 = PROCESS_ID + 1;
/** The address of the task that is replacing the program, for which all others end (linux/exec-threads.ts); 0n: none. Set with tasksLock. */
export const replacingTask: Atomic<u64> = zeroed();
/** @align 64 */
const hash: FixedArray<Ptr<Task> | null, 256> = zeroed();

function hashPlace(tid: i32): u32 {
  return u32.wrap(tid) % HASH_COUNT;
}

/** Makes the running thread, which will run the program, the first task. */
export function tasksInit(): void {
  const thread = currentThread();
  firstTask.tid = PROCESS_ID;
  firstTask.pi.number = u32(PROCESS_ID);
  firstTask.thread = addressOf(thread);
  firstTask.affinity = u64.MAX;
  hash[hashPlace(PROCESS_ID)] = addressOf(firstTask);
  thread.owner = virtAddr(firstTask);
}

export function currentTask(): Ptr<Task> {
  // SAFETY: every thread that runs program code, and every one that makes system calls, belongs to a task.
  return pointerAt<Task>(currentThread().owner);
}

/** How many tasks have not ended. */
export function taskCount(): u32 {
  return guestStatus.threads;
}

/** Whether another task replaces the program, so that this one has to end. */
export function taskMustEnd(task: Ptr<Task>): bool {
  const replacing = replacingTask.load();
  return replacing !== 0n && replacing !== u64(virtAddr(task));
}

/**
 * Gives a task that is about to start its number and enters it, as one of `most` at most; false if there are so many already, or if none shall
 * start because all will end.
 */
export function taskAdd(task: Ptr<Task>, most: u32): bool {
  using _guard = lockAcquire(tasksLock);
  if (guestStatus.threads >= most || guestStatus.threads >= TASK_LIMIT || replacingTask.load() !== 0n) {
    return false;
  }
  task.tid = freeTid();
  task.pi.number = u32(task.tid);
  const place = hashPlace(task.tid);
  task.hashNext = hash[place];
  hash[place] = task;
  task.next = null;
  task.previous = lastTask;
  lastTask.next = task;
  lastTask = task;
  guestStatus.threads++;
  return true;
}

/** There are fewer tasks than numbers, so one is free. */
function freeTid(): i32 {
  for (;;) {
    const tid = nextTid;
    nextTid = tid + 1 === TID_LIMIT ? PROCESS_ID + 1 : tid + 1;
    if (taskFind(tid) === null) {
      return tid;
    }
  }
}

/** A task ends: takes it out of the table; the first one stays, as on Linux, until the program ends. How many are left. */
export function taskRemove(task: Ptr<Task>): u32 {
  using _guard = lockAcquire(tasksLock);
  task.thread = null;
  guestStatus.threads--;
  const previous = task.previous;
  if (previous === null) {
    return guestStatus.threads;
  }
  const next = task.next;
  previous.next = next;
  if (next === null) {
    lastTask = previous;
  } else {
    next.previous = previous;
  }
  unhash(task);
  return guestStatus.threads;
}

/** A task that is not the first takes its place, because that one has ended: number, and end of the table. It is its own caller. */
export function taskBecomeFirst(task: Ptr<Task>): void {
  using _guard = lockAcquire(tasksLock);
  assert(firstTask.thread === null && guestStatus.threads === 1, "the others have ended");
  const thread = task.thread;
  unhash(task);
  copy(firstTask.signals, task.signals);
  copy(firstTask.name, task.name);
  firstTask.policy = task.policy;
  firstTask.realtimePriority = task.realtimePriority;
  firstTask.nice = task.nice;
  firstTask.effectivePriority = task.effectivePriority;
  firstTask.resetsOnFork = task.resetsOnFork;
  firstTask.affinity = task.affinity;
  copy(firstTask.capabilities, task.capabilities);
  firstTask.ioPriority = task.ioPriority;
  firstTask.personality = task.personality;
  firstTask.execLine = task.execLine;
  firstTask.undoList = task.undoList;
  firstTask.next = null;
  lastTask = addressOf(firstTask);
  replacingTask.store(u64(virtAddr(firstTask)));
  firstTask.thread = thread;
  thread!.owner = virtAddr(firstTask);
}

function unhash(task: Ptr<Task>): void {
  const place = hashPlace(task.tid);
  let before = hash[place];
  if (before === null || virtAddr(before) === virtAddr(task)) {
    hash[place] = task.hashNext;
    return;
  }
  while (before !== null) {
    const after: Ptr<Task> | null = before.hashNext;
    if (after !== null && virtAddr(after) === virtAddr(task)) {
      before.hashNext = task.hashNext;
      return;
    }
    before = after;
  }
}

/** The task of a number, or null; the caller holds `tasksLock` for as long as it uses the answer. */
export function taskFind(tid: i32): Ptr<Task> | null {
  let task = hash[hashPlace(tid)];
  while (task !== null && task.tid !== tid) {
    task = task.hashNext;
  }
  return task;
}

/** As taskFind, with 0 for the current task, as most calls have it. */
export function taskOf(tid: i32): Ptr<Task> | null {
  return tid === 0 ? currentTask() : taskFind(tid);
}
