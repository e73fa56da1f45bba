/**
 * Moving bytes between a pipe and something else, or another pipe, without the application's memory in between: what splice(2) and tee(2) do
 * with linux/fs/pipe.ts.
 *
 * What leaves a pipe leaves it only after it has arrived: the pipe's lock is held for as long as the other side takes. Of two pipes the one at
 * the lower address is locked first. Each call waits until it can move something and then moves what it can at once.
 */

import { EAGAIN, ENOMEM, EPIPE, ERESTARTSYS } from "../../abi/errno.ts";
import { POLLERR, POLLHUP, POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from "../../abi/linux-files.ts";
import { heapAlloc, heapFree } from "../../kernel/mm/heap.ts";
import { mutexAcquire, mutexRelease } from "../../kernel/sync/mutex.ts";
import { waitWakeAll } from "../../kernel/sync/wait-queue.ts";
import { signalBrokenPipe } from "../signal-send.ts";
import {
  PIPE_PAGE_BYTES,
  type PipeRing,
  type PipeSlot,
  ringConsume,
  ringFirst,
  ringIsEmpty,
  ringIsFull,
  ringPage,
  ringPush,
  ringUsed,
} from "./core/pipe-ring.ts";
import type { File } from "./file.ts";
import { fileRead, fileReadAt, fileWrite, fileWriteAt } from "./io.ts";
import { isDry, isStuffed, type Pipe, pageAlloc, pageFree } from "./pipe.ts";
import { type Transfer, transferSetKernel } from "./transfer.ts";
import { waitWhile } from "./wait.ts";

const READABLE = POLLIN | POLLRDNORM;
const WRITABLE = POLLOUT | POLLWRNORM;
/** One call moves at most so much from a file into a pipe. */
const BUFFER_BYTES = 0x1_0000n;
/** No offset: the description's own position. */
export const SPLICE_OWN = -1n;
const END = 1n;

/** The other side, which is no pipe. */
export class SpliceFile {
  file!: Ptr<File>;
  /** Where in the file, which a call advances; SPLICE_OWN. */
  offset!: i64;
}

/** Until the pipe has bytes: 0, END (nobody writes any more), -EAGAIN or -ERESTARTSYS. */
function waitForBytes(pipe: Ptr<Pipe>, isNonblocking: bool): i64 {
  if (!ringIsEmpty(pipe.ring)) {
    return 0n;
  }
  if (pipe.writers === 0) {
    return END;
  }
  if (isNonblocking) {
    return i64(-EAGAIN);
  }
  return waitWhile(pipe.readQueue, isDry, virtAddr(pipe), READABLE | POLLHUP) ? 0n : i64(-ERESTARTSYS);
}

/** Until the pipe has a free slot: 0, -EPIPE, -EAGAIN or -ERESTARTSYS. */
export function pipeWaitForRoom(pipe: Ptr<Pipe>, isNonblocking: bool): i64 {
  for (;;) {
    if (pipe.readers === 0) {
      signalBrokenPipe();
      return i64(-EPIPE);
    }
    if (!ringIsFull(pipe.ring)) {
      return 0n;
    }
    if (isNonblocking) {
      return i64(-EAGAIN);
    }
    if (!waitWhile(pipe.writeQueue, isStuffed, virtAddr(pipe), WRITABLE | POLLERR)) {
      return i64(-ERESTARTSYS);
    }
  }
}

/** Bytes that fit into the free slots. */
export function pipeRoom(pipe: Ptr<Pipe>): u64 {
  return u64(pipe.ring.slotCount - ringUsed(pipe.ring)) * u64(PIPE_PAGE_BYTES);
}

/** Moves up to `bytes` out of the pipe: how many, 0 at its end, or a negative errno. */
export function pipeToFile(pipe: Ptr<Pipe>, to: SpliceFile, bytes: u64, isNonblocking: bool): i64 {
  for (;;) {
    const waited = waitForBytes(pipe, isNonblocking);
    if (waited !== 0n) {
      return waited === END ? 0n : waited;
    }
    void mutexAcquire(pipe.lock);
    const isEmpty = ringIsEmpty(pipe.ring);
    const result = isEmpty ? 0n : sendSlots(pipe.ring, to, bytes);
    mutexRelease(pipe.lock);
    // Another reader may have been faster.
    if (!isEmpty) {
      waitWakeAll(pipe.writeQueue, WRITABLE);
      return result;
    }
  }
}

function sendSlots(ring: PipeRing, to: SpliceFile, bytes: u64): i64 {
  const transfer: Transfer = zeroed();
  let done: u64 = 0n;
  while (done < bytes && !ringIsEmpty(ring)) {
    const slot = ringFirst(ring);
    const left = bytes - done;
    const part: u64 = u64(slot.bytes) < left ? u64(slot.bytes) : left;
    transferSetKernel(transfer, sliceOf(slot.page!.add(slot.offset), part));
    const put = to.offset === SPLICE_OWN ? fileWrite(to.file, transfer) : fileWriteAt(to.file, transfer, to.offset);
    if (put <= 0n) {
      return done > 0n ? i64(done) : put;
    }
    ringConsume(ring, u32(put), pageFree);
    done += u64(put);
    to.offset += to.offset === SPLICE_OWN ? 0n : put;
    if (u64(put) < part) {
      break;
    }
  }
  return i64(done);
}

/** Moves up to `bytes`, and what fits, into the pipe that `to` writes: how many, 0 at the file's end, or a negative errno. */
export function fileToPipe(from: SpliceFile, to: Ptr<File>, pipe: Ptr<Pipe>, bytes: u64, isNonblocking: bool): i64 {
  const waited = pipeWaitForRoom(pipe, isNonblocking);
  if (waited !== 0n) {
    return waited;
  }
  const room = pipeRoom(pipe);
  let most: u64 = bytes < room ? bytes : room;
  most = most < BUFFER_BYTES ? most : BUFFER_BYTES;
  const buffer = heapAlloc(most);
  if (buffer === null) {
    return i64(-ENOMEM);
  }
  const transfer: Transfer = zeroed();
  transferSetKernel(transfer, sliceOf(buffer, most));
  let result =
    from.offset === SPLICE_OWN ? fileRead(from.file, transfer) : fileReadAt(from.file, transfer, from.offset);
  if (result > 0n) {
    from.offset += from.offset === SPLICE_OWN ? 0n : result;
    transferSetKernel(transfer, sliceOf(buffer, u64(result)));
    // Where others have filled the pipe meanwhile this waits until they have read it: what was read must arrive.
    result = fileWrite(to, transfer);
  }
  heapFree(buffer);
  return result;
}

/** From one pipe into another, which is not the same one; `isCopy` leaves the bytes where they are, too. As pipeToFile. */
export function pipeToPipe(from: Ptr<Pipe>, to: Ptr<Pipe>, bytes: u64, isNonblocking: bool, isCopy: bool): i64 {
  for (;;) {
    const filled = waitForBytes(from, isNonblocking);
    if (filled !== 0n) {
      return filled === END ? 0n : filled;
    }
    const roomy = pipeWaitForRoom(to, isNonblocking);
    if (roomy !== 0n) {
      return roomy;
    }
    const result = moveSlots(from, to, bytes, isCopy);
    if (result !== 0n) {
      return result;
    }
  }
}

/** How many bytes could be moved: 0n if the pipes have changed since they were looked at. */
function moveSlots(from: Ptr<Pipe>, to: Ptr<Pipe>, bytes: u64, isCopy: bool): i64 {
  const isOrdered = virtAddr(from) < virtAddr(to);
  void mutexAcquire(isOrdered ? from.lock : to.lock);
  void mutexAcquire(isOrdered ? to.lock : from.lock);
  const result = isCopy ? copySlots(from.ring, to.ring, bytes) : takeSlots(from.ring, to.ring, bytes);
  mutexRelease(from.lock);
  mutexRelease(to.lock);
  if (result > 0n) {
    waitWakeAll(to.readQueue, READABLE);
    waitWakeAll(from.writeQueue, WRITABLE);
  }
  return result;
}

function takeSlots(from: PipeRing, to: PipeRing, bytes: u64): i64 {
  let done: u64 = 0n;
  while (done < bytes && !ringIsEmpty(from) && !ringIsFull(to)) {
    const part = pushCopy(to, ringFirst(from), bytes - done);
    if (part === 0) {
      return done > 0n ? i64(done) : i64(-ENOMEM);
    }
    ringConsume(from, part, pageFree);
    done += u64(part);
  }
  return i64(done);
}

function copySlots(from: PipeRing, to: PipeRing, bytes: u64): i64 {
  let done: u64 = 0n;
  for (let index: u32 = 0; index < ringUsed(from) && done < bytes && !ringIsFull(to); index++) {
    const slot = from.slots.add((from.head + index) & (from.slotCount - 1));
    const part = pushCopy(to, slot, bytes - done);
    if (part === 0) {
      return done > 0n ? i64(done) : i64(-ENOMEM);
    }
    done += u64(part);
  }
  return i64(done);
}

/** Appends up to `most` bytes of a slot as one of its own; how many, 0 without memory. */
function pushCopy(to: PipeRing, slot: Ptr<PipeSlot>, most: u64): u32 {
  const page = ringPage(to, pageAlloc);
  if (page === null) {
    return 0;
  }
  const part: u32 = u64(slot.bytes) < most ? slot.bytes : u32(most);
  copyBytes(page, slot.page!.add(slot.offset), u64(part));
  ringPush(to, part, slot.isPacket);
  return part;
}
