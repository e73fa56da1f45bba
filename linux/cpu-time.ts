/**
 * Processor time, switches and page faults of threads and of the program, and the clocks that show the time (clock_gettime(2),
 * pthread_getcpuclockid(3)).
 *
 * A thread's time is counted by the scheduler at every switch. All of it is user time: system calls are calls here, and telling the two apart
 * would cost each of them two reads of the time-stamp counter.
 */

import { RUSAGE_SELF, RUSAGE_THREAD, type Rusage } from "../abi/linux-process.ts";
import { NS_PER_MICROSECOND, NS_PER_SECOND } from "../abi/linux-time.ts";
import { threadRanTsc } from "../kernel/sched/processor-time.ts";
import { currentThread } from "../kernel/sched/scheduler.ts";
import type { Thread } from "../kernel/sched/thread-type.ts";
import { lockAcquire } from "../kernel/sync/spin-lock.ts";
import { nsOfTsc } from "../kernel/time/clock.ts";
import { PROCESS_ID } from "./identity.ts";
import { currentTask, firstTask, type Task, taskFind, tasksLock } from "./task.ts";

/** Of a clock number of a thread or process: the low three bits. */
const CLOCK_KIND_MASK = 7;
const CLOCK_OF_PROCESS = 2;
const CLOCK_OF_THREAD = 6;
export const UNKNOWN_CLOCK = u64.MAX;

/** Of threads that have ended, and the time of the kernel's start, which is not the program's. Guarded by tasksLock. */
let endedTsc: u64 = 0n;
let endedVoluntary: u64 = 0n;
let endedInvoluntary: u64 = 0n;
let endedMinor: u64 = 0n;
let endedMajor: u64 = 0n;
let startTsc: u64 = 0n;

/** The program's own time begins. */
export function cpuTimeStart(): void {
  startTsc = threadRanTsc(currentThread());
}

/** A thread that is not the first is about to become the first task's: all that it ran is the program's. The one before has ended. */
export function cpuTimeOfNewFirst(): void {
  startTsc = 0n;
}

function taskTsc(task: Ptr<Task>, thread: Thread): u64 {
  const ran = threadRanTsc(thread);
  return virtAddr(task) === virtAddr(firstTask) ? ran - startTsc : ran;
}

/** Nanoseconds that the current thread has run. */
export function threadTimeNs(): u64 {
  return nsOfTsc(taskTsc(currentTask(), currentThread()));
}

/** Nanoseconds that all threads have run. */
export function processTimeNs(): u64 {
  const sum: Rusage = zeroed();
  return nsOfTsc(sumUp(sum));
}

/** Counts of all threads' time; their switches and faults are added to `usage`. */
function sumUp(usage: Rusage): u64 {
  using _guard = lockAcquire(tasksLock);
  let total = endedTsc;
  usage.ru_nvcsw = i64(endedVoluntary);
  usage.ru_nivcsw = i64(endedInvoluntary);
  usage.ru_minflt = i64(endedMinor);
  usage.ru_majflt = i64(endedMajor);
  let task: Ptr<Task> | null = addressOf(firstTask);
  while (task !== null) {
    const thread = task.thread;
    if (thread !== null) {
      total += taskTsc(task, thread);
      addCounts(usage, thread);
    }
    task = task.next;
  }
  return total;
}

function addCounts(usage: Rusage, thread: Thread): void {
  usage.ru_nvcsw += i64(thread.voluntarySwitches);
  usage.ru_nivcsw += i64(thread.involuntarySwitches);
  usage.ru_minflt += i64(thread.minorFaults);
  usage.ru_majflt += i64(thread.majorFaults);
}

/** The current thread is about to leave the table of tasks: its time stays in the sum. */
export function cpuTimeEnd(task: Ptr<Task>): void {
  const thread = currentThread();
  using _guard = lockAcquire(tasksLock);
  endedTsc += taskTsc(task, thread);
  endedVoluntary += thread.voluntarySwitches;
  endedInvoluntary += thread.involuntarySwitches;
  endedMinor += thread.minorFaults;
  endedMajor += thread.majorFaults;
}

/** Time of a clock whose number was made of a number of a thread (~tid << 3 | 6) or process (| 2); 0 is the caller's. */
export function cpuClockNs(clock: u32): u64 {
  const kind = clock & CLOCK_KIND_MASK;
  if ((clock & 0x8000_0000) === 0 || (kind !== CLOCK_OF_PROCESS && kind !== CLOCK_OF_THREAD)) {
    return UNKNOWN_CLOCK;
  }
  const tid = i32.wrap(~(i32.wrap(clock) >> 3));
  if (kind === CLOCK_OF_PROCESS) {
    return tid === 0 || tid === PROCESS_ID ? processTimeNs() : UNKNOWN_CLOCK;
  }
  if (tid === 0) {
    return threadTimeNs();
  }
  using _guard = lockAcquire(tasksLock);
  const task = taskFind(tid);
  const thread: Ptr<Thread> | null = task === null ? null : task.thread;
  return task === null || thread === null ? UNKNOWN_CLOCK : nsOfTsc(taskTsc(task, thread));
}

/** The counts of the process, if `tid` is its number, or else of that thread; zeros if there is none. */
export function usageOf(usage: Rusage, tid: i32): void {
  if (tid === PROCESS_ID) {
    usageFill(usage, RUSAGE_SELF);
    return;
  }
  using _guard = lockAcquire(tasksLock);
  const task = taskFind(tid);
  const thread: Ptr<Thread> | null = task === null ? null : task.thread;
  if (thread !== null) {
    addCounts(usage, thread);
  }
}

/** The part of getrusage(2) that concerns processor time and faults, for RUSAGE_SELF and RUSAGE_THREAD; `usage` is all zero. */
export function usageFill(usage: Rusage, who: i32): void {
  let ns: u64 = 0n;
  if (who === RUSAGE_SELF) {
    ns = nsOfTsc(sumUp(usage));
  } else if (who === RUSAGE_THREAD) {
    ns = threadTimeNs();
    addCounts(usage, currentThread());
  }
  usage.ru_utime_sec = i64(ns / NS_PER_SECOND);
  usage.ru_utime_usec = i64((ns % NS_PER_SECOND) / NS_PER_MICROSECOND);
}
