/**
 * Which thread runs: blocking, waking, yielding, and the switch itself. Placement and stealing are in placement.ts, the way into a queue in
 * queueing.ts, time slices in slice.ts, changes of priority and affinity in thread-settings.ts.
 *
 * The kernel is not preempted: a switch happens where a thread blocks or yields, or when an interrupt that came out of application
 * code finds that another thread should run. Each processor has an idle thread (idle.ts), which runs when nobody else can.
 *
 * A thread is woken from any processor at any moment, also while it is still on its way to sleep. `thread.wake` decides the race (a
 * compare-and-exchange on both sides); `thread.onCpu` keeps a thread that was queued again from being run before the processor that it
 * leaves is off its stack. Interrupts are masked throughout; the lock of a queue is never held across a switch.
 */

import { getFsBase, setFsBase } from "../../nucleus/calls.ts";
import { BOOT_STACK_BYTES, bootStack } from "../../nucleus/image.ts";
import { irqRestore, irqSave } from "../../nucleus/irq-mask.ts";
import { cpuIndex, setKernelStack } from "../../nucleus/percpu.ts";
import { runQueueHighest, runQueuePop, runQueuePush } from "../core/run-queue.ts";
import { heapFree } from "../mm/heap.ts";
import { kernelStackFree } from "../mm/kernel-stacks.ts";
import { ipiSend } from "../smp/ipi.ts";
import { lockAcquire } from "../sync/spin-lock.ts";
import { VECTOR_RESCHEDULE } from "../vectors.ts";
import { type CpuState, cpuBit, onlineCpus, thisCpu } from "./cpu.ts";
import { fpuAreaFree, fpuRestore, fpuSave } from "./fpu.ts";
import { idleThreadMake } from "./idle.ts";
import { kickIdle, stealThread } from "./placement.ts";
import { countTime, countTimeFirst } from "./processor-time.ts";
import { enqueue } from "./queueing.ts";
import { sliceStart } from "./slice.ts";
import { switchStacks } from "./switch.ts";
import { PRIORITY_NORMAL, type Thread, WakeState } from "./thread-type.ts";

/** The thread that every kernel starts with; it runs the boot script and then the program. */
const bootThread: Thread = zeroed();
const threadNumber: Atomic<u32> = zeroed();

/** @percpu */
export let current: Ptr<Thread> | null = null;
/**
 * Another thread should run as soon as the application is about to go on.
 * @percpu
 */
export let switchWanted: bool = false;
/**
 * Whose stack the processor has just left.
 * @percpu
 */
let switchedFrom: Ptr<Thread> | null = null;

/** See `switchWanted`; interrupts are masked. */
export function switchSoon(): void {
  switchWanted = true;
}

/** Called on the new processor when a thread that ran elsewhere before goes on; interrupts are masked. */
export type MigrationHook = (thread: Thread) => void;
let migrationHook: MigrationHook | null = null;

export function schedulerSetMigrationHook(hook: MigrationHook): void {
  migrationHook = hook;
}

/** Makes the running context, on the boot stack, the first thread. */
export function schedulerInit(): void {
  const thread = addressOf(bootThread);
  thread.id = nextThreadNumber();
  thread.affinity = u64.MAX;
  thread.run.priority = PRIORITY_NORMAL;
  thread.kernelStackBottom = virtAddr(bootStack);
  thread.kernelStackTop = virtAddr(bootStack) + u64(BOOT_STACK_BYTES);
  thread.onCpu.store(1);
  current = thread;
  const cpu = thisCpu();
  cpu.current = thread;
  cpu.runningPriority = i32(PRIORITY_NORMAL);
  countTimeFirst(cpu, thread);
  cpu.idle = idleThreadMake(0);
  onlineCpus.store(cpuBit(0));
}

function nextThreadNumber(): u32 {
  return threadNumber.fetchAdd(1) + 1;
}

/** Makes the running context the idle thread of a processor that has just started. */
export function schedulerAdoptIdle(idle: Thread): void {
  current = addressOf(idle);
  const cpu = thisCpu();
  cpu.current = current;
  cpu.idle = current;
  countTimeFirst(cpu, addressOf(idle));
}

export function currentThread(): Thread {
  return current!;
}

/** As currentThread, before schedulerInit too. */
export function currentThreadOrNull(): Ptr<Thread> | null {
  return current;
}

