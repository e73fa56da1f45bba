/**
 * Who the program is: process, thread, user and group numbers, and the machine's name.
 *
 * One process, so its number is a constant, and so are the answers that depend on it. It is not 1, which programs take for "init".
 */

import { EINVAL, EPERM, ESRCH } from "../abi/errno.ts";
import type { NewUtsname } from "../abi/linux-process.ts";
import { userWrite } from "../kernel/mm/user-access.ts";
import { personalityIs32Bit } from "./personality.ts";
import { programModule } from "./program.ts";
import type { SyscallFrame } from "./syscall-frame.ts";

export const PROCESS_ID = 2;
export const PARENT_ID = 1;
/** NGROUPS_MAX */
const MAX_GROUPS = 65536;

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
  return i64(programModule().uid);
}

export function sysGetgid(_call: SyscallFrame): i64 {
  return i64(programModule().gid);
}

/** The same user again is fine; where a call has several numbers, -1 stands for "unchanged". */
export function sysSetuid(call: SyscallFrame): i64 {
  return u32.wrap(call.a0) === u32.MAX ? i64(-EINVAL) : keeps(call.a0, u64.MAX, u64.MAX, programModule().uid);
}

export function sysSetgid(call: SyscallFrame): i64 {
  return u32.wrap(call.a0) === u32.MAX ? i64(-EINVAL) : keeps(call.a0, u64.MAX, u64.MAX, programModule().gid);
}

/** setfsuid and setfsgid tell only what was before, and so that nothing has changed. */
export function sysSetfsuid(_call: SyscallFrame): i64 {
  return i64(programModule().uid);
}

export function sysSetfsgid(_call: SyscallFrame): i64 {
  return i64(programModule().gid);
}

/** setreuid(real, effective) */
export function sysSetreuid(call: SyscallFrame): i64 {
  return keeps(call.a0, call.a1, u64.MAX, programModule().uid);
}

export function sysSetregid(call: SyscallFrame): i64 {
  return keeps(call.a0, call.a1, u64.MAX, programModule().gid);
}

/** setresuid(real, effective, saved) */
export function sysSetresuid(call: SyscallFrame): i64 {
  return keeps(call.a0, call.a1, call.a2, programModule().uid);
}

export function sysSetresgid(call: SyscallFrame): i64 {
  return keeps(call.a0, call.a1, call.a2, programModule().gid);
}

function keeps(first: u64, second: u64, third: u64, id: u32): i64 {
  return changes(first, id) || changes(second, id) || changes(third, id) ? i64(-EPERM) : 0n;
}

function changes(wanted: u64, id: u32): bool {
  return u32.wrap(wanted) !== id && u32.wrap(wanted) !== u32.MAX;
}

export function sysGetresuid(call: SyscallFrame): i64 {
  return storeThree(call, programModule().uid);
}

export function sysGetresgid(call: SyscallFrame): i64 {
  return storeThree(call, programModule().gid);
}

function storeThree(call: SyscallFrame, id: u32): i64 {
  let value = id;
  // SAFETY: four bytes of a local.
  const bytes = castPtr<u8>(addressOf(value));
  const first = userWrite(VirtAddr(call.a0), bytes, 4n);
  const second = userWrite(VirtAddr(call.a1), bytes, 4n);
  const third = userWrite(VirtAddr(call.a2), bytes, 4n);
  return first !== 0n ? first : second !== 0n ? second : third;
}

/** No supplementary groups. */
export function sysGetgroups(call: SyscallFrame): i64 {
  return i32.wrap(call.a0) < 0 ? i64(-EINVAL) : 0n;
}

/** setgroups(count, groups): what the host's files allow was decided with the groups of the program's start. */
export function sysSetgroups(call: SyscallFrame): i64 {
  if (programModule().uid !== 0) return i64(-EPERM);
  if (u32.wrap(call.a0) > MAX_GROUPS) return i64(-EINVAL);
  return u32.wrap(call.a0) === 0 ? 0n : i64(-EPERM);
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
