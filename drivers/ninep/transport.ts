/**
 * The client's end of the file protocol: requests of threads put on a queue, answers taken off it, told apart by tags.
 *
 *     thread    ninepBegin -> fields, pieces of memory -> ninepCall (sleeps until the answer is there) -> ninepEnd
 *     request   a block of three frames: message, room for the answer's fields, list of pieces; from a pool that grows to MOST_REQUESTS
 *     chain     message | memory that a Twrite sends | room for the answer's fields | memory that a Tread fills
 *
 * The lock is held for the few instructions that enter or take a chain, never over a round trip, so any number of threads have requests
 * under way at once. Whoever finds used chains takes all of them and wakes their owners: the interrupt handler, or a thread behind its own
 * doorbell. A request cannot be interrupted: memory that the server may still write to must stay in use until it answers, and a server
 * that serves files of the host does. So no Tflush is needed.
 *
 * The device is not trusted (virtqueue.ts): nonsense in its rings ends the transport, and all requests with -EIO.
 */

import { EIO, ENOMEM, ENOSPC } from "../../abi/errno.ts";
import { NINEP_NO_TAG, NINEP_QUEUE_SIZE, NINEP_VERSION, type NinepQueue, NinepType } from "../../abi/ninep.ts";
import { wireGet32, wireGetString, wirePut32, wirePutString } from "../../compiler/std/wire.ts";
import { logError } from "../../kernel/log/log.ts";
import { framesAllocContiguous } from "../../kernel/mm/frames.ts";
import { directMap, physOf } from "../../kernel/mm/page-table.ts";
import { currentThread, threadBlock, threadWake } from "../../kernel/sched/scheduler.ts";
import type { Thread } from "../../kernel/sched/thread-type.ts";
import { lockAcquire } from "../../kernel/sync/spin-lock.ts";
import { type Waiter, waitBegin, waitEnd, waitWakeAll } from "../../kernel/sync/wait-queue.ts";
import { monotonicNs } from "../../kernel/time/clock.ts";
import { threadBlockUntil } from "../../kernel/time/timer.ts";
import { outsideHappened, outsideNow } from "../outside.ts";
import {
  type UsedChain,
  virtqueueAdd,
  virtqueueDisableInterrupts,
  virtqueueReset,
  virtqueueTakeUsed,
  virtqueueWantsNotify,
} from "../virtio/virtqueue.ts";
import { doorbellRing, doorbellWait } from "./doorbell.ts";
import { dropsEnter, dropsFinish } from "./drops.ts";
import { answerBegin, messageBegin, messageEnd } from "./message.ts";
import { MOST_PIECES, MOST_REQUESTS, type NinepRequest, type NinepTransport, TransportKind } from "./request.ts";

/** How long a thread sleeps before it looks for its answer itself. */
const LOOK_AGAIN_NS = 50_000_000n;
/** The longest message without payload is a Tsymlink with a target of PATH_MAX. */
const MESSAGE_BYTES = 4608n;
/** The longest answer that is read here and not elsewhere is Rreadlink. */
const ANSWER_BYTES = 4608n;
const REQUEST_FRAMES = 3n;
const PIECE_BYTES = 4096n;
/** What no transfer exceeds, however its memory lies: header, fields, and pages of which the first and last are parts. */
const MESSAGE_MOST = u32(24n + PIECE_BYTES * 126n);
/** uhyve's server takes a mebibyte; how much of it a chain has room for depends on how the memory lies. */
const UHYVE_MOST = u32(24n + 0x10_0000n);

/** Brings the queue in `memory` to its start. */
export function transportInit(transport: Ptr<NinepTransport>, memory: NinepQueue, kind: TransportKind): void {
  transport.kind = kind;
  const queue = transport.queue;
  queue.descriptors = elements(memory.descriptors);
  queue.avail = addressOf(memory.avail);
  queue.availRing = elements(memory.availRing);
  queue.used = addressOf(memory.used);
  queue.usedRing = elements(memory.usedRing);
  queue.links = elements(transport.links);
  queue.size = NINEP_QUEUE_SIZE;
  virtqueueReset(queue);
  if (kind === TransportKind.Preset) {
    virtqueueDisableInterrupts(queue);
  }
}

