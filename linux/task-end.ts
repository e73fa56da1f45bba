/**
 * The end of one thread (exit(2), or another one that replaces the program): what others wait for is woken, then its task leaves the table.
 * The last one's end is the program's, with its status.
 */

import { heapFree } from "../kernel/mm/heap.ts";
import { userWrite } from "../kernel/mm/user-access.ts";
import { currentThread } from "../kernel/sched/scheduler.ts";
import { threadExit } from "../kernel/sched/thread.ts";
import { type WaitQueue, waitWakeAll } from "../kernel/sync/wait-queue.ts";
import { FUTEX_BITS_ALL } from "./core/futex-table.ts";
import { cpuTimeEnd } from "./cpu-time.ts";
import { futexWake, NAME_SHARED } from "./futex.ts";
import { piOwnerEnds } from "./futex-pi.ts";
import { undoEnd } from "./ipc-undo.ts";
import { endProgram } from "./process-end.ts";
import { robustListEnd } from "./robust-list.ts";
import { signalsHandOver } from "./signal-send.ts";
import { signalForget } from "./signal-state.ts";
import type { SyscallFrame } from "./syscall-frame.ts";
import { currentTask, firstTask, type Task, taskCount, taskRemove } from "./task.ts";

/** Tasks between their leaving the table and the last touch of what is shared. */
const leavingCount: Atomic<u32> = zeroed();
/** Woken when a task has ended. */
export const taskEnds: WaitQueue = zeroed();

/** Whether the caller's task is the only one, and nothing of the others is under way any more. */
export function taskIsAlone(): bool {
  return taskCount() === 1 && leavingCount.load() === 0;
}

/** exit(status) */
export function sysExit(call: SyscallFrame): i64 {
  taskEnd(i32.wrap(call.a0) & 0xff);
}

export function taskEnd(status: i32): never {
  const task = currentTask();
  robustListEnd(task);
  piOwnerEnds(task);
  clearTid(task);
  undoEnd(task);
  cpuTimeEnd(task);
  void leavingCount.fetchAdd(1);
  if (taskRemove(task) === 0) {
    endProgram(status);
  }
  signalForget(task.signals.pending, u64.MAX);
  signalsHandOver(task);
  // For interrupt handlers that ask whose thread they interrupted.
  currentThread().owner = virtAddr(firstTask);
  if (virtAddr(task) !== virtAddr(firstTask)) {
    heapFree(castPtr<u8>(task));
  }
  void leavingCount.fetchSub(1);
  waitWakeAll(taskEnds);
  threadExit();
}

/** Whoever joins the thread waits for this word; it may free the thread's stack then, on which nobody runs any more. */
function clearTid(task: Ptr<Task>): void {
  const address = task.clearTidAt;
  if (address === 0n) {
    return;
  }
  let none: u32 = 0;
  // SAFETY: four bytes of a local.
  if (userWrite(VirtAddr(address), castPtr<u8>(addressOf(none)), 4n) === 0n) {
    void futexWake(address | NAME_SHARED, 1, FUTEX_BITS_ALL);
  }
}
