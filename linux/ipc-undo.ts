/**
 * SEM_UNDO: what a process has done to semaphores is taken back when it ends (ipc/sem.c of Linux, exit_sem).
 *
 * A list belongs to all tasks that were made with CLONE_SYSVSEM, as C libraries make threads, and its last task's end takes back what they
 * have done; a task made without it has a list of its own. At the end of the program nobody is left to see it, so nothing is done then.
 *
 *     undoLock                the links of lists; taken inside a set's lock
 *     a set's lock            the adjustments of its entries, and which entries it has
 */

import { CLONE_SYSVSEM } from "../abi/linux-process.ts";
import { heapAllocZeroed, heapFree } from "../kernel/mm/heap.ts";
import { type Mutex, mutexAcquire } from "../kernel/sync/mutex.ts";
import { semaphoreAdjust } from "./core/semaphore-values.ts";
import { PROCESS_ID } from "./identity.ts";
import { type IpcObject, ipcKeep, ipcPut } from "./ipc.ts";
import {
  type SemaphoreSet,
  semaphoresChanged,
  semaphoresNoteCall,
  semaphoresSetUndoForget,
  type UndoEntry,
} from "./ipc-semaphores.ts";
import { currentTask, firstTask, type Task } from "./task.ts";

class UndoList {
  references!: Atomic<u32>;
  first!: Ptr<UndoEntry> | null;
}

const undoLock: Mutex = zeroed();
/** The first task's, so that threads can share it without a need for memory. */
const programList: UndoList = zeroed();

/** The list of a task, which gets one if it has none; null: no memory. */
function listOf(task: Ptr<Task>): Ptr<UndoList> | null {
  if (task.undoList !== 0n) {
    // SAFETY: set below.
    return pointerAt<UndoList>(task.undoList);
  }
  let list: Ptr<UndoList> | null = addressOf(programList);
  if (virtAddr(task) !== virtAddr(firstTask)) {
    const memory = heapAllocZeroed(u64(sizeOf<UndoList>()));
    // SAFETY: fresh zeroed memory of that size.
    list = memory === null ? null : castPtr<UndoList>(memory);
  }
  if (list !== null) {
    void list.references.fetchAdd(1);
    task.undoList = virtAddr(list);
  }
  return list;
}

/** A new task shares its maker's list if it was made so; false: no memory. */
export function undoInherit(task: Ptr<Task>, parent: Ptr<Task>, cloneFlags: u64): bool {
  if ((cloneFlags & u64(CLONE_SYSVSEM)) === 0n) {
    return true;
  }
  const list = listOf(parent);
  if (list === null) {
    return false;
  }
  void list.references.fetchAdd(1);
  task.undoList = virtAddr(list);
  return true;
}

function adjustmentsOf(entry: Ptr<UndoEntry>): Ptr<i16> {
  // SAFETY: they follow the entry.
  return castPtr<i16>(entry.add(1));
}

/** The adjustments of the current task for a set, whose lock is held; null: no memory. */
export function undoAdjustments(set: Ptr<SemaphoreSet>): Ptr<i16> | null {
  const list = listOf(currentTask());
  if (list === null) {
    return null;
  }
  let entry = set.undos;
  while (entry !== null && entry.list !== virtAddr(list)) {
    entry = entry.nextOfSet;
  }
  if (entry === null) {
    entry = makeEntry(set, list);
  }
  return entry === null ? null : adjustmentsOf(entry);
}

function makeEntry(set: Ptr<SemaphoreSet>, list: Ptr<UndoList>): Ptr<UndoEntry> | null {
  const memory = heapAllocZeroed(u64(sizeOf<UndoEntry>()) + u64(set.count) * 2n);
  if (memory === null) {
    return null;
  }
  semaphoresSetUndoForget(forgetEntries);
  // SAFETY: fresh zeroed memory of that size.
  const entry = castPtr<UndoEntry>(memory);
  entry.set = set;
  entry.list = virtAddr(list);
  entry.nextOfSet = set.undos;
  set.undos = entry;
  using _guard = mutexAcquire(undoLock);
  entry.nextOfList = list.first;
  list.first = entry;
  return entry;
}

