/**
 * The moving part of the channel's client: puts frames on the transmit queue, takes replies off the receive queue.
 *
 * Everything is guarded by one spin lock, which masks interrupts, and nothing here blocks, so it serves threads, interrupt handlers and a
 * panic on any processor alike; who may wait, and how, is decided in channel.ts. The device is told outside of the lock: a doorbell may
 * take as long as the monitor serves it. Handlers and the log are called outside of it too; threads are woken inside, because the owner
 * of a slot is sure to be there only as long as it cannot release it. A dying kernel takes the lock by force.
 */

import { CHANNEL_MAX_PAYLOAD, CHANNEL_TRANSMIT_QUEUE, FrameKind } from "../../abi/channel.ts";
import { EFAULT, EIO } from "../../abi/errno.ts";
import { PAGE_SIZE } from "../../abi/memory-map.ts";
import { logError } from "../../kernel/log/log.ts";
import { physOf, translate } from "../../kernel/mm/page-table.ts";
import { threadWake } from "../../kernel/sched/scheduler.ts";
import { lockAcquire, lockAcquireAtEnd, type SpinLock } from "../../kernel/sync/spin-lock.ts";
import { outsideHappened } from "../outside.ts";
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
import { INLINE_BYTES, type Slot, slotAcquire, slotIsDone, slotOfTag, slotRelease, slotsFailAll } from "./slots.ts";

/** Header and CHANNEL_MAX_PAYLOAD in single pages: 1 + 17. */
const MAX_PIECES = 18;
const SIGNAL_LIMIT = 64;

const lock: SpinLock = zeroed();
let isDying: bool = false;
/** Pieces of the frame being built; used within one call only. */
const pieces: FixedArray<QueueBuffer, 18> = zeroed();
const replyStream: ReplyStream = zeroed();
/** Bit n - 1: signal n has arrived and nobody has taken it. */
let pendingSignals: u64 = 0n;
/** What the proxy is to be told by SignalsTaken: bit n for signal n, bit 0 that signals are taken at all. */
let untold: u64 = 0n;
/** Since the last look: a signal has come; why the channel broke. */
let hasNewSignal: bool = false;
let brokenWhy: string = "";
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

/** The kernel is at its end: from now on the lock is waited for, but not for ever. */
export function engineSetDying(): void {
  isDying = true;
}

function engineAcquire(): SpinLock {
  return isDying ? lockAcquireAtEnd(lock) : lockAcquire(lock);
}

/** A slot for a frame, or null if all are in use. */
export function engineTakeSlot(kind: FrameKind, stream: u16, argument: i32): Slot | null {
  using _guard = engineAcquire();
  return slotAcquire(kind, stream, argument, isDying);
}

/** Whether the slot's frame is sent and, if it is a request, answered. */
export function engineIsDone(slot: Slot): bool {
  using _guard = engineAcquire();
  return slotIsDone(slot);
}

/** Gives the slot back; what the request was answered with. */
export function engineRelease(slot: Slot): i64 {
  using _guard = engineAcquire();
  const result = slot.result;
  slotRelease(slot);
  return result;
}

/** Tells the proxy, now and without waiting, that signals are taken (0), or that signal n is. */
export function engineTellTaken(signal: u32): void {
  let mustNotify: bool = false;
  {
    using _guard = engineAcquire();
    untold |= 1n << u64(signal & 63);
    mustNotify = sendUntold();
  }
  if (mustNotify) notifyTransmit();
  engineDrain();
}

/** The lowest signal number that has arrived and was not taken yet; 0: none. */
export function engineTakeSignal(): i32 {
  using _guard = engineAcquire();
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
  void outsideHappened();
  assert(payload.length <= u64(CHANNEL_MAX_PAYLOAD), "a frame's payload is bounded");
  const result = addFrame(slot, payload);
  if (result < 0n) return result;
  if (result > 0n) notifyTransmit();
  return 0n;
}

