/**
 * The driver's side of a split virtqueue (virtio 1.2, 2.7), without I/O: memory in, memory out.
 *
 * Whoever owns the queue lays out the rings, rings the doorbell and takes the interrupts; so the same code runs on the MMIO
 * transport, on uhyve's preset queues and on the host, against a fake device under sanitizers.
 *
 * The device is not trusted: what it may write (the used ring) is checked, and what the driver must remember (which descriptors
 * make up a chain, whose chain it is) lives in `ChainLink`s that the device cannot see. The alternative, following `next` in the
 * shared table as many drivers do, lets a broken device lead the driver anywhere.
 *
 * Neither indirect descriptors nor event indices are used. A caller that shares a queue between interrupt and thread context
 * masks interrupts around every call.
 *
 * Invariants: freeCount descriptors are linked from freeHead through ChainLink.next; all others belong to chains in flight, of
 * which each has `count > 0` at its head and 0 elsewhere.
 */

import { EINVAL, EIO, ENOSPC } from "../../abi/errno.ts";
import {
  VIRTQ_AVAIL_F_NO_INTERRUPT,
  VIRTQ_DESC_F_NEXT,
  VIRTQ_DESC_F_WRITE,
  VIRTQ_USED_F_NO_NOTIFY,
  type VirtqAvailHeader,
  type VirtqDesc,
  type VirtqUsedElement,
  type VirtqUsedHeader,
} from "../../abi/virtio.ts";

/** A physically contiguous part of a request. */
@struct(16)
export class QueueBuffer {
  address!: PhysAddr;
  bytes!: u32;
  reserved!: u32;
}

/** What the driver remembers of each descriptor. */
@struct(8)
export class ChainLink {
  token!: u32;
  next!: u16;
  /** Descriptors of the chain that begins here; 0 if none does. */
  count!: u16;
}

/** A chain that the device has returned. */
export class UsedChain {
  token!: u32;
  /** Bytes that the device says it wrote. */
  bytes!: u32;
}

export class Virtqueue {
  descriptors!: Ptr<VirtqDesc>;
  avail!: Ptr<VirtqAvailHeader>;
  availRing!: Ptr<u16>;
  used!: Ptr<VirtqUsedHeader>;
  usedRing!: Ptr<VirtqUsedElement>;
  links!: Ptr<ChainLink>;
  /** A power of two. */
  size!: u16;
  freeHead!: u16;
  freeCount!: u16;
  /** The next index of each ring from the driver's view; both wrap at 65536. */
  availNext!: u16;
  usedNext!: u16;
}

/** Takes fields `descriptors` ... `links` and `size` as set by the caller and brings rings and free list to their start. */
export function virtqueueReset(queue: Virtqueue): void {
  assert(queue.size > 0 && (queue.size & (queue.size - 1)) === 0, "a virtqueue's size is a power of two");
  assert((u64(virtAddr(queue.descriptors)) & 15n) === 0n, "the descriptor table is 16-byte aligned (2.7)");
  assert((u64(virtAddr(queue.used)) & 3n) === 0n, "the used ring is 4-byte aligned (2.7)");
  for (let i: u16 = 0; i < queue.size; i += 1) {
    queue.links[i] = { token: 0, next: i + 1, count: 0 };
  }
  queue.freeHead = 0;
  queue.freeCount = queue.size;
  queue.availNext = 0;
  queue.usedNext = 0;
  queue.avail.flags = 0;
  queue.avail.idx.store(0, Order.Relaxed);
  queue.used.flags.store(0, Order.Relaxed);
  queue.used.idx.store(0, Order.Release);
}

/**
 * Makes a request available: `readCount` buffers that the device reads, then `writeCount` that it writes. `token` comes back with
 * the used chain. 0, -ENOSPC (not enough free descriptors: nothing has changed) or -EINVAL (no buffer).
 */
export function virtqueueAdd(
  queue: Virtqueue,
  buffers: Ptr<QueueBuffer>,
  readCount: u16,
  writeCount: u16,
  token: u32,
): i64 {
  const count = u32(readCount) + u32(writeCount);
  if (count === 0) return i64(-EINVAL);
  if (count > u32(queue.freeCount)) return i64(-ENOSPC);
  const head = queue.freeHead;
  let last = head;
  for (let i: u32 = 0; i < count; i += 1) {
    last = queue.freeHead;
    const link = queue.links[last]!;
    const descriptor = queue.descriptors[last]!;
    const buffer = buffers[i]!;
    descriptor.addr = buffer.address;
    descriptor.len = buffer.bytes;
    const direction: u16 = i < u32(readCount) ? 0 : VIRTQ_DESC_F_WRITE;
    descriptor.flags = i + 1 < count ? direction | VIRTQ_DESC_F_NEXT : direction;
    descriptor.next = i + 1 < count ? link.next : 0;
    queue.freeHead = link.next;
  }
  queue.freeCount -= u16(count);
  queue.links[head]!.token = token;
  queue.links[head]!.count = u16(count);
  publish(queue, head);
  return 0n;
}

function publish(queue: Virtqueue, head: u16): void {
  queue.availRing[queue.availNext & (queue.size - 1)] = head;
  queue.availNext += 1;
  // The device may read descriptors and ring entry once it sees the index: they are written before it (2.7.13).
  queue.avail.idx.store(queue.availNext, Order.Release);
}

/** Whether the device wants to hear of what has been made available (2.7.13.4: the index must be visible before the flag is read). */
export function virtqueueWantsNotify(queue: Virtqueue): bool {
  fence(Order.SeqCst);
  const flags = queue.used.flags.load(Order.Relaxed);
  return (flags & VIRTQ_USED_F_NO_NOTIFY) === 0;
}

/** Whether virtqueueTakeUsed would return a chain. */
export function virtqueueHasUsed(queue: Virtqueue): bool {
  return queue.used.idx.load(Order.Acquire) !== queue.usedNext;
}

/** Takes back one chain that the device is done with: 1, 0 (there is none) or -EIO (the device wrote nonsense; give it up). */
export function virtqueueTakeUsed(queue: Virtqueue, result: UsedChain): i64 {
  if (!virtqueueHasUsed(queue)) return 0n;
  const element = queue.usedRing[queue.usedNext & (queue.size - 1)]!;
  const head = readVolatile(addressOf(element.id));
  const bytes = readVolatile(addressOf(element.len));
  if (head >= u32(queue.size)) return i64(-EIO);
  const link = queue.links[head]!;
  if (link.count === 0) return i64(-EIO);
  result.token = link.token;
  result.bytes = bytes;
  releaseChain(queue, u16(head));
  queue.usedNext += 1;
  return 1n;
}

/** Puts the chain's descriptors in front of the free list. */
function releaseChain(queue: Virtqueue, head: u16): void {
  const count = queue.links[head]!.count;
  let last = head;
  for (let i: u16 = 1; i < count; i += 1) last = queue.links[last]!.next;
  queue.links[last]!.next = queue.freeHead;
  queue.links[head]!.count = 0;
  queue.freeHead = head;
  queue.freeCount += count;
}

/** A hint (2.7.7): interrupts that are under way still come. */
export function virtqueueDisableInterrupts(queue: Virtqueue): void {
  writeVolatile(addressOf(queue.avail.flags), VIRTQ_AVAIL_F_NO_INTERRUPT);
}

/** Chains used before this call may come without an interrupt: look with virtqueueHasUsed afterwards. */
export function virtqueueEnableInterrupts(queue: Virtqueue): void {
  writeVolatile(addressOf(queue.avail.flags), 0);
  fence(Order.SeqCst);
}
