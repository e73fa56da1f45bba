/**
 * The device side of the queue of requests (abi/ninep.ts: NinepQueue; virtio 1.2, 2.7): taking chains and giving them back.
 *
 * Trust: as with the channel's queues (channel-device.ts). Every word is read once, a chain is bounded to the queue's size, every buffer
 * goes through guestAt, our own indices never come from the guest. Several threads take and give back: the caller holds a lock around
 * each of both, and none while it serves.
 */

import { NINEP_QUEUE_SIZE, type NinepQueue } from "../../abi/ninep.ts";
import {
  VIRTQ_DESC_F_INDIRECT,
  VIRTQ_DESC_F_NEXT,
  VIRTQ_DESC_F_WRITE,
  VIRTQ_USED_F_NO_NOTIFY,
} from "../../abi/virtio.ts";
import { type QueueState, QueueViolation } from "../channel-device.ts";
import { type GuestMemory, guestAt } from "../guest-memory.ts";
import { type MessageChain, piecesAdd, piecesClear } from "./chain.ts";

export class QueueDevice {
  memory!: Ptr<GuestMemory>;
  queue!: Ptr<NinepQueue>;
  state!: QueueState;
  violation!: QueueViolation;
}

export function queueInit(device: QueueDevice, memory: Ptr<GuestMemory>, queue: Ptr<NinepQueue>): void {
  device.memory = memory;
  device.queue = queue;
  zero(device.state);
  device.violation = QueueViolation.None;
}

/** The head of the next available chain, or -1 if there is none or the guest broke a rule. */
export function queueTake(device: QueueDevice): i32 {
  const queue = device.queue;
  if (device.violation !== QueueViolation.None) return -1;
  const published = queue.avail.idx.load(Order.Acquire);
  const count = u16.wrap(u32(published) + 0x1_0000 - u32(device.state.taken));
  if (count === 0) return -1;
  if (count > NINEP_QUEUE_SIZE) return violate(device, QueueViolation.TooManyAvailable);
  const head = readVolatile(addressOf(queue.availRing[u32(device.state.taken) % NINEP_QUEUE_SIZE]));
  device.state.taken = u16.wrap(u32(device.state.taken) + 1);
  return head < NINEP_QUEUE_SIZE ? i32(head) : violate(device, QueueViolation.BadDescriptorIndex);
}

/** How many chains the guest has made available, modulo 65536. No lock is needed. */
export function queuePublished(device: QueueDevice): u16 {
  return device.queue.avail.idx.load(Order.Acquire);
}

/** Tells the guest whether it should ring for what it makes available (virtio 1.2, 2.7.10); a full barrier. */
export function queueWantNotify(device: QueueDevice, wanted: bool): void {
  device.queue.used.flags.store(wanted ? 0 : VIRTQ_USED_F_NO_NOTIFY, Order.Relaxed);
  fence(Order.SeqCst);
}

/** The buffers of a chain: what was requested, then the room for the answer. No lock is needed. */
export function queueRead(device: QueueDevice, head: u16, chain: MessageChain): QueueViolation {
  piecesClear(chain.readable);
  piecesClear(chain.writable);
  let index = head;
  for (let count: u32 = 0; count < NINEP_QUEUE_SIZE; count += 1) {
    if (index >= NINEP_QUEUE_SIZE) return QueueViolation.BadDescriptorIndex;
    const source = device.queue.descriptors[index];
    const address = readVolatile(addressOf(source.addr));
    const bytes = u64(readVolatile(addressOf(source.len)));
    const flags = u32(readVolatile(addressOf(source.flags)));
    const next = readVolatile(addressOf(source.next));
    if ((flags & VIRTQ_DESC_F_INDIRECT) !== 0) return QueueViolation.IndirectDescriptor;
    const isWritable = (flags & VIRTQ_DESC_F_WRITE) !== 0;
    if (!isWritable && chain.writable.count > 0) return QueueViolation.WrongDirection;
    const place = guestAt(device.memory, GuestPhys(u64(address)), bytes);
    if (place === null) return QueueViolation.BufferOutsideMemory;
    if (!piecesAdd(isWritable ? chain.writable : chain.readable, place, bytes)) return QueueViolation.ChainTooLong;
    if ((flags & VIRTQ_DESC_F_NEXT) === 0) return QueueViolation.None;
    index = next;
  }
  return QueueViolation.ChainTooLong;
}

/** Gives a chain back with `bytes` written into it. */
export function queueGive(device: QueueDevice, head: u16, bytes: u32): void {
  const queue = device.queue;
  const entry = queue.usedRing[u32(device.state.filled) % NINEP_QUEUE_SIZE];
  entry.id = u32(head);
  entry.len = bytes;
  device.state.filled = u16.wrap(u32(device.state.filled) + 1);
  queue.used.idx.store(device.state.filled, Order.Release);
}

function violate(device: QueueDevice, violation: QueueViolation): i32 {
  device.violation = violation;
  return -1;
}
