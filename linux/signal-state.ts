/**
 * What is kept about signals: per task its mask, its pending signals and its alternate stack; per process the actions and the signals
 * that any thread may take.
 *
 * One lock guards all of it, as short as the lock of a queue; it is taken inside tasksLock where both are needed. Whether a thread has
 * something to deliver is summed up in Thread.work: set by whoever makes a signal pending or unblocks one, cleared by the thread itself
 * right before it looks (linux/signal-deliver.ts). Waits that signals end look at it through signalIsWaiting (linux/signal-send.ts).
 */

import {
  type KernelSigaction,
  SIG_DFL,
  SIG_IGN,
  SIGCHLD,
  SIGCONT,
  SIGSTOP,
  SIGTSTP,
  SIGTTIN,
  SIGTTOU,
  SIGURG,
  SIGWINCH,
  type Siginfo,
} from "../abi/linux-signal.ts";
import { heapAllocZeroed, heapFree } from "../kernel/mm/heap.ts";
import { lockAcquire, type SpinLock } from "../kernel/sync/spin-lock.ts";
import type { WaitQueue } from "../kernel/sync/wait-queue.ts";
import { nextSignal, type SignalNode, type SignalSet, signalDrop, signalTakeFrom } from "./core/signal-queue.ts";
import { currentTask, type Task } from "./task.ts";

/** Goes on with an interrupted call (restart_syscall(2)). */
export type RestartCall = (deadlineNs: u64, address: u64) => i64;

/** The part of a Task that signals need. Only `pending`, `blocked` and `awaited` are read by others, under signalLock. */
export class TaskSignals {
  /** Sent to this thread. */
  pending!: SignalSet;
  blocked!: u64;
  /** Blocked, but a wait of the thread takes them (sigwait). */
  awaited!: u64;
  /** What `blocked` becomes again behind a call that changed it for its wait (sigsuspend, ppoll), if `hasSavedMask`. */
  savedMask!: u64;
  hasSavedMask!: bool;
  /** sigaltstack(2); no bytes: none. */
  stackStart!: u64;
  stackBytes!: u64;
  stackFlags!: u32;
  /** The exception that the thread met last, for its ucontext. */
  trapNumber!: u32;
  trapError!: u64;
  trapAddress!: u64;
  restart!: RestartCall | null;
  restartDeadlineNs!: u64;
  restartAddress!: u64;
}

/** Neither can be blocked, ignored or caught: SIGKILL and SIGSTOP. */
export const UNBLOCKABLE = (1n << 8n) | (1n << 18n);

export const signalLock: SpinLock = zeroed();
/** Index: signal number; 0 is unused. */
export const actions: FixedArray<KernelSigaction, 65> = zeroed();
/** Sent to the process. */
export const processPending: SignalSet = zeroed();
/** Woken whenever a signal becomes pending (signalfd). */
export const signalArrivals: WaitQueue = zeroed();

const queuedCount: Atomic<u32> = zeroed();

/** Signals that do not end a program by default. Stopping has no meaning in a machine with one program. */
export function isHarmless(signal: u32): bool {
  switch (signal) {
    case SIGCHLD:
    case SIGCONT:
    case SIGURG:
    case SIGWINCH:
    case SIGSTOP:
    case SIGTSTP:
    case SIGTTIN:
    case SIGTTOU:
      return true;
    default:
      return false;
  }
}

/** Whether delivering the signal would do nothing. */
export function isIgnored(signal: u32): bool {
  const handler = actions[signal].handler;
  return handler === SIG_IGN || (handler === SIG_DFL && isHarmless(signal));
}

/** A node for a signal, or null if `limit` (RLIMIT_SIGPENDING) are queued or memory is exhausted. */
export function signalNodeMake(limit: u64): Ptr<SignalNode> | null {
  if (u64(queuedCount.fetchAdd(1)) < limit) {
    const memory = heapAllocZeroed(u64(sizeOf<SignalNode>()));
    if (memory !== null) {
      // SAFETY: fresh zeroed memory of that size.
      return castPtr<SignalNode>(memory);
    }
  }
  void queuedCount.fetchSub(1);
  return null;
}

