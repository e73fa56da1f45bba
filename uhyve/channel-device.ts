/**
 * The device side of the channel's virtqueues (abi/channel.ts, preset transport; virtio 1.2, 2.7).
 *
 * `channelPump` takes what the guest has put into the transmit queue and hands it to a server of frames in pieces that cannot block:
 * what a program writes takes only the room that there is (FrameKind.Write). Before a piece of a text, which goes to stderr as a whole, it asks
 * poll(2), and gives at most what a writable pipe takes (PIPE_BUF). When that would block, it stops in the middle of a chain and goes on
 * there at the next call, in whichever thread that is. So a guest whose reader is slow keeps its timers, and nothing is copied on the way.
 *
 * Trust: queues and buffers are guest memory and may change under our hands. Every word is read once into a local; descriptors are
 * bounded to CHANNEL_QUEUE_SIZE per chain and checked by guestAt; our own indices never come from the guest. A guest that breaks
 * the rules gets its `violation` named and is ended by the caller; the monitor itself is never at risk.
 */

import { CHANNEL_QUEUE_SIZE, type ChannelQueue, type ChannelQueues, type FrameHeader } from "../abi/channel.ts";
import {
  VIRTQ_AVAIL_F_NO_INTERRUPT,
  VIRTQ_DESC_F_INDIRECT,
  VIRTQ_DESC_F_NEXT,
  VIRTQ_DESC_F_WRITE,
} from "../abi/virtio.ts";
import { type GuestMemory, guestAt } from "./guest-memory.ts";

/** What a pipe takes without blocking when poll(2) calls it writable (PIPE_BUF). */
const MAX_PIECE_BYTES = 4096;

/** The server of frames, as functions of whoever owns the channel's other end. */
export type FeedFunction = (context: Ptr<u8>, bytes: Slice<u8>) => void;
export type QueryFunction = (context: Ptr<u8>) => i32;

export class ChannelHost {
  context!: Ptr<u8>;
  /** Takes bytes of the stream, which stay where they are until `finish`. */
  feed!: FeedFunction;
  /** Finishes its work on what it was fed. */
  finish!: (context: Ptr<u8>) => void;
  /** How many bytes may be fed at once: up to the end of the header or payload that the stream is in. */
  nextBytes!: QueryFunction;
  /** The file descriptor that these bytes are to wait for, or -1 if they need not wait. */
  nextOutput!: QueryFunction;
  /** 1 until the guest has ended or was ended. */
  isRunning!: QueryFunction;
  /** Whether a write to the descriptor cannot block now; -1 never blocks. */
  isWritable!: (output: i32) => bool;
  /** Whether writes to the descriptor may block at all. */
  mayBlock!: (output: i32) => bool;
}

export enum PumpResult {
  /** The transmit queue is empty. */
  Idle = 0,
  /** The next piece would block at `device.blockedOutput`. */
  WouldBlock = 1,
  /** The server has ended the guest. */
  Ended = 2,
  /** The guest broke the rules of the queues: `device.violation` says which. */
  Violated = 3,
}

export enum QueueViolation {
  None = 0,
  TooManyAvailable = 1,
  BadDescriptorIndex = 2,
  ChainTooLong = 3,
  IndirectDescriptor = 4,
  WrongDirection = 5,
  BufferOutsideMemory = 6,
  /** Of requests for files only (ninep/). */
  NoRoomForAnswer = 7,
}

/** What the device remembers of one queue. */
export class QueueState {
  /** Entries of the available ring that were taken, and of the used ring that were filled; both wrap at 65536. */
  taken!: u16;
  filled!: u16;
}

export class ChannelDevice {
  memory!: Ptr<GuestMemory>;
  queues!: Ptr<ChannelQueues>;
  host!: ChannelHost;
  transmit!: QueueState;
  receive!: QueueState;
  violation!: QueueViolation;
  blockedOutput!: i32;
  /** The transmit chain in progress. */
  isInChain!: bool;
  chainHead!: u16;
  descriptor!: u16;
  descriptorsTaken!: u32;
  /** Bytes of the current descriptor that were fed. */
  offset!: u32;
  /** A frame was put into the receive queue and nobody has told the guest yet. */
  hasDelivered!: bool;
}

/** One descriptor, read once. */
class Buffer {
  bytes!: Ptr<u8> | null;
  length!: u32;
  flags!: u16;
  next!: u16;
}

export function channelDeviceInit(device: ChannelDevice, memory: Ptr<GuestMemory>, queues: Ptr<ChannelQueues>): void {
  device.memory = memory;
  device.queues = queues;
  zero(device.transmit);
  zero(device.receive);
  device.violation = QueueViolation.None;
  device.isInChain = false;
  device.hasDelivered = false;
}

