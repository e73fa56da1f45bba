/**
 * Pipes: a ring of pages (core/pipe-ring.ts) between two open file descriptions.
 *
 * One mutex guards ring and counts, since bytes are copied to and from application memory while it is held. Readers and writers wait in
 * queues of their own. A named pipe (mkfifo) is the same object with several openings of each kind.
 */

import { EAGAIN, EBUSY, EFAULT, EINVAL, ENOMEM, ENOTTY, EPERM, EPIPE, ERESTARTSYS } from "../../abi/errno.ts";
import {
  O_DIRECT,
  O_NONBLOCK,
  O_RDONLY,
  O_WRONLY,
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLOUT,
  POLLRDNORM,
  POLLWRNORM,
  S_IFIFO,
  type Stat,
} from "../../abi/linux-files.ts";
import { CAP_SYS_RESOURCE } from "../../abi/linux-process.ts";
import { FIONREAD } from "../../abi/linux-terminal.ts";
import { frameAlloc, frameFree } from "../../kernel/mm/frames.ts";
import { heapAlloc, heapAllocZeroed, heapFree } from "../../kernel/mm/heap.ts";
import { directMap, physOf } from "../../kernel/mm/page-table.ts";
import { userWrite } from "../../kernel/mm/user-access.ts";
import { type Mutex, mutexAcquire, mutexRelease } from "../../kernel/sync/mutex.ts";
import { type WaitQueue, waitWakeAll } from "../../kernel/sync/wait-queue.ts";
import { isCapable } from "../capabilities.ts";
import { signalBrokenPipe } from "../signal-send.ts";
import { AnonymousDevice, anonymousNumber, anonymousStatus } from "./anonymous.ts";
import {
  PIPE_PAGE_BYTES,
  type PipeRing,
  type PipeSlot,
  ringClear,
  ringConsume,
  ringFirst,
  ringIsEmpty,
  ringIsFull,
  ringMerged,
  ringMergePlace,
  ringPage,
  ringPush,
  ringResize,
  ringUsed,
} from "./core/pipe-ring.ts";
import {
  type File,
  type FileOperations,
  fileCreate,
  fileFlags,
  fileIsNonblocking,
  fileObject,
  filePut,
} from "./file.ts";
import { type PollTable, pollAdd } from "./poll-table.ts";
import { type Transfer, transferPut, transferTake } from "./transfer.ts";
import { waitWhile } from "./wait.ts";

const DEFAULT_SLOTS = 16;
/** /proc/sys/fs/pipe-max-size: what an ordinary user may ask for. */
export const PIPE_MAX_BYTES = 1_048_576n;
const MOST_SLOTS = 262_144n;

const READABLE = POLLIN | POLLRDNORM;
const WRITABLE = POLLOUT | POLLWRNORM;

export class Pipe {
  lock!: Mutex;
  ring!: PipeRing;
  /** Openings for reading and for writing, and of either kind ever: what opening a FIFO waits for. */
  readers!: u32;
  writers!: u32;
  readersEver!: u32;
  writersEver!: u32;
  /** Descriptions, and the inode of a FIFO, that keep the pipe. */
  keepers!: u32;
  number!: u64;
  readQueue!: WaitQueue;
  writeQueue!: WaitQueue;
}

export function pageAlloc(): Ptr<u8> | null {
  const frame = frameAlloc();
  return frame === 0n ? null : directMap(frame);
}

export function pageFree(page: Ptr<u8>): void {
  frameFree(physOf(page));
}

/** An empty pipe that nobody has opened; null: no memory. */
export function pipeCreate(): Ptr<Pipe> | null {
  const memory = heapAllocZeroed(u64(sizeOf<Pipe>()));
  const slots = heapAllocZeroed(u64(sizeOf<PipeSlot>() * DEFAULT_SLOTS));
  if (memory === null || slots === null) {
    freeBoth(memory, slots);
    return null;
  }
  // SAFETY: fresh zeroed memory of these sizes.
  const pipe = castPtr<Pipe>(memory);
  pipe.ring.slots = castPtr<PipeSlot>(slots);
  pipe.ring.slotCount = DEFAULT_SLOTS;
  pipe.number = anonymousNumber();
  return pipe;
}

function freeBoth(first: Ptr<u8> | null, second: Ptr<u8> | null): void {
  if (first !== null) {
    heapFree(first);
  }
  if (second !== null) {
    heapFree(second);
  }
}

/** One keeper less; the last one frees the pipe. Called without the pipe's lock. */
export function pipeForget(pipe: Ptr<Pipe>): void {
  void mutexAcquire(pipe.lock);
  pipe.keepers--;
  const isLast = pipe.keepers === 0;
  mutexRelease(pipe.lock);
  if (isLast) {
    ringClear(pipe.ring, pageFree);
    heapFree(castPtr<u8>(pipe.ring.slots));
    heapFree(castPtr<u8>(pipe));
  }
}