export function signalNodeFree(node: Ptr<SignalNode> | null): void {
  if (node !== null && !node.isEmbedded) {
    void queuedCount.fetchSub(1);
    heapFree(castPtr<u8>(node));
  }
}

/** Pending for the task itself or for the process. The caller holds signalLock. */
function pendingFor(task: Ptr<Task>): u64 {
  return task.signals.pending.pending | processPending.pending;
}

/** What /proc tells of a task's signals: sets with a bit for each. */
export class SignalSets {
  pending!: u64;
  processPending!: u64;
  blocked!: u64;
  ignored!: u64;
  caught!: u64;
}

/** The caller holds tasksLock, so that the task stays. */
export function signalSetsOf(task: Ptr<Task>, sets: SignalSets): void {
  using _guard = lockAcquire(signalLock);
  sets.pending = task.signals.pending.pending;
  sets.processPending = processPending.pending;
  sets.blocked = task.signals.blocked;
  sets.ignored = 0n;
  sets.caught = 0n;
  for (let signal: u32 = 1; signal < actions.length; signal++) {
    const bit: u64 = 1n << u64(signal - 1);
    const handler = actions[signal].handler;
    if (handler === SIG_IGN) sets.ignored |= bit;
    else if (handler !== SIG_DFL) sets.caught |= bit;
  }
}

/** How many signals wait in queues. */
export function signalQueuedCount(): u32 {
  return queuedCount.load();
}

/** Pending for the current task, blocked or not. */
export function signalPendingSet(): u64 {
  using _guard = lockAcquire(signalLock);
  return pendingFor(currentTask());
}

/** Takes the next pending signal of `signals` for the current task and stores what is known of it; its number, or 0. */
export function signalTake(signals: u64, info: Siginfo): u32 {
  const task = currentTask();
  let node: Ptr<SignalNode> | null = null;
  let signal: u32 = 0;
  {
    using _guard = lockAcquire(signalLock);
    signal = nextSignal(task.signals.pending.pending & signals);
    if (signal !== 0) {
      node = signalTakeFrom(task.signals.pending, signal, info);
    } else {
      signal = nextSignal(processPending.pending & signals);
      if (signal === 0) {
        return 0;
      }
      node = signalTakeFrom(processPending, signal, info);
    }
  }
  noteTimerTaken(node, info);
  signalNodeFree(node);
  return signal;
}

/** Called when a timer's signal is taken: stores its overruns in `info`, and starts the timer's next period. */
export type TimerTaken = (node: Ptr<SignalNode>, info: Siginfo) => void;
let timerTaken: TimerTaken | null = null;

export function signalSetTimerTaken(taken: TimerTaken): void {
  timerTaken = taken;
}

function noteTimerTaken(node: Ptr<SignalNode> | null, info: Siginfo): void {
  if (node === null || timerTaken === null) {
    return;
  }
  if (node.isEmbedded) {
    timerTaken(node, info);
  }
}

/** Forgets pending signals: a set that became ignored, or all of a task that ends. */
export function signalForget(set: SignalSet, signals: u64): void {
  for (;;) {
    let node: Ptr<SignalNode> | null = null;
    {
      using _guard = lockAcquire(signalLock);
      if ((set.pending & signals) === 0n) {
        return;
      }
      node = signalDrop(set, signals);
    }
    signalNodeFree(node);
  }
}

/** A new task has its maker's mask and nothing else (clone(2)); a thread has no alternate stack. */
export function signalsInherit(child: Ptr<Task>): void {
  child.signals.blocked = currentTask().signals.blocked;
}

/** Another program has no handlers: what had one gets its default action, what is ignored stays so. Masks and pending signals stay. */
export function signalsResetHandlers(): void {
  const state = currentTask().signals;
  using _guard = lockAcquire(signalLock);
  for (let signal: u32 = 1; signal < actions.length; signal++) {
    const isIgnoredByAll = actions[signal].handler === SIG_IGN;
    zero(actions[signal]);
    actions[signal].handler = isIgnoredByAll ? SIG_IGN : SIG_DFL;
  }
  state.stackStart = 0n;
  state.stackBytes = 0n;
  state.stackFlags = 0;
  state.restart = null;
}
