/**
 * Fids that the guest has given up. An exit for each would cost more than the file did, so uhyve's server is told of many in one message
 * (Tdrop), which goes ahead of the next request and is answered by the same doorbell; nobody waits for it.
 */

import { NINEP_MAX_DROPPED, NinepType } from "../../abi/ninep.ts";
import { wirePut16, wirePut32 } from "../../compiler/std/wire.ts";
import { physOf } from "../../kernel/mm/page-table.ts";
import { lockAcquire } from "../../kernel/sync/spin-lock.ts";
import { doorbellRing } from "./doorbell.ts";
import { messageBegin, messageEnd } from "./message.ts";
import type { NinepRequest, NinepTransport } from "./request.ts";
import { enter, ninepEnd, placeAnswer, takeRequest } from "./transport.ts";

/** Bytes of a Tdrop. */
const MESSAGE_BYTES = 512n;

/** The fid is dropped soon: with the next request, or now if many are. False: there is no room, it must be clunked. */
export function ninepDrop(transport: Ptr<NinepTransport>, fid: u32): bool {
  if (add(transport, fid)) {
    return true;
  }
  dropsEnter(transport);
  doorbellRing(transport, transport.queue.usedNext);
  return add(transport, fid);
}

function add(transport: Ptr<NinepTransport>, fid: u32): bool {
  using _guard = lockAcquire(transport.lock);
  if (transport.dropCount === NINEP_MAX_DROPPED) {
    return false;
  }
  transport.drops[transport.dropCount] = fid;
  transport.dropCount++;
  return true;
}

/** Puts the message on the queue; without a request or descriptors for it the fids stay for the next time. */
export function dropsEnter(transport: Ptr<NinepTransport>): void {
  const request = takeRequest(transport);
  if (request === null) {
    return;
  }
  take(transport, request);
  if (request.droppedCount === 0) {
    ninepEnd(request);
    return;
  }
  const wire = request.wire;
  messageBegin(wire, sliceOf(elements(request.message), MESSAGE_BYTES), NinepType.Tdrop, request.tag);
  wirePut16(wire, u16(request.droppedCount));
  for (let i: u32 = 0; i < request.droppedCount; i++) {
    wirePut32(wire, request.dropped[i]);
  }
  request.waiter = null;
  request.answerFields = 0;
  request.pieceCount = 0;
  request.piecesBytes = 0n;
  request.pieces[0] = { address: physOf(elements(request.message)), bytes: u32(messageEnd(wire, 0n)), reserved: 0 };
  placeAnswer(request);
  if (enter(request) !== 0n) {
    putBack(transport, request);
    ninepEnd(request);
  }
}

function take(transport: Ptr<NinepTransport>, request: Ptr<NinepRequest>): void {
  using _guard = lockAcquire(transport.lock);
  for (let i: u32 = 0; i < transport.dropCount; i++) {
    request.dropped[i] = transport.drops[i];
  }
  request.droppedCount = transport.dropCount;
  transport.dropCount = 0;
}

/** The queue was full. What does not fit meanwhile stays at the server until the session ends. */
function putBack(transport: Ptr<NinepTransport>, request: Ptr<NinepRequest>): void {
  using _guard = lockAcquire(transport.lock);
  for (let i: u32 = 0; i < request.droppedCount && transport.dropCount < NINEP_MAX_DROPPED; i++) {
    transport.drops[transport.dropCount] = request.dropped[i];
    transport.dropCount++;
  }
  request.droppedCount = 0;
}

/** Its answer is there: the numbers are free, and the request. With the transport's lock. */
export function dropsFinish(transport: Ptr<NinepTransport>, request: Ptr<NinepRequest>): void {
  const onDropped = transport.onDropped;
  for (let i: u32 = 0; i < request.droppedCount && onDropped !== null; i++) {
    onDropped(request.dropped[i]);
  }
  request.droppedCount = 0;
  request.nextFree = transport.free;
  transport.free = request;
}
