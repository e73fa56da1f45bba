/** kcmp(2): whether two threads share something, or two descriptors lead to one description. Threads of this process share nearly all. */

import { EBADF, EINVAL, EOPNOTSUPP, ESRCH } from "../abi/errno.ts";
import { lockAcquire } from "../kernel/sync/spin-lock.ts";
import { fdGetAny } from "./descriptors.ts";
import { type File, filePut } from "./fs/file.ts";
import type { SyscallFrame } from "./syscall-frame.ts";
import { taskFind, tasksLock } from "./task.ts";

const KCMP_FILE = 0;
const KCMP_IO = 5;
const KCMP_SYSVSEM = 6;
const KCMP_EPOLL_TFD = 7;

/** kcmp(first thread, second thread, what, index of the first, index of the second): 0 equal, 1 less, 2 greater */
export function sysKcmp(call: SyscallFrame): i64 {
  let undoLists: i64 = 0n;
  {
    using _guard = lockAcquire(tasksLock);
    const first = taskFind(i32.wrap(call.a0));
    const second = taskFind(i32.wrap(call.a1));
    if (first === null || second === null) {
      return i64(-ESRCH);
    }
    undoLists = order(u64(first.undoList), u64(second.undoList));
  }
  const what = u32.wrap(call.a2);
  if (what === KCMP_FILE) {
    return compareFiles(call.a3, call.a4);
  }
  if (what === KCMP_SYSVSEM) {
    return undoLists;
  }
  if (what === KCMP_EPOLL_TFD) {
    return i64(-EOPNOTSUPP);
  }
  return what <= KCMP_IO ? 0n : i64(-EINVAL);
}

function order(first: u64, second: u64): i64 {
  return first === second ? 0n : first < second ? 1n : 2n;
}

function fileAt(index: u64): Ptr<File> | null {
  return index > u64(i32.MAX) ? null : fdGetAny(i32(index));
}

function compareFiles(firstFd: u64, secondFd: u64): i64 {
  const first = fileAt(firstFd);
  const second = fileAt(secondFd);
  let result: i64 = i64(-EBADF);
  if (first !== null && second !== null) {
    result = order(u64(virtAddr(first)), u64(virtAddr(second)));
  }
  putIfAny(first);
  putIfAny(second);
  return result;
}

function putIfAny(file: Ptr<File> | null): void {
  if (file !== null) {
    filePut(file);
  }
}