/** Takes an entry out of its list; undoLock is held. */
function unlinkFromList(entry: Ptr<UndoEntry>): void {
  // SAFETY: the list lives as long as it has entries.
  const list = pointerAt<UndoList>(entry.list);
  let before = list.first;
  if (before !== null && virtAddr(before) === virtAddr(entry)) {
    list.first = entry.nextOfList;
    return;
  }
  while (before !== null) {
    const after: Ptr<UndoEntry> | null = before.nextOfList;
    if (after !== null && virtAddr(after) === virtAddr(entry)) {
      before.nextOfList = entry.nextOfList;
      return;
    }
    before = after;
  }
}

/** The set is removed; its lock is held. */
function forgetEntries(set: Ptr<SemaphoreSet>): void {
  let entry = set.undos;
  set.undos = null;
  while (entry !== null) {
    const next = entry.nextOfSet;
    {
      using _guard = mutexAcquire(undoLock);
      unlinkFromList(entry);
    }
    heapFree(castPtr<u8>(entry));
    entry = next;
  }
}

/** SETVAL and SETALL: what was to be taken back of these values is forgotten. The set's lock is held. */
export function undoForgetValues(set: Ptr<SemaphoreSet>, first: u32, count: u32): void {
  let entry = set.undos;
  while (entry !== null) {
    const adjustments = adjustmentsOf(entry);
    for (let number = first; number < first + count; number++) {
      adjustments[number] = 0;
    }
    entry = entry.nextOfSet;
  }
}

/** A task ends; the last one of a list takes back what is in it. */
export function undoEnd(task: Ptr<Task>): void {
  if (task.undoList === 0n) {
    return;
  }
  // SAFETY: listOf made it.
  const list = pointerAt<UndoList>(task.undoList);
  task.undoList = 0n;
  if (list.references.fetchSub(1) !== 1) {
    return;
  }
  let object = firstSet(list);
  while (object !== null) {
    takeBack(list, object);
    ipcPut(object);
    object = firstSet(list);
  }
  if (virtAddr(list) !== virtAddr(programList)) {
    heapFree(castPtr<u8>(list));
  }
}

/** The set of the list's first entry, with a reference: an entry's set is there as long as undoLock is held. */
function firstSet(list: Ptr<UndoList>): Ptr<IpcObject> | null {
  using _guard = mutexAcquire(undoLock);
  return list.first === null ? null : ipcKeep(castPtr<IpcObject>(list.first.set));
}

function takeBack(list: Ptr<UndoList>, object: Ptr<IpcObject>): void {
  // SAFETY: undo entries are of sets.
  const set = castPtr<SemaphoreSet>(object);
  using _guard = mutexAcquire(object.lock);
  const entry = takeEntry(list, set);
  if (entry === null) {
    return;
  }
  const adjustments = adjustmentsOf(entry);
  for (let number: u32 = 0; number < set.count; number++) {
    if (adjustments[number] !== 0) {
      semaphoreAdjust(set.values[number], adjustments[number], PROCESS_ID);
    }
  }
  heapFree(castPtr<u8>(entry));
  semaphoresNoteCall(set);
  semaphoresChanged(set);
}

/** The list's entry of a set, taken out of both; null: the set was removed. */
function takeEntry(list: Ptr<UndoList>, set: Ptr<SemaphoreSet>): Ptr<UndoEntry> | null {
  let before: Ptr<UndoEntry> | null = null;
  let entry = set.undos;
  while (entry !== null && entry.list !== virtAddr(list)) {
    before = entry;
    entry = entry.nextOfSet;
  }
  if (entry === null) {
    return null;
  }
  if (before === null) {
    set.undos = entry.nextOfSet;
  } else {
    before.nextOfSet = entry.nextOfSet;
  }
  using _guard = mutexAcquire(undoLock);
  unlinkFromList(entry);
  return entry;
}