/** Agrees with the server on version and size of messages: 0n or a negative errno. All fids of the session are void afterwards. */
export function transportStart(transport: Ptr<NinepTransport>): i64 {
  const wanted: u32 = ninepIsUhyve(transport) ? UHYVE_MOST : MESSAGE_MOST;
  transport.messageMost = wanted;
  const request = ninepBegin(transport, NinepType.Tversion);
  if (request === null) {
    return i64(-ENOMEM);
  }
  // The message is begun again: this one has no tag of its own.
  request.tag = NINEP_NO_TAG;
  messageBegin(request.wire, sliceOf(elements(request.message), MESSAGE_BYTES), NinepType.Tversion, request.tag);
  wirePut32(request.wire, wanted);
  wirePutString(request.wire, NINEP_VERSION);
  let result = ninepCall(request);
  const most = wireGet32(request.wire);
  const isOurs = wireGetString(request.wire) === NINEP_VERSION && !request.wire.hasFailed;
  if (result === 0n && (!isOurs || u64(most) < MESSAGE_BYTES || most > wanted)) {
    result = i64(-EIO);
  }
  transport.messageMost = most;
  ninepEnd(request);
  return result;
}

/** A request of a type, whose fields the caller puts into `wire`. Waits while too many are under way; null: no memory for the first one. */
export function ninepBegin(transport: Ptr<NinepTransport>, type: NinepType): Ptr<NinepRequest> | null {
  let request = takeRequest(transport);
  if (request === null) {
    if (transport.requestCount === 0) {
      return null;
    }
    const waiter: Waiter = zeroed();
    waitBegin(transport.room, waiter);
    void transport.roomWanted.fetchAdd(1);
    request = takeRequest(transport);
    while (request === null) {
      threadBlock();
      request = takeRequest(transport);
    }
    void transport.roomWanted.fetchSub(1);
    waitEnd(transport.room, waiter);
  }
  request.type = type;
  request.answerFields = 0;
  request.pieceCount = 0;
  request.piecesBytes = 0n;
  request.isHeld = false;
  messageBegin(request.wire, sliceOf(elements(request.message), MESSAGE_BYTES), type, request.tag);
  return request;
}

/** With no request free and none to be made, null. */
export function takeRequest(transport: Ptr<NinepTransport>): Ptr<NinepRequest> | null {
  using _guard = lockAcquire(transport.lock);
  const free = transport.free;
  if (free !== null) {
    transport.free = free.nextFree;
    free.tag = free.index;
    return free;
  }
  return transport.requestCount < MOST_REQUESTS ? makeRequest(transport) : null;
}

function makeRequest(transport: Ptr<NinepTransport>): Ptr<NinepRequest> | null {
  staticAssert(sizeOf<NinepRequest>() <= 3 * 4096, "a request fits its frames");
  const frames = framesAllocContiguous(REQUEST_FRAMES, 1n);
  if (frames === 0n) {
    return null;
  }
  // SAFETY: fresh memory of REQUEST_FRAMES frames.
  const request = castPtr<NinepRequest>(directMap(frames));
  zero(request);
  request.transport = transport;
  request.index = u16(transport.requestCount);
  request.tag = request.index;
  transport.requests[transport.requestCount] = request;
  transport.requestCount++;
  return request;
}

/** Adds contiguous memory to what goes with the message (or takes the answer's payload); false: the chain is full. */
export function ninepAddMemory(request: Ptr<NinepRequest>, address: PhysAddr, bytes: u64): bool {
  const count = request.pieceCount;
  if (count > 0) {
    const last = request.pieces[count];
    if (last.address + u64(last.bytes) === address) {
      last.bytes += u32(bytes);
      request.piecesBytes += bytes;
      return true;
    }
  }
  if (count === MOST_PIECES) {
    return false;
  }
  request.pieces[count + 1] = { address, bytes: u32(bytes), reserved: 0 };
  request.pieceCount++;
  request.piecesBytes += bytes;
  return true;
}

