/**
 * Spin lock: short critical sections that interrupts and, once there are more, other CPUs may enter.
 *
 * Taking it masks interrupts in software first, so a handler on the same CPU never waits for what it interrupted. What the
 * mask was is kept in the lock: only its holder reads it.
 *
 *     using guard = lockAcquire(poolLock);
 */

import { spinPause } from "../../nucleus/cpu.ts";
import { irqRestore, irqSave } from "../../nucleus/irq-mask.ts";

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
    spinPause();
  }
  lock.wasMasked = wasMasked;
  return lock;
}
