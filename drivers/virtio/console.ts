/**
 * The virtio console (virtio 1.2, 5.3) as the channel's transport on QEMU and other monitors with virtio-mmio.
 *
 * With VIRTIO_CONSOLE_F_MULTIPORT the channel is port CHANNEL_CONSOLE_PORT, otherwise port 0. QEMU's port 0 is a `virtconsole`, which
 * throws output away when the other end is slow (its code keeps from throttling consoles, because Linux's driver would spin);
 * ports of the kind `virtserialport`, which hold the queue until the reader is ready, exist only with MULTIPORT.
 *
 * The control queues are used once, polled, at start (5.3.6.2): DEVICE_READY, then for PORT_ADD of our port PORT_READY and
 * PORT_OPEN. Later control messages (resize, close) are never asked for: no buffers remain posted.
 */

import { CHANNEL_CONSOLE_PORT, CHANNEL_QUEUE_SIZE } from "../../abi/channel.ts";
import { EIO, ENODEV, ETIMEDOUT } from "../../abi/errno.ts";
import {
  VIRTIO_CONSOLE_CONTROL_RECEIVE,
  VIRTIO_CONSOLE_CONTROL_TRANSMIT,
  VIRTIO_CONSOLE_F_MULTIPORT,
  VIRTIO_CONSOLE_RECEIVE,
  VIRTIO_CONSOLE_TRANSMIT,
  type VirtioConsoleControl,
  VirtioConsoleEvent,
  type VirtioMmioRegisters,
  type VirtqAvailHeader,
  type VirtqDesc,
  type VirtqUsedElement,
  type VirtqUsedHeader,
} from "../../abi/virtio.ts";
import { physOf } from "../../kernel/mm/page-table.ts";
import { monotonicNs } from "../../kernel/time/clock.ts";
import { spinPause } from "../../nucleus/cpu.ts";
import { type ChannelPort, PortKind, portInitQueues } from "../channel/port.ts";
import { mmioBegin, mmioFail, mmioFinish, mmioSetupQueue, type QueueAddresses } from "./mmio.ts";
import {
  type ChainLink,
  type QueueBuffer,
  type UsedChain,
  type Virtqueue,
  virtqueueAdd,
  virtqueueDisableInterrupts,
  virtqueueReset,
  virtqueueTakeUsed,
} from "./virtqueue.ts";

const CONTROL_QUEUE_SIZE = 8;
const CONTROL_BUFFER_BYTES = 64;
/** A device that does not announce its port within this time is given up. */
const CONTROL_TIMEOUT_NS = 2_000_000_000n;

/** A small queue with one buffer per entry. The used ring wants 4-byte alignment (2.7). */
class ControlQueue {
  @at(0) descriptors!: FixedArray<VirtqDesc, 8>;
  @at(128) avail!: VirtqAvailHeader;
  @at(132) availRing!: FixedArray<u16, 8>;
  @at(148) usedEvent!: u16;
  @at(150) usedPadding!: u16;
  @at(152) used!: VirtqUsedHeader;
  @at(156) usedRing!: FixedArray<VirtqUsedElement, 8>;
  @at(220) availEvent!: u16;
  links!: FixedArray<ChainLink, 8>;
  buffers!: FixedArray<Bytes<64>, 8>;
  queue!: Virtqueue;
}

/** @align 64 */
const controlReceive: ControlQueue = zeroed();
/** @align 64 */
const controlTransmit: ControlQueue = zeroed();

/** Brings the console up and makes it the channel's port. 0, or a negative errno: it cannot be used. */
export function consoleInit(port: ChannelPort, registers: Ptr<VirtioMmioRegisters>): i64 {
  const multiport: u64 = 1n << u64(VIRTIO_CONSOLE_F_MULTIPORT);
  const features = mmioBegin(registers, multiport);
  if (features < 0n) return features;
  const isMultiport = u64(features) === multiport;
  port.kind = PortKind.Mmio;
  port.registers = registers;
  port.receiveIndex = isMultiport ? 2 + 2 * CHANNEL_CONSOLE_PORT : VIRTIO_CONSOLE_RECEIVE;
  port.transmitIndex = isMultiport ? 3 + 2 * CHANNEL_CONSOLE_PORT : VIRTIO_CONSOLE_TRANSMIT;
  portInitQueues(port);
  virtqueueDisableInterrupts(port.transmit);
  let result = setupQueue(registers, port.receiveIndex, port.receive);
  if (result === 0n) result = setupQueue(registers, port.transmitIndex, port.transmit);
  if (result === 0n && isMultiport) result = setupControl(registers);
  if (result === 0n) {
    mmioFinish(registers);
    if (isMultiport) result = openPort(registers);
  }
  if (result < 0n) {
    port.kind = PortKind.None;
    return mmioFail(registers, i32(-result));
  }
  registers.queueNotify.write(port.receiveIndex);
  return 0n;
}

