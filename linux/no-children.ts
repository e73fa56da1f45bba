/** wait4 and waitid: there are no children, which is found after the arguments have been looked at. */

import { ECHILD, EINVAL, ESRCH } from "../abi/errno.ts";
import {
  P_ALL,
  P_PGID,
  P_PID,
  P_PIDFD,
  WCONTINUED,
  WEXITED,
  WNOHANG,
  WNOWAIT,
  WSTOPPED,
  WTHREADS,
} from "../abi/linux-process.ts";
import { pidfdCheck } from "./pidfd.ts";
import type { SyscallFrame } from "./syscall-frame.ts";

const WAIT4_OPTIONS = WNOHANG | WSTOPPED | WCONTINUED | WTHREADS;
const WAITID_EVENTS = WEXITED | WSTOPPED | WCONTINUED;
const WAITID_OPTIONS = WNOHANG | WNOWAIT | WAITID_EVENTS | WTHREADS;

/** wait4(process, status, options, usage) */
export function sysWait4(call: SyscallFrame): i64 {
  if ((u32.wrap(call.a2) & ~WAIT4_OPTIONS) !== 0) {
    return i64(-EINVAL);
  }
  // It has no positive counterpart.
  return i32.wrap(call.a0) === i32.MIN ? i64(-ESRCH) : i64(-ECHILD);
}

/** waitid(kind, number, information, options, usage) */
export function sysWaitid(call: SyscallFrame): i64 {
  const options = u32.wrap(call.a3);
  if ((options & ~WAITID_OPTIONS) !== 0 || (options & WAITID_EVENTS) === 0) {
    return i64(-EINVAL);
  }
  const number = i32.wrap(call.a1);
  switch (i32.wrap(call.a0)) {
    case P_ALL:
      return i64(-ECHILD);
    case P_PID:
      return i64(number <= 0 ? -EINVAL : -ECHILD);
    case P_PGID:
      return i64(number < 0 ? -EINVAL : -ECHILD);
    case P_PIDFD:
      return number < 0 ? i64(-EINVAL) : noChild(pidfdCheck(number));
    default:
      return i64(-EINVAL);
  }
}

/** The process that a descriptor leads to is no child of itself. */
function noChild(checked: i64): i64 {
  return checked !== 0n ? checked : i64(-ECHILD);
}
