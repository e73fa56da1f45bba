/**
 * Scheduling: policies and priorities, nice values, processors that a thread may use.
 *
 * What a policy means for the kernel is in task-priority.ts. Permissions are those of Linux: real-time policies and lower nice values
 * are for who has CAP_SYS_NICE.
 */

import { E2BIG, EACCES, EFAULT, EINVAL, EPERM, ESRCH } from "../abi/errno.ts";
import {
  CAP_SYS_NICE,
  PRIO_PGRP,
  PRIO_PROCESS,
  PRIO_USER,
  SCHED_ATTR_BYTES,
  SCHED_BATCH,
  SCHED_DEADLINE,
  SCHED_FIFO,
  SCHED_FLAG_ALL,
  SCHED_FLAG_KEEP_PARAMS,
  SCHED_FLAG_KEEP_POLICY,
  SCHED_FLAG_RESET_ON_FORK,
  SCHED_IDLE,
  SCHED_OTHER,
  SCHED_RESET_ON_FORK,
  SCHED_RR,
  type SchedAttr,
} from "../abi/linux-process.ts";
import { PAGE_SIZE } from "../abi/memory-map.ts";
import { userRead, userWrite } from "../kernel/mm/user-access.ts";
import { threadYield } from "../kernel/sched/scheduler.ts";
import { lockAcquire } from "../kernel/sync/spin-lock.ts";
import { cpuIndex } from "../nucleus/percpu.ts";
import { isCapable } from "./capabilities.ts";
import { writeTimespec } from "./clock.ts";
import { inherit } from "./futex-pi.ts";
import { programModule } from "./program.ts";
import type { SyscallFrame } from "./syscall-frame.ts";
import { firstTask, type Task, taskOf, tasksLock } from "./task.ts";
import { isRealtime, piLock, REALTIME_HIGHEST, REALTIME_LOWEST, taskBoost, taskSetNice } from "./task-priority.ts";
import { users } from "./users.ts";

/** What Linux answers for SCHED_RR, and for ordinary threads on an idle machine. */
const ROUND_ROBIN_NS = 100_000_000n;
const ORDINARY_NS = 4_000_000n;
const NICE_LOWEST = -20;
const NICE_HIGHEST = 19;
/** Not a change of policy. */
const SAME_POLICY = 0xffff_ffff;

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

/** The program's first task has the nice value of whoever started it. */
export function scheduleInit(): void {
  using _guard = lockAcquire(piLock);
  taskSetNice(addressOf(firstTask), clampNice(programModule().nice));
}

/** A new thread has its maker's policy and nice value, unless that asked for the opposite. The child has not begun to run. */
export function scheduleInherit(child: Ptr<Task>, parent: Ptr<Task>): void {
  using _guard = lockAcquire(piLock);
  child.nice = parent.nice;
  if (!parent.resetsOnFork) {
    child.policy = parent.policy;
    child.realtimePriority = parent.realtimePriority;
  } else if (child.nice < 0) {
    child.nice = 0;
  }
  void taskBoost(child);
}

/** Whether the task may take more of the processors than others left it. */
function mayRaise(): bool {
  return isCapable(CAP_SYS_NICE);
}

/** What a call sets of a task. */
class Change {
  policy!: u32;
  priority!: u32;
  nice!: i32;
  isNiceSet!: bool;
  resetsOnFork!: bool;
}

/** sched_setscheduler and its kin: checks in Linux's order (kernel/sched/core.c, __sched_setscheduler). */
function applyChange(tid: i32, change: Change): i64 {
  if (tid < 0) {
    return i64(-EINVAL);
  }
  const applied = applyLocked(tid, change);
  if (applied === 0n) {
    threadYield();
  }
  return applied;
}

function applyLocked(tid: i32, change: Change): i64 {
  using _pi = lockAcquire(piLock);
  using _guard = lockAcquire(tasksLock);
  const task = taskOf(tid);
  if (task === null) {
    return i64(-ESRCH);
  }
  const policy = change.policy === SAME_POLICY ? task.policy : change.policy;
  const resets = change.policy === SAME_POLICY ? task.resetsOnFork : change.resetsOnFork;
  const isKnown = policy === SCHED_OTHER || policy === SCHED_BATCH || policy === SCHED_IDLE || isRealtime(policy);
  if (!isKnown || change.priority > REALTIME_HIGHEST || isRealtime(policy) !== (change.priority !== 0)) {
    return i64(-EINVAL);
  }
  if (!mayRaise() && !isPermitted(task, policy, change, resets)) {
    return i64(-EPERM);
  }
  task.policy = policy;
  task.realtimePriority = change.priority;
  task.resetsOnFork = resets;
  if (change.isNiceSet) {
    task.nice = change.nice;
  }
  inherit(task);
  return 0n;
}

