/**
 * What semop(2) does with the values of a set: all operations of a call, or none (ipc/sem.c of Linux, perform_atomic_semop_slow).
 *
 * Operations are tried in order, each on what those before it left; when one cannot be done they are taken back.
 */

import { EAGAIN, ERANGE } from "../../abi/errno.ts";
import { IPC_NOWAIT, SEM_UNDO, SEMVMX, type Sembuf } from "../../abi/linux-ipc.ts";

/** The call has to wait. */
export const SEMAPHORE_WAITS = 1n;
/** What an adjustment for the end of a process may be: -SEMADJ_MOST - 1 .. SEMADJ_MOST. */
const SEMADJ_MOST = SEMVMX;

export class Semaphore {
  value!: u16;
  /** Who changed or waited for it last. */
  pid!: i32;
}

export class SemaphoreTry {
  values!: Ptr<Semaphore>;
  operations!: Slice<Sembuf>;
  /** What the end of the process takes back, by semaphore; null if no operation has SEM_UNDO. */
  adjustments!: Ptr<i16> | null;
  pid!: i32;
  /** Out: the operation that has to wait. */
  blocking!: u32;
}

/** Numbers are in range. 0n, -ERANGE, -EAGAIN where an operation that would wait has IPC_NOWAIT, or SEMAPHORE_WAITS. */
export function semaphoresTry(wish: SemaphoreTry): i64 {
  let done: u32 = 0;
  let result: i64 = 0n;
  while (u64(done) < wish.operations.length && result === 0n) {
    result = tryOne(wish, addressOf(wish.operations[done]));
    done++;
  }
  if (result === 0n) {
    for (const operation of wish.operations) {
      wish.values[u32(operation.sem_num)].pid = wish.pid;
    }
    return 0n;
  }
  // The last one has changed nothing.
  wish.blocking = done - 1;
  for (let index = done - 1; index > 0; index--) {
    takeBack(wish, addressOf(wish.operations[index - 1]));
  }
  return result;
}

function tryOne(wish: SemaphoreTry, operation: Ptr<Sembuf>): i64 {
  const number = u32(operation.sem_num);
  const semaphore = wish.values.add(number);
  const value = i32(semaphore.value) + i32(operation.sem_op);
  if (value < 0 || (operation.sem_op === 0 && semaphore.value !== 0)) {
    return (u32(operation.sem_flg) & IPC_NOWAIT) !== 0 ? i64(-EAGAIN) : SEMAPHORE_WAITS;
  }
  if (value > SEMVMX) {
    return i64(-ERANGE);
  }
  if ((u32(operation.sem_flg) & SEM_UNDO) !== 0) {
    const adjustments = wish.adjustments!;
    const adjusted = i32(adjustments[number]) - i32(operation.sem_op);
    if (adjusted < -SEMADJ_MOST - 1 || adjusted > SEMADJ_MOST) {
      return i64(-ERANGE);
    }
    adjustments[number] = i16(adjusted);
  }
  semaphore.value = u16(value);
  return 0n;
}

function takeBack(wish: SemaphoreTry, operation: Ptr<Sembuf>): void {
  const number = u32(operation.sem_num);
  const semaphore = wish.values.add(number);
  semaphore.value = u16(i32(semaphore.value) - i32(operation.sem_op));
  if ((u32(operation.sem_flg) & SEM_UNDO) !== 0) {
    const adjustments = wish.adjustments!;
    adjustments[number] = i16(i32(adjustments[number]) + i32(operation.sem_op));
  }
}

/** What a process that ends takes back of its operations on one semaphore; the value stays in its range. */
export function semaphoreAdjust(semaphore: Semaphore, adjustment: i16, pid: i32): void {
  const value = i32(semaphore.value) + i32(adjustment);
  semaphore.value = value < 0 ? 0 : value > SEMVMX ? SEMVMX : u16(value);
  semaphore.pid = pid;
}
