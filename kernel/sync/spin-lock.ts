/**
 * Spin lock: short critical sections that interrupts and other CPUs may want to enter.
 *
 * Taking it masks interrupts in software first, so a handler on the same CPU never waits for what it interrupted. What the
 * mask was is kept in the lock: only its holder reads it.
 *
 * While it waits, a CPU answers requests to forget translations: the lock's holder may be waiting for the answer, and the interrupt that
 * asks for it is masked (kernel/mm/tlb.ts).
 *
 *     using guard = lockAcquire(poolLock);
 */

import { spinPause } from "../../nucleus/cpu.ts";
import { irqRestore, irqSave } from "../../nucleus/irq-mask.ts";
import { tlbWaitEnd, tlbWaitRound } from "../mm/tlb.ts";

/** More than any section takes, even where a processor waits for its turn on the host. */
const END_SPINS = 10_000_000;

/** All zero is free. */
export class SpinLock {
  held!: Atomic<u32>;
  wasMasked!: bool;

  [Symbol.dispose](): void {
    const wasMasked = this.wasMasked;
    this.held.store(0, Order.Release);
    irqRestore(wasMasked);
  }
}

/** Waits for the lock and takes it; disposing of the result gives it back. */
export function lockAcquire(lock: SpinLock): SpinLock {
  const wasMasked = irqSave();
  while (lock.held.exchange(1, Order.Acquire) !== 0) {
    waitFor(lock);
  }
  lock.wasMasked = wasMasked;
  return lock;
}

/**
 * For a kernel at its end: waits for a while, then goes on without the lock, whose holder may be this processor or one that was stopped.
 * Disposing of the result is right in either case.
 */
export function lockAcquireAtEnd(lock: SpinLock): SpinLock {
  const wasMasked = irqSave();
  for (let spins: u32 = 0; spins < END_SPINS && lock.held.exchange(1, Order.Acquire) !== 0; spins++) {
    spinPause();
  }
  lock.wasMasked = wasMasked;
  return lock;
}

/**
 * Reads until the lock looks free: exchanging all the while would take the cache line away from its holder.
 * @noinline
 */
function waitFor(lock: SpinLock): void {
  while (lock.held.load(Order.Relaxed) !== 0) {
    tlbWaitRound();
  }
  tlbWaitEnd();
}
