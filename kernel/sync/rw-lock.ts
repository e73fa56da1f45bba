/**
 * Reader-writer lock for short sections that all CPUs enter often to read: the protocol of core/phase-lock.ts with masked interrupts.
 *
 * As with spin locks, interrupts are masked inside and while waiting, and a CPU that waits answers requests to forget translations.
 * A section is not entered twice on a CPU, neither to read nor to write.
 *
 *     using guard = readAcquire(spaceLock);        using guard = writeAcquire(spaceLock);
 */

import { irqRestore, irqSave } from "../../nucleus/irq-mask.ts";
import { cpuIndex } from "../../nucleus/percpu.ts";
import {
  type PhaseLock,
  phaseReadEnter,
  phaseReadLeave,
  phaseWriteEnter,
  phaseWriteLeave,
  type ReaderPlace,
} from "../core/phase-lock.ts";
import { tlbWaitEnd, tlbWaitRound } from "../mm/tlb.ts";
import { lockAcquire, type SpinLock } from "./spin-lock.ts";

/** All zero is free. */
export class RwLock {
  /** Held by the writer. */
  writers!: SpinLock;
  phase!: PhaseLock;

  [Symbol.dispose](): void {
    using _writers = this.writers;
    phaseWriteLeave(this.phase);
  }
}

/** A CPU's reading; what readAcquire returns. */
@struct(64, { align: 64 })
export class ReadSection {
  place!: ReaderPlace;

  [Symbol.dispose](): void {
    const wasMasked = this.place.wasMasked;
    phaseReadLeave(addressOf(this.place));
    irqRestore(wasMasked);
  }
}

/** Others may read meanwhile, nobody writes. */
export function readAcquire(lock: RwLock): Ptr<ReadSection> {
  const wasMasked = irqSave();
  const place = phaseReadEnter(lock.phase, cpuIndex, tlbWaitRound);
  tlbWaitEnd();
  place.wasMasked = wasMasked;
  // SAFETY: a section is its place.
  return castPtr<ReadSection>(place);
}

/** Nobody else reads or writes meanwhile. */
export function writeAcquire(lock: RwLock): RwLock {
  void lockAcquire(lock.writers);
  phaseWriteEnter(lock.phase, tlbWaitRound);
  tlbWaitEnd();
  return lock;
}
