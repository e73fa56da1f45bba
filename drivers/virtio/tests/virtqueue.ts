/** The split virtqueue's driver against a device that behaves and one that does not. */

import { EINVAL, EIO, ENOSPC } from "../../../abi/errno.ts";
import {
  VIRTQ_USED_F_NO_NOTIFY,
  type VirtqAvailHeader,
  type VirtqDesc,
  type VirtqUsedElement,
  type VirtqUsedHeader,
} from "../../../abi/virtio.ts";
import { expect, expectEqual, test } from "../../../compiler/std/testing.ts";
import {
  type ChainLink,
  type QueueBuffer,
  type UsedChain,
  type Virtqueue,
  virtqueueAdd,
  virtqueueHasUsed,
  virtqueueReset,
  virtqueueTakeUsed,
  virtqueueWantsNotify,
} from "../virtqueue.ts";
import {
  type ChainView,
  type FakeDevice,
  fakeDeviceInit,
  fakeDeviceReturn,
  fakeDeviceTake,
  fakeDeviceView,
} from "./fake-device.ts";

const SIZE = 16;

class Memory {
  descriptors!: FixedArray<VirtqDesc, 16>;
  avail!: VirtqAvailHeader;
  availRing!: FixedArray<u16, 16>;
  used!: VirtqUsedHeader;
  usedRing!: FixedArray<VirtqUsedElement, 16>;
  links!: FixedArray<ChainLink, 16>;
}

/** @align 16 */
const memory: Memory = zeroed();
const queue: Virtqueue = zeroed();
const device: FakeDevice = zeroed();
const buffers: FixedArray<QueueBuffer, 20> = zeroed();
/** Of each token: whether its chain is under way, and how many descriptors it has. */
const inFlight: FixedArray<u32, 16> = zeroed();
let randomState: u32 = 0;

function random(below: u32): u32 {
  randomState = randomState * 1664525 + 1013904223;
  return (randomState >> 8) % below;
}

function setUp(): void {
  queue.descriptors = elements(memory.descriptors);
  queue.avail = addressOf(memory.avail);
  queue.availRing = elements(memory.availRing);
  queue.used = addressOf(memory.used);
  queue.usedRing = elements(memory.usedRing);
  queue.links = elements(memory.links);
  queue.size = SIZE;
  virtqueueReset(queue);
  fakeDeviceInit(device, queue);
  for (let i: u32 = 0; i < 20; i += 1) {
    buffers[i] = { address: PhysAddr(0x1000n * (u64(i) + 1n)), bytes: 100 + i, reserved: 0 };
  }
}

function chainReachesTheDevice(): void {
  setUp();
  expectEqual(virtqueueAdd(queue, elements(buffers), 2, 1, 77), 0n);
  const head = fakeDeviceTake(device);
  const view: ChainView = zeroed();
  fakeDeviceView(device, head, view);
  expectEqual(i64(view.count), 3n);
  expectEqual(i64(view.readCount), 2n);
  expectEqual(i64(view.writeCount), 1n);
  expectEqual(i64(view.bytes), 303n);
  expectEqual(i64(u64(view.firstAddress)), 0x1000n);
  expectEqual(i64(fakeDeviceTake(device)), -1n);
  expect(!virtqueueHasUsed(queue), "nothing is used yet");
  fakeDeviceReturn(device, u32(head), 42);
  const used: UsedChain = zeroed();
  expectEqual(virtqueueTakeUsed(queue, used), 1n);
  expectEqual(i64(used.token), 77n);
  expectEqual(i64(used.bytes), 42n);
  expectEqual(i64(queue.freeCount), 16n);
  expectEqual(virtqueueTakeUsed(queue, used), 0n);
}

