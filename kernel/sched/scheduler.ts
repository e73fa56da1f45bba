/**
 * Which thread runs: the run queue of this CPU, blocking, waking, time slices, and the idle wait.
 *
 * The kernel is not preempted: a switch happens where a thread blocks or yields, or when an interrupt that came out of application
 * code finds that another thread should run. There is no idle thread: a thread that finds nothing to run waits for interrupts on
 * its own stack, and if it is woken itself no switch is needed at all. Tickless: a slice is timed only while somebody waits for it.
 *
 * Everything per CPU is touched by its own CPU with interrupts masked; other CPUs will send their wake-ups through a queue.
 */

import { getFsBase, haltUntilInterrupt, setFsBase } from "../../nucleus/calls.ts";
import { BOOT_STACK_BYTES, bootStack } from "../../nucleus/image.ts";
import { irqRestore, irqSave } from "../../nucleus/irq-mask.ts";
import { cpuIndex, setKernelStack } from "../../nucleus/percpu.ts";
import { type RunQueue, runQueueHighest, runQueuePop, runQueuePush, runQueueRemove } from "../core/run-queue.ts";
import { irqRunPending } from "../irq.ts";
import { heapFree } from "../mm/heap.ts";
import { kernelStackFree } from "../mm/kernel-stacks.ts";
import { monotonicNs } from "../time/clock.ts";
import { type Timer, timerArm, timerIsArmed } from "../time/timer.ts";
import { fpuAreaFree, fpuRestore, fpuSave } from "./fpu.ts";
import { switchStacks } from "./switch.ts";
import { PRIORITY_HIGHEST, PRIORITY_NORMAL, type Thread, ThreadState } from "./thread-type.ts";

const SLICE_NS = 10_000_000n;

/** The thread that every kernel starts with; it runs the boot script and then the program. */
const bootThread: Thread = zeroed();
let threadCount: u32 = 0;

/** @percpu */
let current: Ptr<Thread> | null = null;
/** @percpu */
const queue: RunQueue = zeroed();
/**
 * Another thread should run as soon as the application is about to go on.
 * @percpu
 */
let switchWanted: bool = false;
/** @percpu */
let deadThreads: Ptr<Thread> | null = null;
/** @percpu */
const sliceTimer: Timer = zeroed();

/** Makes the running context, on the boot stack, the first thread. */
export function schedulerInit(): void {
  const thread = addressOf(bootThread);
  threadCount = 1;
  thread.id = threadCount;
  thread.state = ThreadState.Running;
  thread.run.priority = PRIORITY_NORMAL;
  thread.kernelStackBottom = virtAddr(bootStack);
  thread.kernelStackTop = virtAddr(bootStack) + u64(BOOT_STACK_BYTES);
  current = thread;
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
  threadCount++;
  thread.id = threadCount;
  thread.cpu = cpuIndex;
  enqueue(thread);
  irqRestore(wasMasked);
}

function enqueue(thread: Thread): void {
  thread.state = ThreadState.Ready;
  runQueuePush(queue, addressOf(thread.run));
  const running = current!;
  if (running.state !== ThreadState.Running) {
    return;
  }
  if (thread.run.priority > running.run.priority) {
    switchWanted = true;
  } else if (thread.run.priority === running.run.priority) {
    startSlice();
  }
}

/** Lets other ready threads of at least this priority run. */
export function threadYield(): void {
  // The common case, and the reason why sched_yield is cheap: nobody waits.
  if (queue.ready === 0) {
    return;
  }
  const wasMasked = irqSave();
  yieldMasked();
  irqRestore(wasMasked);
}

