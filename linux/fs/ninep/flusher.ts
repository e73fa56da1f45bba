/**
 * Pages that mappings have written to reach the server within about a second: a thread of the kernel, which starts with the first page that is
 * fetched for a mapping and sleeps while nothing is dirty.
 */

import { threadBlock } from "../../../kernel/sched/scheduler.ts";
import { threadCreate } from "../../../kernel/sched/thread.ts";
import { monotonicNs } from "../../../kernel/time/clock.ts";
import { sleepUntil } from "../../../kernel/time/timer.ts";
import { cacheSetWatcher, dirtyPages } from "./cache.ts";
import { exportAt, nodeAfter, nodePut } from "./export.ts";
import { writeBack } from "./write-back.ts";

const INTERVAL_NS = 1_000_000_000n;

const isStarted: Atomic<u32> = zeroed();

export function flusherStart(): void {
  if (isStarted.load(Order.Relaxed) !== 0 || isStarted.exchange(1) !== 0) {
    return;
  }
  const thread = threadCreate(flush, 0n, "write-back");
  if (thread === null) {
    // No memory: pages are written when mappings go; the next fetch tries again.
    isStarted.store(0);
    return;
  }
  cacheSetWatcher(thread);
}

function flush(_argument: u64): void {
  for (;;) {
    while (dirtyPages() === 0n) {
      threadBlock();
    }
    sleepUntil(monotonicNs() + INTERVAL_NS);
    writeAllBack();
  }
}

/** Writes all dirty pages of all files. An error is the file's: whoever syncs it has to write it again. */
export function writeAllBack(): void {
  for (let i: u32 = 0; dirtyPages() > 0n && exportAt(i) !== null; i++) {
    const owner = exportAt(i)!;
    const count = owner.nodeCount;
    for (let done: u32 = 0; done < count && dirtyPages() > 0n; done++) {
      const node = nodeAfter(owner);
      if (node === null) {
        break;
      }
      void writeBack(node, 0n, u64.MAX);
      nodePut(node);
    }
  }
}