/** Works through the transmit queue until it is empty, would block, or the guest is at its end. */
export function channelPump(device: ChannelDevice): PumpResult {
  while (device.host.isRunning(device.host.context) !== 0) {
    if (!device.isInChain && !beginChain(device)) return idleOrViolated(device);
    if (!pumpDescriptor(device)) {
      return device.violation === QueueViolation.None ? blockedOrEnded(device) : PumpResult.Violated;
    }
  }
  return PumpResult.Ended;
}

/** Puts a frame into the receive queue: false if the guest has left no room for it. */
export function channelDeliver(device: ChannelDevice, header: FrameHeader, payload: Slice<u8>): bool {
  const queue = device.queues.receive;
  const total = u64(sizeOf<FrameHeader>()) + payload.length;
  let done: u64 = 0n;
  while (done < total) {
    const head = takeAvailable(device, queue, device.receive);
    if (head < 0) return false;
    const before = done;
    done = fillChain(device, queue, u16(head), header, payload, done);
    if (device.violation !== QueueViolation.None) return false;
    putUsed(queue, device.receive, u16(head), u32(done - before));
  }
  queue.used.idx.store(device.receive.filled, Order.Release);
  device.hasDelivered = true;
  return true;
}

/** Whether the guest wants to be told of delivered frames by an interrupt; asking forgets them. */
export function channelTakeInterrupt(device: ChannelDevice): bool {
  const wanted = device.hasDelivered;
  device.hasDelivered = false;
  const flags = readVolatile(addressOf(device.queues.receive.avail.flags));
  return wanted && (u32(flags) & VIRTQ_AVAIL_F_NO_INTERRUPT) === 0;
}

/** The sentence for a report. */
export function queueViolationText(violation: QueueViolation): string {
  switch (violation) {
    case QueueViolation.TooManyAvailable:
      return "more buffers are available than the queue has entries";
    case QueueViolation.BadDescriptorIndex:
      return "a descriptor's index is beyond the table";
    case QueueViolation.ChainTooLong:
      return "a chain of descriptors has no end";
    case QueueViolation.IndirectDescriptor:
      return "a descriptor is indirect, which was not negotiated";
    case QueueViolation.WrongDirection:
      return "a buffer has the wrong direction";
    case QueueViolation.BufferOutsideMemory:
      return "a buffer lies outside of the guest's memory";
    case QueueViolation.NoRoomForAnswer:
      return "a request left no room for its answer";
    case QueueViolation.None:
      return "no rule was broken";
  }
}

function idleOrViolated(device: ChannelDevice): PumpResult {
  return device.violation === QueueViolation.None ? PumpResult.Idle : PumpResult.Violated;
}

function blockedOrEnded(device: ChannelDevice): PumpResult {
  return device.host.isRunning(device.host.context) !== 0 ? PumpResult.WouldBlock : PumpResult.Ended;
}

function beginChain(device: ChannelDevice): bool {
  const head = takeAvailable(device, device.queues.transmit, device.transmit);
  if (head < 0) return false;
  device.isInChain = true;
  device.chainHead = u16(head);
  device.descriptor = u16(head);
  device.descriptorsTaken = 0;
  device.offset = 0;
  return true;
}

/** Feeds what is left of the current descriptor and goes to the next; false if it cannot go on. */
function pumpDescriptor(device: ChannelDevice): bool {
  const buffer = new Buffer();
  if (!readDescriptor(device, device.queues.transmit, device.descriptor, buffer)) return false;
  if ((u32(buffer.flags) & VIRTQ_DESC_F_WRITE) !== 0) return violate(device, QueueViolation.WrongDirection);
  const start = buffer.bytes;
  if (start === null) return violate(device, QueueViolation.BufferOutsideMemory);
  while (device.offset < buffer.length) {
    if (device.host.isRunning(device.host.context) === 0) return false;
    const output = device.host.nextOutput(device.host.context);
    const bytes = pieceBytes(device, output, buffer.length - device.offset);
    if (bytes === 0) return false;
    device.host.feed(device.host.context, sliceOf(start.add(device.offset), u64(bytes)));
    if (output >= 0) device.host.finish(device.host.context);
    device.offset += bytes;
  }
  return nextDescriptor(device, buffer);
}

/** How much of `left` bytes may be fed now; 0 if the output would block. */
function pieceBytes(device: ChannelDevice, output: i32, left: u32): u32 {
  const limit = u32(device.host.nextBytes(device.host.context));
  const bytes = left < limit ? left : limit;
  if (output < 0 || !device.host.mayBlock(output)) return bytes;
  if (!device.host.isWritable(output)) {
    device.blockedOutput = output;
    return 0;
  }
  return bytes < MAX_PIECE_BYTES ? bytes : MAX_PIECE_BYTES;
}

