/** /proc/self/task: a directory for each thread. */

import { S_IFDIR } from "../../abi/linux-files.ts";
import { lockAcquire } from "../../kernel/sync/spin-lock.ts";
import { firstTask, type Task, tasksLock } from "../task.ts";
import type { Inode } from "./inode.ts";
import { memorySetFill } from "./memory-fs.ts";
import type { NumberedEntries } from "./numbered-directory.ts";
import { directorySettle } from "./places.ts";
import { fillTaskFiles } from "./proc-tree.ts";

export const TASK_DIRECTORIES: NumberedEntries = {
  next: nextTask,
  complete: completeTask,
  inodeBase: 0x2_0000n,
  mode: S_IFDIR | 0o555,
};

function completeTask(inode: Ptr<Inode>, directory: Ptr<Inode>, name: string): void {
  directorySettle(inode, directory, name);
  inode.links.store(2);
  memorySetFill(inode, fillTask);
}

function fillTask(directory: Ptr<Inode>): void {
  fillTaskFiles(directory, directory.argument);
}

/** The lowest number of a thread that is at least `from`; -1 if there is none. */
function nextTask(from: u64): i64 {
  using _guard = lockAcquire(tasksLock);
  let best: i64 = -1n;
  let task: Ptr<Task> | null = addressOf(firstTask);
  while (task !== null) {
    const tid = i64(task.tid);
    if (tid >= i64(from) && (best < 0n || tid < best)) {
      best = tid;
    }
    task = task.next;
  }
  return best;
}
