/**
 * What the channel's client needs of a transport: two virtqueues and how to ring for them. One port, static; the transports
 * (drivers/virtio/preset.ts, drivers/virtio/console.ts) fill it, the client (channel.ts) uses it.
 *
 * Static memory throughout: output works before there is an allocator, and the monitor of the preset transport finds the queues
 * through ImageHeader.channelQueues.
 *
 *     receive   RECEIVE_BUFFER_COUNT buffers of RECEIVE_BUFFER_BYTES, posted again as soon as they are read
 *     transmit  a frame is one chain: header (with small payloads right behind it), then the payload where it lies
 */

import { CHANNEL_QUEUE_SIZE, type ChannelQueue, type ChannelQueues } from "../../abi/channel.ts";
import type { VirtioMmioRegisters } from "../../abi/virtio.ts";
import { physOf } from "../../kernel/mm/page-table.ts";
import { type ChainLink, type QueueBuffer, type Virtqueue, virtqueueAdd, virtqueueReset } from "../virtio/virtqueue.ts";

/** Enough for the replies of every request that may be outstanding (channel.ts) and some signals. */
export const RECEIVE_BUFFER_COUNT = 40;
export const RECEIVE_BUFFER_BYTES = 1024;

export enum PortKind {
  /** No channel: the serial port, if any. */
  None = 0,
  Preset = 1,
  Mmio = 2,
}

export class ChannelPort {
  kind!: PortKind;
  receive!: Virtqueue;
  transmit!: Virtqueue;
  /** Mmio only: the device, and the numbers of its two queues. */
  registers!: Ptr<VirtioMmioRegisters> | null;
  receiveIndex!: u32;
  transmitIndex!: u32;
}

export const channelPort: ChannelPort = zeroed();

/**
 * The queues; ImageHeader.channelQueues is their address (the nucleus, which may not import drivers, names the symbol).
 * Descriptors want 16-byte alignment.
 * @export channelQueues
 * @align 64
 */
export const channelQueues: ChannelQueues = zeroed();

const receiveLinks: FixedArray<ChainLink, 64> = zeroed();
const transmitLinks: FixedArray<ChainLink, 64> = zeroed();
/** @align 64 */
const receiveBuffers: FixedArray<Bytes<1024>, 40> = zeroed();

/** Brings both queues to their start and posts all receive buffers. */
export function portInitQueues(port: ChannelPort): void {
  queueInit(port.receive, channelQueues.receive, elements(receiveLinks));
  queueInit(port.transmit, channelQueues.transmit, elements(transmitLinks));
  for (let i: u32 = 0; i < RECEIVE_BUFFER_COUNT; i += 1) portPostReceive(port, i);
}

function queueInit(queue: Virtqueue, memory: ChannelQueue, links: Ptr<ChainLink>): void {
  queue.descriptors = elements(memory.descriptors);
  queue.avail = addressOf(memory.avail);
  queue.availRing = elements(memory.availRing);
  queue.used = addressOf(memory.used);
  queue.usedRing = elements(memory.usedRing);
  queue.links = links;
  queue.size = CHANNEL_QUEUE_SIZE;
  virtqueueReset(queue);
}

/** Gives receive buffer `index` to the device. There is room: the queue has more descriptors than there are buffers. */
export function portPostReceive(port: ChannelPort, index: u32): void {
  const buffer: QueueBuffer = {
    address: physOf(portReceiveBuffer(index)),
    bytes: RECEIVE_BUFFER_BYTES,
    reserved: 0,
  };
  const result = virtqueueAdd(port.receive, addressOf(buffer), 0, 1, index);
  assert(result === 0n, "the receive queue has room for every receive buffer");
}

export function portReceiveBuffer(index: u32): Ptr<u8> {
  return elements(receiveBuffers[index]!);
}