function fullQueueRefuses(): void {
  setUp();
  expectEqual(virtqueueAdd(queue, elements(buffers), 16, 0, 1), 0n);
  expectEqual(virtqueueAdd(queue, elements(buffers), 1, 0, 2), i64(-ENOSPC));
  expectEqual(i64(queue.availNext), 1n);
  expectEqual(virtqueueAdd(queue, elements(buffers), 0, 0, 3), i64(-EINVAL));
  fakeDeviceReturn(device, u32(fakeDeviceTake(device)), 0);
  const used: UsedChain = zeroed();
  expectEqual(virtqueueTakeUsed(queue, used), 1n);
  expectEqual(virtqueueAdd(queue, elements(buffers), 8, 8, 4), 0n);
}

function brokenDeviceIsRefused(): void {
  setUp();
  const used: UsedChain = zeroed();
  expectEqual(virtqueueAdd(queue, elements(buffers), 3, 0, 5), 0n);
  const head = u32(fakeDeviceTake(device));
  fakeDeviceReturn(device, SIZE, 0);
  expectEqual(virtqueueTakeUsed(queue, used), i64(-EIO));
  setUp();
  expectEqual(virtqueueAdd(queue, elements(buffers), 3, 0, 5), 0n);
  fakeDeviceReturn(device, head + 1, 0);
  expectEqual(virtqueueTakeUsed(queue, used), i64(-EIO));
  setUp();
  expectEqual(virtqueueAdd(queue, elements(buffers), 3, 0, 5), 0n);
  fakeDeviceReturn(device, head, 0);
  fakeDeviceReturn(device, head, 0);
  expectEqual(virtqueueTakeUsed(queue, used), 1n);
  expectEqual(virtqueueTakeUsed(queue, used), i64(-EIO));
}

function notificationsCanBeSuppressed(): void {
  setUp();
  expect(virtqueueWantsNotify(queue), "a device that says nothing is notified");
  memory.used.flags.store(VIRTQ_USED_F_NO_NOTIFY);
  expect(!virtqueueWantsNotify(queue), "VIRTQ_USED_F_NO_NOTIFY is obeyed");
}

/** Returns a random chain that the device holds. */
function completeOne(held: FixedArray<u32, 16>, heldCount: u32): void {
  const index = random(heldCount);
  const head = held[index]!;
  held[index] = held[heldCount - 1]!;
  fakeDeviceReturn(device, head, head * 3);
}

/** Indices wrap at 65536, chains come back in any order, descriptors are never lost: 200,000 random steps against a model. */
function randomTraffic(): void {
  setUp();
  randomState = 20261123;
  zero(inFlight);
  const held: FixedArray<u32, 16> = zeroed();
  let heldCount: u32 = 0;
  let descriptorsOut: u32 = 0;
  const used: UsedChain = zeroed();
  for (let step: u32 = 0; step < 200_000; step += 1) {
    const token = random(SIZE);
    const count = 1 + random(5);
    if (inFlight[token] === 0) {
      const reads = random(count + 1);
      const result = virtqueueAdd(queue, elements(buffers), u16(reads), u16(count - reads), token);
      expectEqual(result, descriptorsOut + count <= SIZE ? 0n : i64(-ENOSPC));
      if (result === 0n) {
        inFlight[token] = count;
        descriptorsOut += count;
        held[heldCount] = u32(fakeDeviceTake(device));
        heldCount += 1;
      }
    }
    if (heldCount > 0 && random(2) === 0) {
      completeOne(held, heldCount);
      heldCount -= 1;
    }
    if (random(3) === 0) {
      while (virtqueueTakeUsed(queue, used) === 1n) {
        expect(inFlight[used.token] !== 0, "a token comes back once");
        descriptorsOut -= inFlight[used.token]!;
        inFlight[used.token] = 0;
      }
    }
    expectEqual(i64(u32(queue.freeCount) + descriptorsOut), i64(SIZE));
  }
}

export function virtqueueTests(): void {
  test("virtqueue: a chain reaches the device and comes back", chainReachesTheDevice);
  test("virtqueue: a full queue refuses and stays as it was", fullQueueRefuses);
  test("virtqueue: a device that writes nonsense is refused", brokenDeviceIsRefused);
  test("virtqueue: notifications can be suppressed", notificationsCanBeSuppressed);
  test("virtqueue: random traffic loses nothing", randomTraffic);
}
