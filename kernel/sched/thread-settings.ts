/** Priority and affinity of threads, whatever these are doing: running, queued or asleep, here or on another processor. */

import { irqRestore, irqSave } from "../../nucleus/irq-mask.ts";
import { runQueueRemove } from "../core/run-queue.ts";
import { ipiSend } from "../smp/ipi.ts";
import { lockAcquire } from "../sync/spin-lock.ts";
import { VECTOR_RESCHEDULE } from "../vectors.ts";
import { cpus, onlineCpus } from "./cpu.ts";
import { enqueue } from "./queueing.ts";
import { current, switchSoon } from "./scheduler.ts";
import { PRIORITY_HIGHEST, type Thread } from "./thread-type.ts";

/** Runs `change` with the lock of the queue that the thread belongs to, the thread taken out of it; queues it again if it was in. */
function changeQueued(thread: Thread, change: (thread: Thread, value: u64) => void, value: u64): void {
  const wasMasked = irqSave();
  let wasQueued: bool = false;
  for (;;) {
    const index = thread.cpu;
    const cpu = cpus[index];
    using _guard = lockAcquire(cpu.lock);
    if (thread.cpu === index) {
      wasQueued = thread.run.queued;
      if (wasQueued) {
        runQueueRemove(cpu.queue, addressOf(thread.run));
      }
      change(thread, value);
      if (cpu.current !== null && virtAddr(cpu.current) === virtAddr(thread)) {
        cpu.runningPriority = i32(thread.run.priority);
      }
      break;
    }
  }
  if (wasQueued) {
    enqueue(thread);
  } else if (virtAddr(thread) === virtAddr(current)) {
    // Not now: the caller may hold spin locks. It calls threadYield if it matters before the application goes on.
    switchSoon();
  } else if (thread.onCpu.load() !== 0) {
    ipiSend(thread.cpu, VECTOR_RESCHEDULE);
  }
  irqRestore(wasMasked);
}

export function threadSetPriority(thread: Thread, priority: u32): void {
  assert(priority <= PRIORITY_HIGHEST, "priority in range");
  changeQueued(thread, setPriority, u64(priority));
}

function setPriority(thread: Thread, priority: u64): void {
  thread.run.priority = u32(priority);
}

/**
 * Bit n of `mask`: the thread may run on processor n; at least one of them is online. A thread that must move does so at once, the current one
 * at its next threadYield or before the application goes on.
 */
export function threadSetAffinity(thread: Thread, mask: u64): void {
  assert((mask & onlineCpus.load()) !== 0n, "a thread may run somewhere");
  changeQueued(thread, setAffinity, mask);
}

function setAffinity(thread: Thread, mask: u64): void {
  thread.affinity = mask;
}