/** How many bytes of data one Tread, Twrite or Treaddir may move at most. */
export function ninepMostData(transport: Ptr<NinepTransport>): u64 {
  return u64(transport.messageMost) - 24n;
}

/**
 * Sends the request and waits for its answer: 0n with `wire` at the answer's fields, or a negative errno. For payloads that go to pieces
 * `answerFields` says how many bytes of the answer come before, and `arePiecesWritten` is set.
 */
export function ninepCall(request: Ptr<NinepRequest>): i64 {
  const transport = request.transport;
  const sent: u64 = request.arePiecesWritten ? 0n : request.piecesBytes;
  const here = messageEnd(request.wire, sent);
  if (here === 0n || here + sent > u64(transport.messageMost)) {
    request.arePiecesWritten = false;
    return i64(-EIO);
  }
  const result = send(request, here);
  if (result === 0n) {
    waitForAnswer(request);
  }
  const fields: u64 = request.answerFields === 0 ? ANSWER_BYTES : u64(request.answerFields);
  const payload: u64 = request.arePiecesWritten ? request.piecesBytes : 0n;
  request.arePiecesWritten = false;
  if (result !== 0n || transport.isBroken) {
    return i64(-EIO);
  }
  const answer = sliceOf(elements(request.answer), fields);
  return answerBegin(request.wire, answer, u64(request.written), payload, request.type, request.tag);
}

function waitForAnswer(request: Ptr<NinepRequest>): void {
  if (request.transport.kind === TransportKind.Preset) {
    doorbellWait(request);
  } else {
    waitForInterrupt(request);
  }
}

/**
 * QEMU's emulated processors sleep through an interrupt now and then (QEMU 7.2, TCG, one processor: it is pending in the local APIC, and the
 * processor stays halted), so that nothing but a timer would ever wake them: who waits looks by itself from time to time.
 */
function waitForInterrupt(request: Ptr<NinepRequest>): void {
  const transport = request.transport;
  while (request.isDone.load(Order.Acquire) === 0) {
    threadBlockUntil(monotonicNs() + LOOK_AGAIN_NS);
    if (request.isDone.load(Order.Acquire) === 0) {
      void transportTakeAnswers(transport);
    }
  }
}

/** Gives the request back; the answer is void afterwards. */
export function ninepEnd(request: Ptr<NinepRequest>): void {
  const transport = request.transport;
  {
    using _guard = lockAcquire(transport.lock);
    request.nextFree = transport.free;
    transport.free = request;
  }
  wakeRoom(transport);
}

function wakeRoom(transport: Ptr<NinepTransport>): void {
  fence(Order.SeqCst);
  if (transport.roomWanted.load(Order.Relaxed) > 0) {
    waitWakeAll(transport.room);
  }
}

/** Whether the server knows uhyve's own messages. */
export function ninepIsUhyve(transport: Ptr<NinepTransport>): bool {
  return transport.kind === TransportKind.Preset;
}

/** Puts the chain on the queue, waiting for descriptors, and tells a device of it: 0n or -EIO. */
function send(request: Ptr<NinepRequest>, messageBytes: u64): i64 {
  const transport = request.transport;
  request.waiter = currentThread();
  request.isDone.store(0, Order.Relaxed);
  request.pieces[0] = { address: physOf(elements(request.message)), bytes: u32(messageBytes), reserved: 0 };
  placeAnswer(request);
  if (transport.dropCount > 0) {
    dropsEnter(transport);
  }
  request.stamp = outsideNow();
  let result = enter(request);
  if (result === i64(-ENOSPC) && ninepIsUhyve(transport)) {
    // What is on the queue, maybe a Tdrop that nobody has rung for, is answered first.
    do {
      doorbellRing(transport, transport.queue.usedNext);
      void transportTakeAnswers(transport);
      result = enter(request);
    } while (result === i64(-ENOSPC) && request.isHeld);
  }
  if (result === i64(-ENOSPC)) {
    const waiter: Waiter = zeroed();
    waitBegin(transport.room, waiter);
    void transport.roomWanted.fetchAdd(1);
    result = enter(request);
    while (result === i64(-ENOSPC)) {
      threadBlock();
      result = enter(request);
    }
    void transport.roomWanted.fetchSub(1);
    waitEnd(transport.room, waiter);
  }
  if (result === 0n && !ninepIsUhyve(transport) && virtqueueWantsNotify(transport.queue)) {
    transport.registers!.queueNotify.write(0);
  }
  return result;
}

