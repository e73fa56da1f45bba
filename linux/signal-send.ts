/**
 * Sending signals: to the process or to one thread, from system calls, timers, faults of the kernel's own finding, and from outside.
 *
 * A signal to the process stays in its set until some thread takes it. Here only a thread is chosen to be told, the first task before the
 * others as on Linux, one that does not block it; if none does, the signal waits until somebody unblocks it.
 */

import { EAGAIN, ESRCH } from "../abi/errno.ts";
import { SI_USER, SIG_DFL, SIGKILL, SIGPIPE, SIGRTMIN, type Siginfo } from "../abi/linux-signal.ts";
import { engineSetSignalHandler, engineTakeSignal, engineTellTaken } from "../drivers/channel/engine.ts";
import { threadInterrupt } from "../kernel/sched/scheduler.ts";
import { lockAcquire } from "../kernel/sync/spin-lock.ts";
import { waitWakeAll } from "../kernel/sync/wait-queue.ts";
import { bitOf, type SignalNode, signalAdd, signalIsCoalesced, signalRemove } from "./core/signal-queue.ts";
import { PROCESS_ID } from "./identity.ts";
import { signalLimit } from "./process.ts";
import { killFromOutside, killProgram } from "./process-end.ts";
import {
  actions,
  isIgnored,
  processPending,
  signalArrivals,
  signalLock,
  signalNodeMake,
  UNBLOCKABLE,
} from "./signal-state.ts";
import { signalTrace } from "./signal-trace.ts";
import { currentTask, firstTask, type Task, taskFind, taskMustEnd, tasksLock } from "./task.ts";
import { users } from "./users.ts";

/** Inside this file: the signal ends the program. */
const FATAL = 1n;

/** Signals at the proxy reach the program once it wants more than default actions; before that the proxy ends it by itself. */
export function signalSendInit(): void {
  engineSetSignalHandler(onOutsideSignal);
}

/** Whether the task would take the signal if it were told. The caller holds signalLock. */
function wants(task: Ptr<Task>, signal: u32): bool {
  const blocked = task.signals.blocked & ~task.signals.awaited;
  return task.thread !== null && (blocked & bitOf(signal)) === 0n;
}

/** The task to tell about a signal to the process, or null. The caller holds tasksLock and signalLock. */
function chooseTask(signal: u32): Ptr<Task> | null {
  let task: Ptr<Task> | null = addressOf(firstTask);
  while (task !== null && !wants(task, signal)) {
    task = task.next;
  }
  return task;
}

function tell(task: Ptr<Task>): void {
  const thread = task.thread;
  if (thread !== null) {
    thread.work.store(1);
    threadInterrupt(thread);
  }
}

/** Who is told of a signal that was sent to `target`, or to the process: takes both locks of the caller for granted. */
function tellAbout(target: Ptr<Task> | null, signal: u32): void {
  const task = target === null ? chooseTask(signal) : target;
  if (task !== null && wants(task, signal)) {
    tell(task);
  }
}

/** Whether the signal would be thrown away at once: nobody blocks it, and nothing is to be done. */
function isLost(target: Ptr<Task> | null, signal: u32): bool {
  const blocked = target === null ? firstTask.signals.blocked : target.signals.blocked;
  return (blocked & bitOf(signal)) === 0n && isIgnored(signal);
}

/**
 * Whether the signal ends the program as soon as it is sent: its default action does, and whoever is told of it does not block it. One that
 * a thread blocks and waits for (sigwaitinfo) goes to that thread and ends nothing.
 */
function isFatal(target: Ptr<Task> | null, signal: u32): bool {
  if (signal !== SIGKILL && (actions[signal].handler !== SIG_DFL || isIgnored(signal))) {
    return false;
  }
  const task = target === null ? chooseTask(signal) : target;
  return task !== null && wants(task, signal) && (task.signals.blocked & bitOf(signal)) === 0n;
}