function nextDescriptor(device: ChannelDevice, buffer: Buffer): bool {
  device.offset = 0;
  if ((u32(buffer.flags) & VIRTQ_DESC_F_NEXT) !== 0) {
    device.descriptorsTaken += 1;
    if (device.descriptorsTaken >= CHANNEL_QUEUE_SIZE) return violate(device, QueueViolation.ChainTooLong);
    device.descriptor = buffer.next;
    return true;
  }
  device.host.finish(device.host.context);
  device.isInChain = false;
  const queue = device.queues.transmit;
  putUsed(queue, device.transmit, device.chainHead, 0);
  queue.used.idx.store(device.transmit.filled, Order.Release);
  return true;
}

/** The head of the next available chain, or -1 if there is none. */
function takeAvailable(device: ChannelDevice, queue: ChannelQueue, state: QueueState): i32 {
  const published = queue.avail.idx.load(Order.Acquire);
  const count = u16.wrap(u32(published) + 0x1_0000 - u32(state.taken));
  if (count === 0) return -1;
  if (count > CHANNEL_QUEUE_SIZE) {
    void violate(device, QueueViolation.TooManyAvailable);
    return -1;
  }
  const slot = u32(state.taken) % CHANNEL_QUEUE_SIZE;
  const head = readVolatile(addressOf(queue.availRing[slot]));
  state.taken = u16.wrap(u32(state.taken) + 1);
  if (head >= CHANNEL_QUEUE_SIZE) {
    void violate(device, QueueViolation.BadDescriptorIndex);
    return -1;
  }
  return i32(head);
}

/** Reads descriptor `index` once; false if it breaks a rule. */
function readDescriptor(device: ChannelDevice, queue: ChannelQueue, index: u16, buffer: Buffer): bool {
  if (index >= CHANNEL_QUEUE_SIZE) return violate(device, QueueViolation.BadDescriptorIndex);
  const source = queue.descriptors[index];
  const address = readVolatile(addressOf(source.addr));
  buffer.length = readVolatile(addressOf(source.len));
  buffer.flags = readVolatile(addressOf(source.flags));
  buffer.next = readVolatile(addressOf(source.next));
  if ((u32(buffer.flags) & VIRTQ_DESC_F_INDIRECT) !== 0) return violate(device, QueueViolation.IndirectDescriptor);
  buffer.bytes = guestAt(device.memory, GuestPhys(u64(address)), u64(buffer.length));
  return true;
}

/** Writes bytes of the frame from `start` on into the chain; how far the frame is written then. */
function fillChain(
  device: ChannelDevice,
  queue: ChannelQueue,
  head: u16,
  header: FrameHeader,
  payload: Slice<u8>,
  start: u64,
): u64 {
  const buffer = new Buffer();
  let done = start;
  let index = head;
  for (let count: u32 = 0; count < CHANNEL_QUEUE_SIZE; count += 1) {
    if (!readDescriptor(device, queue, index, buffer)) return done;
    if ((u32(buffer.flags) & VIRTQ_DESC_F_WRITE) === 0) void violate(device, QueueViolation.WrongDirection);
    const place = buffer.bytes;
    if (place === null) void violate(device, QueueViolation.BufferOutsideMemory);
    if (place === null || device.violation !== QueueViolation.None) return done;
    done = copyFrame(sliceOf(place, u64(buffer.length)), header, payload, done);
    if ((u32(buffer.flags) & VIRTQ_DESC_F_NEXT) === 0) return done;
    index = buffer.next;
  }
  void violate(device, QueueViolation.ChainTooLong);
  return done;
}

/** Copies the frame's bytes from `done` on to `place` as far as it reaches; the new `done`. */
function copyFrame(place: Slice<u8>, header: FrameHeader, payload: Slice<u8>, done: u64): u64 {
  const headerBytes = u64(sizeOf<FrameHeader>());
  let position = done;
  let used: u64 = 0n;
  if (position < headerBytes) {
    const count = minimum(headerBytes - position, place.length);
    // SAFETY: a frame header is plain bytes; position + count <= its size.
    copyBytes(place.data, castPtr<u8>(addressOf(header)).add(position), count);
    position += count;
    used = count;
  }
  if (position >= headerBytes) {
    const offset = position - headerBytes;
    const count = minimum(payload.length - offset, place.length - used);
    copyBytes(place.data.add(used), payload.data.add(offset), count);
    position += count;
  }
  return position;
}

/** Fills the next entry of the used ring; the caller publishes it. */
function putUsed(queue: ChannelQueue, state: QueueState, head: u16, bytes: u32): void {
  const entry = queue.usedRing[u32(state.filled) % CHANNEL_QUEUE_SIZE];
  entry.id = u32(head);
  entry.len = bytes;
  state.filled = u16.wrap(u32(state.filled) + 1);
}

function violate(device: ChannelDevice, violation: QueueViolation): bool {
  if (device.violation === QueueViolation.None) device.violation = violation;
  return false;
}

function minimum(a: u64, b: u64): u64 {
  return a < b ? a : b;
}
