/**
 * The other side of a virtqueue, for tests: a device that follows the specification, or breaks it on demand.
 *
 * It works on the rings alone and keeps its own indices, like a real device; so a driver that forgets to publish or publishes too
 * early fails here as it would there.
 */

import { VIRTQ_DESC_F_NEXT, VIRTQ_DESC_F_WRITE } from "../../../abi/virtio.ts";
import type { Virtqueue } from "../virtqueue.ts";

export class FakeDevice {
  queue!: Ptr<Virtqueue>;
  taken!: u16;
  filled!: u16;
}

/** What a chain looks like from the device's side. */
export class ChainView {
  count!: u32;
  readCount!: u32;
  writeCount!: u32;
  bytes!: u64;
  firstAddress!: PhysAddr;
}

export function fakeDeviceInit(device: FakeDevice, queue: Virtqueue): void {
  device.queue = addressOf(queue);
  device.taken = 0;
  device.filled = 0;
}

/** The head of the next available chain, or -1. */
export function fakeDeviceTake(device: FakeDevice): i32 {
  const queue = device.queue;
  if (queue.avail.idx.load(Order.Acquire) === device.taken) return -1;
  const head = queue.availRing[device.taken & (queue.size - 1)]!;
  device.taken += 1;
  return i32(head);
}

/** Walks the chain from `head` as a device does. */
export function fakeDeviceView(device: FakeDevice, head: i32, view: ChainView): void {
  const queue = device.queue;
  zero(view);
  let index = u32(head);
  view.firstAddress = queue.descriptors[index]!.addr;
  while (view.count <= u32(queue.size)) {
    const descriptor = queue.descriptors[index]!;
    view.count += 1;
    view.bytes += u64(descriptor.len);
    if ((descriptor.flags & VIRTQ_DESC_F_WRITE) !== 0) view.writeCount += 1;
    else view.readCount += 1;
    if ((descriptor.flags & VIRTQ_DESC_F_NEXT) === 0) return;
    index = u32(descriptor.next);
  }
}

/** Returns a chain; `id` may be anything, as from a broken device. */
export function fakeDeviceReturn(device: FakeDevice, id: u32, bytes: u32): void {
  const queue = device.queue;
  queue.usedRing[device.filled & (queue.size - 1)] = { id, len: bytes };
  device.filled += 1;
  queue.used.idx.store(device.filled, Order.Release);
}
