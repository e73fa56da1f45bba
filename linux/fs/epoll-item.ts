/**
 * What an epoll instance keeps of each descriptor that it watches, and the table in which it finds them.
 *
 * An item is keyed by descriptor number and description, as on Linux: a number that is closed and taken again is another item.
 */

import { heapAllocZeroed, heapFree } from "../../kernel/mm/heap.ts";
import type { Waiter, WaitQueue } from "../../kernel/sync/wait-queue.ts";
import type { ReadyNode } from "./core/ready-list.ts";
import type { Epoll } from "./epoll.ts";
import type { File } from "./file.ts";

const FIRST_BUCKETS = 16;

/** The item's place in one wait queue of the file. */
export class ItemWaiter {
  /** First, because wake-ups name it. */
  waiter!: Waiter;
  item!: Ptr<EpollItem> | null;
  queue!: Ptr<WaitQueue> | null;
}

export class EpollItem {
  /** First, because the ready list links items by it. */
  ready!: ReadyNode;
  epoll!: Ptr<Epoll>;
  /** Without a reference: the description's last reference removes the item. */
  file!: Ptr<File>;
  fd!: i32;
  events!: u32;
  data!: u64;
  waiters!: FixedArray<ItemWaiter, 2>;
  waiterCount!: u32;
  nextInBucket!: Ptr<EpollItem> | null;
  nextWatcher!: Ptr<EpollItem> | null;
}

export class ItemBucket {
  first!: Ptr<EpollItem> | null;
}

/** A hash table with chains; all zero is empty. */
export class ItemTable {
  buckets!: Ptr<ItemBucket> | null;
  bucketCount!: u32;
  count!: u32;
}

function bucketOf(table: ItemTable, fd: i32): Ptr<ItemBucket> {
  return table.buckets!.add(u32(fd) & (table.bucketCount - 1));
}

export function itemFind(table: ItemTable, fd: i32, file: Ptr<File>): Ptr<EpollItem> | null {
  let item = table.bucketCount === 0 ? null : bucketOf(table, fd).first;
  while (item !== null && (item.fd !== fd || virtAddr(item.file) !== virtAddr(file))) {
    item = item.nextInBucket;
  }
  return item;
}

/** Enters an item; false if there is no memory for the table. */
export function itemInsert(table: ItemTable, item: Ptr<EpollItem>): bool {
  if (table.count >= table.bucketCount * 2 && !grow(table) && table.bucketCount === 0) {
    return false;
  }
  const bucket = bucketOf(table, item.fd);
  item.nextInBucket = bucket.first;
  bucket.first = item;
  table.count++;
  return true;
}

function grow(table: ItemTable): bool {
  const count: u32 = table.bucketCount === 0 ? FIRST_BUCKETS : table.bucketCount * 2;
  const memory = heapAllocZeroed(u64(count) * u64(sizeOf<ItemBucket>()));
  if (memory === null) {
    return false;
  }
  const before = table.buckets;
  const beforeCount = table.bucketCount;
  // SAFETY: fresh zeroed memory for that many buckets.
  table.buckets = castPtr<ItemBucket>(memory);
  table.bucketCount = count;
  for (let index: u32 = 0; before !== null && index < beforeCount; index++) {
    let item = before[index].first;
    while (item !== null) {
      const next = item.nextInBucket;
      const bucket = bucketOf(table, item.fd);
      item.nextInBucket = bucket.first;
      bucket.first = item;
      item = next;
    }
  }
  if (before !== null) {
    heapFree(castPtr<u8>(before));
  }
  return true;
}

export function itemRemove(table: ItemTable, item: Ptr<EpollItem>): void {
  const bucket = bucketOf(table, item.fd);
  let at0 = bucket.first;
  if (at0 !== null && virtAddr(at0) === virtAddr(item)) {
    bucket.first = item.nextInBucket;
    table.count--;
    return;
  }
  while (at0 !== null) {
    const next = at0.nextInBucket;
    if (next !== null && virtAddr(next) === virtAddr(item)) {
      at0.nextInBucket = item.nextInBucket;
      table.count--;
      return;
    }
    at0 = next;
  }
}

/** Any item of the table; null if it is empty. */
export function itemAny(table: ItemTable): Ptr<EpollItem> | null {
  for (let index: u32 = 0; index < table.bucketCount; index++) {
    const first = table.buckets![index].first;
    if (first !== null) {
      return first;
    }
  }
  return null;
}

staticAssert(offsetOf<EpollItem>("ready") === 0, "a ReadyNode's address is its item's");
staticAssert(offsetOf<ItemWaiter>("waiter") === 0, "a Waiter's address is its ItemWaiter's");
