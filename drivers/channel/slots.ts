/**
 * Requests under way on the channel: each owns a slot, whose index and generation are the frame's tag.
 *
 * A slot is free again when the device has returned its chain (`isSent`: it may be reading the slot's memory until then) and, if the
 * request has one, its reply has come (`isAnswered`). The generation makes the reply of an abandoned request harmless.
 *
 * The engine's lock is held around every call (engine.ts); the owner of a slot fills header, inline payload and destination without it,
 * before the slot is sent.
 */

import { type FrameHeader, FrameKind } from "../../abi/channel.ts";
import type { Thread } from "../../kernel/sched/thread-type.ts";

/** With the buffers of one Read and some signals these replies fit the receive queue (port.ts). */
export const SLOT_COUNT = 16;
/** The last one is for a kernel at its end: threads that are stopped may hold all others. */
const SLOTS_IN_LIFE = 15;
/** Payloads up to this size are copied behind the header: one descriptor and no page-table walk. */
export const INLINE_BYTES = 240;
const SLOT_BITS = 4;

export class Slot {
  /** Header and inline payload are one piece of memory for the device. */
  header!: FrameHeader;
  inlineBytes!: Bytes<240>;
  waiter!: Thread | null;
  result!: i64;
  generation!: u32;
  isBusy!: bool;
  isSent!: bool;
  isAnswered!: bool;
  /** Nobody waits: the slot is free again as soon as the device has returned it. */
  isForgotten!: bool;
  /** A Read: where its payload goes. */
  destination!: Ptr<u8> | null;
  destinationBytes!: u32;
}

const slots: FixedArray<Slot, 16> = zeroed();

/** A free slot with a fresh tag, or null. `isLast`: the kernel is at its end. */
export function slotAcquire(kind: FrameKind, stream: u16, argument: i32, isLast: bool): Slot | null {
  const count: u32 = isLast ? SLOT_COUNT : SLOTS_IN_LIFE;
  for (let i: u32 = 0; i < count; i += 1) {
    const slot = slots[i]!;
    if (slot.isBusy) continue;
    slot.generation += 1;
    slot.isBusy = true;
    slot.isSent = false;
    slot.isAnswered = !isRequest(kind);
    slot.isForgotten = false;
    slot.waiter = null;
    slot.result = 0n;
    slot.destination = null;
    slot.destinationBytes = 0;
    const tag = (slot.generation << SLOT_BITS) | i;
    slot.header = { bytes: 0, kind: u16(kind), stream, tag, argument };
    return slot;
  }
  return null;
}

/** Whether frames of the kind are answered. */
function isRequest(kind: FrameKind): bool {
  switch (kind) {
    case FrameKind.Write:
    case FrameKind.Read:
    case FrameKind.Poll:
    case FrameKind.Await:
    case FrameKind.Control:
      return true;
    default:
      return false;
  }
}

/** The slot of a tag, if a request with it is under way. */
export function slotOfTag(tag: u32): Slot | null {
  const index = tag & ((1 << SLOT_BITS) - 1);
  if (index >= SLOT_COUNT) return null;
  const slot = slots[index]!;
  return slot.isBusy && slot.header.tag === tag ? slot : null;
}

export function slotIsDone(slot: Slot): bool {
  return slot.isSent && slot.isAnswered;
}

export function slotRelease(slot: Slot): void {
  slot.isBusy = false;
}

/** Ends every request with `result`: the channel is broken. */
export function slotsFailAll(result: i64, wake: (slot: Slot) => void): void {
  for (let i: u32 = 0; i < SLOT_COUNT; i += 1) {
    const slot = slots[i]!;
    if (!slot.isBusy) continue;
    slot.result = result;
    slot.isSent = true;
    slot.isAnswered = true;
    wake(slot);
  }
}

staticAssert(SLOT_COUNT <= 1 << SLOT_BITS, "a slot's index fits the tag");