/** Both ends of a new pipe: `ends[0]` reads, `ends[1]` writes. 0 or a negative errno. */
export function pipeOpenBoth(ends: Ptr<Ptr<File> | null>, flags: u32): i64 {
  const pipe = pipeCreate();
  if (pipe === null) {
    return i64(-ENOMEM);
  }
  const reader = fileCreate(PIPE_OPERATIONS, virtAddr(pipe), O_RDONLY | flags);
  const writer = fileCreate(PIPE_OPERATIONS, virtAddr(pipe), O_WRONLY | flags);
  pipe.keepers = 1;
  if (reader !== null) {
    pipe.readers = 1;
    pipe.keepers++;
  }
  if (writer !== null) {
    pipe.writers = 1;
    pipe.keepers++;
  }
  pipeForget(pipe);
  if (reader === null || writer === null) {
    putIfAny(reader);
    putIfAny(writer);
    return i64(-ENOMEM);
  }
  ends[0] = reader;
  ends[1] = writer;
  return 0n;
}

function putIfAny(file: Ptr<File> | null): void {
  if (file !== null) {
    filePut(file);
  }
}

function reads(file: File): bool {
  return (fileFlags(file) & 3) !== O_WRONLY;
}

function writes(file: File): bool {
  return (fileFlags(file) & 3) !== O_RDONLY;
}

// --- Reading -----------------------------------------------------------------------------------------------------------------

export function isDry(address: VirtAddr): bool {
  const pipe = pointerAt<Pipe>(address);
  return ringIsEmpty(pipe.ring) && pipe.writers > 0;
}

function pipeRead(file: File, transfer: Transfer, _position: Ptr<u64>): i64 {
  const pipe = fileObject<Pipe>(file);
  if (transfer.left === 0n) {
    return 0n;
  }
  for (;;) {
    void mutexAcquire(pipe.lock);
    const wasFull = ringIsFull(pipe.ring);
    const result = takeBytes(pipe.ring, transfer);
    const isEnd = result === 0n && pipe.writers === 0;
    mutexRelease(pipe.lock);
    if (result !== 0n || isEnd) {
      if (wasFull && result > 0n) {
        waitWakeAll(pipe.writeQueue, WRITABLE);
      }
      return result;
    }
    if (fileIsNonblocking(file)) {
      return i64(-EAGAIN);
    }
    if (!waitWhile(pipe.readQueue, isDry, virtAddr(pipe), READABLE | POLLHUP)) {
      return i64(-ERESTARTSYS);
    }
  }
}

/** Moves what is there: bytes, 0n if nothing is, or -EFAULT if the first could not be moved. */
function takeBytes(ring: PipeRing, transfer: Transfer): i64 {
  let done: u64 = 0n;
  while (transfer.left > 0n && !ringIsEmpty(ring)) {
    const slot = ringFirst(ring);
    const part = u64(slot.bytes) < transfer.left ? u64(slot.bytes) : transfer.left;
    const wasPacket = slot.isPacket;
    const moved = transferPut(transfer, slot.page!.add(slot.offset), part);
    if (moved < part) {
      // As on Linux, bytes of a page that could not be moved whole stay.
      transfer.left += moved;
      return done > 0n ? i64(done) : i64(-EFAULT);
    }
    ringConsume(ring, u32(moved), pageFree);
    done += moved;
    if (wasPacket) {
      break;
    }
  }
  return i64(done);
}

// --- Writing -----------------------------------------------------------------------------------------------------------------

export function isStuffed(address: VirtAddr): bool {
  const pipe = pointerAt<Pipe>(address);
  return ringIsFull(pipe.ring) && pipe.readers > 0;
}

function pipeWrite(file: File, transfer: Transfer, _position: Ptr<u64>): i64 {
  const pipe = fileObject<Pipe>(file);
  if (transfer.left === 0n) {
    return 0n;
  }
  const isPacket = (fileFlags(file) & O_DIRECT) !== 0;
  let done: u64 = 0n;
  let isFirst: bool = true;
  for (;;) {
    void mutexAcquire(pipe.lock);
    const before = transfer.left;
    const problem = pipe.readers === 0 ? i64(-EPIPE) : putBytes(pipe.ring, transfer, isFirst && !isPacket, isPacket);
    mutexRelease(pipe.lock);
    done += before - transfer.left;
    isFirst = false;
    if (before !== transfer.left) {
      waitWakeAll(pipe.readQueue, READABLE);
    }
    if (problem !== 0n) {
      if (problem === i64(-EPIPE)) {
        signalBrokenPipe();
      }
      return done > 0n ? i64(done) : problem;
    }
    if (transfer.left === 0n) {
      return i64(done);
    }
    if (fileIsNonblocking(file)) {
      return done > 0n ? i64(done) : i64(-EAGAIN);
    }
    if (!waitWhile(pipe.writeQueue, isStuffed, virtAddr(pipe), WRITABLE | POLLERR)) {
      return done > 0n ? i64(done) : i64(-ERESTARTSYS);
    }
  }
}

