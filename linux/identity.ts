/**
 * Who the program is: process, thread, user and group numbers, and the machine's name.
 *
 * One process, so its number is a constant, and so are the answers that depend on it. It is not 1, which programs take for "init".
 */

import { EFAULT, EINVAL, ENOMEM, EPERM, ESRCH } from "../abi/errno.ts";
import { CAP_SETGID, CAP_SETUID, type NewUtsname } from "../abi/linux-process.ts";
import { heapFree } from "../kernel/mm/heap.ts";
import { userRead, userWrite } from "../kernel/mm/user-access.ts";
import { capabilitiesAfterUsers, capabilitiesBeforeUsers, isCapable } from "./capabilities.ts";
import type { UserNumbers } from "./core/capability-rules.ts";
import { personalityIs32Bit } from "./personality.ts";
import { programModule } from "./program.ts";
import type { SyscallFrame } from "./syscall-frame.ts";
import {
  groupsGet,
  groupsRoom,
  groupsSet,
  type Identities,
  identitySet,
  identitySetFile,
  identitySetThree,
  identitySetTwo,
  MOST_GROUPS,
  userGroups,
  users,
} from "./users.ts";

export const PROCESS_ID = 2;
export const PARENT_ID = 1;

/** glibc refuses a release below the one it was built for (3.2); the rest says what runs. */
export const KERNEL_RELEASE = "6.1.0-hermit";
export const KERNEL_VERSION = "#1 HermitCore in TypeScript";

export function sysGetpid(_call: SyscallFrame): i64 {
  return i64(PROCESS_ID);
}

export function sysGetppid(_call: SyscallFrame): i64 {
  return i64(PARENT_ID);
}

export function sysGetuid(_call: SyscallFrame): i64 {
  return i64(users().real);
}

export function sysGeteuid(_call: SyscallFrame): i64 {
  return i64(users().effective);
}

export function sysGetgid(_call: SyscallFrame): i64 {
  return i64(userGroups().real);
}

export function sysGetegid(_call: SyscallFrame): i64 {
  return i64(userGroups().effective);
}

export function sysSetuid(call: SyscallFrame): i64 {
  const before: UserNumbers = zeroed();
  capabilitiesBeforeUsers(before);
  return followed(before, identitySet(users(), u32.wrap(call.a0), isCapable(CAP_SETUID)));
}

/** The answer of a call that sets users: if it has, capabilities follow them. */
function followed(before: UserNumbers, result: i64): i64 {
  if (result === 0n) {
    capabilitiesAfterUsers(before, false);
  }
  return result;
}

export function sysSetgid(call: SyscallFrame): i64 {
  return identitySet(userGroups(), u32.wrap(call.a0), isCapable(CAP_SETGID));
}

export function sysSetfsuid(call: SyscallFrame): i64 {
  const before: UserNumbers = zeroed();
  capabilitiesBeforeUsers(before);
  const result = i64(identitySetFile(users(), u32.wrap(call.a0), isCapable(CAP_SETUID)));
  capabilitiesAfterUsers(before, true);
  return result;
}

export function sysSetfsgid(call: SyscallFrame): i64 {
  return i64(identitySetFile(userGroups(), u32.wrap(call.a0), isCapable(CAP_SETGID)));
}

/** setreuid(real, effective) */
export function sysSetreuid(call: SyscallFrame): i64 {
  const before: UserNumbers = zeroed();
  capabilitiesBeforeUsers(before);
  return followed(before, identitySetTwo(users(), u32.wrap(call.a0), u32.wrap(call.a1), isCapable(CAP_SETUID)));
}

export function sysSetregid(call: SyscallFrame): i64 {
  return identitySetTwo(userGroups(), u32.wrap(call.a0), u32.wrap(call.a1), isCapable(CAP_SETGID));
}

/** setresuid(real, effective, saved) */
export function sysSetresuid(call: SyscallFrame): i64 {
  const before: UserNumbers = zeroed();
  capabilitiesBeforeUsers(before);
  const mayAny = isCapable(CAP_SETUID);
  const result = identitySetThree(users(), u32.wrap(call.a0), u32.wrap(call.a1), u32.wrap(call.a2), mayAny);
  return followed(before, result);
}

