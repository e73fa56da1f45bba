/**
 * Identifiers of System V objects: each kind has a table from identifiers and keys to objects.
 *
 *     identifier    sequence << 15 | index of the slot
 *
 * As in ipc/util.c of Linux, slots are given out in turn, and the sequence counts the rounds, so an identifier of something that was removed
 * is not soon that of something else. Memory comes from the caller, who also holds the table's lock.
 */

import { ENOSPC } from "../../abi/errno.ts";
import { IPC_PRIVATE } from "../../abi/linux-ipc.ts";

const INDEX_BITS = 15;
const INDEX_MASK = 0x7fff;
const SEQUENCE_LIMIT = 0x1_0000;
const HEAD_COUNT = 64;
const FIRST_CAPACITY = 64;
const NOWHERE = u32.MAX;

export class IpcSlot {
  /** The address of the object; 0n: free. */
  object!: VirtAddr;
  key!: i32;
  sequence!: u32;
  /** The next one whose key has the same hash. */
  next!: u32;
}

/** All zero, but for `limit`, is empty. */
export class IpcTable {
  slots!: Ptr<IpcSlot> | null;
  capacity!: u32;
  count!: u32;
  /** How many objects there may be. */
  limit!: u32;
  sequence!: u32;
  /** Where the search for a free slot begins. */
  next!: u32;
  /** By key; one more than the index of the first. */
  heads!: FixedArray<u32, 64>;
}

function headOf(key: i32): u32 {
  const mixed = u32.wrap(key) * 0x9e37_79b1;
  return (mixed >> 16) % HEAD_COUNT;
}

/** How many slots the table should be given before the next object is added; 0: it has enough. */
export function ipcTableWantsCapacity(table: IpcTable): u32 {
  if (table.capacity === 0) {
    return FIRST_CAPACITY;
  }
  // Some stay free, so that slots are not used again at once.
  if (table.count + table.count / 2 < table.capacity || table.capacity > table.limit) {
    return 0;
  }
  return table.capacity * 2;
}

/** Moves the table to larger memory, all zero; the memory before, for the caller to free. */
export function ipcTableMove(table: IpcTable, slots: Ptr<IpcSlot>, capacity: u32): Ptr<IpcSlot> | null {
  const before = table.slots;
  if (before !== null) {
    copyBytes(castPtr<u8>(slots), castPtr<u8>(before), u64(table.capacity) * u64(sizeOf<IpcSlot>()));
  }
  table.slots = slots;
  table.capacity = capacity;
  return before;
}

/** Enters an object: its identifier, or -ENOSPC. */
export function ipcTableAdd(table: IpcTable, key: i32, object: VirtAddr): i64 {
  if (table.count >= table.limit || table.count >= table.capacity) {
    return i64(-ENOSPC);
  }
  let index = table.next;
  for (;;) {
    if (index >= table.capacity) {
      index = 0;
      table.sequence = (table.sequence + 1) % SEQUENCE_LIMIT;
    }
    if (table.slots![index].object === 0n) {
      break;
    }
    index++;
  }
  table.next = index + 1;
  table.count++;
  const slot = table.slots!.add(index);
  slot.object = object;
  slot.key = key;
  slot.sequence = table.sequence;
  slot.next = NOWHERE;
  if (key !== IPC_PRIVATE) {
    const head = headOf(key);
    slot.next = table.heads[head] === 0 ? NOWHERE : table.heads[head] - 1;
    table.heads[head] = index + 1;
  }
  return i64((table.sequence << INDEX_BITS) | index);
}

/** The slot of an index in use; null: none. */
export function ipcTableAt(table: IpcTable, index: u32): Ptr<IpcSlot> | null {
  if (index >= table.capacity || table.slots === null) {
    return null;
  }
  const slot = table.slots.add(index);
  return slot.object === 0n ? null : slot;
}

/** The slot of an identifier; null: there is no such object, or not any more. */
export function ipcTableFind(table: IpcTable, id: i32): Ptr<IpcSlot> | null {
  const number = u32.wrap(id);
  const slot = id < 0 ? null : ipcTableAt(table, ipcIndex(id));
  return slot !== null && slot.sequence === number >> INDEX_BITS ? slot : null;
}

/** Where an identifier's slot is: what SEM_STAT and MSG_STAT look at. */
export function ipcIndex(id: i32): u32 {
  return u32.wrap(id) & INDEX_MASK;
}

export function ipcSequence(id: i32): u32 {
  return u32.wrap(id) >> INDEX_BITS;
}

/** The slot of the object with a key, which is not IPC_PRIVATE. */
export function ipcTableOfKey(table: IpcTable, key: i32): Ptr<IpcSlot> | null {
  let place = table.heads[headOf(key)];
  while (place !== 0) {
    const slot = table.slots!.add(place - 1);
    if (slot.key === key) {
      return slot;
    }
    place = slot.next === NOWHERE ? 0 : slot.next + 1;
  }
  return null;
}

/** Takes an object out, which the caller has found. */
export function ipcTableRemove(table: IpcTable, id: i32): void {
  const index = ipcIndex(id);
  const slot = table.slots!.add(index);
  if (slot.key !== IPC_PRIVATE) {
    unlinkKey(table, slot, index);
  }
  slot.object = 0n;
  table.count--;
}

function unlinkKey(table: IpcTable, slot: Ptr<IpcSlot>, index: u32): void {
  const head = headOf(slot.key);
  const after: u32 = slot.next === NOWHERE ? 0 : slot.next + 1;
  let place = table.heads[head];
  if (place === index + 1) {
    table.heads[head] = after;
    return;
  }
  while (place !== 0) {
    const before = table.slots!.add(place - 1);
    if (before.next === index) {
      before.next = slot.next;
      return;
    }
    place = before.next === NOWHERE ? 0 : before.next + 1;
  }
}

/** The highest index in use, as IPC_INFO answers it; 0, too, if there is none. */
export function ipcTableHighest(table: IpcTable): u32 {
  for (let index = table.capacity; index > 0; index--) {
    if (ipcTableAt(table, index - 1) !== null) {
      return index - 1;
    }
  }
  return 0;
}
