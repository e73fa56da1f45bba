/**
 * pidfd_open, pidfd_send_signal, pidfd_getfd (kernel/pid.c and kernel/signal.c of Linux): descriptors of processes, of which there is one. With
 * PIDFD_THREAD a thread of it may be meant; its descriptor is the process's here, since all that it can do for a thread others do by number.
 */

import { EBADF, EFAULT, EINVAL, ENOENT, ESRCH } from "../abi/errno.ts";
import { O_CLOEXEC, O_EXCL, O_NONBLOCK } from "../abi/linux-files.ts";
import { NSIG, SI_USER, type Siginfo } from "../abi/linux-signal.ts";
import { userRead } from "../kernel/mm/user-access.ts";
import { lockAcquire } from "../kernel/sync/spin-lock.ts";
import { fdAddOrPut, fdGet } from "./descriptors.ts";
import { placeOne } from "./file-objects.ts";
import { type File, filePut } from "./fs/file.ts";
import { fileIsPidfd, pidfdCreate } from "./fs/pidfd.ts";
import { isProcessFolder } from "./fs/proc-tree.ts";
import { PROCESS_ID } from "./identity.ts";
import { infoFromUser, signalSend } from "./signal-send.ts";
import type { SyscallFrame } from "./syscall-frame.ts";
import { taskFind, tasksLock } from "./task.ts";

const PIDFD_THREAD = O_EXCL;
/** PIDFD_SIGNAL_THREAD, _THREAD_GROUP and _PROCESS_GROUP: at most one of them. */
const SIGNAL_SCOPES = 7;

/** pidfd_open(process, flags) */
export function sysPidfdOpen(call: SyscallFrame): i64 {
  const process = i32.wrap(call.a0);
  const flags = u32.wrap(call.a1);
  if ((flags & ~(O_NONBLOCK | PIDFD_THREAD)) !== 0 || process <= 0) {
    return i64(-EINVAL);
  }
  if (!isTask(process)) {
    return i64(-ESRCH);
  }
  if (process !== PROCESS_ID && (flags & PIDFD_THREAD) === 0) {
    return i64(-ENOENT);
  }
  // Closed on exec, whatever is asked for.
  return placeOne(pidfdCreate(flags & O_NONBLOCK), O_CLOEXEC);
}

function isTask(tid: i32): bool {
  using _guard = lockAcquire(tasksLock);
  return taskFind(tid) !== null;
}

/** Whether a descriptor is one of the process: 0n or -EBADF. */
export function pidfdCheck(fd: i32): i64 {
  const file = fdGet(fd);
  if (file === null) {
    return i64(-EBADF);
  }
  const isOne = fileIsPidfd(file);
  filePut(file);
  return isOne ? 0n : i64(-EBADF);
}

/** The same for a signal, which goes to a folder of /proc as well. */
function checkTarget(fd: i32): i64 {
  const file = fdGet(fd);
  const isFolder = file !== null && isProcessFolder(file.inode);
  if (file !== null) {
    filePut(file);
  }
  return isFolder ? 0n : pidfdCheck(fd);
}

/** pidfd_send_signal(process, signal, info, flags) */
export function sysPidfdSendSignal(call: SyscallFrame): i64 {
  const signal = u32.wrap(call.a1);
  const flags = u32.wrap(call.a3);
  if ((flags & ~SIGNAL_SCOPES) !== 0 || (flags & (flags - 1)) !== 0) {
    return i64(-EINVAL);
  }
  const checked = checkTarget(i32.wrap(call.a0));
  if (checked !== 0n) {
    return checked;
  }
  const info: Siginfo = zeroed();
  infoFromUser(info, signal, SI_USER);
  if (call.a2 !== 0n) {
    // SAFETY: plain integers.
    if (userRead(castPtr<u8>(info), VirtAddr(call.a2), u64(sizeOf<Siginfo>())) !== 0n) {
      return i64(-EFAULT);
    }
    if (info.si_signo !== i32.wrap(signal)) {
      return i64(-EINVAL);
    }
  }
  if (signal > NSIG) {
    return i64(-EINVAL);
  }
  return signal === 0 ? 0n : signalSend(info);
}

/** pidfd_getfd(process, descriptor, flags): another number for a description of the process. */
export function sysPidfdGetfd(call: SyscallFrame): i64 {
  if (u32.wrap(call.a2) !== 0) {
    return i64(-EINVAL);
  }
  const checked = pidfdCheck(i32.wrap(call.a0));
  const file: Ptr<File> | null = checked === 0n ? fdGet(i32.wrap(call.a1)) : null;
  return file === null ? i64(-EBADF) : fdAddOrPut(file, true);
}
