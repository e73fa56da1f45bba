/**
 * Where a thread runs: the processor that it is queued on when it wakes, what an idle processor takes from others, and how lasting
 * imbalance is mended.
 *
 * A woken thread goes where it ran last if nobody runs there (its caches), else to any idle processor, else back to where it was; an idle
 * processor takes waiting threads from others before it halts. Alternatives considered: one shared queue (its lock is on every path),
 * pushing by load average (nothing here knows what a thread will do).
 */

import { type RunNode, runQueueFindLast, runQueueRemove } from "../core/run-queue.ts";
import { ipiSend } from "../smp/ipi.ts";
import { lockAcquire } from "../sync/spin-lock.ts";
import { VECTOR_RESCHEDULE } from "../vectors.ts";
import { cpuBit, cpus, idleCpus, onlineCpus } from "./cpu.ts";
import { enqueue } from "./queueing.ts";
import type { Thread } from "./thread-type.ts";

const NO_CPU = 0xffff_ffff;

/** The processor on which a thread that has become ready is queued. */
export function chooseCpu(thread: Thread): u32 {
  const last = thread.cpu;
  const online = onlineCpus.load(Order.Relaxed);
  // Its stack is still in use there: nobody else may run it before that has ended.
  if (thread.onCpu.load() !== 0 || online === 1n) {
    return last;
  }
  const allowed = thread.affinity & online;
  const idle = claimIdle(allowed, last);
  if (idle !== NO_CPU) {
    return idle;
  }
  if ((allowed & cpuBit(last)) !== 0n && cpus[last].queue.count === 0) {
    return last;
  }
  return leastQueued(allowed === 0n ? online : allowed, last);
}

/**
 * An idle processor of `allowed`, `preferred` if it is one; NO_CPU if there is none. It counts as busy from now on, so that the next thread
 * goes elsewhere although this one may take a while to wake up.
 */
function claimIdle(allowed: u64, preferred: u32): u32 {
  for (;;) {
    const idle = idleCpus.load() & allowed;
    if (idle === 0n) {
      return NO_CPU;
    }
    const cpu = (idle & cpuBit(preferred)) !== 0n ? preferred : countTrailingZeros(idle);
    if ((idleCpus.fetchAnd(~cpuBit(cpu)) & cpuBit(cpu)) !== 0n) {
      return cpu;
    }
  }
}

/** The processor of `mask` with the fewest waiting threads; `preferred` among equals if it is one of them. */
function leastQueued(mask: u64, preferred: u32): u32 {
  let best = (mask & cpuBit(preferred)) !== 0n ? preferred : countTrailingZeros(mask);
  let left = mask;
  while (left !== 0n) {
    const cpu = countTrailingZeros(left);
    left &= left - 1n;
    if (cpus[cpu].queue.count < cpus[best].queue.count) {
      best = cpu;
    }
  }
  return best;
}

/**
 * A thread that may run on the processors of `affinity` waits on processor `from`: if another of them has become idle meanwhile, it shall
 * come and take it.
 */
export function kickIdle(from: u32, affinity: u64): void {
  fence(Order.SeqCst);
  const idle = claimIdle(affinity & ~cpuBit(from), from);
  if (idle !== NO_CPU) {
    ipiSend(idle, VECTOR_RESCHEDULE);
  }
}

/** Takes a waiting thread from another processor for processor `thief`; null if there is none that may run there. */
export function stealThread(thief: u32): Ptr<Thread> | null {
  const online = onlineCpus.load(Order.Relaxed);
  // Beginning behind itself, so that thieves spread.
  let left = online & ~cpuBit(thief);
  while (left !== 0n) {
    const above = left & ~(cpuBit(thief) - 1n);
    const victim = countTrailingZeros(above !== 0n ? above : left);
    left &= ~cpuBit(victim);
    if (cpus[victim].queue.count !== 0) {
      const thread = takeFrom(victim, thief);
      if (thread !== null) {
        return thread;
      }
    }
  }
  return null;
}

/** Takes the last thread of the highest priority that may move from one processor to another; it counts as the other's from now on. */
function takeFrom(victim: u32, thief: u32): Ptr<Thread> | null {
  const cpu = cpus[victim];
  using _guard = lockAcquire(cpu.lock);
  const node = runQueueFindLast(cpu.queue, mayMove, u64(thief));
  if (node === null) {
    return null;
  }
  runQueueRemove(cpu.queue, node);
  // SAFETY: `run` is the first field of Thread.
  const thread = castPtr<Thread>(node);
  thread.cpu = thief;
  return thread;
}

function mayMove(node: Ptr<RunNode>, target: u64): bool {
  // SAFETY: as above.
  const thread = castPtr<Thread>(node);
  return thread.onCpu.load(Order.Acquire) === 0 && (thread.affinity & cpuBit(u32(target))) !== 0n;
}

/** Processor time is shared unevenly for so many slices before threads change places: a move costs a thread its caches. */
const UNEVEN_SLICES = 4;

/**
 * At the end of a slice: a thread that waits here moves to a processor that has at least two fewer; after some slices to one that has one
 * fewer, so that three threads on two processors get two thirds of one each.
 */
export function balanceAfterSlice(from: u32): void {
  const cpu = cpus[from];
  const target = leastQueued(onlineCpus.load(Order.Relaxed), from);
  const here = cpu.queue.count;
  const there = cpus[target].queue.count;
  if (here <= there) {
    cpu.unevenSlices = 0;
    return;
  }
  cpu.unevenSlices++;
  if (here === there + 1 && cpu.unevenSlices < UNEVEN_SLICES) {
    return;
  }
  cpu.unevenSlices = 0;
  const thread = takeFrom(from, target);
  if (thread !== null) {
    enqueue(thread);
  }
}