/**
 * Sends the signal that `info` describes to a task, or to the process (null). 0, -EAGAIN if a real-time signal cannot be queued, or
 * FATAL: the caller calls killBySignal when it has no lock any more. The caller holds tasksLock, so that the task stays.
 */
function sendLocked(target: Ptr<Task> | null, info: Siginfo): i64 {
  const signal = u32(info.si_signo);
  let node: Ptr<SignalNode> | null = null;
  {
    using _guard = lockAcquire(signalLock);
    if (isFatal(target, signal)) {
      return FATAL;
    }
    const set = target === null ? processPending : target.signals.pending;
    if (isLost(target, signal) || signalIsCoalesced(set, signal)) {
      return 0n;
    }
    // As on Linux: what the kernel and kill(2) send is not limited, nor are signals that do not queue.
    const isLimited = signal >= SIGRTMIN || info.si_code < 0;
    node = signalNodeMake(isLimited ? signalLimit() : u64.MAX);
    if (node === null && signal >= SIGRTMIN && info.si_code !== SI_USER) {
      return i64(-EAGAIN);
    }
    if (node !== null) {
      copy(node.info, info);
    }
    signalAdd(set, signal, node);
    tellAbout(target, signal);
  }
  waitWakeAll(signalArrivals);
  return 0n;
}

/** Sends to the process: 0, or -EAGAIN if a real-time signal cannot be queued. */
export function signalSend(info: Siginfo): i64 {
  let result: i64 = 0n;
  {
    using _guard = lockAcquire(tasksLock);
    result = sendLocked(null, info);
  }
  if (result === FATAL) {
    killBySignal(info);
  }
  return result;
}

/** Sends to the thread `tid`: 0, -ESRCH, -EAGAIN. `info` null: only whether there is such a thread. */
export function signalSendThread(tid: i32, info: Siginfo | null): i64 {
  let result: i64 = 0n;
  {
    using _guard = lockAcquire(tasksLock);
    const task = taskFind(tid);
    if (task === null || task.thread === null) {
      return i64(-ESRCH);
    }
    if (info !== null) {
      result = sendLocked(task, info);
    }
  }
  if (result === FATAL) {
    killBySignal(info!);
  }
  return result;
}

/** What became of a timer's signal. */
export enum NodeSent {
  Queued = 0,
  /** It is pending still: nobody has taken the last one. */
  Again = 1,
  /** Ignored, or its thread has ended. */
  Lost = 2,
}

/** Makes a timer's signal pending unless it is already. The node is the timer's; `tid` 0: to the process. Interrupt context. */
export function signalSendNode(tid: i32, node: Ptr<SignalNode>): NodeSent {
  const signal = u32(node.info.si_signo);
  let isKilled: bool = false;
  {
    using _tasks = lockAcquire(tasksLock);
    using _guard = lockAcquire(signalLock);
    const target = tid === 0 ? null : taskFind(tid);
    if (node.isQueued) {
      return NodeSent.Again;
    }
    if ((tid !== 0 && target === null) || isLost(target, signal)) {
      return NodeSent.Lost;
    }
    isKilled = isFatal(target, signal);
    if (!isKilled) {
      signalAdd(target === null ? processPending : target.signals.pending, signal, node);
      tellAbout(target, signal);
    }
  }
  if (isKilled) {
    killBySignal(node.info);
  }
  waitWakeAll(signalArrivals);
  return NodeSent.Queued;
}

/** A timer ends: its signal is not pending any more. */
export function signalWithdrawNode(tid: i32, node: Ptr<SignalNode>): void {
  using _tasks = lockAcquire(tasksLock);
  using _guard = lockAcquire(signalLock);
  const target = tid === 0 ? null : taskFind(tid);
  if (node.isQueued && (tid === 0 || target !== null)) {
    signalRemove(target === null ? processPending : target.signals.pending, node);
  }
}