/** Moves bytes into the ring until it is full or all are moved: 0, -EFAULT or -ENOMEM. */
function putBytes(ring: PipeRing, transfer: Transfer, mayMerge: bool, isPacket: bool): i64 {
  const tail = u32(transfer.left % u64(PIPE_PAGE_BYTES));
  if (mayMerge && tail !== 0) {
    const place = ringMergePlace(ring, tail);
    if (place !== null) {
      if (transferTake(transfer, place, u64(tail)) < u64(tail)) {
        return i64(-EFAULT);
      }
      ringMerged(ring, tail);
    }
  }
  while (transfer.left > 0n && !ringIsFull(ring)) {
    const page = ringPage(ring, pageAlloc);
    if (page === null) {
      return i64(-ENOMEM);
    }
    const part = transfer.left < u64(PIPE_PAGE_BYTES) ? transfer.left : u64(PIPE_PAGE_BYTES);
    const moved = transferTake(transfer, page, part);
    if (moved < part) {
      transfer.left += moved;
      return i64(-EFAULT);
    }
    ringPush(ring, u32(part), isPacket);
  }
  return 0n;
}

// --- The rest ----------------------------------------------------------------------------------------------------------------

function pipePoll(file: File, table: Ptr<PollTable> | null): u32 {
  const pipe = fileObject<Pipe>(file);
  let ready: u32 = 0;
  if (reads(file)) {
    pollAdd(table, pipe.readQueue);
    ready |= ringIsEmpty(pipe.ring) ? 0 : READABLE;
    ready |= pipe.writers === 0 ? POLLHUP : 0;
  }
  if (writes(file)) {
    pollAdd(table, pipe.writeQueue);
    ready |= ringIsFull(pipe.ring) ? 0 : WRITABLE;
    ready |= pipe.readers === 0 ? POLLERR : 0;
  }
  return ready;
}

function pipeControl(file: File, request: u32, argument: u64): i64 {
  if (request !== FIONREAD) {
    return i64(-ENOTTY);
  }
  let count: u32 = u32(fileObject<Pipe>(file).ring.bytes);
  // SAFETY: four bytes of a local.
  return userWrite(VirtAddr(argument), castPtr<u8>(addressOf(count)), 4n);
}

function pipeStatus(file: File, stat: Stat): i64 {
  anonymousStatus(stat, AnonymousDevice.Pipes, fileObject<Pipe>(file).number, S_IFIFO | 0o600);
  return 0n;
}

function pipeRelease(file: File): void {
  const pipe = fileObject<Pipe>(file);
  void mutexAcquire(pipe.lock);
  if (reads(file)) {
    pipe.readers--;
  }
  if (writes(file)) {
    pipe.writers--;
  }
  if (pipe.readers === 0 && pipe.writers === 0) {
    // A named pipe begins empty when it is opened again.
    ringClear(pipe.ring, pageFree);
  }
  mutexRelease(pipe.lock);
  waitWakeAll(pipe.readQueue);
  waitWakeAll(pipe.writeQueue);
  pipeForget(pipe);
}

/** F_GETPIPE_SZ */
export function pipeBytes(file: File): i64 {
  return i64(fileObject<Pipe>(file).ring.slotCount * PIPE_PAGE_BYTES);
}

/** F_SETPIPE_SZ: rounded up to a power of two of pages; the new size, -EINVAL, -EPERM, -EBUSY or -ENOMEM. */
export function pipeSetBytes(file: File, wanted: u64): i64 {
  const pipe = fileObject<Pipe>(file);
  let slots: u64 = 1n;
  while (slots * u64(PIPE_PAGE_BYTES) < wanted && slots < MOST_SLOTS * 2n) {
    slots *= 2n;
  }
  if (slots > MOST_SLOTS) {
    return i64(-EINVAL);
  }
  using _guard = mutexAcquire(pipe.lock);
  const isGrowing = slots > u64(pipe.ring.slotCount);
  if (isGrowing && slots * u64(PIPE_PAGE_BYTES) > PIPE_MAX_BYTES && !isCapable(CAP_SYS_RESOURCE)) {
    return i64(-EPERM);
  }
  if (slots < u64(ringUsed(pipe.ring))) {
    return i64(-EBUSY);
  }
  const fresh = heapAlloc(slots * u64(sizeOf<PipeSlot>()));
  if (fresh === null) {
    return i64(-ENOMEM);
  }
  fillBytes(fresh, 0, slots * u64(sizeOf<PipeSlot>()));
  // SAFETY: fresh zeroed memory for that many slots.
  heapFree(castPtr<u8>(ringResize(pipe.ring, castPtr<PipeSlot>(fresh), u32(slots))));
  waitWakeAll(pipe.writeQueue, WRITABLE);
  return i64(slots * u64(PIPE_PAGE_BYTES));
}

export function fileIsPipe(file: File): bool {
  return virtAddr(file.operations) === virtAddr(PIPE_OPERATIONS);
}

export const PIPE_OPERATIONS: FileOperations = {
  name: "pipe",
  read: pipeRead,
  write: pipeWrite,
  poll: pipePoll,
  control: pipeControl,
  status: pipeStatus,
  list: null,
  seek: null,
  release: pipeRelease,
  isPositioned: false,
};

/** What pipe2 may be given besides O_CLOEXEC. */
export const PIPE_FLAGS = O_NONBLOCK | O_DIRECT;
