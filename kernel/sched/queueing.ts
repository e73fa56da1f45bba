/**
 * Threads on their way into a run queue: which processor's (placement.ts chooses), and who has to be told. The lock of a queue is held for its
 * list alone; whether its processor sleeps is asked between the queue's fence and the kick, as idle.ts looks the other way round.
 *
 * `thread.cpu` changes only with the lock of the queue of the processor that it names, before the thread is pushed into another queue. So who
 * holds that lock and finds the thread there knows whether it is queued, and that nobody is queueing it: thread-settings.ts relies on it.
 */

import { rdtsc } from "../../nucleus/cpu.ts";
import { cpuIndex } from "../../nucleus/percpu.ts";
import { runQueueHighest, runQueuePush } from "../core/run-queue.ts";
import { ipiSend } from "../smp/ipi.ts";
import { lockAcquire } from "../sync/spin-lock.ts";
import { VECTOR_RESCHEDULE } from "../vectors.ts";
import { type CpuState, cpuBit, cpus, thisCpu } from "./cpu.ts";
import { chooseCpu, kickIdle } from "./placement.ts";
import { currentThread, switchSoon } from "./scheduler.ts";
import { sliceShorten } from "./slice.ts";
import type { Thread } from "./thread-type.ts";

/** Queues an awake thread where it should run. The caller is the only one who may: it made the thread, or woke it. */
export function enqueue(thread: Thread): void {
  const target = chooseCpu(thread);
  if (target !== thread.cpu) {
    moveTo(thread, target);
  }
  const cpu = cpus[target];
  // Once it is queued, another processor may take it, run it and free it.
  const priority = thread.run.priority;
  const affinity = thread.affinity;
  const isKickNeeded = pushTo(cpu, thread);
  if (target === cpuIndex) {
    noticeQueued(cpu, priority, affinity);
  } else if (isKickNeeded) {
    ipiSend(target, VECTOR_RESCHEDULE);
  } else if (cpu.runningPriority >= 0) {
    // One that has become idle since the choice looked at the queue before the thread was in it, and sleeps.
    kickIdle(target, affinity);
  }
}

/** The thread is in no queue, and the caller the only one who may queue it. */
function moveTo(thread: Thread, target: u32): void {
  using _guard = lockAcquire(cpus[thread.cpu].lock);
  thread.cpu = target;
}

/** Whether the processor must be told: it sleeps, or runs something that should make room or share from now on. */
function pushTo(cpu: CpuState, thread: Thread): bool {
  using _guard = lockAcquire(cpu.lock);
  const wasEmpty = cpu.queue.count === 0;
  runQueuePush(cpu.queue, addressOf(thread.run));
  // The queue is visible before isHalted is read, as idle.ts sets isHalted before it looks at the queue.
  fence(Order.SeqCst);
  if (cpu.isHalted.load() !== 0) {
    cpu.queuedTsc = rdtsc();
    return true;
  }
  const priority = i32(thread.run.priority);
  return (
    (priority > cpu.runningPriority && cpu.isPolling.load() === 0) ||
    (priority === cpu.runningPriority && wasEmpty && cpu.runningPriority >= 0)
  );
}

/** A thread was queued on this processor. */
function noticeQueued(cpu: CpuState, queuedPriority: u32, affinity: u64): void {
  const priority = i32(queuedPriority);
  if (priority > cpu.runningPriority) {
    switchSoon();
  } else if (priority === cpu.runningPriority) {
    sliceShorten(cpu);
  }
  kickIdle(cpuIndex, affinity);
}

/** VECTOR_RESCHEDULE: something changed in this processor's queue, or the running thread has something to look at. */
export function onReschedule(_vector: u32): void {
  const cpu = thisCpu();
  if ((currentThread().affinity & cpuBit(cpuIndex)) === 0n) {
    switchSoon();
  }
  using _guard = lockAcquire(cpu.lock);
  if (cpu.queue.ready !== 0) {
    // SAFETY: `run` is the first field of Thread; the lock keeps the thread in the queue.
    const first = castPtr<Thread>(cpu.queue.lists[runQueueHighest(cpu.queue)].head!);
    noticeQueued(cpu, first.run.priority, first.affinity);
  }
}
