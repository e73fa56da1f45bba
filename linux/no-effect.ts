/** Calls that have nothing to do here, and calls on descriptors that need a file or a directory behind them. */

import { EINVAL, ENOSYS, ENOTDIR, EPERM } from "../abi/errno.ts";
import type { SyscallFrame } from "./syscall-frame.ts";

export function sysNothing(_call: SyscallFrame): i64 {
  return 0n;
}

/** rseq, membarrier: libc tries them at its start and does without; the log need not say so. */
export function sysNotOffered(_call: SyscallFrame): i64 {
  return i64(-ENOSYS);
}

/** fsync, ftruncate: Linux says EINVAL of pipes and terminals. */
export function sysNoSync(_call: SyscallFrame): i64 {
  return i64(-EINVAL);
}

/** getdents, fchdir */
export function sysNoDirectory(_call: SyscallFrame): i64 {
  return i64(-ENOTDIR);
}

/** setsid: the only process leads its group already. */
export function sysNoSession(_call: SyscallFrame): i64 {
  return i64(-EPERM);
}
