/**
 * What the outside may do to the guest's drivers: a device that writes any bytes into a used ring, a proxy that sends any bytes as
 * replies, a loader that passes any command line.
 *
 * Held besides the sanitizers' rules: no descriptor is lost or owned twice, a reply stores no more than it may.
 */

import type { VirtqAvailHeader, VirtqDesc, VirtqUsedElement, VirtqUsedHeader } from "../../abi/virtio.ts";
import { type MmioDeviceEntry, nextMmioDevice } from "../../drivers/bus/command-line.ts";
import {
  type ReplyStream,
  replyResult,
  replyStreamFeed,
  replyStreamNext,
  StreamEvent,
} from "../../drivers/channel/reply-stream.ts";
import {
  type ChainLink,
  type QueueBuffer,
  type UsedChain,
  type Virtqueue,
  virtqueueAdd,
  virtqueueReset,
  virtqueueTakeUsed,
} from "../../drivers/virtio/virtqueue.ts";

const SIZE = 8;
const DESTINATION_BYTES = 32;

class Memory {
  descriptors!: FixedArray<VirtqDesc, 8>;
  avail!: VirtqAvailHeader;
  availRing!: FixedArray<u16, 8>;
  used!: VirtqUsedHeader;
  usedRing!: FixedArray<VirtqUsedElement, 8>;
  links!: FixedArray<ChainLink, 8>;
}

/** @align 16 */
const memory: Memory = zeroed();
const queue: Virtqueue = zeroed();
const buffers: FixedArray<QueueBuffer, 8> = zeroed();
const stream: ReplyStream = zeroed();
const destination: Bytes<32> = zeroed();

/** @export LLVMFuzzerTestOneInput */
export function fuzzOne(data: Ptr<u8>, size: u64): i32 {
  if (size === 0n) return 0;
  switch (data[0]! % 3) {
    case 0:
      hostileDevice(data.add(1), size - 1n);
      break;
    case 1:
      hostileProxy(data.add(1), size - 1n);
      break;
    default:
      hostileLoader(data.add(1), size - 1n);
      break;
  }
  return 0;
}

/** Each two bytes are a step: the driver adds a chain, or the device returns something, sound or not. */
function hostileDevice(data: Ptr<u8>, size: u64): void {
  queue.descriptors = elements(memory.descriptors);
  queue.avail = addressOf(memory.avail);
  queue.availRing = elements(memory.availRing);
  queue.used = addressOf(memory.used);
  queue.usedRing = elements(memory.usedRing);
  queue.links = elements(memory.links);
  queue.size = SIZE;
  virtqueueReset(queue);
  for (let i: u64 = 0n; i + 1n < size; i += 2n) {
    const step = at(data, i);
    const value = at(data, i + 1n);
    if (step < 100) {
      void virtqueueAdd(queue, elements(buffers), u16(value % 4), u16((value >> 2) % 4), u32(value));
    } else if (step < 200) {
      const filled = memory.used.idx.load();
      memory.usedRing[u32(filled) % SIZE] = { id: u32(value) % (SIZE + 2), len: u32(step) };
      memory.used.idx.store(u16.wrap(u32(filled) + 1));
    } else if (step < 210) {
      memory.used.idx.store(u16(value));
      memory.descriptors[u32(value) % SIZE].next = u16(value) * 257;
    } else {
      const used: UsedChain = { token: 0, bytes: 0 };
      if (virtqueueTakeUsed(queue, used) < 0n) return;
    }
    checkQueue();
  }
}

/** Every descriptor is free or in exactly one chain. */
function checkQueue(): void {
  let owned: u32 = 0;
  for (let i: u32 = 0; i < SIZE; i += 1) owned += u32(memory.links[i].count);
  assert(owned + u32(queue.freeCount) === SIZE, "no descriptor is lost");
  let seen: u32 = 0;
  let index = u32(queue.freeHead);
  for (let i: u32 = 0; i < u32(queue.freeCount); i += 1) {
    assert(index < SIZE, "the free list stays in the table");
    assert((seen & (1 << index)) === 0, "no descriptor is free twice");
    seen |= 1 << index;
    index = u32(memory.links[index].next);
  }
}

function hostileProxy(data: Ptr<u8>, size: u64): void {
  if (size === 0n) return;
  zero(stream);
  const step = u64(data[0]!) + 1n;
  let start: u64 = 1n;
  while (start < size) {
    const count: u64 = size - start < step ? size - start : step;
    replyStreamFeed(stream, sliceOf(data.add(start), count));
    start += count;
    let event = replyStreamNext(stream);
    while (event !== StreamEvent.NeedInput) {
      if (event === StreamEvent.Broken) return;
      if (event === StreamEvent.Header && (stream.header.tag & 1) === 0) {
        stream.destination = elements(destination);
        stream.destinationBytes = DESTINATION_BYTES;
      }
      assert(stream.storedBytes <= DESTINATION_BYTES, "no more is stored than was asked for");
      if (event === StreamEvent.End) assert(replyResult(stream, 7) <= 7n, "no result beyond the request");
      event = replyStreamNext(stream);
    }
  }
}

function hostileLoader(data: Ptr<u8>, size: u64): void {
  const line = stringOf(data, size);
  const entry: MmioDeviceEntry = { address: 0n, bytes: 0n, irq: 0 };
  let position = nextMmioDevice(line, 0, entry);
  let last: i64 = 0n;
  while (position >= 0n) {
    assert(position > last && u64(position) <= size, "the search goes on");
    assert(u64(entry.address) !== 0n && entry.irq <= 0xff, "an entry makes sense");
    last = position;
    position = nextMmioDevice(line, u32(position), entry);
  }
}