/** Gives a new thread its number and queues it. */
export function schedulerReady(thread: Thread): void {
  const wasMasked = irqSave();
  thread.id = nextThreadNumber();
  enqueue(thread);
  irqRestore(wasMasked);
}

/** Lets other ready threads of at least this priority run. */
export function threadYield(): void {
  // The common case, and the reason why sched_yield is cheap: nobody waits.
  if (thisCpu().queue.ready === 0 && !switchWanted) {
    return;
  }
  const wasMasked = irqSave();
  yieldMasked();
  irqRestore(wasMasked);
}

function yieldMasked(): void {
  switchWanted = false;
  const thread = current!;
  const cpu = thisCpu();
  if ((thread.affinity & cpuBit(cpuIndex)) === 0n) {
    thread.isLeaving = true;
    thread.involuntarySwitches++;
    schedule();
    return;
  }
  const ready = cpu.queue.ready;
  if (ready !== 0 && 31 - countLeadingZeros(ready) >= thread.run.priority) {
    {
      using _guard = lockAcquire(cpu.lock);
      runQueuePush(cpu.queue, addressOf(thread.run));
    }
    thread.involuntarySwitches++;
    schedule();
  }
}

/**
 * Puts the current thread to sleep until threadWake; returns at once if that has been called since the last threadBlock. So no wake-up is
 * lost between testing a condition and blocking, and a thread may also be woken for nothing: call it in a loop around the condition.
 */
export function threadBlock(): void {
  const wasMasked = irqSave();
  const thread = current!;
  if (thread.wake.compareExchange(WakeState.Awake, WakeState.Blocked)) {
    thread.voluntarySwitches++;
    schedule();
  } else {
    void thread.wake.exchange(WakeState.Awake);
  }
  irqRestore(wasMasked);
}

/** Makes a blocked thread ready, or lets its next threadBlock return at once. May be called by interrupt handlers. */
export function threadWake(thread: Thread): void {
  const wasMasked = irqSave();
  if (threadClaim(thread)) {
    enqueue(thread);
  }
  irqRestore(wasMasked);
}

/**
 * The first half of threadWake, with interrupts masked: true if the caller has to `enqueue` the thread. Until then it is blocked and
 * nobody else may make it ready, so what the caller still has to say to it can be said: queueing takes long where it interrupts another
 * processor, and the thread may run before that ends. False: the thread may go on, and end, at any time.
 */
export function threadClaim(thread: Thread): bool {
  for (;;) {
    const state = thread.wake.load();
    if (state === WakeState.Blocked) {
      if (thread.wake.compareExchange(WakeState.Blocked, WakeState.Awake)) {
        return true;
      }
    } else if (state === WakeState.Dead || thread.wake.compareExchange(state, WakeState.Permit)) {
      // Even where the permit is there already the exchange is needed: it orders the waker's condition before the sleeper's next look.
      return false;
    }
  }
}

/** After `thread.work` was set: wakes the thread if it waits, and brings it out of the application if it runs there. */
export function threadInterrupt(thread: Thread): void {
  threadWake(thread);
  const wasMasked = irqSave();
  if (thread.onCpu.load() !== 0 && thread.cpu !== cpuIndex) {
    ipiSend(thread.cpu, VECTOR_RESCHEDULE);
  }
  irqRestore(wasMasked);
}

/** Ends the current thread; its memory is freed by whoever runs next. */
export function schedulerExit(): never {
  void irqSave();
  const thread = current!;
  thread.wake.store(WakeState.Dead);
  schedule();
  unreachable();
}

/** Called with interrupts masked when an upcall is about to resume application code. */
export function schedulerBeforeApplication(): void {
  if (switchWanted) {
    yieldMasked();
  }
}

/** Runs the best ready thread, the idle thread if there is none. Masked; the current thread is queued, blocked, leaving or dead. */
export function schedule(): void {
  const previous = current!;
  const cpu = thisCpu();
  const next = pickNext(cpu);
  // What it may run on was changed while it was on its way here: then it leaves before it goes on in the application.
  switchWanted = (next.affinity & cpuBit(cpuIndex)) === 0n;
  if (virtAddr(next) === virtAddr(previous)) {
    return;
  }
  if (cpu.queue.ready !== 0) {
    shareQueue(cpu, next);
  }
  countTime(cpu, previous, next);
  cpu.switches++;
  switchTo(previous, next);
}

