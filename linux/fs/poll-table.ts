/**
 * One wait for many things: the queues that the files of a poll stand behind, with a waiter in each.
 *
 * A file's poll operation calls pollAdd for every queue that tells of its changes. The table keeps a reference to each file, so the
 * queues outlive the wait. Its entries are the caller's memory: a few on the stack, many on the heap.
 */

import { type Waiter, type WaitQueue, waitBegin, waitEnd } from "../../kernel/sync/wait-queue.ts";
import { type File, fileKeep, filePut } from "./file.ts";

/** A pipe that is open for both, or a terminal, has two. */
export const QUEUES_OF_A_FILE = 2;

export class PollEntry {
  waiter!: Waiter;
  queue!: Ptr<WaitQueue> | null;
  file!: Ptr<File> | null;
}

/** Called instead of entering the current thread: epoll enters itself. */
export type PollAddHook = (table: Ptr<PollTable>, queue: Ptr<WaitQueue>) => void;

export class PollTable {
  entries!: Ptr<PollEntry>;
  capacity!: u32;
  count!: u32;
  /** The file being asked, and what the caller waits for. */
  file!: Ptr<File> | null;
  events!: u32;
  hook!: PollAddHook | null;
  hookArgument!: VirtAddr;
}

/** Makes a wake-up of `queue` end the wait. */
export function pollAdd(table: Ptr<PollTable> | null, queue: WaitQueue): void {
  if (table === null) {
    return;
  }
  const hook = table.hook;
  if (hook !== null) {
    hook(table, addressOf(queue));
    return;
  }
  assert(table.count < table.capacity, "a file has at most QUEUES_OF_A_FILE queues");
  const entry = table.entries.add(table.count);
  table.count++;
  zero(entry);
  entry.queue = addressOf(queue);
  entry.file = table.file;
  entry.waiter.events = table.events;
  if (table.file !== null) {
    fileKeep(table.file);
  }
  waitBegin(queue, entry.waiter);
}

/** Leaves all queues. */
export function pollEnd(table: PollTable): void {
  for (let index: u32 = 0; index < table.count; index++) {
    const entry = table.entries.add(index);
    waitEnd(entry.queue!, entry.waiter);
    if (entry.file !== null) {
      filePut(entry.file);
    }
  }
  table.count = 0;
}
