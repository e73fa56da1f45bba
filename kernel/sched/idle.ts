/**
 * The idle thread of each processor: looks for work, and sleeps until an interrupt when there is none.
 *
 * No wake-up is lost between the last look and the sleep. This processor sets its bit in `idleCpus` and `isHalted`, then looks at its own
 * queue and those of others; a waker queues the thread first and looks at the two afterwards (SeqCst on both sides), so it sends an
 * interrupt or the thread is found. haltUntilInterrupt returns at once if the interrupt came in between.
 *
 * To halt and to be woken costs two exits to the hypervisor, so a processor for which work came soon after it had halted polls for a while
 * first. The time doubles while that pays and halves when it does not: a machine with more processors than its host hardly polls. What
 * counts is when the work came, not when the processor was awake: waking up alone may take longer than the longest poll.
 */

import { haltUntilInterrupt } from "../../nucleus/calls.ts";
import { rdtsc, spinPause } from "../../nucleus/cpu.ts";
import { irqIsPending, irqSave } from "../../nucleus/irq-mask.ts";
import { cpuIndex } from "../../nucleus/percpu.ts";
import { runQueuePush } from "../core/run-queue.ts";
import { irqRunPending } from "../irq.ts";
import { KERNEL_STACK_BYTES, kernelStackAlloc } from "../mm/kernel-stacks.ts";
import { tlbEnterIdle, tlbLeaveIdle } from "../mm/tlb.ts";
import { lockAcquire } from "../sync/spin-lock.ts";
import { tscCountOf } from "../time/clock.ts";
import { type CpuState, cpuBit, idleCpus, thisCpu } from "./cpu.ts";
import { stealThread } from "./placement.ts";
import { schedule } from "./scheduler.ts";
import { type SwitchFrame, threadStart } from "./switch.ts";
import type { Thread } from "./thread-type.ts";

const idleThreads: FixedArray<Thread, 64> = zeroed();

/** The boot processor's idle thread needs a stack before there is an allocator for them; its pages are touched when it first runs. */
const BOOT_IDLE_STACK_BYTES = 8192n;
/** @align 16 */
const bootIdleStack: Bytes<8192> = zeroed();

/** The idle thread of processor `index`. That of a processor beyond the first gets its stack by idleStackMake. */
export function idleThreadMake(index: u32): Ptr<Thread> {
  const thread = addressOf(idleThreads[index]);
  thread.affinity = cpuBit(index);
  thread.cpu = index;
  if (index === 0) {
    thread.kernelStackBottom = virtAddr(bootIdleStack);
    thread.kernelStackTop = virtAddr(bootIdleStack) + BOOT_IDLE_STACK_BYTES;
    buildFrame(thread);
  }
  return thread;
}

/** Gives the idle thread of a processor beyond the first its stack, on which the processor starts; false: no memory. */
export function idleStackMake(thread: Ptr<Thread>): bool {
  const bottom = kernelStackAlloc();
  if (bottom === 0n) {
    return false;
  }
  thread.kernelStackBottom = bottom;
  thread.kernelStackTop = bottom + KERNEL_STACK_BYTES;
  return true;
}

/** The first switch to it begins in threadMain (thread.ts), which calls idleEntry. */
function buildFrame(thread: Ptr<Thread>): void {
  const place = thread.kernelStackTop - 16n - u64(sizeOf<SwitchFrame>());
  // SAFETY: static memory that nobody uses yet.
  const frame = pointerAt<SwitchFrame>(place);
  frame.rip = functionAddress(threadStart);
  frame.rbx = u64(functionAddress(idleEntry));
  thread.savedRsp = u64(place);
}

function idleEntry(_argument: u64): void {
  idleLoop();
}

/** Never returns; runs on the idle thread's stack. */
export function idleLoop(): never {
  void irqSave();
  for (;;) {
    schedule();
    sleepUntilWork();
  }
}

const MOST_POLL_NS = 50_000n;
const FIRST_POLL_NS = 2_000n;

function sleepUntilWork(): void {
  const cpu = thisCpu();
  void idleCpus.fetchOr(cpuBit(cpuIndex));
  tlbEnterIdle(cpuIndex);
  if (!pollForWork(cpu)) {
    cpu.isHalted.store(1);
    if (cpu.queue.count === 0 && !stealForLater()) {
      const begin = rdtsc();
      haltUntilInterrupt();
      adaptPolling(cpu, (cpu.queuedTsc > begin ? cpu.queuedTsc : rdtsc()) - begin);
    }
    cpu.isHalted.store(0);
  }
  tlbLeaveIdle(cpuIndex);
  // Whoever is woken by what has come stays here: this processor still counts as idle.
  irqRunPending();
  void idleCpus.fetchAnd(~cpuBit(cpuIndex));
}

/** Whether something came while this processor looked. */
function pollForWork(cpu: CpuState): bool {
  if (cpu.pollTsc === 0n) {
    return false;
  }
  cpu.isPolling.store(1);
  const begin = rdtsc();
  let hasCome: bool = false;
  while (!hasCome && rdtsc() - begin < cpu.pollTsc) {
    hasCome = cpu.queue.count !== 0 || irqIsPending();
    spinPause();
  }
  cpu.isPolling.store(0);
  return hasCome;
}

/** `sleptTsc`: until there was work. */
function adaptPolling(cpu: CpuState, sleptTsc: u64): void {
  if (sleptTsc > tscCountOf(MOST_POLL_NS)) {
    cpu.pollTsc = cpu.pollTsc / 2n;
    return;
  }
  const first = tscCountOf(FIRST_POLL_NS);
  const most = tscCountOf(MOST_POLL_NS);
  const longer = cpu.pollTsc * 2n;
  cpu.pollTsc = longer < first ? first : longer > most ? most : longer;
}

/** The last look at other queues: whether a thread was taken from one into this processor's. */
function stealForLater(): bool {
  const thread = stealThread(cpuIndex);
  if (thread === null) {
    return false;
  }
  const cpu = thisCpu();
  using _guard = lockAcquire(cpu.lock);
  runQueuePush(cpu.queue, addressOf(thread.run));
  return true;
}