/** Without privileges: no real-time policy (RLIMIT_RTPRIO is 0), no lower nice value, no way back from SCHED_IDLE or reset-on-fork. */
function isPermitted(task: Ptr<Task>, policy: u32, change: Change, resets: bool): bool {
  if (isRealtime(policy) && (policy !== task.policy || change.priority > task.realtimePriority)) {
    return false;
  }
  if (task.policy === SCHED_IDLE && policy !== SCHED_IDLE && task.nice < NICE_HIGHEST) {
    return false;
  }
  if (change.isNiceSet && !isRealtime(policy) && change.nice < task.nice) {
    return false;
  }
  return resets || !task.resetsOnFork;
}

function readPriority(address: u64, priority: Ptr<u32>): i64 {
  if (address === 0n) {
    return i64(-EINVAL);
  }
  // SAFETY: four bytes of the caller's.
  return userRead(castPtr<u8>(priority), VirtAddr(address), 4n);
}

/** sched_setscheduler(tid, policy, param) */
export function sysSchedSetscheduler(call: SyscallFrame): i64 {
  const policy = i32.wrap(call.a1);
  let priority: u32 = 0;
  if (policy < 0 || call.a2 === 0n) {
    return i64(-EINVAL);
  }
  const read = readPriority(call.a2, addressOf(priority));
  if (read !== 0n) {
    return read;
  }
  const change: Change = zeroed();
  change.policy = u32.wrap(policy) & ~SCHED_RESET_ON_FORK;
  change.resetsOnFork = (u32.wrap(policy) & SCHED_RESET_ON_FORK) !== 0;
  change.priority = priority;
  return applyChange(i32.wrap(call.a0), change);
}

/** sched_setparam(tid, param) */
export function sysSchedSetparam(call: SyscallFrame): i64 {
  const change: Change = zeroed();
  let priority: u32 = 0;
  const read = readPriority(call.a1, addressOf(priority));
  if (read !== 0n) {
    return read;
  }
  change.policy = SAME_POLICY;
  change.priority = priority;
  return applyChange(i32.wrap(call.a0), change);
}

/** A copy of what is kept of a task, so that it is written to the application without a lock: 0, -EINVAL, -ESRCH. */
function look(tid: i32, seen: Change): i64 {
  if (tid < 0) {
    return i64(-EINVAL);
  }
  using _guard = lockAcquire(tasksLock);
  const task = taskOf(tid);
  if (task === null) {
    return i64(-ESRCH);
  }
  seen.policy = task.policy;
  seen.priority = task.realtimePriority;
  seen.nice = task.nice;
  seen.resetsOnFork = task.resetsOnFork;
  return 0n;
}

export function sysSchedGetscheduler(call: SyscallFrame): i64 {
  const seen: Change = zeroed();
  const found = look(i32.wrap(call.a0), seen);
  return found !== 0n ? found : i64(seen.policy | (seen.resetsOnFork ? SCHED_RESET_ON_FORK : 0));
}

export function sysSchedGetparam(call: SyscallFrame): i64 {
  const seen: Change = zeroed();
  const found: i64 = call.a1 === 0n ? i64(-EINVAL) : look(i32.wrap(call.a0), seen);
  // SAFETY: four bytes of a local.
  return found !== 0n ? found : userWrite(VirtAddr(call.a1), castPtr<u8>(addressOf(seen.priority)), 4n);
}

export function sysSchedPriorityMax(call: SyscallFrame): i64 {
  return priorityBound(u32.wrap(call.a0), REALTIME_HIGHEST);
}

export function sysSchedPriorityMin(call: SyscallFrame): i64 {
  return priorityBound(u32.wrap(call.a0), REALTIME_LOWEST);
}

function priorityBound(policy: u32, bound: u32): i64 {
  switch (policy) {
    case SCHED_FIFO:
    case SCHED_RR:
      return i64(bound);
    case SCHED_OTHER:
    case SCHED_BATCH:
    case SCHED_IDLE:
    case SCHED_DEADLINE:
      return 0n;
    default:
      return i64(-EINVAL);
  }
}

export function sysSchedRrGetInterval(call: SyscallFrame): i64 {
  const seen: Change = zeroed();
  const found = look(i32.wrap(call.a0), seen);
  if (found !== 0n) {
    return found;
  }
  const ns: u64 = seen.policy === SCHED_FIFO ? 0n : seen.policy === SCHED_RR ? ROUND_ROBIN_NS : ORDINARY_NS;
  return writeTimespec(call.a1, ns);
}

