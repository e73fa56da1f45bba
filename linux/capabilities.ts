/**
 * capget(2) and capset(2): the sets of privileges that each task has; kernel/capability.c of Linux.
 *
 * A task of root begins with all of them, any other one with none; what is given up is gone for the task and for those it makes. What root may do
 * here depends on the user alone: there is nobody else in the machine from whom a program could protect itself by giving something up, and
 * what of the host it can reach was decided when it was started.
 */

import { EFAULT, EINVAL, EPERM, ESRCH } from "../abi/errno.ts";
import {
  CAP_LAST_CAP,
  CAPABILITY_VERSION_1,
  CAPABILITY_VERSION_2,
  CAPABILITY_VERSION_3,
  type CapabilityData,
  type CapabilityHeader,
} from "../abi/linux-process.ts";
import { userRead, userWrite } from "../kernel/mm/user-access.ts";
import { lockAcquire } from "../kernel/sync/spin-lock.ts";
import type { SyscallFrame } from "./syscall-frame.ts";
import { currentTask, type Task, taskOf, tasksLock } from "./task.ts";
import { isPrivileged } from "./users.ts";

const ALL: u64 = (1n << u64(CAP_LAST_CAP + 1)) - 1n;

class CapabilitySets {
  effective!: u64;
  permitted!: u64;
  inheritable!: u64;
}

function privileges(): u64 {
  return isPrivileged() ? ALL : 0n;
}

/** Reads the header: how many elements of data its version has, or an error; what is not known is answered with the latest version. */
function readHeader(address: u64, header: CapabilityHeader): i64 {
  // SAFETY: plain integers, here and below.
  if (userRead(castPtr<u8>(header), VirtAddr(address), u64(sizeOf<CapabilityHeader>())) !== 0n) {
    return i64(-EFAULT);
  }
  switch (header.version) {
    case CAPABILITY_VERSION_1:
      return 1n;
    case CAPABILITY_VERSION_2:
    case CAPABILITY_VERSION_3:
      return 2n;
    default: {
      let latest: u32 = CAPABILITY_VERSION_3;
      const told = userWrite(VirtAddr(address), castPtr<u8>(addressOf(latest)), 4n);
      return told !== 0n ? told : i64(-EINVAL);
    }
  }
}

/** capget(header, data) */
export function sysCapget(call: SyscallFrame): i64 {
  const header: CapabilityHeader = zeroed();
  const count = readHeader(call.a0, header);
  if (call.a1 === 0n && (count > 0n || count === i64(-EINVAL))) {
    return 0n;
  }
  if (count < 0n) {
    return count;
  }
  if (header.pid < 0) {
    return i64(-EINVAL);
  }
  const sets: CapabilitySets = zeroed();
  {
    using _guard = lockAcquire(tasksLock);
    const task = taskOf(header.pid);
    if (task === null) {
      return i64(-ESRCH);
    }
    setsOf(task, sets);
  }
  const data: FixedArray<CapabilityData, 2> = zeroed();
  for (let i: u32 = 0; i < 2; i++) {
    data[i].effective = u32.wrap(sets.effective >> u64(32 * i));
    data[i].permitted = u32.wrap(sets.permitted >> u64(32 * i));
    data[i].inheritable = u32.wrap(sets.inheritable >> u64(32 * i));
  }
  return userWrite(VirtAddr(call.a1), castPtr<u8>(elements(data)), u64(count) * u64(sizeOf<CapabilityData>()));
}

function setsOf(task: Ptr<Task>, sets: CapabilitySets): void {
  sets.effective = privileges() & ~task.notEffective;
  sets.permitted = privileges() & ~task.notPermitted;
  sets.inheritable = task.inheritable;
}

/** capset(header, data): of the calling task only. */
export function sysCapset(call: SyscallFrame): i64 {
  const header: CapabilityHeader = zeroed();
  const count = readHeader(call.a0, header);
  if (count < 0n) {
    return count;
  }
  const task = currentTask();
  if (header.pid !== 0 && header.pid !== task.tid) {
    return i64(-EPERM);
  }
  const data: FixedArray<CapabilityData, 2> = zeroed();
  const bytes = u64(count) * u64(sizeOf<CapabilityData>());
  if (userRead(castPtr<u8>(elements(data)), VirtAddr(call.a1), bytes) !== 0n) {
    return i64(-EFAULT);
  }
  const wanted: CapabilitySets = {
    effective: joined(data[0].effective, data[1].effective),
    permitted: joined(data[0].permitted, data[1].permitted),
    inheritable: joined(data[0].inheritable, data[1].inheritable),
  };
  return change(task, wanted);
}

function joined(low: u32, high: u32): u64 {
  return (u64(low) | (u64(high) << 32n)) & ALL;
}

function change(task: Ptr<Task>, wanted: CapabilitySets): i64 {
  using _guard = lockAcquire(tasksLock);
  const has: CapabilitySets = zeroed();
  setsOf(task, has);
  const isInheritable = isWithin(wanted.inheritable, has.inheritable | has.permitted);
  if (!isInheritable || !isWithin(wanted.permitted, has.permitted) || !isWithin(wanted.effective, wanted.permitted)) {
    return i64(-EPERM);
  }
  task.notEffective = ~wanted.effective;
  task.notPermitted = ~wanted.permitted;
  task.inheritable = wanted.inheritable;
  return 0n;
}

function isWithin(some: u64, all: u64): bool {
  return (some & ~all) === 0n;
}

/** A new task has what its maker has. */
export function capabilitiesInherit(task: Task, parent: Task): void {
  task.notEffective = parent.notEffective;
  task.notPermitted = parent.notPermitted;
  task.inheritable = parent.inheritable;
}

/** The program is replaced by another one: root's has all privileges again. */
export function capabilitiesRenew(task: Ptr<Task>): void {
  task.notEffective = 0n;
  task.notPermitted = 0n;
}
