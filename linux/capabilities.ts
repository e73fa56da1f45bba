/**
 * The sets of capabilities that each task has, and what they allow; capget(2) and capset(2).
 *
 * A task of root begins with all of them, any other one with none. Users are the process's, capabilities the task's: when a call changes the
 * users, the sets of all tasks follow, each by its own secure bits, as if every thread had made the call, which C libraries see to on Linux.
 */

import { EFAULT, EINVAL, EPERM, ESRCH } from "../abi/errno.ts";
import {
  CAPABILITY_VERSION_1,
  CAPABILITY_VERSION_2,
  CAPABILITY_VERSION_3,
  type CapabilityData,
  type CapabilityHeader,
  SECBIT_NO_SETUID_FIXUP,
} from "../abi/linux-process.ts";
import { userRead, userWrite } from "../kernel/mm/user-access.ts";
import { lockAcquire } from "../kernel/sync/spin-lock.ts";
import {
  ALL_CAPABILITIES,
  bitOfCapability,
  type Capabilities,
  capabilitiesOfNewProgram,
  capabilitiesOfOtherFileUser,
  capabilitiesOfOtherUser,
  capabilitiesSet,
  type UserNumbers,
} from "./core/capability-rules.ts";
import type { SyscallFrame } from "./syscall-frame.ts";
import { currentTask, firstTask, type Task, taskOf, tasksLock } from "./task.ts";
import { type Identities, users } from "./users.ts";

/** What the program begins with. */
export function capabilitiesInit(): void {
  const sets = firstTask.capabilities;
  sets.bounding = ALL_CAPABILITIES;
  sets.permitted = users().effective === 0 ? ALL_CAPABILITIES : 0n;
  sets.effective = sets.permitted;
}

/** Whether the current task may do what a capability stands for. */
export function isCapable(capability: u32): bool {
  const task = currentTask();
  const sets = task.capabilities;
  let held = sets.effective;
  if (task.asksAsReal && (sets.secureBits & SECBIT_NO_SETUID_FIXUP) === 0) {
    held = users().real === 0 ? sets.permitted : 0n;
  }
  return (held & bitOfCapability(capability)) !== 0n;
}

function numbersOf(identities: Identities, numbers: UserNumbers): void {
  numbers.real = identities.real;
  numbers.effective = identities.effective;
  numbers.saved = identities.saved;
  numbers.file = identities.file;
}

/** The users are about to change: what they are is kept in `before`. */
export function capabilitiesBeforeUsers(before: UserNumbers): void {
  numbersOf(users(), before);
}

/** They have changed, by setfsuid or by one of the others. */
export function capabilitiesAfterUsers(before: UserNumbers, isFileUser: bool): void {
  const after: UserNumbers = zeroed();
  numbersOf(users(), after);
  using _guard = lockAcquire(tasksLock);
  let task: Ptr<Task> | null = addressOf(firstTask);
  while (task !== null) {
    if (isFileUser) {
      capabilitiesOfOtherFileUser(task.capabilities, before.file, after.file);
    } else {
      capabilitiesOfOtherUser(task.capabilities, before, after);
    }
    task = task.next;
  }
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
  const sets: Capabilities = zeroed();
  if (!capabilitiesGet(header.pid, sets)) {
    return i64(-ESRCH);
  }
  const data: FixedArray<CapabilityData, 2> = zeroed();
  for (let i: u32 = 0; i < 2; i++) {
    data[i].effective = u32.wrap(sets.effective >> u64(32 * i));
    data[i].permitted = u32.wrap(sets.permitted >> u64(32 * i));
    data[i].inheritable = u32.wrap(sets.inheritable >> u64(32 * i));
  }
  return userWrite(VirtAddr(call.a1), castPtr<u8>(elements(data)), u64(count) * u64(sizeOf<CapabilityData>()));
}

/** The sets of a task, 0 for the current one; false if there is none. */
export function capabilitiesGet(tid: i32, sets: Capabilities): bool {
  using _guard = lockAcquire(tasksLock);
  const task = taskOf(tid);
  if (task === null) {
    return false;
  }
  copy(sets, task.capabilities);
  return true;
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
  const wanted: Capabilities = zeroed();
  wanted.effective = joined(data[0].effective, data[1].effective);
  wanted.permitted = joined(data[0].permitted, data[1].permitted);
  wanted.inheritable = joined(data[0].inheritable, data[1].inheritable);
  using _guard = lockAcquire(tasksLock);
  return capabilitiesSet(task.capabilities, wanted);
}

function joined(low: u32, high: u32): u64 {
  return (u64(low) | (u64(high) << 32n)) & ALL_CAPABILITIES;
}

/** A new task has what its maker has. */
export function capabilitiesInherit(task: Task, parent: Task): void {
  copy(task.capabilities, parent.capabilities);
}

/** The program is replaced by another one. */
export function capabilitiesRenew(task: Ptr<Task>): void {
  const now: UserNumbers = zeroed();
  numbersOf(users(), now);
  using _guard = lockAcquire(tasksLock);
  capabilitiesOfNewProgram(task.capabilities, now);
}
