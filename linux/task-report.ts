/**
 * What every thread waits for, for the person whose program does not go on: printed when a signal from outside ends it, if HERMIT_VERBOSE asks.
 *
 * A blocked thread is in a system call, whose frame lies at the top of its kernel stack; so nothing has to be noted down while the program
 * runs. Threads may go on meanwhile: what is read of a running one may be wrong, never harmful.
 */

import { SYS_futex } from "../abi/linux-syscalls.ts";
import { logInfo } from "../kernel/log/log.ts";
import { WakeState } from "../kernel/sched/thread-type.ts";
import { lockAcquire } from "../kernel/sync/spin-lock.ts";
import { syscallRip } from "./call-sites.ts";
import { syscallName } from "./names.ts";
import type { SyscallFrame } from "./syscall-frame.ts";
import { firstTask, type Task, taskCount, tasksLock } from "./task.ts";

/** More threads than these are only counted. */
const REPORT_LIMIT = 64;
const FRAME_BYTES = u64(sizeOf<SyscallFrame>());

/** Writes a line for each task to the log. */
export function tasksReport(): void {
  logInfo(`the program has ${taskCount()} threads:`);
  using _guard = lockAcquire(tasksLock);
  let task: Ptr<Task> | null = addressOf(firstTask);
  for (let count: u32 = 0; task !== null && count < REPORT_LIMIT; count++) {
    reportTask(task);
    task = task.next;
  }
  if (task !== null) {
    logInfo("and more");
  }
}

function reportTask(task: Ptr<Task>): void {
  const thread = task.thread;
  const name = stringOf(elements(task.name), lengthOf(task));
  if (thread === null) {
    logInfo(`thread ${task.tid} ${name}: has ended`);
    return;
  }
  if (thread.wake.load() !== u32(WakeState.Blocked)) {
    logInfo(`thread ${task.tid} ${name}: runs, or could`);
    return;
  }
  // SAFETY: the stack is mapped while tasksLock keeps the task in the table.
  const call = pointerAt<SyscallFrame>(thread.kernelStackTop - FRAME_BYTES);
  const number = u32.wrap(call.number);
  const rip = hex(u64(syscallRip(call)));
  if (number === SYS_futex) {
    logInfo(`thread ${task.tid} ${name}: waits for the futex at ${hex(call.a0)}, rip ${rip}`);
  } else {
    logInfo(
      `thread ${task.tid} ${name}: waits in ${syscallName(number)}(${hex(call.a0)}, ${hex(call.a1)}), rip ${rip}`,
    );
  }
}

function lengthOf(task: Ptr<Task>): u64 {
  let length: u64 = 0n;
  while (length < 15n && at(sliceOf(elements(task.name), 16n), length) !== 0) {
    length++;
  }
  return length;
}
