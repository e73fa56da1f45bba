/** Calls that have nothing to do here, and calls on descriptors that need a file or a directory behind them. */

import { ENOSYS, EPERM } from "../abi/errno.ts";
import type { SyscallFrame } from "./syscall-frame.ts";

export function sysNothing(_call: SyscallFrame): i64 {
  return 0n;
}

/** rseq, membarrier: libc tries them at its start and does without; the log need not say so. */
export function sysNotOffered(_call: SyscallFrame): i64 {
  return i64(-ENOSYS);
}

/** setsid: the only process leads its group already. */
export function sysNoSession(_call: SyscallFrame): i64 {
  return i64(-EPERM);
}