/** Others wait here while `next` runs: an idle processor shall take one, and an equal gets its turn after a slice. */
function shareQueue(cpu: CpuState, next: Ptr<Thread>): void {
  using _guard = lockAcquire(cpu.lock);
  if (cpu.queue.ready === 0) {
    return;
  }
  const highest = runQueueHighest(cpu.queue);
  if (highest >= next.run.priority) {
    sliceStart(cpu);
  }
  // SAFETY: `run` is the first field of Thread; the lock keeps the thread in the queue.
  kickIdle(cpuIndex, castPtr<Thread>(cpu.queue.lists[highest].head!).affinity);
}

function pickNext(cpu: CpuState): Ptr<Thread> {
  {
    using _guard = lockAcquire(cpu.lock);
    const node = runQueuePop(cpu.queue);
    if (node !== null) {
      // SAFETY: `run` is the first field of Thread.
      return take(cpu, castPtr<Thread>(node));
    }
  }
  const stolen = stealThread(cpuIndex);
  if (stolen !== null) {
    using _guard = lockAcquire(cpu.lock);
    return take(cpu, stolen);
  }
  cpu.current = cpu.idle;
  cpu.runningPriority = -1;
  return cpu.idle!;
}

function take(cpu: CpuState, thread: Ptr<Thread>): Ptr<Thread> {
  cpu.current = thread;
  cpu.runningPriority = i32(thread.run.priority);
  thread.onCpu.store(1, Order.Relaxed);
  if (thread.ranOn !== cpuIndex) {
    // Before the thread looks at its `work`: threadInterrupt sets that and then asks where the thread is.
    fence(Order.SeqCst);
  }
  return thread;
}

/** Stores what the processor has of the current thread, as a switch would: for whoever looks at all threads. The thread goes on. */
export function schedulerStoreCurrent(): void {
  const thread = current!;
  if (!thread.ranApplication) {
    return;
  }
  thread.fsBase = getFsBase();
  if (thread.fpuState !== null) {
    fpuSave(thread.fpuState);
  }
}

function switchTo(previous: Ptr<Thread>, next: Ptr<Thread>): void {
  if (previous.ranApplication && previous.wake.load(Order.Relaxed) !== WakeState.Dead) {
    previous.fsBase = getFsBase();
    // Without an area there is one application thread, and nobody else to change its registers.
    if (previous.fpuState !== null) {
      fpuSave(previous.fpuState);
    }
  }
  current = next;
  switchedFrom = previous;
  setKernelStack(next.kernelStackBottom, next.kernelStackTop);
  switchStacks(addressOf(previous.savedRsp), VirtAddr(next.savedRsp));
  schedulerAfterSwitch();
}

/** On the stack of the thread that was switched to: gives the other one free, and restores its own application state. */
export function schedulerAfterSwitch(): void {
  const thread = current!;
  const left = switchedFrom;
  if (left !== null) {
    switchedFrom = null;
    release(left);
  }
  if (thread.ranApplication) {
    setFsBase(thread.fsBase);
    if (thread.fpuState !== null) {
      fpuRestore(thread.fpuState);
    }
  }
  if (thread.ranOn !== cpuIndex) {
    thread.ranOn = cpuIndex;
    if (migrationHook !== null && thread.ranApplication) {
      migrationHook(thread);
    }
  }
}

/** Nobody uses the stack of `thread` any more. */
function release(thread: Ptr<Thread>): void {
  if (thread.wake.load(Order.Relaxed) === WakeState.Dead) {
    if (virtAddr(thread) === virtAddr(bootThread)) {
      // Its record and its stack are part of the image.
      return;
    }
    kernelStackFree(thread.kernelStackBottom);
    if (thread.fpuState !== null) {
      fpuAreaFree(thread.fpuState);
    }
    heapFree(castPtr<u8>(thread));
    return;
  }
  const isLeaving = thread.isLeaving;
  // As soon as it is off this processor it may run on another one, and end.
  const isQueued = thread.run.queued;
  const affinity = thread.affinity;
  thread.isLeaving = false;
  thread.onCpu.store(0, Order.Release);
  if (isLeaving) {
    enqueue(thread);
  } else if (isQueued) {
    // Until now nobody could take it: an idle processor that has tried sleeps.
    kickIdle(cpuIndex, affinity);
  }
}
