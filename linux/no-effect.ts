/** Calls that have nothing to do here. */

import { EPERM } from "../abi/errno.ts";
import type { SyscallFrame } from "./syscall-frame.ts";

/** setsid: the only process leads its group already. */
export function sysNoSession(_call: SyscallFrame): i64 {
  return i64(-EPERM);
}
