/**
 * Processor time of threads, counted at every switch and read from any processor at any moment.
 *
 * What a processor counts changes between two stores to its `countSequence`, which is odd meanwhile (a sequence lock; the writer never waits).
 * Two things make sure that nobody sees a time go back. The processor to ask is the one where the thread was switched to last
 * (`ranOn`), not `cpu`, which whoever wakes the thread may change while it is still on its way to sleep and its slice is not counted. And
 * what was shown once is the least that is shown later: the reader's look at the counter, and its second look at the sequence, may both
 * come before the other processor's store of the odd number can be seen, though behind its look at the counter; that is some 100 ns.
 */

import { rdtsc, spinPause } from "../../nucleus/cpu.ts";
import { type CpuState, cpus, thisCpu } from "./cpu.ts";
import type { Thread } from "./thread-type.ts";

/** From now on the time is `thread`'s, the first that this processor counts. */
export function countTimeFirst(cpu: CpuState, thread: Ptr<Thread>): void {
  cpu.counted = thread;
  cpu.switchedTsc = rdtsc();
}

/** The time up to now was `previous`'s. */
export function countTime(cpu: CpuState, previous: Ptr<Thread>, next: Ptr<Thread>): void {
  const sequence = cpu.countSequence.load(Order.Relaxed);
  cpu.countSequence.store(sequence + 1, Order.Relaxed);
  fence(Order.Release);
  const now = rdtsc();
  previous.ranTsc += now - cpu.switchedTsc;
  cpu.switchedTsc = now;
  cpu.counted = next;
  cpu.countSequence.store(sequence + 2, Order.Release);
}

/** Processor time of a thread up to now, in counts of the time-stamp counter. */
export function threadRanTsc(thread: Thread): u64 {
  const ran = readTime(thread);
  const own = thisCpu().counted;
  return own !== null && virtAddr(own) === virtAddr(thread) ? ran : notLess(thread, ran);
}

function readTime(thread: Thread): u64 {
  for (;;) {
    const index = readVolatile(addressOf(thread.ranOn));
    const cpu = cpus[index];
    const sequence = cpu.countSequence.load(Order.Acquire);
    const counted = cpu.counted;
    const ran = readVolatile(addressOf(thread.ranTsc));
    const since = cpu.switchedTsc;
    // Before the second look: a counter that was read later might count what follows the switch.
    const now = rdtsc();
    fence(Order.Acquire);
    const isWhole = (sequence & 1) === 0 && cpu.countSequence.load(Order.Relaxed) === sequence;
    // A switch takes some ten instructions with interrupts masked, so this is soon seen whole.
    if (isWhole && readVolatile(addressOf(thread.ranOn)) === index) {
      const isRunning = counted !== null && virtAddr(counted) === virtAddr(thread);
      return isRunning ? ran + (now - since) : ran;
    }
    spinPause();
  }
}

function notLess(thread: Thread, ran: u64): u64 {
  for (;;) {
    const shown = thread.shownTsc.load(Order.Relaxed);
    if (shown >= ran) {
      return shown;
    }
    if (thread.shownTsc.compareExchange(shown, ran, Order.Relaxed)) {
      return ran;
    }
  }
}
