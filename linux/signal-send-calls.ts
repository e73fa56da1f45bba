/** System calls that send signals: kill, tkill, tgkill, rt_sigqueueinfo, rt_tgsigqueueinfo. */

import { EFAULT, EINVAL, EPERM, ESRCH } from "../abi/errno.ts";
import { NSIG, SI_TKILL, SI_USER, type Siginfo } from "../abi/linux-signal.ts";
import { userRead } from "../kernel/mm/user-access.ts";
import { lockAcquire } from "../kernel/sync/spin-lock.ts";
import { PARENT_ID, PROCESS_ID } from "./identity.ts";
import { infoFromUser, signalSend, signalSendThread } from "./signal-send.ts";
import type { SyscallFrame } from "./syscall-frame.ts";
import { taskFind, tasksLock } from "./task.ts";

/** Whether a number names the program: its own, 0 and its negative for its group, or that of one of its threads. */
function isProgram(process: i32): bool {
  if (process === PROCESS_ID || process === 0 || process === -PROCESS_ID) {
    return true;
  }
  using _guard = lockAcquire(tasksLock);
  return process > 0 && taskFind(process) !== null;
}

/** kill(pid, signal) */
export function sysKill(call: SyscallFrame): i64 {
  const process = i32.wrap(call.a0);
  const signal = u32.wrap(call.a1);
  if (signal > NSIG) {
    return i64(-EINVAL);
  }
  if (!isProgram(process)) {
    return process === PARENT_ID ? i64(-EPERM) : i64(-ESRCH);
  }
  if (signal === 0) {
    return 0n;
  }
  const info: Siginfo = zeroed();
  infoFromUser(info, signal, SI_USER);
  return signalSend(info);
}

/** tkill(tid, signal) */
export function sysTkill(call: SyscallFrame): i64 {
  return sendThread(i32.wrap(call.a0), u32.wrap(call.a1));
}

/** tgkill(tgid, tid, signal) */
export function sysTgkill(call: SyscallFrame): i64 {
  if (i32.wrap(call.a0) <= 0) {
    return i64(-EINVAL);
  }
  const result = sendThread(i32.wrap(call.a1), i32.wrap(call.a0) === PROCESS_ID ? u32.wrap(call.a2) : 0);
  return result === 0n && i32.wrap(call.a0) !== PROCESS_ID ? i64(-ESRCH) : result;
}

function sendThread(tid: i32, signal: u32): i64 {
  if (tid <= 0 || signal > NSIG) {
    return i64(-EINVAL);
  }
  if (signal === 0) {
    return signalSendThread(tid, null);
  }
  const info: Siginfo = zeroed();
  infoFromUser(info, signal, SI_TKILL);
  return signalSendThread(tid, info);
}

/** rt_sigqueueinfo(pid, signal, info) */
export function sysRtSigqueueinfo(call: SyscallFrame): i64 {
  const info: Siginfo = zeroed();
  const read = readInfo(info, call.a2, u32.wrap(call.a1));
  if (read !== 0n) {
    return read;
  }
  if (i32.wrap(call.a0) <= 0 || !isProgram(i32.wrap(call.a0))) {
    return i64(-ESRCH);
  }
  return u32.wrap(call.a1) === 0 ? 0n : signalSend(info);
}

/** rt_tgsigqueueinfo(tgid, tid, signal, info) */
export function sysRtTgsigqueueinfo(call: SyscallFrame): i64 {
  const info: Siginfo = zeroed();
  const tid = i32.wrap(call.a1);
  if (i32.wrap(call.a0) <= 0 || tid <= 0) {
    return i64(-EINVAL);
  }
  const read = readInfo(info, call.a3, u32.wrap(call.a2));
  if (read !== 0n) {
    return read;
  }
  if (i32.wrap(call.a0) !== PROCESS_ID) {
    return i64(-ESRCH);
  }
  return signalSendThread(tid, u32.wrap(call.a2) === 0 ? null : info);
}

/** The program may say what it likes about its own signals, but for their number. */
function readInfo(info: Siginfo, address: u64, signal: u32): i64 {
  // SAFETY: plain integers.
  if (userRead(castPtr<u8>(info), VirtAddr(address), u64(sizeOf<Siginfo>())) !== 0n) {
    return i64(-EFAULT);
  }
  if (signal > NSIG) {
    return i64(-EINVAL);
  }
  info.si_signo = i32(signal);
  return 0n;
}