/** The room for the answer's fields comes behind memory that is sent and before memory that is filled. */
export function placeAnswer(request: Ptr<NinepRequest>): void {
  const place: u32 = request.arePiecesWritten ? 1 : request.pieceCount + 1;
  for (let i = request.pieceCount + 1; i > place; i--) {
    const from = request.pieces[i - 1];
    request.pieces[i] = { address: from.address, bytes: from.bytes, reserved: 0 };
  }
  const bytes: u32 = request.answerFields === 0 ? u32(ANSWER_BYTES) : request.answerFields;
  request.pieces[place] = { address: physOf(elements(request.answer)), bytes, reserved: 0 };
}

export function enter(request: Ptr<NinepRequest>): i64 {
  const transport = request.transport;
  using _guard = lockAcquire(transport.lock);
  if (transport.isBroken) {
    return i64(-EIO);
  }
  const readable: u32 = request.arePiecesWritten ? 1 : 1 + request.pieceCount;
  const writable = request.pieceCount + 2 - readable;
  return virtqueueAdd(transport.queue, elements(request.pieces), u16(readable), u16(writable), u32(request.index));
}

/**
 * Takes all answered requests off the queue and wakes their owners; how many were taken since the queue's start, modulo 65536. Called by
 * interrupt handlers, and by whoever waits at a doorbell.
 */
export function transportTakeAnswers(transport: Ptr<NinepTransport>): u16 {
  let taken: u16 = 0;
  {
    using _guard = lockAcquire(transport.lock);
    const used: UsedChain = { token: 0, bytes: 0 };
    let result = virtqueueTakeUsed(transport.queue, used);
    while (result === 1n && !transport.isBroken) {
      finish(transport, used);
      result = virtqueueTakeUsed(transport.queue, used);
    }
    if (result < 0n) {
      giveUp(transport);
    }
    taken = transport.queue.usedNext;
  }
  wakeRoom(transport);
  return taken;
}

/** With the lock, which keeps the owner from giving its request to somebody else. */
function finish(transport: Ptr<NinepTransport>, used: UsedChain): void {
  const request: Ptr<NinepRequest> | null = used.token < MOST_REQUESTS ? transport.requests[used.token] : null;
  if (request !== null && request.droppedCount > 0) {
    dropsFinish(transport, request);
    return;
  }
  const waiter: Thread | null = request === null ? null : request.waiter;
  assert(request !== null && waiter !== null, "tokens are ours");
  const before = outsideHappened();
  request.stamp = before === request.stamp ? before + 1n : 0n;
  request.written = used.bytes;
  request.waiter = null;
  request.isDone.store(1, Order.Release);
  threadWake(waiter);
}

/** The server broke its rings: all requests end. */
function giveUp(transport: Ptr<NinepTransport>): void {
  if (transport.isBroken) {
    return;
  }
  transport.isBroken = true;
  logError("files: the server's queue is damaged; files of the host cannot be used any more");
  for (let i: u32 = 0; i < transport.requestCount; i++) {
    const request = transport.requests[i]!;
    const waiter = request.waiter;
    if (waiter !== null) {
      request.waiter = null;
      request.isDone.store(1, Order.Release);
      threadWake(waiter);
    }
  }
}
