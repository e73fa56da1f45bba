/** futex(2) as a system call: operations, timeouts, and which arguments each takes. What they do is in futex.ts and futex-pi.ts. */

import { EINVAL, ENOSYS } from "../abi/errno.ts";
import {
  FUTEX_CLOCK_REALTIME,
  FUTEX_CMD_MASK,
  FUTEX_CMP_REQUEUE,
  FUTEX_CMP_REQUEUE_PI,
  FUTEX_LOCK_PI,
  FUTEX_LOCK_PI2,
  FUTEX_PRIVATE_FLAG,
  FUTEX_REQUEUE,
  FUTEX_TRYLOCK_PI,
  FUTEX_UNLOCK_PI,
  FUTEX_WAIT,
  FUTEX_WAIT_BITSET,
  FUTEX_WAIT_REQUEUE_PI,
  FUTEX_WAKE,
  FUTEX_WAKE_BITSET,
  FUTEX_WAKE_OP,
} from "../abi/linux-process.ts";
import { monotonicNs, realtimeNs } from "../kernel/time/clock.ts";
import { NEVER_NS } from "../kernel/time/timer.ts";
import { deadlineAfter, FOREVER_NS, readTimespecNs } from "./clock.ts";
import { FUTEX_BITS_ALL } from "./core/futex-table.ts";
import {
  type FutexPair,
  futexPairInit,
  futexRequeue,
  futexWaitUntil,
  futexWake,
  futexWakeOp,
  NAME_SHARED,
} from "./futex.ts";
import { futexLockPi, futexUnlockPi } from "./futex-pi.ts";
import { futexRequeuePi, futexWaitRequeuePi } from "./futex-requeue-pi.ts";
import { isWordAddress } from "./futex-word.ts";
import type { SyscallFrame } from "./syscall-frame.ts";

/** futex(word, operation, value, timeout or count, second word, third value) */
export function sysFutex(call: SyscallFrame): i64 {
  const operation = u32.wrap(call.a1);
  const command = operation & FUTEX_CMD_MASK;
  const isRealtime = (operation & FUTEX_CLOCK_REALTIME) !== 0;
  if (isRealtime && !mayBeRealtime(command)) {
    return i64(-ENOSYS);
  }
  const isPrivate = (operation & FUTEX_PRIVATE_FLAG) !== 0;
  if (!takesTimeout(command)) {
    return withoutTimeout(call, command, isPrivate);
  }
  let deadlineNs: u64 = NEVER_NS;
  if (call.a3 !== 0n) {
    const ns = readTimespecNs(call.a3);
    if (ns < 0n) {
      return ns;
    }
    deadlineNs = futexDeadline(u64.wrap(ns), command !== FUTEX_WAIT, isRealtime || command === FUTEX_LOCK_PI);
  }
  return withTimeout(call, command, isPrivate, deadlineNs);
}

function mayBeRealtime(command: u32): bool {
  return command === FUTEX_WAIT_BITSET || command === FUTEX_WAIT_REQUEUE_PI || command === FUTEX_LOCK_PI2;
}

function takesTimeout(command: u32): bool {
  return command === FUTEX_WAIT || command === FUTEX_LOCK_PI || mayBeRealtime(command);
}

/** The clock of day is only set by the host before the start, so its deadlines can be turned into ones of monotonicNs() at once. */
export function futexDeadline(ns: u64, isAbsolute: bool, isRealtime: bool): u64 {
  if (ns === FOREVER_NS) {
    return NEVER_NS;
  }
  if (!isAbsolute) {
    return deadlineAfter(monotonicNs(), ns);
  }
  if (!isRealtime) {
    return ns;
  }
  const now = realtimeNs();
  return ns > now ? deadlineAfter(monotonicNs(), ns - now) : 0n;
}

/** The two kinds of futexes at one address do not meet. */
function nameOf(address: u64, isPrivate: bool): u64 {
  return isPrivate ? address : address | NAME_SHARED;
}

function withTimeout(call: SyscallFrame, command: u32, isPrivate: bool, deadlineNs: u64): i64 {
  if (!isWordAddress(call.a0)) {
    return i64(-EINVAL);
  }
  const name = nameOf(call.a0, isPrivate);
  const value = u32.wrap(call.a2);
  switch (command) {
    case FUTEX_WAIT:
      return futexWaitUntil(name, value, FUTEX_BITS_ALL, deadlineNs);
    case FUTEX_WAIT_BITSET:
      return futexWaitUntil(name, value, u32.wrap(call.a5), deadlineNs);
    case FUTEX_LOCK_PI:
    case FUTEX_LOCK_PI2:
      return futexLockPi(name, deadlineNs, false);
    case FUTEX_WAIT_REQUEUE_PI:
      if (!isWordAddress(call.a4)) {
        return i64(-EINVAL);
      }
      return futexWaitRequeuePi(name, value, deadlineNs, nameOf(call.a4, isPrivate));
    default:
      return i64(-ENOSYS);
  }
}

function withoutTimeout(call: SyscallFrame, command: u32, isPrivate: bool): i64 {
  const isSecondUsed =
    command === FUTEX_REQUEUE ||
    command === FUTEX_CMP_REQUEUE ||
    command === FUTEX_WAKE_OP ||
    command === FUTEX_CMP_REQUEUE_PI;
  if (!isWordAddress(call.a0) || (isSecondUsed && !isWordAddress(call.a4))) {
    return i64(-EINVAL);
  }
  const pair: FutexPair = zeroed();
  futexPairInit(pair, nameOf(call.a0, isPrivate), isSecondUsed ? nameOf(call.a4, isPrivate) : 0n);
  pair.firstMost = u32.wrap(call.a2);
  pair.secondMost = u32.wrap(call.a3);
  pair.value = u32.wrap(call.a5);
  switch (command) {
    case FUTEX_WAKE:
      return futexWake(pair.first, pair.firstMost, FUTEX_BITS_ALL);
    case FUTEX_WAKE_BITSET:
      return futexWake(pair.first, pair.firstMost, pair.value);
    case FUTEX_REQUEUE:
      return futexRequeue(pair);
    case FUTEX_CMP_REQUEUE:
      pair.isCompared = true;
      return futexRequeue(pair);
    case FUTEX_WAKE_OP:
      return futexWakeOp(pair);
    case FUTEX_CMP_REQUEUE_PI:
      return futexRequeuePi(pair);
    case FUTEX_UNLOCK_PI:
      return futexUnlockPi(pair.first);
    case FUTEX_TRYLOCK_PI:
      return futexLockPi(pair.first, NEVER_NS, true);
    default:
      return i64(-ENOSYS);
  }
}