/** sched_setattr(tid, attributes, flags); the first word says how long the struct is. */
export function sysSchedSetattr(call: SyscallFrame): i64 {
  const wanted: SchedAttr = zeroed();
  if (call.a1 === 0n || i32.wrap(call.a0) < 0 || u32.wrap(call.a2) !== 0) {
    return i64(-EINVAL);
  }
  const read = readAttributes(wanted, call.a1);
  if (read !== 0n) {
    return read;
  }
  if (i32.wrap(wanted.sched_policy) < 0 || (wanted.sched_flags & ~SCHED_FLAG_ALL) !== 0n) {
    return i64(-EINVAL);
  }
  const change: Change = zeroed();
  const keepsPolicy = (wanted.sched_flags & SCHED_FLAG_KEEP_POLICY) !== 0n;
  change.policy = keepsPolicy ? SAME_POLICY : wanted.sched_policy;
  change.resetsOnFork = (wanted.sched_flags & SCHED_FLAG_RESET_ON_FORK) !== 0n;
  change.priority = wanted.sched_priority;
  change.nice = clampNice(wanted.sched_nice);
  change.isNiceSet = !isRealtime(wanted.sched_policy);
  if ((wanted.sched_flags & SCHED_FLAG_KEEP_PARAMS) !== 0n) {
    const seen: Change = zeroed();
    const found = look(i32.wrap(call.a0), seen);
    if (found !== 0n) {
      return found;
    }
    change.priority = seen.priority;
    change.isNiceSet = false;
  }
  return applyChange(i32.wrap(call.a0), change);
}

function readAttributes(wanted: SchedAttr, address: u64): i64 {
  let bytes: u32 = 0;
  // SAFETY: plain integers, here and below.
  if (userRead(castPtr<u8>(addressOf(bytes)), VirtAddr(address), 4n) !== 0n) {
    return i64(-EFAULT);
  }
  if (bytes === 0) {
    bytes = SCHED_ATTR_BYTES;
  }
  if (bytes < SCHED_ATTR_BYTES || u64(bytes) > PAGE_SIZE) {
    bytes = u32(sizeOf<SchedAttr>());
    void userWrite(VirtAddr(address), castPtr<u8>(addressOf(bytes)), 4n);
    return i64(-E2BIG);
  }
  const known = u32(sizeOf<SchedAttr>());
  return userRead(castPtr<u8>(wanted), VirtAddr(address), u64(bytes < known ? bytes : known));
}

function clampNice(nice: i32): i32 {
  return nice < NICE_LOWEST ? NICE_LOWEST : nice > NICE_HIGHEST ? NICE_HIGHEST : nice;
}

/** sched_getattr(tid, attributes, bytes, flags) */
export function sysSchedGetattr(call: SyscallFrame): i64 {
  const bytes = u32.wrap(call.a2);
  const isSized = bytes >= SCHED_ATTR_BYTES && u64(bytes) <= PAGE_SIZE;
  if (call.a1 === 0n || !isSized || u32.wrap(call.a3) !== 0) {
    return i64(-EINVAL);
  }
  const seen: Change = zeroed();
  const found = look(i32.wrap(call.a0), seen);
  if (found !== 0n) {
    return found;
  }
  const known = u32(sizeOf<SchedAttr>());
  const attributes: SchedAttr = zeroed();
  attributes.size = bytes < known ? bytes : known;
  attributes.sched_policy = seen.policy;
  attributes.sched_flags = seen.resetsOnFork ? SCHED_FLAG_RESET_ON_FORK : 0n;
  attributes.sched_priority = seen.priority;
  attributes.sched_nice = isRealtime(seen.policy) ? 0 : seen.nice;
  attributes.sched_util_max = 1024;
  // SAFETY: plain integers.
  return userWrite(VirtAddr(call.a1), castPtr<u8>(attributes), u64(attributes.size));
}

/** getpriority answers 20 - nice, the highest among several tasks. */
export function sysGetpriority(call: SyscallFrame): i64 {
  const nice = niceOf(u32.wrap(call.a0), i32.wrap(call.a1), NICE_HIGHEST, false);
  return nice < i64(NICE_LOWEST) ? nice + 1000n : 20n - nice;
}

export function sysSetpriority(call: SyscallFrame): i64 {
  const result = niceOf(u32.wrap(call.a0), i32.wrap(call.a1), clampNice(i32.wrap(call.a2)), true);
  return result < i64(NICE_LOWEST) ? result + 1000n : 0n;
}

/** The lowest nice value of the tasks that are meant, or, with `isSet`, sets it; errors less 1000. */
function niceOf(which: u32, who: i32, nice: i32, isSet: bool): i64 {
  if (which !== PRIO_PROCESS && which !== PRIO_PGRP && which !== PRIO_USER) {
    return i64(-EINVAL) - 1000n;
  }
  using _guard = lockAcquire(tasksLock);
  let lowest = i64(nice);
  // A number of a process group or a user means all tasks.
  const only: Ptr<Task> | null = which === PRIO_PROCESS ? taskOf(who) : null;
  const isOther = which === PRIO_PGRP ? who !== 0 && who !== firstTask.tid : who !== 0 && u32(who) !== users().real;
  if (which === PRIO_PROCESS ? only === null : isOther) {
    return i64(-ESRCH) - 1000n;
  }
  let task: Ptr<Task> | null = only === null ? addressOf(firstTask) : only;
  while (task !== null) {
    if (isSet) {
      if (nice < task.nice && !mayRaise()) {
        return i64(-EACCES) - 1000n;
      }
      taskSetNice(task, nice);
    } else if (i64(task.nice) < lowest) {
      lowest = i64(task.nice);
    }
    task = only === null ? task.next : null;
  }
  return lowest;
}
