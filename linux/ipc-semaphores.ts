/**
 * System V semaphores: sets of values, the calls that wait for them, and what the end of a process takes back (ipc/sem.c of Linux).
 *
 * A call that cannot be done at once waits as a sleeper. Whoever changes a value does then what has become possible: first those who only wait
 * for zero, then the others in the order in which they came, each time from the front, so every call is done as one step.
 *
 *     guarded by the set's lock      all of it
 *     undo entries                   linux/ipc-undo.ts
 */

import { EIDRM, EINVAL, ENOMEM, ENOSPC } from "../abi/errno.ts";
import { SEMMNI, SEMMNS } from "../abi/linux-ipc.ts";
import { heapAllocZeroed, heapFree } from "../kernel/mm/heap.ts";
import { SEMAPHORE_WAITS, type Semaphore, type SemaphoreTry, semaphoresTry } from "./core/semaphore-values.ts";
import { type IpcKind, type IpcObject, nowSeconds } from "./ipc.ts";
import { type Sleeper, type SleeperList, sleeperFinish, sleepersFinishAll } from "./sleepers.ts";

/** What one process takes back when it ends; its adjustments, one for each semaphore, follow it. */
@struct(32)
export class UndoEntry {
  nextOfSet!: Ptr<UndoEntry> | null;
  nextOfList!: Ptr<UndoEntry> | null;
  set!: Ptr<SemaphoreSet>;
  list!: VirtAddr;
}

/** Its values follow it. */
export class SemaphoreSet {
  object!: IpcObject;
  values!: Ptr<Semaphore>;
  count!: u32;
  /** In seconds; 0n: never. */
  operatedAt!: u64;
  /** Calls that change nothing, and those that do. */
  constants!: SleeperList;
  changers!: SleeperList;
  undos!: Ptr<UndoEntry> | null;
}

/** A call that waits. */
export class SemaphoreSleeper {
  sleeper!: Sleeper;
  wish!: SemaphoreTry;
}

export const semaphoreKind: IpcKind = {
  lock: zeroed(),
  table: zeroed(),
  limit: SEMMNI,
  make: makeSet,
  fits: isLargeEnough,
  remove: removeSet,
  free: freeSet,
};
/** In all sets. */
const usedCount: Atomic<u32> = zeroed();

export function semaphoresUsed(): u32 {
  return usedCount.load();
}

export function semaphoreSetOf(object: Ptr<IpcObject>): Ptr<SemaphoreSet> {
  // SAFETY: objects of this kind are sets.
  return castPtr<SemaphoreSet>(object);
}

function makeSet(size: u64): i64 {
  const count = u32(size);
  if (count === 0) {
    return i64(-EINVAL);
  }
  if (usedCount.load() + count > SEMMNS) {
    return i64(-ENOSPC);
  }
  const head = u64(sizeOf<SemaphoreSet>());
  const memory = heapAllocZeroed(head + size * u64(sizeOf<Semaphore>()));
  if (memory === null) {
    return i64(-ENOMEM);
  }
  // SAFETY: fresh zeroed memory of that size.
  const set = castPtr<SemaphoreSet>(memory);
  set.values = castPtr<Semaphore>(memory.add(head));
  set.count = count;
  void usedCount.fetchAdd(count);
  return i64(virtAddr(memory));
}

function isLargeEnough(object: Ptr<IpcObject>, size: u64): bool {
  return size <= u64(semaphoreSetOf(object).count);
}

/** What unlinks the entries of a set that is removed; set by linux/ipc-undo.ts with the first entry. */
type UndoForget = (set: Ptr<SemaphoreSet>) => void;
let undoForget: UndoForget | null = null;

export function semaphoresSetUndoForget(forget: UndoForget): void {
  undoForget = forget;
}

function removeSet(object: Ptr<IpcObject>): void {
  const set = semaphoreSetOf(object);
  void usedCount.fetchSub(set.count);
  sleepersFinishAll(set.constants, i64(-EIDRM));
  sleepersFinishAll(set.changers, i64(-EIDRM));
  if (undoForget !== null) {
    undoForget(set);
  }
}

function freeSet(object: Ptr<IpcObject>): void {
  heapFree(castPtr<u8>(object));
}

function sleeperAt(sleeper: Ptr<Sleeper>): Ptr<SemaphoreSleeper> {
  // SAFETY: the sleepers of a set are SemaphoreSleepers, which begin with them.
  return castPtr<SemaphoreSleeper>(sleeper);
}

/** Tries the waiting calls of a list once, up to the first that changes something; whether there was one. */
function finishSome(list: SleeperList): bool {
  let sleeper = list.first;
  while (sleeper !== null) {
    const next = sleeper.next;
    const result = semaphoresTry(sleeperAt(sleeper).wish);
    if (result !== SEMAPHORE_WAITS) {
      sleeperFinish(list, sleeper, result);
    }
    if (result === 0n && hasChange(sleeperAt(sleeper))) {
      return true;
    }
    sleeper = next;
  }
  return false;
}

function hasChange(waiting: Ptr<SemaphoreSleeper>): bool {
  return wishChanges(waiting.wish);
}

/** Whether a call changes values, so that it needs the right to write. */
export function wishChanges(wish: SemaphoreTry): bool {
  for (const operation of wish.operations) {
    if (operation.sem_op !== 0) {
      return true;
    }
  }
  return false;
}

/** Values have changed: does what calls have been waiting for. */
export function semaphoresChanged(set: Ptr<SemaphoreSet>): void {
  do {
    void finishSome(set.constants);
  } while (finishSome(set.changers));
}

/** A call that has been done, at once or later. */
export function semaphoresNoteCall(set: Ptr<SemaphoreSet>): void {
  set.operatedAt = nowSeconds();
}

/** How many calls wait for a semaphore to rise, or to be zero: GETNCNT, GETZCNT. */
export function semaphoreWaiterCount(set: Ptr<SemaphoreSet>, number: u32, forZero: bool): u32 {
  return countIn(set.constants, number, forZero) + countIn(set.changers, number, forZero);
}

function countIn(list: SleeperList, number: u32, forZero: bool): u32 {
  let count: u32 = 0;
  let sleeper = list.first;
  while (sleeper !== null) {
    const wish = sleeperAt(sleeper).wish;
    const operation = wish.operations[wish.blocking];
    if (u32(operation.sem_num) === number && (operation.sem_op === 0) === forZero) {
      count++;
    }
    sleeper = sleeper.next;
  }
  return count;
}
