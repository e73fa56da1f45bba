/**
 * ioprio_get(2) and ioprio_set(2): kept for each task and told, as Linux does with a disk that has no scheduler; block/ioprio.c.
 */

import { EINVAL, EPERM, ESRCH } from "../abi/errno.ts";
import {
  IOPRIO_CLASS_BE,
  IOPRIO_CLASS_IDLE,
  IOPRIO_CLASS_NONE,
  IOPRIO_CLASS_RT,
  IOPRIO_CLASS_SHIFT,
  IOPRIO_LEVEL_MASK,
  IOPRIO_WHO_PGRP,
  IOPRIO_WHO_PROCESS,
  IOPRIO_WHO_USER,
  SCHED_IDLE,
} from "../abi/linux-process.ts";
import { lockAcquire } from "../kernel/sync/spin-lock.ts";
import { programModule } from "./program.ts";
import type { SyscallFrame } from "./syscall-frame.ts";
import { firstTask, type Task, taskOf, tasksLock } from "./task.ts";
import { isRealtime } from "./task-priority.ts";

/** ioprio_set(which, who, priority) */
export function sysIoprioSet(call: SyscallFrame): i64 {
  const priority = u32.wrap(call.a2);
  const checked = check(priority);
  return checked !== 0n ? checked : forThose(u32.wrap(call.a0), i32.wrap(call.a1), priority, true);
}

/** ioprio_get(which, who): of several the most urgent. */
export function sysIoprioGet(call: SyscallFrame): i64 {
  return forThose(u32.wrap(call.a0), i32.wrap(call.a1), 0, false);
}

function check(priority: u32): i64 {
  switch (priority >> IOPRIO_CLASS_SHIFT) {
    case IOPRIO_CLASS_RT:
      return programModule().uid === 0 ? 0n : i64(-EPERM);
    case IOPRIO_CLASS_BE:
    case IOPRIO_CLASS_IDLE:
      return 0n;
    case IOPRIO_CLASS_NONE:
      return (priority & IOPRIO_LEVEL_MASK) === 0 ? 0n : i64(-EINVAL);
    default:
      return i64(-EINVAL);
  }
}

function forThose(which: u32, who: i32, priority: u32, isSet: bool): i64 {
  if (which !== IOPRIO_WHO_PROCESS && which !== IOPRIO_WHO_PGRP && which !== IOPRIO_WHO_USER) {
    return i64(-EINVAL);
  }
  using _guard = lockAcquire(tasksLock);
  if (which === IOPRIO_WHO_PROCESS) {
    const task = taskOf(who);
    if (task === null) {
      return i64(-ESRCH);
    }
    task.ioPriority = isSet ? priority : task.ioPriority;
    return isSet ? 0n : i64(task.ioPriority);
  }
  // A number of a process group or a user means all tasks.
  const own = which === IOPRIO_WHO_PGRP ? firstTask.tid : i32.wrap(programModule().uid);
  if (who !== 0 && who !== own) {
    return i64(-ESRCH);
  }
  let best: u32 = u32.MAX;
  for (let task: Ptr<Task> | null = addressOf(firstTask); task !== null; task = task.next) {
    task.ioPriority = isSet ? priority : task.ioPriority;
    const effective = effectiveOf(task);
    best = effective < best ? effective : best;
  }
  return isSet ? 0n : i64(best);
}

/** What a task without a priority of its own has: one that follows from its policy and its nice value. */
function effectiveOf(task: Ptr<Task>): u32 {
  if (task.ioPriority >> IOPRIO_CLASS_SHIFT !== IOPRIO_CLASS_NONE) {
    return task.ioPriority;
  }
  let kind: u32 = IOPRIO_CLASS_BE;
  if (task.policy === SCHED_IDLE) {
    kind = IOPRIO_CLASS_IDLE;
  } else if (isRealtime(task.policy)) {
    kind = IOPRIO_CLASS_RT;
  }
  return (kind << IOPRIO_CLASS_SHIFT) | u32((task.nice + 20) / 5);
}