export function sysSetresgid(call: SyscallFrame): i64 {
  const mayAny = isCapable(CAP_SETGID);
  return identitySetThree(userGroups(), u32.wrap(call.a0), u32.wrap(call.a1), u32.wrap(call.a2), mayAny);
}

export function sysGetresuid(call: SyscallFrame): i64 {
  return storeThree(call, users());
}

export function sysGetresgid(call: SyscallFrame): i64 {
  return storeThree(call, userGroups());
}

function storeThree(call: SyscallFrame, numbers: Identities): i64 {
  const first = store(call.a0, numbers.real);
  const second = store(call.a1, numbers.effective);
  const third = store(call.a2, numbers.saved);
  return first !== 0n ? first : second !== 0n ? second : third;
}

function store(address: u64, id: u32): i64 {
  let value = id;
  // SAFETY: four bytes of a local.
  return userWrite(VirtAddr(address), castPtr<u8>(addressOf(value)), 4n);
}

/** getgroups(count, groups) */
export function sysGetgroups(call: SyscallFrame): i64 {
  const room = i32.wrap(call.a0);
  const count = groupsGet(sliceOf(elements(noGroups), 0n));
  if (room < 0 || (room > 0 && u32(room) < count)) {
    return i64(-EINVAL);
  }
  if (room === 0 || count === 0) {
    return i64(count);
  }
  const list = groupsRoom(count);
  if (list === null) {
    return i64(-ENOMEM);
  }
  void groupsGet(sliceOf(list, u64(count)));
  const written = userWrite(VirtAddr(call.a1), castPtr<u8>(list), u64(count) * 4n);
  heapFree(castPtr<u8>(list));
  return written !== 0n ? written : i64(count);
}

const noGroups: FixedArray<u32, 1> = zeroed();

/** setgroups(count, groups) */
export function sysSetgroups(call: SyscallFrame): i64 {
  const count = u32.wrap(call.a0);
  if (!isCapable(CAP_SETGID)) {
    return i64(-EPERM);
  }
  if (count > MOST_GROUPS) {
    return i64(-EINVAL);
  }
  const list = count === 0 ? null : groupsRoom(count);
  if (count > 0 && list === null) {
    return i64(-ENOMEM);
  }
  if (list !== null && userRead(castPtr<u8>(list), VirtAddr(call.a1), u64(count) * 4n) !== 0n) {
    heapFree(castPtr<u8>(list));
    return i64(-EFAULT);
  }
  groupsSet(list, count);
  return 0n;
}

/** getpgid, getsid: of the caller. */
export function sysGetpgid(call: SyscallFrame): i64 {
  const process = i32.wrap(call.a0);
  return process === 0 || process === PROCESS_ID ? i64(PROCESS_ID) : i64(-ESRCH);
}

export function sysSetpgid(call: SyscallFrame): i64 {
  const process = i32.wrap(call.a0);
  const group = i32.wrap(call.a1) === 0 ? process : i32.wrap(call.a1);
  if (group < 0) {
    return i64(-EINVAL);
  }
  if (process !== 0 && process !== PROCESS_ID) {
    return i64(-ESRCH);
  }
  return group === 0 || group === PROCESS_ID ? 0n : i64(-EPERM);
}

export function sysUname(call: SyscallFrame): i64 {
  const name: NewUtsname = zeroed();
  putText(elements(name.sysname), "Linux");
  putText(elements(name.release), KERNEL_RELEASE);
  putText(elements(name.version), KERNEL_VERSION);
  putText(elements(name.machine), personalityIs32Bit() ? "i686" : "x86_64");
  putText(elements(name.domainname), "(none)");
  const host = elements(programModule().hostName);
  for (let i: u32 = 0; i < 63 && host[i] !== 0; i++) {
    name.nodename[i] = host[i];
  }
  if (name.nodename[0] === 0) {
    putText(elements(name.nodename), "hermit");
  }
  // SAFETY: bytes only.
  return userWrite(VirtAddr(call.a0), castPtr<u8>(name), u64(sizeOf<NewUtsname>()));
}

function putText(field: Ptr<u8>, text: string): void {
  copyBytes(field, text.data, u64(text.length));
}
