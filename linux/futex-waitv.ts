/**
 * futex_waitv(2): waiting for the first of several words. A waiter stands in the queue of each, as for FUTEX_WAIT; after the first wake-up all
 * of them leave. Games under Wine and some runtimes use it.
 */

import { EFAULT, EINVAL, ENOMEM, ERESTARTSYS, ETIMEDOUT } from "../abi/errno.ts";
import { FUTEX_32, FUTEX_PRIVATE_FLAG, FUTEX_WAITV_MAX, type FutexWaitv } from "../abi/linux-process.ts";
import { CLOCK_MONOTONIC, CLOCK_REALTIME } from "../abi/linux-time.ts";
import { heapAllocZeroed, heapFree } from "../kernel/mm/heap.ts";
import { userRead } from "../kernel/mm/user-access.ts";
import { monotonicNs } from "../kernel/time/clock.ts";
import { NEVER_NS, threadBlockUntil } from "../kernel/time/timer.ts";
import { readTimespecNs } from "./clock.ts";
import { FUTEX_BITS_ALL, type FutexWaiter } from "./core/futex-table.ts";
import { waitIsInterrupted } from "./fs/wait.ts";
import { futexGiveUp, futexIsQueued, futexQueueIf, futexWaiterInit, NAME_SHARED } from "./futex.ts";
import { futexDeadline } from "./futex-calls.ts";
import { isWordAddress } from "./futex-word.ts";
import type { SyscallFrame } from "./syscall-frame.ts";

const NONE_WOKEN = -1n;

class Waiters {
  items!: Ptr<FutexWaiter>;
  expected!: Ptr<u32>;
  count!: u32;
  /** So many stand in their queues, or did. */
  queued!: u32;
}

/** futex_waitv(waiters, count, flags, timeout, clock): the index of one that was woken. */
export function sysFutexWaitv(call: SyscallFrame): i64 {
  const count = u32.wrap(call.a1);
  if (u32.wrap(call.a2) !== 0 || count === 0 || count > FUTEX_WAITV_MAX || call.a0 === 0n) {
    return i64(-EINVAL);
  }
  let deadlineNs: u64 = NEVER_NS;
  if (call.a3 !== 0n) {
    const clock = u32.wrap(call.a4);
    if (clock !== CLOCK_REALTIME && clock !== CLOCK_MONOTONIC) {
      return i64(-EINVAL);
    }
    const ns = readTimespecNs(call.a3);
    if (ns < 0n) {
      return ns;
    }
    deadlineNs = futexDeadline(u64(ns), true, clock === CLOCK_REALTIME);
  }
  const bytes = u64(count) * u64(sizeOf<FutexWaiter>());
  const memory = heapAllocZeroed(bytes + u64(count) * 4n);
  if (memory === null) {
    return i64(-ENOMEM);
  }
  // SAFETY: room for as many waiters, and for as many words behind them; a waiter's size is a multiple of 8.
  const waiters: Waiters = {
    items: castPtr<FutexWaiter>(memory),
    expected: castPtr<u32>(memory.add(bytes)),
    count,
    queued: 0,
  };
  const parsed = readWaiters(waiters, call.a0);
  const result = parsed < 0n ? parsed : waitForAny(waiters, deadlineNs);
  heapFree(memory);
  return result;
}

function readWaiters(waiters: Waiters, address: u64): i64 {
  const entry: FutexWaitv = zeroed();
  const bytes = u64(sizeOf<FutexWaitv>());
  for (let index: u32 = 0; index < waiters.count; index++) {
    // SAFETY: plain integers.
    if (userRead(castPtr<u8>(entry), VirtAddr(address + u64(index) * bytes), bytes) !== 0n) {
      return i64(-EFAULT);
    }
    const isKnown = (entry.flags & ~(FUTEX_32 | FUTEX_PRIVATE_FLAG)) === 0 && (entry.flags & FUTEX_32) !== 0;
    const isWord = entry.val <= u64(u32.MAX) && isWordAddress(entry.uaddr);
    if (!isKnown || entry.reserved !== 0 || !isWord) {
      return i64(-EINVAL);
    }
    const isPrivate = (entry.flags & FUTEX_PRIVATE_FLAG) !== 0;
    futexWaiterInit(waiters.items[index], isPrivate ? entry.uaddr : entry.uaddr | NAME_SHARED, FUTEX_BITS_ALL);
    waiters.expected[index] = u32(entry.val);
  }
  return 0n;
}

function waitForAny(waiters: Waiters, deadlineNs: u64): i64 {
  let result = queueAll(waiters);
  while (result === 0n && areAllQueued(waiters)) {
    if (waitIsInterrupted()) {
      result = i64(-ERESTARTSYS);
    } else if (monotonicNs() >= deadlineNs) {
      result = i64(-ETIMEDOUT);
    } else {
      threadBlockUntil(deadlineNs);
    }
  }
  const woken = leaveAll(waiters);
  return woken === NONE_WOKEN ? result : woken;
}

/** 0, or why one of the words is not to be waited for. */
function queueAll(waiters: Waiters): i64 {
  for (let index: u32 = 0; index < waiters.count; index++) {
    const result = futexQueueIf(waiters.items[index], waiters.expected[index]);
    if (result !== 0n) {
      return result;
    }
    waiters.queued++;
  }
  return 0n;
}

function areAllQueued(waiters: Waiters): bool {
  for (let index: u32 = 0; index < waiters.queued; index++) {
    if (!futexIsQueued(waiters.items[index])) {
      return false;
    }
  }
  return true;
}

/** Takes all out of their queues; the last one that had been woken, as on Linux, or NONE_WOKEN. */
function leaveAll(waiters: Waiters): i64 {
  let woken: i64 = NONE_WOKEN;
  for (let index: u32 = 0; index < waiters.queued; index++) {
    if (!futexGiveUp(waiters.items[index])) {
      woken = i64(index);
    }
  }
  return woken;
}

staticAssert(sizeOf<FutexWaiter>() % 8 === 0, "words follow the waiters");