function setupQueue(registers: Ptr<VirtioMmioRegisters>, index: u32, queue: Virtqueue): i64 {
  const where: QueueAddresses = {
    descriptors: physOf(queue.descriptors),
    avail: physOf(queue.avail),
    used: physOf(queue.used),
  };
  return mmioSetupQueue(registers, index, u32(queue.size), where);
}

function setupControl(registers: Ptr<VirtioMmioRegisters>): i64 {
  controlInit(controlReceive);
  controlInit(controlTransmit);
  for (let i: u32 = 0; i < CONTROL_QUEUE_SIZE; i += 1) {
    const buffer: QueueBuffer = {
      address: physOf(controlReceive.buffers[i]!),
      bytes: CONTROL_BUFFER_BYTES,
      reserved: 0,
    };
    const result = virtqueueAdd(controlReceive.queue, addressOf(buffer), 0, 1, i);
    if (result < 0n) return result;
  }
  const result = setupQueue(registers, VIRTIO_CONSOLE_CONTROL_RECEIVE, controlReceive.queue);
  if (result < 0n) return result;
  return setupQueue(registers, VIRTIO_CONSOLE_CONTROL_TRANSMIT, controlTransmit.queue);
}

function controlInit(memory: ControlQueue): void {
  const queue = memory.queue;
  queue.descriptors = elements(memory.descriptors);
  queue.avail = addressOf(memory.avail);
  queue.availRing = elements(memory.availRing);
  queue.used = addressOf(memory.used);
  queue.usedRing = elements(memory.usedRing);
  queue.links = elements(memory.links);
  queue.size = CONTROL_QUEUE_SIZE;
  virtqueueReset(queue);
  virtqueueDisableInterrupts(queue);
}

/** The conversation of 5.3.5: announce the driver, wait for our port, open it. */
function openPort(registers: Ptr<VirtioMmioRegisters>): i64 {
  registers.queueNotify.write(VIRTIO_CONSOLE_CONTROL_RECEIVE);
  let result = sendControl(registers, 0, 0, VirtioConsoleEvent.DeviceReady);
  if (result < 0n) return result;
  result = waitForPort();
  if (result < 0n) return result;
  result = sendControl(registers, 1, CHANNEL_CONSOLE_PORT, VirtioConsoleEvent.PortReady);
  if (result < 0n) return result;
  return sendControl(registers, 2, CHANNEL_CONSOLE_PORT, VirtioConsoleEvent.PortOpen);
}

/** Sends one message with the value 1 from buffer `slot`, which is used once. */
function sendControl(registers: Ptr<VirtioMmioRegisters>, slot: u32, id: u32, event: VirtioConsoleEvent): i64 {
  const bytes = elements(controlTransmit.buffers[slot]!);
  // SAFETY: the buffers are 64-byte aligned static memory, larger than a message.
  const message = castPtr<VirtioConsoleControl>(bytes);
  message.id = id;
  message.event = u16(event);
  message.value = 1;
  const buffer: QueueBuffer = { address: physOf(bytes), bytes: sizeOf<VirtioConsoleControl>(), reserved: 0 };
  const result = virtqueueAdd(controlTransmit.queue, addressOf(buffer), 1, 0, slot);
  if (result < 0n) return result;
  registers.queueNotify.write(VIRTIO_CONSOLE_CONTROL_TRANSMIT);
  return 0n;
}

/** 0 once the device has announced CHANNEL_CONSOLE_PORT. Each buffer serves once, which bounds the number of messages. */
function waitForPort(): i64 {
  const start = monotonicNs();
  let messages: u32 = 0;
  while (messages < CONTROL_QUEUE_SIZE) {
    const used: UsedChain = { token: 0, bytes: 0 };
    const result = virtqueueTakeUsed(controlReceive.queue, used);
    if (result < 0n) return result;
    if (result === 0n) {
      if (monotonicNs() - start > CONTROL_TIMEOUT_NS) return i64(-ETIMEDOUT);
      spinPause();
      continue;
    }
    messages += 1;
    if (used.token >= CONTROL_QUEUE_SIZE || used.bytes < sizeOf<VirtioConsoleControl>()) return i64(-EIO);
    // SAFETY: as in sendControl; the device has written a whole message.
    const message = castPtr<VirtioConsoleControl>(elements(controlReceive.buffers[used.token]!));
    if (u32(message.event) === u32(VirtioConsoleEvent.PortAdd) && message.id === CHANNEL_CONSOLE_PORT) return 0n;
  }
  return i64(-ENODEV);
}

/** Rings for a queue of the port. */
export function consoleNotify(port: ChannelPort, queueIndex: u32): void {
  const registers = port.registers;
  if (registers !== null) registers.queueNotify.write(queueIndex);
}

staticAssert(CHANNEL_QUEUE_SIZE <= 128, "QEMU's console queues have 128 entries");
