/**
 * Scheduling and waiting calls: sched_*, getcpu, futex.
 *
 * With one thread nobody can wake a futex wait: with a timeout it is a sleep, without one the program waits for ever, as on Linux, and
 * the log says so. Priorities are accepted as far as they mean something for one thread.
 */

import { EFAULT, EINVAL, EPERM, ESRCH } from "../abi/errno.ts";
import { SCHED_BATCH, SCHED_FIFO, SCHED_IDLE, SCHED_OTHER, SCHED_RR } from "../abi/linux-process.ts";
import { userRead, userWrite } from "../kernel/mm/user-access.ts";
import { threadYield } from "../kernel/sched/scheduler.ts";
import { cpuIndex } from "../nucleus/percpu.ts";
import { writeTimespec } from "./clock.ts";
import { PROCESS_ID } from "./identity.ts";
import type { SyscallFrame } from "./syscall-frame.ts";
import type { Task } from "./task.ts";

/** The affinity mask that the kernel fills: one word. */
const MASK_BYTES = 8n;
const REALTIME_LOWEST = 1;
const REALTIME_HIGHEST = 99;
const TIME_SLICE_NS = 100_000_000n;

/** A new thread has its maker's policy and priority, unless that asked for the opposite. */
export function scheduleInherit(child: Ptr<Task>, parent: Ptr<Task>): void {
  child.nice = parent.nice;
}

export function sysSchedYield(_call: SyscallFrame): i64 {
  threadYield();
  return 0n;
}

export function sysGetcpu(call: SyscallFrame): i64 {
  let cpu: u32 = cpuIndex;
  let node: u32 = 0;
  // SAFETY: four bytes of a local, twice.
  if (call.a0 !== 0n && userWrite(VirtAddr(call.a0), castPtr<u8>(addressOf(cpu)), 4n) !== 0n) {
    return i64(-EFAULT);
  }
  return call.a1 === 0n ? 0n : userWrite(VirtAddr(call.a1), castPtr<u8>(addressOf(node)), 4n);
}

/** 0 or PROCESS_ID means the program; it has no other threads. */
function isOwn(thread: u64): bool {
  return i32.wrap(thread) === 0 || i32.wrap(thread) === PROCESS_ID;
}

export function sysSchedGetaffinity(call: SyscallFrame): i64 {
  if (!isOwn(call.a0)) {
    return i64(-ESRCH);
  }
  if (call.a1 < MASK_BYTES || call.a1 % MASK_BYTES !== 0n) {
    return i64(-EINVAL);
  }
  let mask: u64 = 1n;
  const written = userWrite(VirtAddr(call.a2), castPtr<u8>(addressOf(mask)), MASK_BYTES);
  return written !== 0n ? written : i64(MASK_BYTES);
}

export function sysSchedSetaffinity(call: SyscallFrame): i64 {
  if (!isOwn(call.a0)) {
    return i64(-ESRCH);
  }
  let mask: u64 = 0n;
  const bytes = call.a1 < MASK_BYTES ? call.a1 : MASK_BYTES;
  if (userRead(castPtr<u8>(addressOf(mask)), VirtAddr(call.a2), bytes) !== 0n) {
    return i64(-EFAULT);
  }
  return (mask & 1n) !== 0n ? 0n : i64(-EINVAL);
}

export function sysSchedGetscheduler(call: SyscallFrame): i64 {
  return isOwn(call.a0) ? i64(SCHED_OTHER) : i64(-ESRCH);
}

export function sysSchedSetscheduler(call: SyscallFrame): i64 {
  const policy = u32.wrap(call.a1);
  let priority: i32 = 0;
  if (!isOwn(call.a0)) {
    return i64(-ESRCH);
  }
  if (userRead(castPtr<u8>(addressOf(priority)), VirtAddr(call.a2), 4n) !== 0n) {
    return i64(-EFAULT);
  }
  if (policy === SCHED_FIFO || policy === SCHED_RR) {
    return i64(-EPERM);
  }
  const isNormal = policy === SCHED_OTHER || policy === SCHED_BATCH || policy === SCHED_IDLE;
  return isNormal && priority === 0 ? 0n : i64(-EINVAL);
}

export function sysSchedGetparam(call: SyscallFrame): i64 {
  let priority: i32 = 0;
  return isOwn(call.a0) ? userWrite(VirtAddr(call.a1), castPtr<u8>(addressOf(priority)), 4n) : i64(-ESRCH);
}

export function sysSchedSetparam(call: SyscallFrame): i64 {
  let priority: i32 = 0;
  if (!isOwn(call.a0)) {
    return i64(-ESRCH);
  }
  if (userRead(castPtr<u8>(addressOf(priority)), VirtAddr(call.a1), 4n) !== 0n) {
    return i64(-EFAULT);
  }
  return priority === 0 ? 0n : i64(-EINVAL);
}

export function sysSchedPriorityMax(call: SyscallFrame): i64 {
  return priorityBound(u32.wrap(call.a0), REALTIME_HIGHEST);
}

export function sysSchedPriorityMin(call: SyscallFrame): i64 {
  return priorityBound(u32.wrap(call.a0), REALTIME_LOWEST);
}

function priorityBound(policy: u32, bound: i32): i64 {
  switch (policy) {
    case SCHED_FIFO:
    case SCHED_RR:
      return i64(bound);
    case SCHED_OTHER:
    case SCHED_BATCH:
    case SCHED_IDLE:
      return 0n;
    default:
      return i64(-EINVAL);
  }
}

export function sysSchedRrGetInterval(call: SyscallFrame): i64 {
  return isOwn(call.a0) ? writeTimespec(call.a1, TIME_SLICE_NS) : i64(-ESRCH);
}

/** getpriority answers 20 - nice. */
export function sysGetpriority(_call: SyscallFrame): i64 {
  return 20n;
}

export function sysSetpriority(_call: SyscallFrame): i64 {
  return 0n;
}