/** Puts the frame on the queue: 1 if the device must be told, 0 if not, or a negative errno. */
function addFrame(slot: Slot, payload: Slice<u8>): i64 {
  using _guard = engineAcquire();
  return addFrameLocked(slot, payload);
}

function addFrameLocked(slot: Slot, payload: Slice<u8>): i64 {
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
  return channelPort.kind === PortKind.Preset || virtqueueWantsNotify(channelPort.transmit) ? 1n : 0n;
}

/** Sends SignalsTaken for all in `untold` as long as there is room; whether the device must be told. */
function sendUntold(): bool {
  let mustNotify: bool = false;
  while (untold !== 0n && !isBroken) {
    const signal = countTrailingZeros(untold);
    const slot = slotAcquire(FrameKind.SignalsTaken, 0, i32(signal), false);
    if (slot === null) return mustNotify;
    slot.isForgotten = true;
    const result = addFrameLocked(slot, bytesOf(""));
    if (result < 0n) {
      slotRelease(slot);
      return mustNotify;
    }
    mustNotify = mustNotify || result > 0n;
    untold &= untold - 1n;
  }
  return mustNotify;
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
  else consoleNotify(channelPort, channelPort.transmitIndex);
}

/**
 * The interrupt handler's work: engineDrain, and the handler of signals. Only here: elsewhere the caller may hold locks that it wants. A
 * frame that somebody else has drained meanwhile has its interrupt still to come.
 */
export function engineInterrupt(): void {
  engineDrain();
  if (takeNewSignal() && signalHandler !== null) signalHandler();
}

function takeNewSignal(): bool {
  using _guard = engineAcquire();
  const isNew = hasNewSignal;
  hasNewSignal = false;
  return isNew;
}

/** Takes in everything that the device has done, for whichever processor it is. */
export function engineDrain(): void {
  if (isBroken) return;
  const seen: Drained = zeroed();
  drainAll(seen);
  if (seen.hasProgress) void outsideHappened();
  if (seen.mustNotify) notifyTransmit();
  if (seen.why.length > 0) logError(`channel: ${seen.why}; it is not used any more`);
  if (seen.hasProgress && progressHandler !== null) progressHandler();
}

/** What is to be done once the lock is free again. */
class Drained {
  hasProgress!: bool;
  mustNotify!: bool;
  why!: string;
}

function drainAll(seen: Drained): void {
  using _guard = engineAcquire();
  const hasSent = drainTransmit();
  const hasReceived = drainReceive();
  seen.hasProgress = hasSent || hasReceived;
  seen.mustNotify = sendUntold();
  seen.why = brokenWhy;
  brokenWhy = "";
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
    if (slot.isForgotten) slotRelease(slot);
    else wake(slot);
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

/** No reply may claim more than the request could bring. */
function slotMostResult(slot: Slot): u32 {
  switch (u32(slot.header.kind)) {
    case u32(FrameKind.Read):
      return replyStream.storedBytes;
    case u32(FrameKind.Poll):
    case u32(FrameKind.Await):
      return u32(u16.MAX);
    case u32(FrameKind.Control):
      return 0;
    default:
      return slot.header.bytes;
  }
}

function takeSignalFrame(signal: i32): void {
  if (signal < 1 || signal > SIGNAL_LIMIT) return;
  pendingSignals |= 1n << u64(signal - 1);
  // Signal 64 has no bit there: it is never acknowledged, and never sent either.
  if (signal < SIGNAL_LIMIT) untold |= 1n << u64(signal);
  hasNewSignal = true;
}

function wake(slot: Slot): void {
  if (slot.waiter !== null) threadWake(slot.waiter);
}

/** Nothing on the channel means anything from here on: every request, now and later, ends with -EIO. */
function breakOff(why: string): void {
  isBroken = true;
  brokenWhy = why;
  slotsFailAll(i64(-EIO), wake);
}

staticAssert(INLINE_BYTES === 240, "header and inline payload are 256 bytes");
