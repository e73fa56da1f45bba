/**
 * Work that needs nothing of KVM (machinePrepare, and the program's file into memory), done by a thread of its own while the first thread
 * looks at files and makes the machine.
 *
 * A third of a millisecond of a start of three, and two for a program of 7 MiB. The thread owns nothing: whoever comes first claims the work, so the first thread does
 * it itself where no other thread got a processor. It is gone before the process is confined (confinement/), or it has confined itself as a piece
 * of its work, which nobody may claim then but the thread (aheadAwait): no thread escapes the filter.
 */

import {
  CLONE_CHILD_CLEARTID,
  CLONE_PARENT_SETTID,
  FUTEX_PRIVATE_FLAG,
  FUTEX_WAIT,
  FUTEX_WAKE,
} from "../abi/linux-process.ts";
import { SYS_exit, SYS_futex } from "../abi/linux-syscalls.ts";
import { callPointer, linuxCall } from "../compiler/std/linux-syscall.ts";
import { THREAD_FLAGS, threadStartOn } from "./lock.ts";
import { hostHasProcessor, ownProcessors } from "./processors.ts";
import { signalsLeaveToFirstThread } from "./signals.ts";

/** The kernel writes the thread's number to a word and clears it at its end. */
const AHEAD_FLAGS = THREAD_FLAGS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;
/** How often the first thread looks before it sleeps: some 50 us, what sleeping and waking cost. */
const LOOKS = 1000;

/** One piece of work; starts as zero. */
export class Ahead {
  work!: (() => void) | null;
  /** What the same thread does behind it. */
  next!: Ptr<Ahead> | null;
  isClaimed!: Atomic<u32>;
  isDone!: Atomic<u32>;
  /** The thread's number while there is one. */
  thread!: Atomic<u32>;
}

/** Of the one thread that there is at a time. */
const stack: Bytes<32768> = zeroed();

/** Begins `work` in a thread, or leaves it to aheadFinish: unless it `isWanted`, and where no thread can be had. */
export function aheadStart(ahead: Ahead, work: () => void, isWanted: bool): void {
  ahead.work = work;
  if (!isWanted) return;
  const top = u64(virtAddr(elements(stack))) + u64(stack.length);
  void threadStartOn(top, AHEAD_FLAGS, callPointer(ahead.thread), threadMain, castPtr<u8>(addressOf(ahead)));
}

/** The thread of `first`, which has not begun, does `work` behind what it has to do. */
export function aheadAppend(first: Ahead, ahead: Ahead, work: () => void): void {
  ahead.work = work;
  first.next = addressOf(ahead);
}

/** The work is done when this returns. */
export function aheadFinish(ahead: Ahead): void {
  if (claimAndDo(ahead)) return;
  awaitDone(ahead);
}

function awaitDone(ahead: Ahead): void {
  for (let i: u32 = 0; i < LOOKS && ahead.isDone.load(Order.Acquire) === 0; i += 1) {
    asm`pause`;
  }
  while (ahead.isDone.load(Order.Acquire) === 0) {
    void linuxCall(SYS_futex, callPointer(ahead.isDone), u64(FUTEX_WAIT | FUTEX_PRIVATE_FLAG), 0n, 0n);
  }
}

/** Work of the thread of `first` is done when this returns, if there is a thread; it must not do the same as long as its caller. */
export function aheadAwait(first: Ahead, ahead: Ahead): void {
  if (first.thread.load(Order.Acquire) !== 0) awaitDone(ahead);
}

/** The thread is gone when this returns; after aheadFinish of all that it does. */
export function aheadEnd(ahead: Ahead): void {
  for (let id = ahead.thread.load(Order.Acquire); id !== 0; id = ahead.thread.load(Order.Acquire)) {
    // Without the private flag: the kernel's own waking has none.
    void linuxCall(SYS_futex, callPointer(ahead.thread), u64(FUTEX_WAIT), u64(id), 0n);
  }
}

/**
 * Whether a thread would find a processor at once. Where more runs than there are processors, it would wait for one with the work claimed,
 * and the first thread for it: several milliseconds instead of a third of one.
 */
export function aheadHasProcessor(): bool {
  return hostHasProcessor(ownProcessors(), 0);
}

/** False if somebody else does it or has done it. */
function claimAndDo(ahead: Ahead): bool {
  const work = ahead.work;
  if (work === null || !ahead.isClaimed.compareExchange(0, 1, Order.AcqRel)) return false;
  work();
  ahead.isDone.store(1, Order.Release);
  return true;
}

function threadMain(argument: Ptr<u8>): void {
  // SAFETY: aheadStart passes its Ahead, which outlives the thread, as do those that were appended.
  let ahead: Ptr<Ahead> | null = castPtr<Ahead>(argument);
  signalsLeaveToFirstThread();
  while (ahead !== null) {
    if (claimAndDo(ahead)) {
      void linuxCall(SYS_futex, callPointer(ahead.isDone), u64(FUTEX_WAKE | FUTEX_PRIVATE_FLAG), 1n);
    }
    ahead = ahead.next;
  }
  for (;;) void linuxCall(SYS_exit, 0n);
}
