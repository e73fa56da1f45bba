/**
 * Asking many descriptors at once, and waiting until one answers: what poll and select share.
 *
 *     PollSet.items[i]    which descriptor, which events are wanted, and, after pollSetWait, which hold
 */

import { ENOMEM, ERESTARTNOHAND } from "../../abi/errno.ts";
import { POLLERR, POLLHUP, POLLNVAL } from "../../abi/linux-files.ts";
import { heapAlloc, heapFree } from "../../kernel/mm/heap.ts";
import { monotonicNs } from "../../kernel/time/clock.ts";
import { NEVER_NS } from "../../kernel/time/timer.ts";
import { FOREVER_NS } from "../clock.ts";
import { fdGet } from "../descriptors.ts";
import { type File, filePut } from "./file.ts";
import { type PollEntry, type PollTable, pollEnd, QUEUES_OF_A_FILE } from "./poll-table.ts";
import { waitIsInterrupted, waitUntil } from "./wait.ts";

const ENTRIES_ON_STACK = 8;
/** What every poll tells of, wanted or not. */
const ALWAYS = POLLERR | POLLHUP;
/** Objects that cannot tell are always ready. */
const ALWAYS_READY = 0x145;

export class PollItem {
  fd!: i32;
  events!: u32;
  ready!: u32;
}

export class PollSet {
  items!: Ptr<PollItem>;
  count!: u32;
}

export function filePoll(file: Ptr<File>, table: Ptr<PollTable> | null): u32 {
  const poll = file.operations.poll;
  return poll === null ? ALWAYS_READY : poll(file, table);
}

/** Fills `ready` of all items; how many have any. With a table the thread enters the queues of those that have none. */
function askAll(set: PollSet, table: Ptr<PollTable> | null): u32 {
  let readyCount: u32 = 0;
  for (let index: u32 = 0; index < set.count; index++) {
    const item = set.items[index];
    item.ready = 0;
    if (item.fd >= 0) {
      // Whoever is ready makes the wait unnecessary: no more queues are entered.
      item.ready = askOne(item, readyCount === 0 ? table : null);
      readyCount += item.ready !== 0 ? 1 : 0;
    }
  }
  return readyCount;
}

function askOne(item: PollItem, table: Ptr<PollTable> | null): u32 {
  const file = fdGet(item.fd);
  if (file === null) {
    return POLLNVAL;
  }
  const wanted = item.events | ALWAYS;
  if (table !== null) {
    table.file = file;
    table.events = wanted;
  }
  const ready = filePoll(file, table) & wanted;
  filePut(file);
  return ready;
}

/** Waits `ns` (FOREVER_NS: without limit; 0: not at all) for an item; how many are ready, -ENOMEM or -ERESTARTNOHAND. */
export function pollSetWait(set: PollSet, ns: u64): i64 {
  if (ns === 0n) {
    return i64(askAll(set, null));
  }
  const few: FixedArray<PollEntry, 8> = zeroed();
  const capacity = set.count * QUEUES_OF_A_FILE;
  const needsMemory = capacity > ENTRIES_ON_STACK;
  const many = needsMemory ? heapAlloc(u64(capacity) * u64(sizeOf<PollEntry>())) : null;
  if (needsMemory && many === null) {
    return i64(-ENOMEM);
  }
  const table: PollTable = zeroed();
  // SAFETY: memory for as many entries as all items may need.
  table.entries = many === null ? elements(few) : castPtr<PollEntry>(many);
  table.capacity = needsMemory ? capacity : ENTRIES_ON_STACK;
  const result = waitWithTable(set, table, ns);
  pollEnd(table);
  if (many !== null) {
    heapFree(many);
  }
  return result;
}

function waitWithTable(set: PollSet, table: PollTable, ns: u64): i64 {
  const start = monotonicNs();
  const deadline: u64 = ns >= FOREVER_NS - start ? NEVER_NS : start + ns;
  let ready = askAll(set, addressOf(table));
  while (ready === 0 && waitUntil(deadline)) {
    ready = askAll(set, null);
  }
  return ready === 0 && waitIsInterrupted() ? i64(-ERESTARTNOHAND) : i64(ready);
}
