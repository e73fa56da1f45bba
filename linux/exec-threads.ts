/**
 * execve(2) and the other threads: they end, wherever they are, before the program is replaced.
 *
 * `replacingTask` says who does it. Every other task is told as of a signal: a wait that signals end ends, and each looks before it goes on
 * in the application (linux/signal-deliver.ts), where it ends as by exit(2). No task can be made any more. Waits that no signal ends are
 * those for other tasks and for file servers, which come back; the replacing task waits for them, as Linux does.
 */

import { threadBlock, threadInterrupt } from "../kernel/sched/scheduler.ts";
import { lockAcquire } from "../kernel/sync/spin-lock.ts";
import { type Waiter, waitBegin, waitEnd } from "../kernel/sync/wait-queue.ts";
import { currentTask, firstTask, replacingTask, type Task, tasksLock } from "./task.ts";
import { taskEnds, taskIsAlone } from "./task-end.ts";

/** Ends all other tasks of the program and waits for it; false: another task is doing that, and the caller's has to end. */
export function othersEnd(): bool {
  const self = currentTask();
  if (!tellOthers(self)) {
    return false;
  }
  const waiter: Waiter = zeroed();
  waitBegin(taskEnds, waiter);
  while (!taskIsAlone()) {
    threadBlock();
  }
  waitEnd(taskEnds, waiter);
  return true;
}

function tellOthers(self: Ptr<Task>): bool {
  using _guard = lockAcquire(tasksLock);
  if (!replacingTask.compareExchange(0n, u64(virtAddr(self)))) {
    return false;
  }
  let task: Ptr<Task> | null = addressOf(firstTask);
  while (task !== null) {
    const thread = task.thread;
    if (thread !== null && virtAddr(task) !== virtAddr(self)) {
      thread.work.store(1);
      threadInterrupt(thread);
    }
    task = task.next;
  }
  return true;
}

/** The new program may have threads. */
export function othersMayStart(): void {
  replacingTask.store(0n);
}
