/**
 * The software interrupt mask: a byte per CPU instead of cli/sti (DESIGN D3), cheaper than these and allowed in ring 3.
 *
 * While it is set, the interrupt entry only records the vector in `pendingVectors` and returns. Unmasking clears it, looks at
 * the set and handles what arrived meanwhile. An interrupt between clearing and looking is handled by its own upcall, which
 * empties the set; nothing is lost or handled twice, since taking a word of the set is one exchange.
 */

import { irqFlags, pendingVectors } from "./percpu.ts";
import type { TrapFrame } from "./trap-frame.ts";

/**
 * Runs the handlers of all pending vectors; entered masked, returns masked. Defined by the kernel (kernel/irq.ts).
 * @extern kernelPendingInterrupts
 */
declare function kernelPendingInterrupts(): void;

/** Masks interrupts on this CPU; returns whether they were masked before, for irqRestore. */
export function irqSave(): bool {
  const before = irqFlags.mask !== 0;
  irqFlags.mask = 1;
  // What follows in the program must not move before the store: handlers may look at the same memory.
  compilerBarrier();
  return before;
}

/** Ends the section that irqSave began: with `false` interrupts are unmasked, and pending ones handled before it returns. */
export function irqRestore(wasMasked: bool): void {
  if (wasMasked) {
    return;
  }
  compilerBarrier();
  irqFlags.mask = 0;
  compilerBarrier();
  while (anyPending()) {
    irqFlags.mask = 1;
    compilerBarrier();
    kernelPendingInterrupts();
    compilerBarrier();
    irqFlags.mask = 0;
    compilerBarrier();
  }
}

export function irqIsMasked(): bool {
  return irqFlags.mask !== 0;
}

/** Whether an interrupt has come that waits for the mask to end. */
export function irqIsPending(): bool {
  return anyPending();
}

function anyPending(): bool {
  compilerBarrier();
  return (pendingVectors[0] | pendingVectors[1] | pendingVectors[2] | pendingVectors[3]) !== 0n;
}

/** Counts vector `vector` as having come to this CPU. Masked: whoever unmasks runs its handler. */
export function irqMarkPending(vector: u32): void {
  const word = addressOf(pendingVectors[vector / 64]);
  const bit = 1n << u64(vector % 64);
  // SAFETY: or with memory is one instruction, as the entry's is: no interrupt on this CPU can fall into it.
  asm`or %rax, (%rdx) ${input("rax", bit)} ${input("rdx", word)} ${clobber("memory", "cc")}`;
}

/** Takes word `index` (0..3) of the pending set: bit n stands for vector 64 * index + n. */
export function takePending(index: u32): u64 {
  if (pendingVectors[index] === 0n) {
    return 0n;
  }
  let taken: u64 = 0n;
  const word = addressOf(pendingVectors[index]);
  // SAFETY: xchg with memory is one instruction, so no interrupt on this CPU can fall between reading and clearing.
  asm`xchg %rax, (%rdx) ${inout("rax", taken)} ${input("rdx", word)} ${clobber("memory")}`;
  return taken;
}

/**
 * @export unmaskBeforeReturn
 */
export function unmaskBeforeReturn(_frame: Ptr<TrapFrame>): void {
  irqRestore(false);
}
