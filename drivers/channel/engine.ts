/**
 * The moving part of the channel's client: puts frames on the transmit queue, takes replies off the receive queue.
 *
 * Every function here runs with interrupts masked (irqSave) and never blocks, so it serves threads, interrupt handlers and a panic
 * alike; who may wait, and how, is decided in channel.ts.
 */

import { CHANNEL_MAX_PAYLOAD, CHANNEL_TRANSMIT_QUEUE, FrameKind } from "../../abi/channel.ts";
import { EFAULT, EIO } from "../../abi/errno.ts";
import { PAGE_SIZE } from "../../abi/memory-map.ts";
import { logError } from "../../kernel/log/log.ts";
import { physOf, translate } from "../../kernel/mm/page-table.ts";
import { threadWake } from "../../kernel/sched/scheduler.ts";
import { consoleNotify } from "../virtio/console.ts";
import { presetNotify } from "../virtio/preset.ts";
import {
  type QueueBuffer,
  type UsedChain,
  virtqueueAdd,
  virtqueueTakeUsed,
  virtqueueWantsNotify,
} from "../virtio/virtqueue.ts";
import {
  channelPort,
  PortKind,
  portPostReceive,
  portReceiveBuffer,
  RECEIVE_BUFFER_BYTES,
  RECEIVE_BUFFER_COUNT,
} from "./port.ts";
import { type ReplyStream, replyResult, replyStreamFeed, replyStreamNext, StreamEvent } from "./reply-stream.ts";
import { INLINE_BYTES, type Slot, slotOfTag, slotsFailAll } from "./slots.ts";

/** Header and CHANNEL_MAX_PAYLOAD in single pages: 1 + 17. */
const MAX_PIECES = 18;
const SIGNAL_LIMIT = 64;

/** Pieces of the frame being built; used within one call only. */
const pieces: FixedArray<QueueBuffer, 18> = zeroed();
const replyStream: ReplyStream = zeroed();
/** Bit n - 1: signal n has arrived and nobody has taken it. */
let pendingSignals: u64 = 0n;
let isBroken: bool = false;
/** Told of progress: a slot or descriptors have become free. */
let progressHandler: (() => void) | null = null;
let signalHandler: (() => void) | null = null;

export function engineSetHandlers(onProgress: () => void): void {
  progressHandler = onProgress;
}

/** `onSignal` runs in interrupt context when engineTakeSignal has something new. */
export function engineSetSignalHandler(onSignal: () => void): void {
  signalHandler = onSignal;
}

export function engineIsBroken(): bool {
  return isBroken;
}

/** The lowest signal number that has arrived and was not taken yet; 0: none. */
export function engineTakeSignal(): i32 {
  if (pendingSignals === 0n) return 0;
  const index = countTrailingZeros(pendingSignals);
  pendingSignals &= pendingSignals - 1n;
  return i32(index) + 1;
}

/**
 * Sends the slot's frame with `payload` (at most CHANNEL_MAX_PAYLOAD bytes, mapped; it must stay until the slot is sent). 0, -ENOSPC (no
 * descriptors now: try again after progress), -EFAULT (not mapped) or -EIO (the channel is broken).
 */
export function engineSend(slot: Slot, payload: Slice<u8>): i64 {
  if (isBroken) return i64(-EIO);
  assert(payload.length <= u64(CHANNEL_MAX_PAYLOAD), "a frame's payload is bounded");
  slot.header.bytes = u32(payload.length);
  pieces[0]!.address = physOf(slot.header);
  pieces[0]!.bytes = 16;
  let count: u32 = 1;
  if (payload.length > 0n && virtAddr(payload.data) === virtAddr(slot.inlineBytes)) {
    pieces[0]!.bytes = 16 + u32(payload.length);
  } else {
    const described = describe(payload);
    if (described < 0n) return described;
    count += u32(described);
  }
  const result = virtqueueAdd(channelPort.transmit, elements(pieces), u16(count), 0, slot.header.tag);
  if (result < 0n) return result;
  notifyTransmit();
  return 0n;
}

/** Fills `pieces` from index 1 with physically contiguous runs of the payload; how many, or -EFAULT. */
function describe(payload: Slice<u8>): i64 {
  let address = virtAddr(payload.data);
  let left = payload.length;
  let count: u32 = 0;
  while (left > 0n) {
    const physical = translate(address);
    if (physical === 0n) return i64(-EFAULT);
    const inPage = PAGE_SIZE - (u64(address) & (PAGE_SIZE - 1n));
    const bytes: u64 = left < inPage ? left : inPage;
    const last = pieces[count]!;
    if (count > 0 && u64(last.address) + u64(last.bytes) === u64(physical)) {
      last.bytes += u32(bytes);
    } else {
      assert(count + 1 < MAX_PIECES, "a payload has at most 17 pages");
      count += 1;
      pieces[count]!.address = physical;
      pieces[count]!.bytes = u32(bytes);
    }
    address += bytes;
    left -= bytes;
  }
  return i64(count);
}

