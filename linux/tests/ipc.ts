/** Identifiers of System V objects, and what operations do to the values of semaphores. */

import { EAGAIN, ENOSPC, ERANGE } from "../../abi/errno.ts";
import { IPC_NOWAIT, IPC_PRIVATE, SEM_UNDO, type Sembuf } from "../../abi/linux-ipc.ts";
import { expect, expectEqual, test } from "../../compiler/std/testing.ts";
import {
  type IpcSlot,
  type IpcTable,
  ipcIndex,
  ipcTableAdd,
  ipcTableAt,
  ipcTableFind,
  ipcTableHighest,
  ipcTableMove,
  ipcTableOfKey,
  ipcTableRemove,
  ipcTableWantsCapacity,
} from "../core/ipc-table.ts";
import {
  SEMAPHORE_WAITS,
  type Semaphore,
  type SemaphoreTry,
  semaphoreAdjust,
  semaphoresTry,
} from "../core/semaphore-values.ts";

const LIMIT = 150;
const table: IpcTable = zeroed();
const first: FixedArray<IpcSlot, 64> = zeroed();
const second: FixedArray<IpcSlot, 128> = zeroed();
const third: FixedArray<IpcSlot, 256> = zeroed();

/** Gives the table the memory that it wants. */
function grow(): void {
  switch (ipcTableWantsCapacity(table)) {
    case 0:
      return;
    case 64:
      void ipcTableMove(table, elements(first), 64);
      return;
    case 128:
      void ipcTableMove(table, elements(second), 128);
      return;
    default:
      void ipcTableMove(table, elements(third), 256);
      return;
  }
}

function add(key: i32, object: u64): i64 {
  grow();
  return ipcTableAdd(table, key, VirtAddr(object));
}

function numbers(): void {
  table.limit = LIMIT;
  expectEqual(add(IPC_PRIVATE, 100n), 0n);
  expectEqual(add(77, 101n), 1n);
  expect(ipcTableFind(table, 1)!.object === 101n, "by its number");
  expect(ipcTableFind(table, 0x8001) === null, "another round");
  expect(ipcTableFind(table, -1) === null, "no number");
  expect(ipcTableFind(table, 2) === null, "a free slot");
  ipcTableRemove(table, 1);
  expect(ipcTableFind(table, 1) === null && ipcTableOfKey(table, 77) === null, "removed");
  expectEqual(add(77, 102n), 2n);
  for (let i: u32 = 3; i < 64; i++) {
    const id = i32(add(IPC_PRIVATE, 200n));
    expect(ipcIndex(id) === i, "slots in turn");
    ipcTableRemove(table, id);
  }
  expectEqual(add(IPC_PRIVATE, 103n), 0x8001n);
  expect(ipcTableFind(table, 0x8001)!.object === 103n && ipcTableFind(table, 1) === null, "the next round");
}

function many(): void {
  while (table.count < LIMIT) {
    expect(add(1000 + i32(table.count), 1000n + u64(table.count)) > 0n, "there is room");
  }
  expectEqual(ipcTableAdd(table, 5, VirtAddr(1n)), i64(-ENOSPC));
  for (let i: u32 = 3; i < LIMIT; i++) {
    expect(ipcTableOfKey(table, 1000 + i32(i))!.object === VirtAddr(1000n + u64(i)), "found by its key");
  }
  expect(ipcTableOfKey(table, 77)!.object === 102n, "an old one, too");
  const highest = ipcTableHighest(table);
  expect(ipcTableAt(table, highest) !== null && ipcTableAt(table, highest + 1) === null, "the highest");
}

const values: FixedArray<Semaphore, 3> = zeroed();
const adjustments: FixedArray<i16, 3> = zeroed();
const wish: SemaphoreTry = zeroed();
const operations: FixedArray<Sembuf, 4> = zeroed();

/** Tries up to three operations, on semaphores 0, 1 and 0 again. */
function tryThree(a: i16, b: i16, c: i16, flags: u32): i64 {
  operations[0] = { sem_num: 0, sem_op: a, sem_flg: u16(flags) };
  operations[1] = { sem_num: 1, sem_op: b, sem_flg: u16(flags) };
  operations[2] = { sem_num: 0, sem_op: c, sem_flg: u16(flags) };
  wish.values = elements(values);
  wish.adjustments = elements(adjustments);
  wish.operations = sliceOf(elements(operations), 3n);
  wish.pid = 9;
  return semaphoresTry(wish);
}

function allOrNothing(): void {
  expectEqual(tryThree(3, 1, -1, 0), 0n);
  expect(values[0].value === 2 && values[1].value === 1 && values[0].pid === 9 && values[2].pid === 0, "done");
  expectEqual(tryThree(1, 1, -4, 0), SEMAPHORE_WAITS);
  expect(values[0].value === 2 && values[1].value === 1 && wish.blocking === 2, "taken back");
  expectEqual(tryThree(1, 0, -1, IPC_NOWAIT), i64(-EAGAIN));
  expect(values[0].value === 2 && wish.blocking === 1, "zero is waited for");
  expectEqual(tryThree(-2, -1, 0, 0), 0n);
  expectEqual(tryThree(32767, 1, 1, 0), i64(-ERANGE));
  expect(values[0].value === 0 && values[1].value === 0, "taken back, too");
}

function undo(): void {
  expectEqual(tryThree(5, 7, -1, SEM_UNDO), 0n);
  expect(adjustments[0] === -4 && adjustments[1] === -7, "what is to be taken back");
  expectEqual(tryThree(1, 1, -9, SEM_UNDO), SEMAPHORE_WAITS);
  expect(adjustments[0] === -4 && adjustments[1] === -7, "as it was");
  adjustments[1] = -32768;
  expectEqual(tryThree(1, 1, 1, SEM_UNDO), i64(-ERANGE));
  expect(adjustments[0] === -4 && adjustments[1] === -32768 && values[0].value === 4, "out of range");
  semaphoreAdjust(values[0], -9, 3);
  expect(values[0].value === 0 && values[0].pid === 3, "not below zero");
  semaphoreAdjust(values[0], 32767, 3);
  semaphoreAdjust(values[0], 5, 3);
  expect(values[0].value === 32767, "not above the highest");
}

export function testIpc(): void {
  test("identifiers: slots in turn, rounds are counted", numbers);
  test("identifiers: many, found by their keys", many);
  test("semaphores: all operations or none", allOrNothing);
  test("semaphores: what the end of a process takes back", undo);
}
