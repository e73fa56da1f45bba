/** Which processors a thread may use (sched_setaffinity(2)). A word of bits names every processor that there can be. */

import { EFAULT, EINVAL, ESRCH } from "../abi/errno.ts";
import { userRead, userWrite } from "../kernel/mm/user-access.ts";
import { cpuOnlineMask } from "../kernel/sched/cpu.ts";
import { threadYield } from "../kernel/sched/scheduler.ts";
import { cpuCount, processorsWaitFor } from "../kernel/smp/start.ts";
import { lockAcquire } from "../kernel/sync/spin-lock.ts";
import type { SyscallFrame } from "./syscall-frame.ts";
import { taskOf, tasksLock } from "./task.ts";
import { affinityApply } from "./written-code.ts";

const MASK_BYTES = 8n;

/** All processors of the machine, whether started yet or not. */
export function possibleCpus(): u64 {
  const count = cpuCount();
  return count >= 64 ? u64.MAX : (1n << u64(count)) - 1n;
}

export function sysSchedGetaffinity(call: SyscallFrame): i64 {
  // As on Linux the buffer must hold all processors, in whole words; the answer is how many bytes were filled.
  if (u32.wrap(call.a1) < 8 || u32.wrap(call.a1) % 8 !== 0) {
    return i64(-EINVAL);
  }
  let mask: u64 = 0n;
  {
    using _guard = lockAcquire(tasksLock);
    const task = taskOf(i32.wrap(call.a0));
    if (task === null || task.thread === null) {
      return i64(-ESRCH);
    }
    mask = task.affinity & possibleCpus();
  }
  // SAFETY: eight bytes of a local.
  const written = userWrite(VirtAddr(call.a2), castPtr<u8>(addressOf(mask)), MASK_BYTES);
  return written !== 0n ? written : i64(MASK_BYTES);
}

export function sysSchedSetaffinity(call: SyscallFrame): i64 {
  let mask: u64 = 0n;
  const length = u64(u32.wrap(call.a1));
  const bytes = length < MASK_BYTES ? length : MASK_BYTES;
  // SAFETY: up to eight bytes of a local.
  if (userRead(castPtr<u8>(addressOf(mask)), VirtAddr(call.a2), bytes) !== 0n) {
    return i64(-EFAULT);
  }
  const wanted = mask & possibleCpus();
  const result = setAffinity(i32.wrap(call.a0), wanted);
  if (result === 0n) {
    threadYield();
  }
  return result;
}

function setAffinity(tid: i32, wanted: u64): i64 {
  // Processors start with the second thread, or now, if a thread may run only where none has started.
  const isReady = wanted === 0n || (wanted & cpuOnlineMask()) !== 0n || processorsWaitFor(wanted);
  using _guard = lockAcquire(tasksLock);
  const task = taskOf(tid);
  if (task === null || task.thread === null) {
    return i64(-ESRCH);
  }
  if (wanted === 0n || !isReady) {
    return i64(-EINVAL);
  }
  task.affinity = wanted === possibleCpus() ? u64.MAX : wanted;
  affinityApply(task);
  return 0n;
}