/** A signal's default action ends the program. No lock is held. */
export function killBySignal(info: Siginfo): never {
  signalTrace(info);
  if (info.si_code === SI_USER && info.first === 0n) {
    // Process 0: no process of this machine (onOutsideSignal).
    killFromOutside(u32(info.si_signo));
  }
  killProgram(u32(info.si_signo), "", info);
}

/** What the program's own calls say about the sender. */
export function infoFromUser(info: Siginfo, signal: u32, code: i32): void {
  zero(info);
  info.si_signo = i32(signal);
  info.si_code = code;
  info.first = u64(PROCESS_ID) | (u64(users().real) << 32n);
}

/** A write found that nobody reads: the thread that writes gets SIGPIPE. */
export function signalBrokenPipe(): void {
  signalOneself(SIGPIPE);
}

/** A signal to the thread that makes a call, about what it asks for. */
export function signalOneself(signal: u32): void {
  const info: Siginfo = zeroed();
  infoFromUser(info, signal, SI_USER);
  void signalSendThread(currentTask().tid, info);
}

/** Sets the current task's mask; tells it of what became deliverable, and others of what it will not take any more. */
export function signalsBlock(mask: u64): void {
  const task = currentTask();
  using _tasks = lockAcquire(tasksLock);
  using _guard = lockAcquire(signalLock);
  const before = task.signals.blocked;
  task.signals.blocked = mask & ~UNBLOCKABLE;
  noticeUnblocked(task);
  retarget(task.signals.blocked & ~before);
}

function noticeUnblocked(task: Ptr<Task>): void {
  const pending = task.signals.pending.pending | processPending.pending;
  if ((pending & ~task.signals.blocked) !== 0n) {
    task.thread!.work.store(1);
  }
}

/** Finds other threads for signals to the process; both locks are held. */
function retarget(signals: u64): void {
  let rest = processPending.pending & signals;
  while (rest !== 0n) {
    tellAbout(null, countTrailingZeros(rest) + 1);
    rest &= rest - 1n;
  }
}

/**
 * Whether the current task has a signal to deliver, so that its wait must end. That a wait ends for nothing would be seen by the program
 * where the call does not start again, so a hint (Thread.work) that came to nothing is taken back. A task that has to end is never to wait.
 */
export function signalIsWaiting(): bool {
  const task = currentTask();
  const thread = task.thread!;
  if (thread.work.load() === 0) {
    return false;
  }
  // Under the lock: a hint that a sender gives after this one was taken back is not mistaken for something that was found here. Whom it is
  // for finds it with the next look, for a signal that is awaited is no reason to end the wait.
  using _guard = lockAcquire(signalLock);
  void thread.work.exchange(0);
  if (taskMustEnd(task)) {
    thread.work.store(1);
    return true;
  }
  noticeUnblocked(task);
  return thread.work.load() !== 0;
}

/** Declares which blocked signals a wait of the current task takes; 0n at its end. */
export function signalsAwait(signals: u64): void {
  const task = currentTask();
  using _tasks = lockAcquire(tasksLock);
  using _guard = lockAcquire(signalLock);
  task.signals.awaited = signals;
  if (signals === 0n) {
    retarget(task.signals.blocked);
  }
}

/** For a task that has left the table: the signals to the process that it was told of are somebody else's. */
export function signalsHandOver(task: Ptr<Task>): void {
  using _tasks = lockAcquire(tasksLock);
  using _guard = lockAcquire(signalLock);
  retarget(~task.signals.blocked);
}

/**
 * The proxy passed on a signal; interrupt context. One that ends the program does so here and now, whatever the threads are doing: one of
 * them may wait for something that no signal ends.
 */
function onOutsideSignal(): void {
  for (;;) {
    const signal = engineTakeSignal();
    if (signal === 0) {
      return;
    }
    const info: Siginfo = zeroed();
    info.si_signo = signal;
    info.si_code = SI_USER;
    void signalSend(info);
    // Else the proxy takes the program for one that hangs, and the next signal for its end.
    engineTellTaken(u32(signal));
  }
}
