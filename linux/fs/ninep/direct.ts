/**
 * Large reads and writes between the server and the application's own pages, without a copy of ours.
 *
 * The server uses the pages until it answers, so they must stay what they are for so long. On uhyve, whose server answers at the doorbell, the
 * processor masks interrupts from looking the pages up to the answer, and asks for the answer itself (request.isHeld) instead of giving way. So
 * nothing of this processor comes in between; and one that takes pages or permissions away waits until all others have forgotten them, which this
 * one does not before it has the answer (tlbHold). It would have to wait for it in any case: a processor that is at the doorbell takes no interrupt.
 *
 * docs/decisions/0013 has the alternatives.
 *
 * On QEMU the device answers later, by an interrupt: there the bytes go through memory of the kernel (open-file.ts).
 */

import { EAGAIN } from "../../../abi/errno.ts";
import { PAGE_SIZE } from "../../../abi/memory-map.ts";
import { NinepType } from "../../../abi/ninep.ts";
import { touchPages } from "../../../drivers/channel/request.ts";
import type { NinepRequest } from "../../../drivers/ninep/request.ts";
import { ninepAddMemory, ninepEnd, ninepIsUhyve, ninepMostData } from "../../../drivers/ninep/transport.ts";
import { translateHeld } from "../../../kernel/mm/page-table.ts";
import { tlbHold, tlbRelease } from "../../../kernel/mm/tlb.ts";
import { irqRestore, irqSave } from "../../../nucleus/irq-mask.ts";
import { type Transfer, transferAdvance, transferPiece } from "../transfer.ts";
import { callBeginRead, callEndRead, callEndWrite } from "./data-calls.ts";
import type { NinepNode } from "./export.ts";

/** Smaller ones are not worth the look at the pages. */
const LEAST_BYTES = 0x4000n;
/** A Tdrop (drops.ts) must have room beside it: with interrupts masked nobody could be waited for. */
const MOST_PIECES = 120;
/** A page of a file may leave memory again between touching and looking. */
const MOST_TRIES = 4;

/** Bytes of the transfer, up to `most`, that can be moved directly; 0n: none. */
export function directBytes(node: Ptr<NinepNode>, transfer: Transfer, most: u64): u64 {
  if (transfer.isKernel || !ninepIsUhyve(node.export.transport)) {
    return 0n;
  }
  const transport = ninepMostData(node.export.transport);
  const piece = transferPiece(transfer).length;
  let bytes = piece < most ? piece : most;
  bytes = bytes < transport ? bytes : transport;
  return bytes < LEAST_BYTES ? 0n : bytes;
}

/** Reads into the transfer's memory: how many bytes, a negative errno of the server, or -EAGAIN if it must be done in another way. */
export function directRead(node: Ptr<NinepNode>, fid: u32, position: u64, transfer: Transfer, bytes: u64): i64 {
  const place = transferPiece(transfer).subslice(0n, bytes);
  let result = i64(-EAGAIN);
  for (let tries: u32 = 0; tries < MOST_TRIES && result === i64(-EAGAIN); tries++) {
    if (touchPages(place, true) !== 0n) {
      return i64(-EAGAIN);
    }
    const request = callBeginRead(node.export, NinepType.Tread, fid, position);
    result = request === null ? result : callHeld(request, place, endRead);
  }
  if (result > 0n) {
    transferAdvance(transfer, u64(result));
  }
  return result;
}

function endRead(request: Ptr<NinepRequest>): i64 {
  return callEndRead(request);
}

/** The opposite; pages of the file are not in memory. */
export function directWrite(node: Ptr<NinepNode>, position: u64, transfer: Transfer, bytes: u64): i64 {
  const place = transferPiece(transfer).subslice(0n, bytes);
  const request = callBeginRead(node.export, NinepType.Twrite, node.writer.fid, position);
  if (request === null) {
    return i64(-EAGAIN);
  }
  const result = callHeld(request, place, callEndWrite);
  if (result > 0n) {
    transferAdvance(transfer, u64(result));
  }
  return result;
}

/** Sends the request with the pages behind `place`, which stay there until it is answered: as `end`, or -EAGAIN if the first is not there. */
function callHeld(request: Ptr<NinepRequest>, place: Slice<u8>, end: (request: Ptr<NinepRequest>) => i64): i64 {
  const wasMasked = irqSave();
  tlbHold();
  let result = i64(-EAGAIN);
  if (addPages(request, place)) {
    request.isHeld = true;
    result = end(request);
  } else {
    ninepEnd(request);
  }
  tlbRelease();
  irqRestore(wasMasked);
  return result;
}

/** Adds the pages from the first on, as many as the request has room for; false if the first of them is not there. */
function addPages(request: Ptr<NinepRequest>, place: Slice<u8>): bool {
  const isRead = request.type === NinepType.Tread;
  const start = virtAddr(place.data);
  let done: u64 = 0n;
  while (done < place.length && request.pieceCount < MOST_PIECES) {
    const address = start + done;
    const inPage = PAGE_SIZE - (u64(address) & (PAGE_SIZE - 1n));
    const part = inPage < place.length - done ? inPage : place.length - done;
    const physical = translateHeld(address, isRead);
    if (physical === 0n || !ninepAddMemory(request, physical, part)) {
      break;
    }
    done += part;
  }
  return done > 0n;
}
