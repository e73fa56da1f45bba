/**
 * Bringing all other processors out of the application for a moment, so that its code can be changed where a processor could execute half
 * of the change.
 *
 * Each is interrupted and waits in its handler until the change is made; `iretq` then serialises its instruction stream (SDM volume 3,
 * 8.1.3 and 8.3). Kernel code that runs with interrupts masked is waited for. So whoever stops the others holds no spin lock.
 */

import { spinPause } from "../../nucleus/cpu.ts";
import { irqRestore, irqSave } from "../../nucleus/irq-mask.ts";
import { cpuIndex } from "../../nucleus/percpu.ts";
import { irqRegister } from "../irq.ts";
import { tlbServe } from "../mm/tlb.ts";
import { cpuBit, onlineCpus } from "../sched/cpu.ts";
import { VECTOR_STOP } from "../vectors.ts";
import { ipiSend } from "./ipi.ts";

/** Nonzero while the others are to wait; one processor stops the rest at a time. */
const isStopped: Atomic<u32> = zeroed();
/** What each processor does before it waits, if the others stop for good. */
let visitor: (() => void) | null = null;
/** Bit n: processor n waits. */
const waiting: Atomic<u64> = zeroed();

export function stopInit(): void {
  irqRegister(VECTOR_STOP, onStop);
}

/** Runs `change(argument)` while no other processor runs application code; false, without running it, if another one is doing that. */
export function whileOthersStop(change: (argument: u64) => void, argument: u64): bool {
  if (!isStopped.compareExchange(0, 1)) {
    return false;
  }
  waitForOthers();
  change(argument);
  isStopped.store(0);
  return true;
}

function waitForOthers(): void {
  const others = onlineCpus.load() & ~cpuBit(cpuIndex);
  waiting.store(0n);
  let left = others;
  while (left !== 0n) {
    ipiSend(countTrailingZeros(left), VECTOR_STOP);
    left &= left - 1n;
  }
  while ((waiting.load() & others) !== others) {
    spinPause();
    tlbServe();
  }
}

/** Stops all other processors until the machine ends. `visit` runs on each of them first. */
export function stopOthersForGood(visit: () => void): void {
  const wasMasked = irqSave();
  // Before the stop can be seen; one that is under way runs it for nothing.
  visitor = visit;
  while (!isStopped.compareExchange(0, 1)) {
    onStop(VECTOR_STOP);
  }
  waitForOthers();
  irqRestore(wasMasked);
}

/** For a processor that has nothing left to do but to let another one end the machine. */
export function stopForGood(): never {
  void irqSave();
  for (;;) {
    onStop(VECTOR_STOP);
    spinPause();
    tlbServe();
  }
}

function onStop(_vector: u32): void {
  const own = cpuBit(cpuIndex);
  while (isStopped.load() !== 0) {
    // Each time round: the next stop may begin before this processor has seen the end of the last one.
    if ((waiting.load() & own) === 0n) {
      if (visitor !== null) {
        visitor();
      }
      void waiting.fetchOr(own);
    }
    spinPause();
    // The processor that changes the code may take translations away, too.
    tlbServe();
  }
}
