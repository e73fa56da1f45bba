/** semget, semop, semtimedop (ipc/sem.c of Linux): what they check, in its order. A call that waits never starts again (signal(7)). */

import { E2BIG, EACCES, EAGAIN, EFAULT, EFBIG, EIDRM, EINVAL, ENOMEM, ETIMEDOUT } from "../abi/errno.ts";
import { SEM_UNDO, SEMMSL, SEMOPM, type Sembuf } from "../abi/linux-ipc.ts";
import { heapAlloc, heapFree } from "../kernel/mm/heap.ts";
import { userRead } from "../kernel/mm/user-access.ts";
import { mutexAcquire, mutexRelease } from "../kernel/sync/mutex.ts";
import { monotonicNs } from "../kernel/time/clock.ts";
import { NEVER_NS } from "../kernel/time/timer.ts";
import { deadlineAfter, FOREVER_NS, readTimespecNs } from "./clock.ts";
import { SEMAPHORE_WAITS, semaphoresTry } from "./core/semaphore-values.ts";
import { PROCESS_ID } from "./identity.ts";
import { ipcFind, ipcGet, ipcPermits, ipcPut } from "./ipc.ts";
import {
  type SemaphoreSet,
  type SemaphoreSleeper,
  semaphoreKind,
  semaphoreSetOf,
  semaphoresChanged,
  semaphoresNoteCall,
  wishChanges,
} from "./ipc-semaphores.ts";
import { undoAdjustments } from "./ipc-undo.ts";
import { sleeperBegin, sleeperEnd, sleepersAdd, sleeperWait } from "./sleepers.ts";
import type { SyscallFrame } from "./syscall-frame.ts";

const MAY_READ = 0o444;
const MAY_WRITE = 0o222;

/** semget(key, count, flags) */
export function sysSemget(call: SyscallFrame): i64 {
  const count = i32.wrap(call.a1);
  if (count < 0 || count > SEMMSL) {
    return i64(-EINVAL);
  }
  return ipcGet(semaphoreKind, i32.wrap(call.a0), u32.wrap(call.a2), u64(count));
}

/** semop(id, operations, count) */
export function sysSemop(call: SyscallFrame): i64 {
  return operate(call, NEVER_NS);
}

/** semtimedop(id, operations, count, timeout) */
export function sysSemtimedop(call: SyscallFrame): i64 {
  if (call.a3 === 0n) {
    return operate(call, NEVER_NS);
  }
  const ns = readTimespecNs(call.a3);
  return ns === i64(-EFAULT) ? ns : operate(call, u64.wrap(ns));
}

/** `ns`: how long to wait, NEVER_NS for ever; a negative errno among its values is reported where Linux does. */
function operate(call: SyscallFrame, ns: u64): i64 {
  const count = u32.wrap(call.a2);
  if (count === 0 || i32.wrap(call.a0) < 0) {
    return i64(-EINVAL);
  }
  if (count > SEMOPM) {
    return i64(-E2BIG);
  }
  const bytes = u64(count) * u64(sizeOf<Sembuf>());
  const memory = heapAlloc(bytes);
  if (memory === null) {
    return i64(-ENOMEM);
  }
  let result: i64 = userRead(memory, VirtAddr(call.a1), bytes);
  if (result === 0n && ns === u64.wrap(i64(-EINVAL))) {
    result = i64(-EINVAL);
  }
  if (result === 0n) {
    const deadlineNs: u64 = ns >= u64(FOREVER_NS) ? NEVER_NS : deadlineAfter(monotonicNs(), ns);
    result = operateOn(i32.wrap(call.a0), sliceOf(castPtr<Sembuf>(memory), u64(count)), deadlineNs);
  }
  heapFree(memory);
  return result;
}

function operateOn(id: i32, operations: Slice<Sembuf>, deadlineNs: u64): i64 {
  const object = ipcFind(semaphoreKind, id);
  if (object === null) {
    return i64(-EINVAL);
  }
  const waiting: SemaphoreSleeper = zeroed();
  waiting.wish.operations = operations;
  waiting.wish.pid = PROCESS_ID;
  void mutexAcquire(object.lock);
  const set = semaphoreSetOf(object);
  let result = prepare(set, waiting);
  if (result === 0n) {
    result = semaphoresTry(waiting.wish);
    if (result === 0n) {
      semaphoresNoteCall(set);
      if (wishChanges(waiting.wish)) {
        semaphoresChanged(set);
      }
    }
  }
  if (result === SEMAPHORE_WAITS) {
    result = waitFor(set, waiting, deadlineNs);
  }
  mutexRelease(object.lock);
  ipcPut(object);
  return result;
}

/** What can be wrong with a call whatever the values are: 0n or a negative errno. */
function prepare(set: Ptr<SemaphoreSet>, waiting: SemaphoreSleeper): i64 {
  let undoes: bool = false;
  for (const operation of waiting.wish.operations) {
    if (u32(operation.sem_num) >= set.count) {
      return i64(-EFBIG);
    }
    undoes = undoes || (u32(operation.sem_flg) & SEM_UNDO) !== 0;
  }
  if (!ipcPermits(addressOf(set.object), wishChanges(waiting.wish) ? MAY_WRITE : MAY_READ)) {
    return i64(-EACCES);
  }
  if (set.object.isRemoved) {
    return i64(-EIDRM);
  }
  waiting.wish.values = set.values;
  waiting.wish.adjustments = undoes ? undoAdjustments(set) : null;
  return undoes && waiting.wish.adjustments === null ? i64(-ENOMEM) : 0n;
}

/** The set's lock is held, at the end again. */
function waitFor(set: Ptr<SemaphoreSet>, waiting: SemaphoreSleeper, deadlineNs: u64): i64 {
  const list = wishChanges(waiting.wish) ? addressOf(set.changers) : addressOf(set.constants);
  sleeperBegin(waiting.sleeper);
  sleepersAdd(list, waiting.sleeper);
  mutexRelease(set.object.lock);
  const why = sleeperWait(waiting.sleeper, deadlineNs);
  void mutexAcquire(set.object.lock);
  if (!sleeperEnd(list, waiting.sleeper)) {
    return why === i64(-ETIMEDOUT) ? i64(-EAGAIN) : why;
  }
  if (waiting.sleeper.result === 0n) {
    semaphoresNoteCall(set);
  }
  return waiting.sleeper.result;
}