function yieldMasked(): void {
  const thread = current!;
  if (queue.ready !== 0 && runQueueHighest(queue) >= thread.run.priority) {
    thread.state = ThreadState.Ready;
    runQueuePush(queue, addressOf(thread.run));
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
  if (!thread.wakePermit) {
    thread.state = ThreadState.Blocked;
    schedule();
  }
  thread.wakePermit = false;
  irqRestore(wasMasked);
}

/** Makes a blocked thread ready, or lets its next threadBlock return at once. May be called by interrupt handlers. */
export function threadWake(thread: Thread): void {
  const wasMasked = irqSave();
  if (thread.state === ThreadState.Blocked) {
    enqueue(thread);
  } else {
    thread.wakePermit = true;
  }
  irqRestore(wasMasked);
}

/** After `thread.work` was set: wakes the thread if it waits, and brings it out of the application if it runs there. */
export function threadInterrupt(thread: Thread): void {
  threadWake(thread);
}

export function threadSetPriority(thread: Thread, priority: u32): void {
  assert(priority <= PRIORITY_HIGHEST, "priority in range");
  const wasMasked = irqSave();
  const isQueued = thread.run.queued;
  if (isQueued) {
    runQueueRemove(queue, addressOf(thread.run));
  }
  thread.run.priority = priority;
  if (isQueued) {
    enqueue(thread);
  }
  irqRestore(wasMasked);
}

/** Ends the current thread; its memory is freed by whoever runs next. */
export function schedulerExit(): never {
  void irqSave();
  const thread = current!;
  assert(virtAddr(thread) !== virtAddr(bootThread), "the first thread ends with the machine");
  thread.state = ThreadState.Dead;
  thread.nextDead = deadThreads;
  deadThreads = thread;
  schedule();
  unreachable();
}

/** Called with interrupts masked when an upcall is about to resume application code. */
export function schedulerBeforeApplication(): void {
  if (switchWanted) {
    switchWanted = false;
    yieldMasked();
  }
}

/** Runs the best ready thread, waiting for one if need be. Entered and left masked; the current thread is Ready, Blocked or Dead. */
function schedule(): void {
  const previous = current!;
  let node = runQueuePop(queue);
  while (node === null) {
    haltUntilInterrupt();
    irqRunPending();
    node = runQueuePop(queue);
  }
  // SAFETY: `run` is the first field of Thread.
  const next = castPtr<Thread>(node);
  next.state = ThreadState.Running;
  switchWanted = false;
  if (queue.ready !== 0 && runQueueHighest(queue) >= next.run.priority) {
    startSlice();
  }
  if (virtAddr(next) !== virtAddr(previous)) {
    switchTo(previous, next);
  }
}

function switchTo(previous: Ptr<Thread>, next: Ptr<Thread>): void {
  if (previous.ranApplication && previous.state !== ThreadState.Dead) {
    previous.fsBase = getFsBase();
    fpuSave(previous.fpuState!);
  }
  current = next;
  setKernelStack(next.kernelStackBottom, next.kernelStackTop);
  switchStacks(addressOf(previous.savedRsp), VirtAddr(next.savedRsp));
  schedulerAfterSwitch();
}

/** On the stack of the thread that was switched to: its application state, and the memory of those that ended. */
export function schedulerAfterSwitch(): void {
  const thread = current!;
  if (thread.ranApplication) {
    setFsBase(thread.fsBase);
    fpuRestore(thread.fpuState!);
  }
  let dead = deadThreads;
  deadThreads = null;
  while (dead !== null) {
    const ended = dead;
    dead = ended.nextDead;
    kernelStackFree(ended.kernelStackBottom);
    if (ended.fpuState !== null) {
      fpuAreaFree(ended.fpuState);
    }
    heapFree(castPtr<u8>(ended));
  }
}

function startSlice(): void {
  if (!timerIsArmed(sliceTimer)) {
    timerArm(sliceTimer, monotonicNs() + SLICE_NS, endSlice);
  }
}

function endSlice(_timer: Timer): void {
  if (queue.ready !== 0 && runQueueHighest(queue) >= current!.run.priority) {
    switchWanted = true;
  }
}
