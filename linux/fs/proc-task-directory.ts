/** /proc/self/task: a directory for each thread, made when it is looked up and gone with its last use. */

import { ENOENT, ENOMEM } from "../../abi/errno.ts";
import { S_IFDIR } from "../../abi/linux-files.ts";
import { lockAcquire } from "../../kernel/sync/spin-lock.ts";
import { firstTask, type Task, taskFind, tasksLock } from "../task.ts";
import type { DirectorySink } from "./directory-sink.ts";
import type { File } from "./file.ts";
import { type Inode, type InodeOperations, type InodeResult, inodeResult } from "./inode.ts";
import { MEMORY_OPERATIONS, memoryInode, memorySetFill } from "./memory-fs.ts";
import { numberedList } from "./numbered-list.ts";
import { parseNumber } from "./parse-number.ts";
import { directorySettle } from "./places.ts";
import { fillTaskFiles } from "./proc-tree.ts";

function taskLookup(directory: Ptr<Inode>, name: string): InodeResult {
  const tid = parseNumber(name);
  if (tid < 0n || tid > 0x7fff_ffffn || !exists(i32(tid))) {
    return i64(-ENOENT);
  }
  const made = memoryInode(directory.mount, { mode: S_IFDIR | 0o555, uid: 0, gid: 0, device: 0n, target: "" });
  if (made === null) {
    return i64(-ENOMEM);
  }
  directorySettle(made, directory, name);
  made.links.store(2);
  made.argument = u64(tid);
  memorySetFill(made, fillTask);
  return inodeResult(made);
}

function fillTask(directory: Ptr<Inode>): void {
  fillTaskFiles(directory, directory.argument);
}

function exists(tid: i32): bool {
  using _guard = lockAcquire(tasksLock);
  return taskFind(tid) !== null;
}

/** The lowest number of a thread that is at least `from`; -1 if there is none. */
function nextTask(from: i64): i64 {
  using _guard = lockAcquire(tasksLock);
  let best: i64 = -1n;
  let task: Ptr<Task> | null = addressOf(firstTask);
  while (task !== null) {
    const tid = i64(task.tid);
    if (tid >= from && (best < 0n || tid < best)) {
      best = tid;
    }
    task = task.next;
  }
  return best;
}

function taskList(directory: Ptr<Inode>, file: File, sink: DirectorySink): i64 {
  return numberedList(directory, file, sink, { next: nextTaskFrom, inodeBase: 0x2_0000n, kind: S_IFDIR });
}

function nextTaskFrom(from: u64): i64 {
  return nextTask(i64(from));
}

function taskDirectoryOpen(inode: Ptr<Inode>, file: Ptr<File>): i64 {
  return MEMORY_OPERATIONS.open(inode, file);
}

function taskForget(inode: Ptr<Inode>): void {
  MEMORY_OPERATIONS.forget(inode);
}

export const TASK_DIRECTORY_OPERATIONS: InodeOperations = {
  lookup: taskLookup,
  lookupAlong: null,
  create: null,
  link: null,
  unlink: null,
  rename: null,
  readLink: null,
  change: null,
  open: taskDirectoryOpen,
  list: taskList,
  refresh: null,
  space: null,
  sync: null,
  lock: null,
  forget: taskForget,
};