function notifyTransmit(): void {
  if (channelPort.kind === PortKind.Preset) presetNotify(CHANNEL_TRANSMIT_QUEUE);
  else if (virtqueueWantsNotify(channelPort.transmit)) consoleNotify(channelPort, channelPort.transmitIndex);
}

/** Takes in everything that the device has done. Also the interrupt handler's work. */
export function engineDrain(): void {
  if (isBroken) return;
  const hasSent = drainTransmit();
  const hasReceived = drainReceive();
  if ((hasSent || hasReceived) && progressHandler !== null) progressHandler();
}

function drainTransmit(): bool {
  const used: UsedChain = { token: 0, bytes: 0 };
  let any: bool = false;
  while (true) {
    const result = virtqueueTakeUsed(channelPort.transmit, used);
    if (result < 0n) breakOff("the device returned a chain that was not under way");
    if (result <= 0n) return any;
    any = true;
    const slot = slotOfTag(used.token);
    if (slot === null) continue;
    slot.isSent = true;
    wake(slot);
  }
}

function drainReceive(): bool {
  const used: UsedChain = { token: 0, bytes: 0 };
  let any: bool = false;
  while (!isBroken) {
    const result = virtqueueTakeUsed(channelPort.receive, used);
    if (result < 0n) breakOff("the device returned a buffer that it did not have");
    if (result <= 0n) break;
    if (used.token >= RECEIVE_BUFFER_COUNT || used.bytes > RECEIVE_BUFFER_BYTES) {
      breakOff("the device filled a buffer beyond its end");
      break;
    }
    any = true;
    takeInput(sliceOf(portReceiveBuffer(used.token), u64(used.bytes)));
    portPostReceive(channelPort, used.token);
  }
  if (any && channelPort.kind === PortKind.Mmio && virtqueueWantsNotify(channelPort.receive)) {
    consoleNotify(channelPort, channelPort.receiveIndex);
  }
  return any;
}

function takeInput(input: Slice<u8>): void {
  replyStreamFeed(replyStream, input);
  while (true) {
    switch (replyStreamNext(replyStream)) {
      case StreamEvent.NeedInput:
        return;
      case StreamEvent.Header:
        aimPayload();
        break;
      case StreamEvent.End:
        takeFrame();
        break;
      default:
        breakOff("the proxy sent a frame of a kind or length that the protocol does not know");
        return;
    }
  }
}

/** Payload of a reply goes where its request wants it. */
function aimPayload(): void {
  const slot = slotOfTag(replyStream.header.tag);
  if (slot === null || u32(replyStream.header.kind) !== u32(FrameKind.Reply)) return;
  replyStream.destination = slot.destination;
  replyStream.destinationBytes = slot.destinationBytes;
}

function takeFrame(): void {
  if (u32(replyStream.header.kind) === u32(FrameKind.Signal)) {
    takeSignalFrame(replyStream.header.argument);
    return;
  }
  const slot = slotOfTag(replyStream.header.tag);
  if (slot === null || slot.isAnswered) return;
  slot.result = replyResult(replyStream, slotMostResult(slot));
  slot.isAnswered = true;
  wake(slot);
}

/** No reply may claim more bytes than the request had. */
function slotMostResult(slot: Slot): u32 {
  return u32(slot.header.kind) === u32(FrameKind.Read) ? replyStream.storedBytes : slot.header.bytes;
}

function takeSignalFrame(signal: i32): void {
  if (signal < 1 || signal > SIGNAL_LIMIT) return;
  pendingSignals |= 1n << u64(signal - 1);
  if (signalHandler !== null) signalHandler();
}

function wake(slot: Slot): void {
  if (slot.waiter !== null) threadWake(slot.waiter);
}

/** Nothing on the channel means anything from here on: every request, now and later, ends with -EIO. */
function breakOff(why: string): void {
  isBroken = true;
  logError(`channel: ${why}; it is not used any more`);
  slotsFailAll(i64(-EIO), wake);
}

staticAssert(INLINE_BYTES === 240, "header and inline payload are 256 bytes");
