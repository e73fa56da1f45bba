/** eventfd(2): a counter that writes add to and reads take from. */

import { EAGAIN, EFAULT, EINVAL, ERESTARTSYS } from "../../abi/errno.ts";
import { O_RDWR, POLLERR, POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM, type Stat } from "../../abi/linux-files.ts";
import { heapAllocZeroed, heapFree } from "../../kernel/mm/heap.ts";
import { lockAcquire, type SpinLock } from "../../kernel/sync/spin-lock.ts";
import { type WaitQueue, waitWakeAll } from "../../kernel/sync/wait-queue.ts";
import { anonymousObjectStatus, anonymousSeek } from "./anonymous.ts";
import { type File, type FileOperations, fileCreate, fileIsNonblocking, fileObject } from "./file.ts";
import { type PollTable, pollAdd } from "./poll-table.ts";
import { type Transfer, transferPut, transferTake } from "./transfer.ts";
import { waitWhile } from "./wait.ts";

const VALUE_BYTES = 8n;
/** The highest value that writes can reach. */
const MOST = u64.MAX - 1n;
const READABLE = POLLIN | POLLRDNORM;
const WRITABLE = POLLOUT | POLLWRNORM;

class EventCounter {
  lock!: SpinLock;
  value!: u64;
  isSemaphore!: bool;
  queue!: WaitQueue;
}

/** A description of a new counter; null: no memory. */
export function eventfdCreate(value: u64, isSemaphore: bool, flags: u32): Ptr<File> | null {
  const memory = heapAllocZeroed(u64(sizeOf<EventCounter>()));
  if (memory === null) {
    return null;
  }
  // SAFETY: fresh zeroed memory of the size.
  const counter = castPtr<EventCounter>(memory);
  counter.value = value;
  counter.isSemaphore = isSemaphore;
  const file = fileCreate(EVENTFD_OPERATIONS, virtAddr(counter), O_RDWR | flags);
  if (file === null) {
    heapFree(memory);
  }
  return file;
}

function isZero(address: VirtAddr): bool {
  return pointerAt<EventCounter>(address).value === 0n;
}

/** 0n: there is nothing to take. */
function take(counter: Ptr<EventCounter>): u64 {
  using _guard = lockAcquire(counter.lock);
  const taken: u64 = counter.value === 0n ? 0n : counter.isSemaphore ? 1n : counter.value;
  counter.value -= taken;
  return taken;
}

function eventfdRead(file: File, transfer: Transfer, _position: Ptr<u64>): i64 {
  if (transfer.left < VALUE_BYTES) {
    return i64(-EINVAL);
  }
  const counter = fileObject<EventCounter>(file);
  let value = take(counter);
  while (value === 0n) {
    if (fileIsNonblocking(file)) {
      return i64(-EAGAIN);
    }
    if (!waitWhile(counter.queue, isZero, virtAddr(counter), READABLE)) {
      return i64(-ERESTARTSYS);
    }
    value = take(counter);
  }
  waitWakeAll(counter.queue, WRITABLE);
  // SAFETY: eight bytes of a local.
  return transferPut(transfer, castPtr<u8>(addressOf(value)), VALUE_BYTES) === VALUE_BYTES ? 8n : i64(-EFAULT);
}

class PendingWrite {
  counter!: Ptr<EventCounter>;
  value!: u64;
}

function isTooMuch(address: VirtAddr): bool {
  const pending = pointerAt<PendingWrite>(address);
  return MOST - pending.counter.value < pending.value;
}

function add(counter: Ptr<EventCounter>, value: u64): bool {
  using _guard = lockAcquire(counter.lock);
  if (MOST - counter.value < value) {
    return false;
  }
  counter.value += value;
  return true;
}

export function fileIsEventfd(file: File): bool {
  return virtAddr(file.operations) === virtAddr(EVENTFD_OPERATIONS);
}

/** Adds without waiting, as far as the counter goes: for whoever tells by it that something is done. */
export function eventfdAdd(file: File, value: u64): void {
  const counter = fileObject<EventCounter>(file);
  if (add(counter, value)) {
    waitWakeAll(counter.queue, READABLE);
  }
}

function eventfdWrite(file: File, transfer: Transfer, _position: Ptr<u64>): i64 {
  let value: u64 = 0n;
  if (transfer.left < VALUE_BYTES) {
    return i64(-EINVAL);
  }
  if (transferTake(transfer, castPtr<u8>(addressOf(value)), VALUE_BYTES) < VALUE_BYTES) {
    return i64(-EFAULT);
  }
  if (value === u64.MAX) {
    return i64(-EINVAL);
  }
  const counter = fileObject<EventCounter>(file);
  const pending: PendingWrite = { counter, value };
  while (!add(counter, value)) {
    if (fileIsNonblocking(file)) {
      return i64(-EAGAIN);
    }
    if (!waitWhile(counter.queue, isTooMuch, virtAddr(pending), WRITABLE)) {
      return i64(-ERESTARTSYS);
    }
  }
  waitWakeAll(counter.queue, READABLE);
  return 8n;
}

function eventfdPoll(file: File, table: Ptr<PollTable> | null): u32 {
  const counter = fileObject<EventCounter>(file);
  pollAdd(table, counter.queue);
  const value = counter.value;
  let ready: u32 = value > 0n ? READABLE : 0;
  ready |= value === u64.MAX ? POLLERR : 0;
  return ready | (value < MOST ? WRITABLE : 0);
}

function eventfdStatus(_file: File, stat: Stat): i64 {
  return anonymousObjectStatus(stat);
}

function eventfdRelease(file: File): void {
  heapFree(fileObject<u8>(file));
}

const EVENTFD_OPERATIONS: FileOperations = {
  name: "anon_inode:[eventfd]",
  read: eventfdRead,
  write: eventfdWrite,
  poll: eventfdPoll,
  control: null,
  status: eventfdStatus,
  list: null,
  seek: anonymousSeek,
  release: eventfdRelease,
  isPositioned: false,
};
