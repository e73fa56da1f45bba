/** Time slices. Tickless: one is timed only while an equal waits for its end. Interrupts are masked throughout. */

import { cpuIndex } from "../../nucleus/percpu.ts";
import { runQueueHighest } from "../core/run-queue.ts";
import { monotonicNs } from "../time/clock.ts";
import { type Timer, timerArm, timerIsArmed } from "../time/timer.ts";
import { type CpuState, thisCpu } from "./cpu.ts";
import { balanceAfterSlice } from "./placement.ts";
import { switchSoon } from "./scheduler.ts";
import type { Thread } from "./thread-type.ts";

export const SLICE_NS = 10_000_000;
/**
 * A thread that wakes while an equal runs waits no longer than this. What sleeps much has little to do, as a compiler thread of a language
 * runtime whose result the running thread could use; after that it has whole slices, too.
 */
const WAKE_SLICE_NS = 1_000_000;

/** For a thread that has been queued in the middle of a slice. One that ends soon stays as it is: arming costs an exit. */
export function sliceShorten(cpu: CpuState): void {
  const running = cpu.current!;
  const sliceNs = sliceOf(running);
  const deadlineNs = monotonicNs() + u64(sliceNs < WAKE_SLICE_NS ? sliceNs : WAKE_SLICE_NS);
  const isArmed = timerIsArmed(cpu.sliceTimer);
  if (running.hasNoSlice || (isArmed && cpu.sliceTimer.node.deadlineNs <= deadlineNs)) {
    return;
  }
  if (!isArmed) {
    cpu.armedSliceNs = sliceNs;
  }
  timerArm(cpu.sliceTimer, deadlineNs, endSlice);
}

function sliceOf(thread: Thread): u32 {
  return thread.sliceNs === 0 ? SLICE_NS : thread.sliceNs;
}

/** For a thread that begins to run while others wait. */
export function sliceStart(cpu: CpuState): void {
  const running = cpu.current!;
  const sliceNs = sliceOf(running);
  // One that began with another thread goes on: arming costs an exit, and over many slices nobody loses by it.
  if (!running.hasNoSlice && (cpu.armedSliceNs !== sliceNs || !timerIsArmed(cpu.sliceTimer))) {
    cpu.armedSliceNs = sliceNs;
    timerArm(cpu.sliceTimer, monotonicNs() + u64(sliceNs), endSlice);
  }
}

function endSlice(_timer: Timer): void {
  const cpu = thisCpu();
  if (cpu.queue.ready === 0) {
    return;
  }
  balanceAfterSlice(cpuIndex);
  if (cpu.queue.ready !== 0 && i32(runQueueHighest(cpu.queue)) >= cpu.runningPriority) {
    switchSoon();
  }
}
