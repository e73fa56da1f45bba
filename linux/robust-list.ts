/**
 * Robust futexes (get_robust_list(2), Documentation/locking/robust-futex-ABI of Linux): the list of locks that a thread holds, which it keeps
 * in its own memory. When it ends with some of them held, their words say that the owner died, and one waiter of each is woken.
 *
 *     head    next | offset of the word from an entry | entry that is just being taken or given back
 *     entry   next, whose bit 0 says that the lock at the *next* entry has priority inheritance
 *
 * Nothing in the list is trusted: it may be circular, or point anywhere.
 */

import { EINVAL, ESRCH } from "../abi/errno.ts";
import {
  FUTEX_OWNER_DIED,
  FUTEX_TID_MASK,
  FUTEX_WAITERS,
  ROBUST_LIST_LIMIT,
  type RobustListHead,
} from "../abi/linux-process.ts";
import { userRead, userWrite } from "../kernel/mm/user-access.ts";
import { lockAcquire } from "../kernel/sync/spin-lock.ts";
import { FUTEX_BITS_ALL } from "./core/futex-table.ts";
import { futexWake, NAME_SHARED } from "./futex.ts";
import { FAULT, isWordAddress, wordCompareExchange, wordLoad } from "./futex-word.ts";
import type { SyscallFrame } from "./syscall-frame.ts";
import { currentTask, type Task, taskOf, tasksLock } from "./task.ts";

const HEAD_BYTES = u64(sizeOf<RobustListHead>());
/** In a pointer to an entry. */
const PI_BIT = 1n;

/** set_robust_list(head, bytes) */
export function sysSetRobustList(call: SyscallFrame): i64 {
  if (call.a1 !== HEAD_BYTES) {
    return i64(-EINVAL);
  }
  currentTask().robustListAt = call.a0;
  return 0n;
}

/** get_robust_list(tid, head, bytes) */
export function sysGetRobustList(call: SyscallFrame): i64 {
  let head: u64 = 0n;
  {
    using _guard = lockAcquire(tasksLock);
    const task = taskOf(i32.wrap(call.a0));
    if (task === null) {
      return i64(-ESRCH);
    }
    head = task.robustListAt;
  }
  let bytes: u64 = HEAD_BYTES;
  // SAFETY: eight bytes of locals.
  const written = userWrite(VirtAddr(call.a2), castPtr<u8>(addressOf(bytes)), 8n);
  return written !== 0n ? written : userWrite(VirtAddr(call.a1), castPtr<u8>(addressOf(head)), 8n);
}

function readWord(address: u64): u64 {
  let value: u64 = 0n;
  // SAFETY: eight bytes of a local. A fault ends the walk as the end of the list does.
  return userRead(castPtr<u8>(addressOf(value)), VirtAddr(address), 8n) === 0n ? value : 0n;
}

/** The current task ends: marks what it holds. */
export function robustListEnd(task: Ptr<Task>): void {
  const head: RobustListHead = zeroed();
  const headAt = task.robustListAt;
  task.robustListAt = 0n;
  // SAFETY: plain integers.
  if (headAt === 0n || userRead(castPtr<u8>(head), VirtAddr(headAt), HEAD_BYTES) !== 0n) {
    return;
  }
  const offset = u64.wrap(head.futex_offset);
  const pending = head.list_op_pending & ~PI_BIT;
  let entry = head.next;
  for (let count: u32 = 0; count < ROBUST_LIST_LIMIT; count++) {
    const place = entry & ~PI_BIT;
    if (place === headAt || place === 0n) {
      break;
    }
    // Read before the word changes: another thread may then reuse the entry.
    const next = readWord(place);
    if (place !== pending && !markDead(task, place + offset, (entry & PI_BIT) !== 0n, false)) {
      return;
    }
    entry = next;
  }
  if (pending !== 0n) {
    void markDead(task, pending + offset, (head.list_op_pending & PI_BIT) !== 0n, true);
  }
}

/** Says in the word at `address` that its owner died, if that is `task`; false if the list cannot be right. */
function markDead(task: Ptr<Task>, address: u64, isPi: bool, isPending: bool): bool {
  if (!isWordAddress(address)) {
    return false;
  }
  let word = wordLoad(address);
  for (;;) {
    if (word === FAULT) {
      return false;
    }
    if (isPending && !isPi && word === 0n) {
      // Given back, but the wake-up was not sent any more.
      void futexWake(address | NAME_SHARED, 1, FUTEX_BITS_ALL);
      return true;
    }
    const value = u32(word);
    if ((value & FUTEX_TID_MASK) !== u32(task.tid)) {
      return true;
    }
    const seen = wordCompareExchange(address, value, (value & FUTEX_WAITERS) | FUTEX_OWNER_DIED);
    if (seen === word) {
      if (!isPi && (value & FUTEX_WAITERS) !== 0) {
        void futexWake(address | NAME_SHARED, 1, FUTEX_BITS_ALL);
      }
      return true;
    }
    word = seen;
  }
}
