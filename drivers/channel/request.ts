/**
 * Requests on the channel, for threads: each takes a slot, sends its frame, blocks until it is answered. And copies from and to the application's
 * memory that they read and write: a device never sees that.
 */

import type { FrameKind } from "../../abi/channel.ts";
import { EFAULT, ENOSPC } from "../../abi/errno.ts";
import { APP_LIMIT, PAGE_SIZE } from "../../abi/memory-map.ts";
import { userRead, userWrite } from "../../kernel/mm/user-access.ts";
import { currentThread, threadBlock, threadWake } from "../../kernel/sched/scheduler.ts";
import { type Waiter, type WaitQueue, waitBegin, waitEnd, waitWakeAll } from "../../kernel/sync/wait-queue.ts";
import { engineDrain, engineIsDone, engineRelease, engineSend, engineTakeSlot } from "./engine.ts";
import type { Slot } from "./slots.ts";

/** Threads that wait for a slot or for descriptors. */
const progress: WaitQueue = zeroed();

/** A slot or descriptors have become free. */
export function requestProgress(): void {
  waitWakeAll(progress);
}

/** A slot for a frame; waits for one if all are in use. */
export function requestAcquire(kind: FrameKind, stream: u16, argument: i32): Slot {
  let slot = engineTakeSlot(kind, stream, argument);
  if (slot !== null) return slot;
  const waiter: Waiter = zeroed();
  waitBegin(progress, waiter);
  slot = engineTakeSlot(kind, stream, argument);
  while (slot === null) {
    threadBlock();
    engineDrain();
    slot = engineTakeSlot(kind, stream, argument);
  }
  waitEnd(progress, waiter);
  return slot;
}

/** Sends the slot's frame, waiting for room: 0 or a negative errno. */
export function requestSend(slot: Slot, payload: Slice<u8>): i64 {
  let result = engineSend(slot, payload);
  if (result === i64(-ENOSPC)) {
    const waiter: Waiter = zeroed();
    waitBegin(progress, waiter);
    result = engineSend(slot, payload);
    while (result === i64(-ENOSPC)) {
      threadBlock();
      engineDrain();
      result = engineSend(slot, payload);
    }
    waitEnd(progress, waiter);
  }
  if (result === 0n) engineDrain();
  return result;
}

/** Sends the slot's frame, waits for the answer and gives the slot back: what was answered, or why it could not be sent. The payload is the kernel's. */
export function requestFinish(slot: Slot, payload: Slice<u8>): i64 {
  slot.waiter = currentThread();
  const result = requestSend(slot, payload);
  if (result === 0n && !engineIsDone(slot)) {
    while (!engineIsDone(slot)) threadBlock();
    // The thread may stand in other queues, too: what woke it there meanwhile must not be lost.
    threadWake(currentThread());
  }
  const answer = engineRelease(slot);
  requestProgress();
  return result < 0n ? result : answer;
}

/** Copies a small buffer of the application or of the kernel: 0 or -EFAULT. */
export function copyIn(destination: Ptr<u8>, bytes: Slice<u8>): i64 {
  if (virtAddr(bytes.data) < APP_LIMIT) return userRead(destination, virtAddr(bytes.data), bytes.length);
  copyBytes(destination, bytes.data, bytes.length);
  return 0n;
}

/** Copies into a buffer of the application or of the kernel: 0 or -EFAULT. */
export function copyOut(buffer: Slice<u8>, source: Ptr<u8>, bytes: u64): i64 {
  if (virtAddr(buffer.data) < APP_LIMIT) return userWrite(virtAddr(buffer.data), source, bytes);
  copyBytes(buffer.data, source, bytes);
  return 0n;
}

/** Makes every page of an application's buffer present, and sees that it may be written if it must: 0 or -EFAULT. Kernel memory is. */
export function touchPages(bytes: Slice<u8>, isWritten: bool): i64 {
  let address = virtAddr(bytes.data);
  if (bytes.length === 0n || address >= APP_LIMIT) return 0n;
  const end = address + bytes.length;
  if (end < address) return i64(-EFAULT);
  let byte: u8 = 0;
  while (address < end) {
    if (userRead(addressOf(byte), address, 1n) < 0n) return i64(-EFAULT);
    if (isWritten && userWrite(address, addressOf(byte), 1n) < 0n) return i64(-EFAULT);
    address = VirtAddr((u64(address) & ~(PAGE_SIZE - 1n)) + PAGE_SIZE);
  }
  return 0n;
}
